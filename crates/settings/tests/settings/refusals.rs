//! Bad configuration of every kind: a message of its own each, with place and what to try.

use std::fs;

use settings::{ProblemKind, Problems, Sources, load};

use crate::home::{Home, refused};

/// `text` in `base.toml` is refused with exactly these messages.
fn check(text: &str, expected: &[(ProblemKind, &str)]) {
    let home = Home::with(text);
    let got = refused(&home, home.load());
    let mut expected: Vec<(ProblemKind, String)> =
        expected.iter().map(|(kind, message)| (*kind, (*message).to_owned())).collect();
    // Told line by line, whatever the order in which they were found.
    expected.sort_by(|(_, a), (_, b)| a.cmp(b));
    assert_eq!(got, expected, "for:\n{text}");
}

#[test]
fn unknown_key_names_the_nearest() {
    check(
        "[risk]\n\ncolar = 200\n",
        &[(
            ProblemKind::UnknownKey,
            "config/base.toml:3:1: risk.colar: there is no such key; try: `risk.collar`",
        )],
    );
    check(
        "[rsk]\ncollar = 200\n",
        &[(
            ProblemKind::UnknownKey,
            "config/base.toml:2:1: rsk.collar: there is no such key; try: `risk.collar`",
        )],
    );
    // The right key in the wrong section, and at the top.
    check(
        "daily_loss_cap = 5\n[kill]\n  live_cap = 5\n",
        &[
            (
                ProblemKind::UnknownKey,
                "config/base.toml:1:1: daily_loss_cap: there is no such key; try: `risk.daily_loss_cap`",
            ),
            (
                ProblemKind::UnknownKey,
                "config/base.toml:3:3: kill.live_cap: there is no such key; try: `risk.live_cap`",
            ),
        ],
    );
    check(
        "[strategies.mine]\nsymbol = [\"BTC/USD\"]\nsymbols = [\"BTC/USD\"]\n",
        &[(
            ProblemKind::UnknownKey,
            "config/base.toml:2:1: strategies.mine.symbol: there is no such key; \
             try: `strategies.mine.symbols`",
        )],
    );
}

#[test]
fn unknown_key_without_a_like_one_lists_what_there_is() {
    let home = Home::with("[bus]\nqwertyuiop = 1\n");
    let (kind, message) = refused(&home, home.load()).remove(0);
    assert_eq!(kind, ProblemKind::UnknownKey);
    assert!(
        message.ends_with("try: one of kind, url, connect_timeout, stream_entries_max"),
        "{message}"
    );
}

#[test]
fn wrong_type_says_what_is_expected() {
    check(
        "[risk]\ncollar = \"wide\"\n[journal]\ncompress = 1\n[telemetry]\nlevel = \"verbose\"\n",
        &[
            (
                ProblemKind::WrongType,
                "config/base.toml:2:1: risk.collar: \"wide\" is not a whole number of basis points \
                 (100 is one percent); try: a whole number of basis points (100 is one percent), \
                 1 to 9999, such as 300",
            ),
            (
                ProblemKind::WrongType,
                "config/base.toml:4:1: journal.compress: 1 is not true or false; \
                 try: true or false, such as true",
            ),
            (
                ProblemKind::WrongType,
                "config/base.toml:6:1: telemetry.level: \"verbose\" is not one of error warn info debug \
                 trace; try: one of error warn info debug trace, such as \"info\"",
            ),
        ],
    );
    check(
        "[run]\nmode = \"papr\"\n",
        &[(
            ProblemKind::WrongType,
            "config/base.toml:2:1: run.mode: \"papr\" is not one of backtest paper live; try: \"paper\"",
        )],
    );
    check(
        "[kill]\npoll_every = 100\n[market]\nsymbols = \"BTC/USD\"\n",
        &[
            (
                ProblemKind::WrongType,
                "config/base.toml:4:1: market.symbols: \"BTC/USD\" is not a list in brackets; \
                 try: [...] of a pair such as \"BTC/USD\"",
            ),
            (
                ProblemKind::WrongType,
                "config/base.toml:2:1: kill.poll_every: 100 is not a length of time with its unit \
                 (250ms, 30s, 5m, 4h, 7d); try: a length of time with its unit (250ms, 30s, 5m, 4h, 7d), \
                 10ms to 1s, such as \"100ms\"",
            ),
        ],
    );
}

