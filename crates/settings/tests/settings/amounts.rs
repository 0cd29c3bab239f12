//! Amounts are read by their digits, however they are written and wherever they stand.

use contracts::testing::money;
use contracts::{Money, Symbol};
use settings::ProblemKind;

use crate::home::{Home, refused};

/// `written` in a file and in a flag is that amount.
fn reads(written: &str, amount: &str) {
    let home = Home::with(&format!("[risk]\norder_notional_max = {written}\n"));
    assert_eq!(home.load().unwrap().settings().risk.order_notional_max, money(amount), "{written}");
    let flag = format!("risk.order_notional_max={written}");
    let loaded = Home::new().load_with(&[&flag]).unwrap();
    assert_eq!(loaded.settings().risk.order_notional_max, money(amount), "--set {flag}");
}

#[test]
fn amounts_keep_every_digit_in_quotes_or_not() {
    reads("250", "250");
    reads("0.01", "0.01");
    reads("\"0.01\"", "0.01");
    reads("+5", "5");
    reads("1_000.50", "1000.5");
    // No float holds these.
    reads("0.1000000000000000055511", "0.1000000000000000055511");
    reads("90071992547409.93", "90071992547409.93");
    reads("12345678901234.000000000000000000000001", "12345678901234.000000000000000000000001");
}

#[test]
fn amounts_that_are_none_say_why() {
    for (written, kind, words) in [
        ("1e2", ProblemKind::WrongType, "has an exponent; try: all digits written out"),
        ("inf", ProblemKind::WrongType, "is not an amount"),
        ("nan", ProblemKind::WrongType, "is not an amount"),
        ("\"250 USD\"", ProblemKind::WrongType, "\"250 USD\" is not an amount"),
        ("\"1,000\"", ProblemKind::WrongType, "is not an amount"),
        ("true", ProblemKind::WrongType, "true is not an amount"),
        ("2026-01-01", ProblemKind::WrongType, "2026-01-01 is not an amount"),
        ("[1]", ProblemKind::WrongType, "[1] is not an amount"),
        ("0.0000000000000000000000001", ProblemKind::OutOfRange, "more decimals than"),
        ("999999999999999999", ProblemKind::OutOfRange, "outside the range"),
        ("-0.01", ProblemKind::Negative, "-0.01 is not above 0"),
    ] {
        let home = Home::with(&format!("[risk]\norder_notional_max = {written}\n"));
        let got = refused(&home, home.load());
        assert_eq!(got[0].0, kind, "{written}: {got:?}");
        assert!(got[0].1.contains(words), "{written}: {got:?}");
    }
}

#[test]
fn amounts_as_bare_words_of_a_variable() {
    let loaded = Home::new().load_in(&[("NJORD__RISK__ORDER_NOTIONAL_MAX", " 0.05 ")]).unwrap();
    assert_eq!(loaded.settings().risk.order_notional_max, money("0.05"));
}

#[test]
fn amounts_by_symbol_come_together_from_all_layers() {
    let home = Home::with("[risk.order_qty_max]\n\"BTC/USD\" = 0.5\n\"ETH/USD\" = \"2\"\n");
    let loaded = home.load_with(&["risk.order_qty_max.\"ETH/USD\"=3.5"]).unwrap();
    let shown: Vec<String> = loaded
        .settings()
        .risk
        .order_qty_max
        .iter()
        .map(|(symbol, qty)| format!("{symbol} {qty}"))
        .collect();
    assert_eq!(shown, ["BTC/USD 0.5", "ETH/USD 3.5"]);
    let expected = "risk.order_qty_max.\"BTCUSD\"";
    let got = refused(&home, home.load_with(&["risk.order_qty_max.BTCUSD=1"]));
    assert_eq!(got[0].0, ProblemKind::WrongType);
    assert!(got[0].1.contains(&expected.replace('"', "")), "{got:?}");
}

#[test]
fn funds_that_are_said_are_all_there_is() {
    let home = Home::with("[venue.funds]\nEUR = 5000\n");
    let loaded = home.load().unwrap();
    let funds: Vec<(String, Money)> = loaded
        .settings()
        .venue
        .funds
        .iter()
        .map(|(asset, money)| (asset.to_string(), *money))
        .collect();
    assert_eq!(funds, [("EUR".to_owned(), money("5000"))]);
}

#[test]
fn parameters_of_a_strategy_pass_through_as_they_are() {
    let home = Home::with(
        "[strategies.mine]\nclass = \"ema_cross\"\nsymbols = [\"BTC/USD\"]\n\
         params = { fast = 5, stake = \"0.05\", threshold = 0.02, on = \"5m\", deep = { a = [1, true] } }\n",
    );
    let loaded =
        home.load_with(&["strategies.mine.params.slow=30", "strategies.mine.params.on=trades"]);
    let loaded = loaded.unwrap();
    let (id, entry) = loaded.settings().strategies.first_key_value().unwrap();
    assert_eq!((id.as_str(), entry.class.as_deref()), ("mine", Some("ema_cross")));
    assert_eq!(entry.symbols, [Symbol::new("BTC/USD").unwrap()]);
    assert_eq!(
        entry.params.to_json(),
        serde_json::json!({
            "fast": 5, "stake": "0.05", "threshold": 0.02, "on": "trades", "slow": 30,
            "deep": { "a": [1, true] },
        }),
    );
    let odd = Home::with("[strategies.a]\nsymbols = [\"BTC/USD\"]\nparams = { x = inf }\n");
    assert!(refused(&odd, odd.load())[0].1.contains("strategies.a.params.x: inf is no number"));
}
