//! Who holds against whom, and where things are.

use std::path::Path;

use settings::{Env, KillSource, Mode, ProblemKind, Service, Settings, Sources, load};

use crate::home::{Home, environment, refused};

#[test]
fn nothing_said_is_the_default_with_or_without_a_folder() {
    let bare = load(&Sources::none()).unwrap();
    assert_eq!(bare.settings(), &Settings::default());
    assert_eq!(Home::new().load().unwrap().settings(), &Settings::default());
    assert_eq!(bare.settings().run.mode, Mode::Paper);
}

#[test]
fn each_layer_holds_against_all_weaker_ones() {
    let collar = |bps: u32| format!("[risk]\ncollar = {bps}\n");
    let home = Home::with(&collar(1))
        .put("config/dev.toml", collar(2))
        .put("config/paper.toml", collar(3))
        .put("mine.toml", collar(4));
    let got = |sources: &Sources| load(sources).unwrap().settings().risk.collar.get();

    let base_only = Home::with(&collar(1));
    assert_eq!(got(&base_only.sources()), 1);
    let with_env_file = Home::with(&collar(1)).put("config/dev.toml", collar(2));
    assert_eq!(got(&with_env_file.sources()), 2);
    let mut sources = home.sources();
    assert_eq!(got(&sources), 3);
    sources = sources.with_file(home.file("mine.toml"));
    assert_eq!(got(&sources), 4);
    sources = sources.with_environment(environment(&[("NJORD__RISK__COLLAR", "5")]));
    assert_eq!(got(&sources), 5);
    sources = sources.with_flags(["risk.collar=6", "risk.collar=7"]);
    assert_eq!(got(&sources), 7);
}

#[test]
fn mode_and_env_choose_their_files_wherever_they_are_said() {
    let home = Home::with("[run]\nmode = \"paper\"\n")
        .put("config/backtest.toml", "[market]\nseed = 1\n")
        .put("config/paper.toml", "[market]\nseed = 2\n")
        .put("config/prod.toml", "[risk]\ncollar = 9\n")
        .put("mine.toml", "[run]\nmode = \"backtest\"\n");
    assert_eq!(home.load().unwrap().settings().market.seed, 2);
    let file = load(&home.sources().with_file(home.file("mine.toml"))).unwrap();
    assert_eq!((file.settings().run.mode, file.settings().market.seed), (Mode::Backtest, 1));
    let named = home.load_in(&[("NJORD_MODE", "backtest"), ("NJORD_ENV", "prod")]).unwrap();
    assert_eq!((named.settings().market.seed, named.settings().risk.collar.get()), (1, 9));
    assert_eq!(named.settings().run.env, Env::Prod);
    let flag = home.load_with(&["run.mode=backtest"]).unwrap();
    assert_eq!(flag.settings().market.seed, 1);
}

#[test]
fn a_file_that_was_chosen_cannot_choose() {
    let home = Home::new().put("config/paper.toml", "[run]\nmode = \"live\"\n");
    let got = refused(&home, home.load());
    let expected = "config/paper.toml:2:1: run.mode: this file is read because of what it says, so it cannot \
                    say it; try: base.toml, the file of --config, or --set";
    assert_eq!(got, [(ProblemKind::Misplaced, expected.to_owned())]);
}

#[test]
fn a_mode_that_is_none_opens_no_file() {
    let home = Home::new().put("secret.toml", "[run]\nsession = 5\n");
    let got = refused(&home, home.load_with(&["run.mode=../secret"]));
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].0, ProblemKind::WrongType);
}

#[test]
fn a_list_replaces_a_list() {
    let home = Home::with("[market]\nsymbols = [\"BTC/USD\", \"SOL/USD\"]\n");
    let loaded = home.load_in(&[("NJORD__MARKET__SYMBOLS", "ETH/USD, DOGE/USD")]).unwrap();
    let symbols: Vec<&str> =
        loaded.settings().market.symbols.iter().map(contracts::Symbol::as_str).collect();
    assert_eq!(symbols, ["ETH/USD", "DOGE/USD"]);
    let loaded = home.load_with(&["kill.sources=[\"key\"]", "bus.kind=redis"]).unwrap();
    assert_eq!(loaded.settings().kill.sources, [KillSource::Key]);
}

#[test]
fn variables_with_names_of_their_own() {
    let loaded = Home::new()
        .load_in(&[
            ("NJORD_ENABLE_METRICS", "1"),
            ("REDIS_URL", "redis://127.0.0.1:6399/1"),
            ("LOG_DIR", "/tmp/elsewhere"),
            ("NJORD_RECONCILE_INTERVAL_SEC", "45"),
            ("PATH", "/bin"),
        ])
        .unwrap();
    assert!(loaded.settings().telemetry.metrics);
    assert_eq!(loaded.settings().bus.url.as_str(), "redis://127.0.0.1:6399/1");
    assert_eq!(loaded.places().logs, Path::new("/tmp/elsewhere"));
    assert_eq!(loaded.settings().execution.reconcile_every.millis(), 45_000);
    assert!(Home::new().load_in(&[("NJORD_RECONCILE_INTERVAL_SEC", "soon")]).is_err());
    assert!(loaded.notices().is_empty(), "{:?}", loaded.notices());
}