#[test]
fn out_of_range_says_the_range() {
    check(
        "[risk]\ncollar = 10000\nopen_orders_max = 0\nsymbol_orders_per_minute = 4294967296\n",
        &[
            (
                ProblemKind::OutOfRange,
                "config/base.toml:3:1: risk.open_orders_max: 0 is below 1; \
                 try: a whole number, 1 to 2048, such as 50",
            ),
            (
                ProblemKind::OutOfRange,
                "config/base.toml:4:1: risk.symbol_orders_per_minute: 4294967296 is above 4294967295; \
                 try: a whole number, 1 to 60000, such as 30",
            ),
            (
                ProblemKind::OutOfRange,
                "config/base.toml:2:1: risk.collar: 10000 is above 9999; try: a whole number of basis points \
                 (100 is one percent), 1 to 9999, such as 300",
            ),
        ],
    );
    check(
        "[risk]\norder_notional_max = 0\n",
        &[(
            ProblemKind::OutOfRange,
            "config/base.toml:2:1: risk.order_notional_max: 0 is not above 0; \
             try: an amount such as 250 or \"0.05\", above 0, such as \"250\"",
        )],
    );
}

#[test]
fn negative_cap_is_called_negative() {
    check(
        "[risk]\ndaily_loss_cap = -50\ncollar = -1\nopen_orders_max = -5\nprice_age_max = \"-10s\"\n\
         order_qty_max = { \"BTC/USD\" = -0.5 }\n",
        &[
            (
                ProblemKind::Negative,
                "config/base.toml:6:19: risk.order_qty_max.\"BTC/USD\": -0.5 is below zero; \
                 try: a quantity such as 2 or \"0.05\"",
            ),
            (
                ProblemKind::Negative,
                "config/base.toml:4:1: risk.open_orders_max: -5 is below zero; \
                 try: a whole number, 1 to 2048, such as 50",
            ),
            (
                ProblemKind::Negative,
                "config/base.toml:3:1: risk.collar: -1 is below 1; try: a whole number of basis points \
                 (100 is one percent), 1 to 9999, such as 300",
            ),
            (
                ProblemKind::Negative,
                "config/base.toml:5:1: risk.price_age_max: -10s is below zero; try: a length of time with its \
                 unit (250ms, 30s, 5m, 4h, 7d), 1ms to 1h, such as \"10s\"",
            ),
            (
                ProblemKind::Negative,
                "config/base.toml:2:1: risk.daily_loss_cap: -50 is not above 0; \
                 try: an amount such as 250 or \"0.05\", above 0, such as \"50\"",
            ),
        ],
    );
}

#[test]
fn duplicate_key_and_syntax_are_told_apart_and_both_told() {
    let home = Home::with("[risk]\ncollar = 200\ncollar = 300\nopen_orders_max =\n");
    let got = refused(&home, home.load());
    let kinds: Vec<_> = got.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [ProblemKind::DuplicateKey, ProblemKind::Syntax], "{got:?}");
    assert_eq!(
        got[0].1,
        "config/base.toml:3:1: this key stands twice in the file; try: only one of the two"
    );
    assert!(got[1].1.starts_with("config/base.toml:4:"), "{got:?}");
    let twice = Home::with("[risk]\ncollar = 1\n[kill]\n[risk]\ncollar = 2\n");
    assert_eq!(refused(&twice, twice.load())[0].0, ProblemKind::DuplicateKey);
}

