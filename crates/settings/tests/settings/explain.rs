//! Each key explains itself: value, origin, what was overridden, unit, range, meaning.

use settings::{ProblemKind, check_json, check_text};

use crate::home::Home;

fn home() -> Home {
    Home::with("[risk]\ncollar = 250\n")
        .put("config/paper.toml", "[risk]\n# for the first day\ncollar = 200\n")
}

#[test]
fn explain_shows_value_origin_and_what_was_overridden() {
    let home = home();
    let loaded = home.load().unwrap();
    let explained = loaded.explain("risk.collar").unwrap();
    assert_eq!(explained.len(), 1);
    assert_eq!(
        home.plain(&explained[0].to_text()),
        "risk.collar = 200\n\
         \x20 from     config/paper.toml:3:1\n\
         \x20 default  300\n\
         \x20 unit     basis points\n\
         \x20 range    1 to 9999\n\
         \x20 takes    a whole number of basis points (100 is one percent)\n\
         \x20 meaning  How far from the market a price may be. Market orders are sent as immediate limit \
         orders at this distance, so that every order has a worst price.\n\
         \x20 said     config/base.toml:2:1: 250 (overridden)\n\
         \x20          config/paper.toml:3:1: 200 (holds)\n",
    );
    let json = explained[0].to_json();
    assert_eq!((&json["value"], &json["given"][0]["holds"]), (&200.into(), &false.into()));
    assert_eq!(home.plain(&loaded.origin("risk.collar").brief()), "config/paper.toml:3");
}

#[test]
fn explain_a_default_says_default() {
    let loaded = home().load().unwrap();
    let explained = &loaded.explain("risk.live_cap").unwrap()[0];
    assert_eq!((explained.origin.to_string().as_str(), explained.given.len()), ("default", 0));
    assert!(explained.to_text().starts_with("risk.live_cap = 10\n  from     default\n"));
    let unset = &loaded.explain("execution.dead_man").unwrap()[0];
    assert!(unset.to_text().starts_with("execution.dead_man = (nothing)\n"));
}

#[test]
fn explain_a_variable_and_a_flag_are_named() {
    let home = home();
    let loaded = home.load_in(&[("NJORD__RISK__COLLAR", "150")]).unwrap();
    assert_eq!(
        loaded.origin("risk.collar").to_string(),
        "environment variable NJORD__RISK__COLLAR"
    );
    let loaded = home.load_with(&["risk.collar=150"]).unwrap();
    assert_eq!(loaded.origin("risk.collar").to_string(), "--set risk.collar");
}

#[test]
fn explain_a_section_lists_its_keys_and_a_table_its_entries() {
    let home = Home::with(
        "[risk.order_qty_max]\n\"BTC/USD\" = 1\n[strategies.mine]\nsymbols = [\"BTC/USD\"]\nparams.fast = 5\n",
    );
    let loaded = home.load_with(&["strategies.mine.params.fast=6"]).unwrap();
    assert!(loaded.explain("risk").unwrap().len() > 15);
    assert!(loaded.explain_all().len() > 80);
    let params = &loaded.explain("strategies.mine.params").unwrap()[0];
    assert_eq!(params.value, serde_json::json!({ "fast": 6 }));
    let text = home.plain(&params.to_text());
    assert!(text.contains("config/base.toml:5:8: fast = 5 (overridden)"), "{text}");
    assert!(text.contains("--set strategies.mine.params.fast: fast = 6 (holds)"), "{text}");
    let caps = home.plain(&loaded.explain("risk.order_qty_max").unwrap()[0].to_text());
    assert!(caps.contains("config/base.toml:2:1: \"BTC/USD\" = 1 (holds)"), "{caps}");
    for written in ["risk.order_qty_max.\"BTC/USD\"", "risk.order_qty_max.BTC/USD"] {
        assert_eq!(home.plain(&loaded.origin(written)), "config/base.toml:2:1");
    }
}

#[test]
fn explain_what_is_no_key_suggests_one() {
    let loaded = home().load().unwrap();
    for (asked, near) in [
        ("risk.colar", "`risk.collar`"),
        ("collar", "`risk.collar`"),
        ("rsk.collar", "`risk.collar`"),
        ("bind", "`ports.bind`"),
        ("qwertyuiop", "one of run, market, venue, account"),
    ] {
        let problem = loaded.explain(asked).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::UnknownKey);
        assert!(problem.advice.starts_with(near), "{asked}: {problem}");
    }
}

#[test]
fn check_says_layers_keys_and_hash() {
    let home = home();
    let outcome = home.load();
    let text = home.plain(&check_text(&outcome));
    let hash = outcome.as_ref().unwrap().hash().to_string();
    assert_eq!(
        text,
        format!(
            "ok   config   2 layers, 1 keys set, 0 unknown keys; mode paper, env dev, hash {}\n\
             \x20    layer    config/base.toml (1 keys)\n\
             \x20    layer    config/paper.toml (1 keys)\n",
            &hash[..8],
        ),
    );
    let json = check_json(&outcome);
    assert_eq!((&json["ok"], &json["hash"]), (&true.into(), &hash.into()));
    assert_eq!(json["layers"].as_array().unwrap().len(), 2);
}

#[test]
fn check_says_every_problem_to_people_and_programs() {
    let home = Home::with("[risk]\ncolar = 1\ncollar = -1\n");
    let outcome = home.load();
    let text = home.plain(&check_text(&outcome));
    assert!(
        text.starts_with("FAIL config   2 problems\nconfig/base.toml:2:1: risk.colar: "),
        "{text}"
    );
    let json = check_json(&outcome);
    let first = &json["problems"][0];
    assert_eq!((&first["kind"], &first["line"]), (&"unknown_key".into(), &2.into()));
    assert_eq!((&first["key"], &first["try"]), (&"risk.colar".into(), &"`risk.collar`".into()));
    assert_eq!(json["problems"][1]["kind"], "negative");
}
