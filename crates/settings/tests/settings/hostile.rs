//! Whatever bytes come: settings or problems, never a panic, and always the same for the same.

use proptest::prelude::*;
use settings::{Secrets, check_json, check_text};

use crate::home::{Home, environment};

/// Text that is nearly TOML, so that much of it gets past the parser.
fn nearly_toml() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "collar",
        "live_cap",
        "mode",
        "symbols",
        "params",
        "order_qty_max",
        "url",
        "dead_man",
        "x",
        "a.b",
        "\"\"",
        "\"BTC/USD\"",
        "segment_bytes",
        "bind",
        "up",
        "class",
    ]);
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("-9223372036854775808".to_owned()),
        Just("999999999999999999999999999999999999999999".to_owned()),
        Just("0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF".to_owned()),
        Just("1e400".to_owned()),
        Just("nan".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        Just("{ x = { y = [1, {}] } }".to_owned()),
        Just("[[[[]]]]".to_owned()),
        Just("\"9223372036854775807d\"".to_owned()),
        Just("\"18446744073709551615GiB\"".to_owned()),
        Just("''".to_owned()),
        "[ -~]{0,20}",
        "\"[^\"\\\\\\n]{0,40}\"",
    ];
    let section = prop::sample::select(vec![
        "",
        "[risk]",
        "[run]",
        "[market]",
        "[strategies.a]",
        "[strategies]",
        "[journal]",
        "[bus]",
        "[ports]",
        "[kill]",
        "[execution]",
        "[[risk]]",
        "[risk.order_qty_max]",
        "[strategies.a.params]",
    ]);
    let line = (section, key, value)
        .prop_map(|(section, key, value)| format!("{section}\n{key} = {value}\n"));
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.concat())
}

/// Loads twice, shows everything there is to show.
fn survives(home: &Home, flags: &[&str]) -> Result<(), TestCaseError> {
    let (outcome, again) = (home.load_with(flags), home.load_with(flags));
    prop_assert_eq!(check_text(&outcome), check_text(&again));
    prop_assert_eq!(check_json(&outcome), check_json(&again));
    if let Ok(loaded) = outcome {
        prop_assert_eq!(loaded.hash(), again.map(|again| again.hash()).unwrap());
        for explained in loaded.explain_all() {
            prop_assert!(!explained.to_text().is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_in_a_file(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&Home::new().put("config/base.toml", bytes), &[])?;
    }

    #[test]
    fn any_text_that_is_nearly_toml(text in nearly_toml(), more in nearly_toml()) {
        survives(&Home::with(&text).put("config/paper.toml", more), &[])?;
    }

    #[test]
    fn any_flag_and_variable(flag in "\\PC{0,60}", key in "[A-Z_]{0,20}", value in "\\PC{0,40}") {
        let home = Home::new();
        survives(&home, &[&flag, &format!("risk.collar={value}"), &format!("strategies.a.params.x={value}")])?;
        let outcome = home.load_in(&[(&format!("NJORD__{key}"), &value), ("NJORD_MODE", &value)]);
        prop_assert!(!check_text(&outcome).is_empty());
    }

    #[test]
    fn any_file_of_secrets(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let home = Home::with("[secrets]\nfile = \"s\"\n").put("config/s", bytes);
        let loaded = home.load().unwrap();
        let _ = Secrets::open(loaded.places(), &environment(&[])).map_err(|problems| problems.to_string());
    }

    /// What an amount shows, read again, is the same amount.
    #[test]
    fn any_amount_survives_being_written(units in 1_u64..10_000_000_000, fraction in 0_u64..1_000_000_000_000_000_000) {
        let written = format!("{units}.{fraction:018}");
        for quoted in [written.clone(), format!("\"{written}\"")] {
            let home = Home::with(&format!("[risk]\nportfolio_gross_max = {quoted}\n"));
            let loaded = home.load().unwrap();
            let expected = written.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(loaded.settings().risk.portfolio_gross_max.to_string(), expected);
        }
    }
}

#[test]
fn a_file_full_of_mistakes_takes_no_longer_than_reading_it() {
    // With work for each that grows with the file, these would take many minutes.
    let lines: Vec<String> = (0..60_000).map(|index| format!("risk{index} = 1\n")).collect();
    let one_line: Vec<String> = (0..60_000).map(|index| format!("r{index}=1,")).collect();
    let broken = "= \n".repeat(200_000);
    for text in [lines.concat(), format!("risk = {{{}x=1}}", one_line.concat()), broken] {
        let problems = Home::with(&text).load().unwrap_err();
        assert!(problems.unlisted() > 50_000);
    }
}

#[test]
fn deep_nesting_is_refused_without_a_stack_overflow() {
    for text in
        ["a = ".to_owned() + &"[".repeat(100_000), "a = ".to_owned() + &"{ b = ".repeat(100_000)]
    {
        assert!(Home::with(&text).load().is_err());
    }
    let dotted = format!("{}x = 1", "a.".repeat(100_000));
    assert!(Home::with(&dotted).load().is_err());
    let flag = format!("{}x=1", "a.".repeat(400));
    assert!(Home::new().load_with(&[&flag]).is_err());
}