#[test]
fn missing_files_are_named() {
    let empty = tempfile::tempdir().unwrap();
    let problems = load(&Sources::in_home(empty.path())).unwrap_err();
    assert_eq!(problems.listed()[0].kind, ProblemKind::MissingFile);
    assert!(
        problems.to_string().contains("config/base.toml: there is no such file; try: `njord init`")
    );

    let home = Home::new();
    let asked = home.sources().with_file(home.file("mine.toml"));
    let got = refused(&home, load(&asked));
    let expected =
        "mine.toml: there is no such file; try: `njord init` to make one, or another path";
    assert_eq!(got, [(ProblemKind::MissingFile, expected.to_owned())]);
}

#[test]
fn files_that_are_none_are_refused_without_waiting() {
    let check = |make: &dyn Fn(&Home), kind| {
        let home = Home::new();
        fs::remove_file(home.file("config/base.toml")).unwrap();
        make(&home);
        assert_eq!(refused(&home, home.load())[0].0, kind);
    };
    check(&|home| fs::create_dir(home.file("config/base.toml")).unwrap(), ProblemKind::Unreadable);
    check(
        &|home| {
            let made =
                std::process::Command::new("mkfifo").arg(home.file("config/base.toml")).status();
            assert!(made.unwrap().success());
        },
        ProblemKind::Unreadable,
    );
    check(
        &|home| fs::write(home.file("config/base.toml"), vec![b'#'; (1 << 20) + 1]).unwrap(),
        ProblemKind::TooBig,
    );
    let just = Home::new().put("config/base.toml", vec![b'#'; 1 << 20]);
    assert!(just.load().is_ok());
}

#[test]
fn bytes_that_are_no_utf8_are_placed() {
    let home = Home::new().put("config/base.toml", b"[risk]\ncollar = \"\xff\"\n");
    let expected = "config/base.toml:2:11: byte 17 is not UTF-8; try: saving it as UTF-8";
    assert_eq!(refused(&home, home.load()), [(ProblemKind::NotUtf8, expected.to_owned())]);
}

#[test]
fn sections_and_values_do_not_stand_in_for_each_other() {
    check(
        "risk = 5\nstrategies = 1\n[kill.level]\na = 1\n",
        &[
            (
                ProblemKind::NotAValue,
                "config/base.toml:4:1: kill.level.a: `level` takes one of entries cancel flatten, \
                 and has no keys below it; try: one value for `level`",
            ),
            (
                ProblemKind::NotASection,
                "config/base.toml:1:1: risk: is a section with keys of its own, not a value; \
                 try: [risk] with keys below it",
            ),
            (
                ProblemKind::NotASection,
                "config/base.toml:2:1: strategies: is a section with keys of its own, not a value; \
                 try: [strategies] with keys below it",
            ),
        ],
    );
    check(
        "[strategies]\nmine = \"ema_cross\"\n",
        &[(
            ProblemKind::NotASection,
            "config/base.toml:2:1: strategies.mine: is a section with keys of its own, not a value; \
             try: [strategies.mine] with keys below it",
        )],
    );
}

#[test]
fn a_value_in_one_layer_and_keys_below_it_in_another_are_refused() {
    let home = Home::with("[strategies.a]\nsymbols = [\"BTC/USD\"]\nparams.x = 1\n");
    let got = refused(&home, home.load_with(&["strategies.a.params.x.y=2"]));
    assert_eq!(got[0].0, ProblemKind::Contradiction, "{got:?}");
}

#[test]
fn many_problems_are_told_at_once_and_bounded() {
    let lines: Vec<String> = (0..500).map(|index| format!("zzz{index} = 1\n")).collect();
    let problems = Home::with(&lines.concat()).load().unwrap_err();
    assert_eq!(problems.listed().len(), Problems::LISTED_MAX);
    assert_eq!(problems.listed().len() + problems.unlisted(), 500);
}

