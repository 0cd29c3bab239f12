//! No reason without its rule, no rule without its file and its line in the page about the gate.

use std::collections::BTreeMap;

use super::*;

/// Reasons that are given before an order is judged, or by more than one rule, with who gives them.
const WITHOUT_A_RULE: &[(Reason, &str)] = &[
    (
        Reason::Malformed,
        "The intent can be read, and its id is the one that follows from who asks.",
    ),
    (Reason::WrongSource, "Nobody asks in the name of another part of the system."),
    (Reason::Duplicate, "An intent is carried out once; the same number with other content trips."),
    (Reason::UnknownSymbol, "The instrument is known and quoted in the account's currency."),
    (Reason::UnknownOrder, "A change, cancel or guard is about an order of the same strategy."),
    (
        Reason::OutOfRange,
        "Every number stays within exact arithmetic, every table within its bound.",
    ),
];

/// The source of each rule, by the name of its file.
macro_rules! files {
    ($($name:ident)*) => {
        [$((stringify!($name), include_str!(concat!(stringify!($name), ".rs")))),*]
    };
}

fn files() -> BTreeMap<&'static str, &'static str> {
    files! {
        balance cost_min daily_loss expired feed_unsafe inventory kill_switch kill_switch_unknown
        live_cap lot market_closed no_price not_reducing open_orders order_notional order_qty
        order_unknown portfolio_gross portfolio_net price_collar qty_min self_cross stale_price
        strategy_gross strategy_paused strategy_rate symbol_gross symbol_rate tick
    }
    .into()
}

/// The name of a reason as messages write it.
fn written(reason: Reason) -> String {
    serde_json::to_string(&reason).unwrap().trim_matches('"').to_owned()
}

/// The first sentence of a file.
fn sentence(source: &str) -> String {
    let head = source.lines().take_while(|line| line.starts_with("//!") && line.len() > 3);
    let lines: Vec<&str> = head.map(|line| line.trim_start_matches("//!").trim()).collect();
    lines.join(" ")
}

fn row(reason: Reason, says: &str, whom: &str) -> String {
    let setting = match reason.setting() {
        "" => String::new(),
        setting => format!("`{setting}`"),
    };
    format!("| `{}` | {says} | {whom} | {setting} |\n", written(reason))
}

/// The table of `docs/risk.md`.
fn table() -> String {
    let files = files();
    let mut table =
        String::from("| reason | what must hold | for | setting |\n|---|---|---|---|\n");
    for (reason, says) in WITHOUT_A_RULE {
        table += &row(*reason, says, "every intent");
    }
    for rule in RULES {
        let whom = match rule.holds_for {
            HoldsFor::Everybody => "every order",
            HoldsFor::Increases => "increases",
        };
        table += &row(rule.reason, &sentence(files[written(rule.reason).as_str()]), whom);
    }
    table
}

#[test]
fn rules_every_reason_has_one_place_and_every_file_is_a_rule() {
    let mut left = files();
    for reason in Reason::ALL {
        let rules = RULES.iter().filter(|rule| rule.reason == reason).count();
        let elsewhere = WITHOUT_A_RULE.iter().filter(|(other, _)| *other == reason).count();
        assert_eq!(rules + elsewhere, 1, "{reason:?}");
        let file = left.remove(written(reason).as_str());
        assert_eq!(file.is_some(), rules == 1, "{reason:?}");
        if let Some(source) = file {
            assert!(source.contains(&format!("Reason::{reason:?}")), "{reason:?}");
        }
        // What reads a limit says which one.
        if let (Some(source), Some(limit)) = (file, reason.limit()) {
            let field = limit.setting().trim_start_matches("risk.");
            let read = [format!("limits.{field}"), format!("{field}_price(")];
            assert!(read.iter().any(|read| source.contains(read)), "{reason:?} without {field}");
        }
    }
    assert!(left.is_empty(), "files without a reason: {:?}", left.keys());
}

#[test]
fn rules_every_limit_is_read_by_a_rule_or_acts_elsewhere() {
    use contracts::LimitKey;
    let elsewhere = [LimitKey::DailyLossKill, LimitKey::DrawdownKill, LimitKey::ApprovalTtl];
    for limit in LimitKey::ALL {
        let read = Reason::ALL.iter().any(|reason| reason.limit() == Some(limit));
        assert!(read != elsewhere.contains(&limit), "{limit:?}");
    }
}

#[test]
fn rules_are_listed_in_the_page_about_the_gate() {
    let page = include_str!("../../../../docs/risk.md");
    let table = table();
    assert!(page.contains(&table), "docs/risk.md needs this table:\n{table}");
}