#[test]
fn the_wider_name_of_a_key_holds_against_its_short_variable() {
    // Both are the environment; the exact name of the key is the more exact word.
    let loaded = Home::new()
        .load_in(&[("NJORD_ENABLE_METRICS", "1"), ("NJORD__TELEMETRY__METRICS", "false")])
        .unwrap();
    assert!(!loaded.settings().telemetry.metrics);
    let variables =
        [("REDIS_URL", "redis://127.0.0.1:1"), ("NJORD__BUS__URL", "redis://127.0.0.1:2")];
    let loaded = Home::new().load_in(&variables).unwrap();
    assert_eq!(loaded.settings().bus.url.as_str(), "redis://127.0.0.1:2");
}

#[test]
fn variables_that_look_like_ours_are_noticed() {
    let loaded =
        Home::new().load_in(&[("NJORD_ENABLE_LVE", "1"), ("NJORD_USER", "njord")]).unwrap();
    let expected = "NJORD_ENABLE_LVE means nothing here; did you mean NJORD_ENABLE_LIVE?";
    assert_eq!(loaded.notices(), [expected]);
    // No name that is near is named for a gate of what is not in this build: the nearest arms live trading.
    for gate in ["NJORD_ENABLE_ALERTS", "NJORD_ENABLE_AUDIT"] {
        let loaded = Home::new().load_in(&[(gate, "1")]).unwrap();
        let [notice] = loaded.notices() else { unreachable!("{:?}", loaded.notices()) };
        assert!(notice.starts_with(&format!("{gate} opens nothing: ")), "{notice}");
        assert!(!notice.contains("LIVE"), "{notice}");
    }
}

#[test]
fn places_follow_from_env_and_what_systemd_says() {
    let home = Home::new();
    let places = home.load().unwrap().places().clone();
    assert_eq!(places.journal, home.file("var/journal"));
    assert_eq!(places.kill_file, home.file("var/kill"));
    assert_eq!(places.keys, home.file("var/keys"));
    assert_eq!(places.logs, home.file("logs"));

    let prod = |more: &[(&str, &str)]| {
        let variables = [&[("NJORD_ENV", "prod")], more].concat();
        home.load_in(&variables).unwrap().places().clone()
    };
    let bare = prod(&[]);
    assert_eq!(
        (bare.state.as_path(), bare.logs.as_path()),
        (Path::new("/var/lib/njord"), Path::new("/var/lib/njord/logs"))
    );
    assert_eq!(prod(&[("HOME", "/h")]).logs, Path::new("/h/.local/state/njord/logs"));
    assert_eq!(prod(&[("HOME", "/h"), ("XDG_STATE_HOME", "/x")]).logs, Path::new("/x/njord/logs"));
    let unit = prod(&[
        ("STATE_DIRECTORY", "/s/njord:/s/b"),
        ("LOGS_DIRECTORY", "/l/njord"),
        ("HOME", "/h"),
    ]);
    assert_eq!(
        (unit.state.as_path(), unit.logs.as_path()),
        (Path::new("/s/njord"), Path::new("/l/njord"))
    );

    let said = home
        .load_with(&["run.state=/srv/n", "kill.file=/run/njord.kill", "journal.dir=j"])
        .unwrap();
    assert_eq!(said.places().kill_file, Path::new("/run/njord.kill"));
    assert_eq!(said.places().journal, Path::new("/srv/n/j"));
}

#[test]
fn everything_listens_on_loopback_and_on_a_port_of_its_own() {
    let loaded = load(&Sources::none()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for service in Service::ALL {
        let address = loaded.settings().ports.address(service);
        assert!(address.ip().is_loopback(), "{address}");
        assert!(seen.insert(address), "{address} twice");
    }
    let free = Home::new().load_with(&["ports.up=0", "ports.scanner=0"]).unwrap();
    assert_eq!(free.settings().ports.port(Service::Up), 0);
    let wide =
        Home::new().load_with(&["ports.bind=0.0.0.0", "ports.beyond_loopback=true"]).unwrap();
    assert!(!wide.settings().ports.address(Service::Up).ip().is_loopback());
}

#[test]
fn limits_that_nothing_can_reach_are_noticed() {
    let loaded = Home::with("[risk]\norder_notional_max = 5000\n").load().unwrap();
    assert_eq!(loaded.notices().len(), 4, "{:?}", loaded.notices());
    assert!(loaded.notices()[0].contains("risk.symbol_gross_max is 1000"));
}