#[test]
fn flags_and_variables_that_mean_nothing_are_refused() {
    let home = Home::new();
    for flag in ["", "risk.collar", "=5", "risk..collar=5", "[risk]\ncollar=5", "a b=5"] {
        let got = refused(&home, home.load_with(&[flag]));
        assert_eq!(got[0].0, ProblemKind::BadFlag, "{flag:?}: {got:?}");
    }
    let got = refused(&home, home.load_in(&[("NJORD__RISK__COLAR", "5")]));
    let expected = "environment variable NJORD__RISK__COLAR: risk.colar: there is no such key; \
                    try: `risk.collar`";
    assert_eq!(got, [(ProblemKind::UnknownKey, expected.to_owned())]);
    for name in ["NJORD__", "NJORD____X", "NJORD__RISK__"] {
        assert_eq!(refused(&home, home.load_in(&[(name, "5")]))[0].0, ProblemKind::BadVariable);
    }
    let got = refused(&home, home.load_in(&[("NJORD_ENABLE_METRICS", "yes")]));
    let expected = "environment variable NJORD_ENABLE_METRICS: is neither 1 nor 0; \
                    try: 1 to switch it on, 0 or nothing for off";
    assert_eq!(got, [(ProblemKind::BadVariable, expected.to_owned())]);
    let huge = "9".repeat(70_000);
    let got = refused(&home, home.load_in(&[("NJORD__RISK__COLLAR", &huge)]));
    assert_eq!(got[0].0, ProblemKind::BadVariable);
}

/// `text` is contradictory, and the message holds these words.
fn contradicts(text: &str, words: &[&str]) {
    let home = Home::with(text);
    let got = refused(&home, home.load());
    assert_eq!(got.len(), 1, "{got:?}");
    assert!(matches!(got[0].0, ProblemKind::Contradiction | ProblemKind::OutOfRange), "{got:?}");
    for word in words {
        assert!(got[0].1.contains(word), "{word:?} is not in {got:?}");
    }
}

#[test]
fn contradictions_name_both_sides() {
    contradicts(
        "[risk]\ndaily_loss_cap = 100\n",
        &["base.toml:2:1", "100 is not above risk.daily_loss_cap"],
    );
    contradicts(
        "[ports]\nscanner = 7801\n",
        &["base.toml:2:1: ports.scanner", "also the port of md_ingest"],
    );
    contradicts(
        "[ports]\nmd_ingest = 7805\n",
        &["base.toml:2:1: ports.md_ingest", "7805 is also the port of scanner"],
    );
    contradicts("[ports]\nbind = \"0.0.0.0\"\n", &["ports.bind", "ports.beyond_loopback = true"]);
    contradicts("[ports]\nbind = \"::\"\n", &["can be reached from other machines"]);
    contradicts(
        "[market]\nsymbols = [\"BTC/USD\"]\n[strategies.a]\nsymbols = [\"BTC/USD\", \"SOL/USD\"]\n",
        &["strategies.a.symbols", "SOL/USD is not among market.symbols"],
    );
    contradicts(
        "[strategies.a]\nenabled = true\n",
        &["strategies.a.symbols", "no symbol to trade"],
    );
    contradicts("[market]\nsymbols = []\n", &["market.symbols", "no symbol to listen to"]);
    contradicts("[kill]\nsources = [\"file\", \"key\"]\n", &["kill.sources", "bus.kind"]);
    contradicts("[kill]\nunknown_after = \"50ms\"\n", &["kill.unknown_after", "poll_every"]);
    contradicts("[run]\nmode = \"live\"\n", &["market.source", "no market for real orders"]);
    contradicts(
        "[run]\nmode = \"live\"\n[market]\nsource = \"kraken\"\n[kill]\nsources = []\n",
        &["kill.sources", "nothing outside that could stop it"],
    );
    contradicts(
        "[run]\nmode = \"backtest\"\n[market]\nsource = \"kraken\"\n",
        &["market.source", "a backtest has no feed"],
    );
    contradicts("[secrets]\nage_file = \"s.age\"\n", &["secrets.age_file", "age_identity"]);
    contradicts("[secrets]\nage_identity = \"s.id\"\n", &["secrets.age_identity", "no age_file"]);
    contradicts(
        "[secrets]\nfile = \"s\"\nage_file = \"t\"\nage_identity = \"u\"\n",
        &["secrets.file", "plain and an encrypted"],
    );
}

#[test]
fn a_disabled_strategy_contradicts_nothing() {
    let home = Home::with("[strategies.a]\nenabled = false\nsymbols = [\"SOL/USD\"]\n");
    assert!(home.load().is_ok());
}

#[test]
fn lists_with_repetitions_and_names_that_are_none_are_refused() {
    check(
        "[market]\nsymbols = [\"BTC/USD\", \"BTC/USD\"]\n[strategies.Mine]\nsymbols = []\n",
        &[
            (
                ProblemKind::Contradiction,
                "config/base.toml:2:1: market.symbols: \"BTC/USD\" stands twice; \
                 try: a list in brackets, such as [\"BTC/USD\",\"ETH/USD\"]",
            ),
            (
                ProblemKind::WrongType,
                "config/base.toml:4:1: strategies.Mine: no name for a strategy: has a character that is \
                 not allowed here; try: lower case letters, digits and `_`, at most sixteen",
            ),
        ],
    );
}

#[test]
fn passwords_in_addresses_are_refused_and_not_repeated() {
    let home = Home::with("[bus]\nurl = \"redis://:hunter2@127.0.0.1:6379\"\n");
    let got = refused(&home, home.load());
    assert_eq!(got[0].0, ProblemKind::Misplaced);
    assert!(got[0].1.contains("redis_password") && !got[0].1.contains("hunter2"), "{got:?}");
}

#[test]
fn paths_are_taken_as_they_are() {
    for path in ["~/njord", "$HOME/njord", "", "a\\u0000b"] {
        let home = Home::with(&format!("[run]\nstate = \"{path}\"\n"));
        let got = refused(&home, home.load());
        assert!(got[0].1.starts_with("config/base.toml:2:1: run.state: "), "{got:?}");
    }
}

#[test]
fn places_that_are_one_or_lie_in_each_other_are_refused() {
    let one = |home: &Home, flags: &[&str]| {
        let got = refused(home, home.load_with(flags));
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(got[0].0, ProblemKind::Contradiction);
        got[0].1.clone()
    };
    let home = Home::new();
    let said = one(&home, &["journal.dir=keys"]);
    assert!(said.starts_with("--set journal.dir: journal.dir: "), "{said}");
    assert!(
        said.ends_with(
            "var/keys and the place of secrets.keys are one, or one of them lies in the other; \
             try: a place of its own for each"
        ),
        "{said}"
    );
    for flag in [
        "journal.dir=.",
        "journal.archive=journal",
        "journal.archive=x/../journal/old",
        "secrets.keys=journal/keys",
        "telemetry.log_dir=var/./journal",
        "telemetry.log_dir=var",
        "kill.file=journal",
    ] {
        let (key, _) = flag.split_once('=').unwrap();
        let said = one(&home, &[flag]);
        assert!(said.starts_with(&format!("--set {key}: {key}: ")), "{flag}: {said}");
    }
    for flag in ["journal.dir=journals", "journal.archive=/mnt/old", "telemetry.log_dir=var/logs"] {
        home.load_with(&[flag]).unwrap();
    }
}

#[test]
fn nobody_owns_less_than_nothing() {
    check(
        "[venue.funds]\nUSD = \"-1\"\n",
        &[(
            ProblemKind::Negative,
            "config/base.toml:2:1: venue.funds.USD: -1 USD: nobody owns less than nothing; try: 10000",
        )],
    );
}
