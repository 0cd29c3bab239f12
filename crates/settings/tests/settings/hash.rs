//! Equal settings, equal hash, however they were written; another decision, another hash.

use settings::{Environment, Sources, load};

use crate::home::{Home, environment};

#[test]
fn hash_does_not_depend_on_who_said_it_or_how() {
    let a = Home::with("[risk]\norder_notional_max = 100.50\ncollar = 200\n");
    let b = Home::with("risk = { collar = 200, order_notional_max = \"100.5\" }\n");
    let hash = a.load().unwrap().hash();
    assert_eq!(hash, b.load().unwrap().hash());
    assert_eq!(
        hash,
        Home::new()
            .load_with(&["risk.collar=0xC8", "risk.order_notional_max=100.5"])
            .unwrap()
            .hash()
    );
    assert_ne!(hash, Home::new().load().unwrap().hash());
    // Saying the default is saying nothing.
    let said = Home::with("[risk]\ncollar = 300\n").load().unwrap();
    assert_eq!(said.hash(), Home::new().load().unwrap().hash());
}

#[test]
fn decision_hash_leaves_out_what_only_serves() {
    let home = Home::new();
    let plain = home.load().unwrap();
    for flag in
        ["telemetry.level=debug", "ports.up=0", "journal.dir=j", "run.env=prod", "bus.kind=redis"]
    {
        let other = home.load_with(&[flag]).unwrap();
        assert_eq!(plain.decision_hash(), other.decision_hash(), "{flag}");
        assert_ne!(plain.hash(), other.hash(), "{flag}");
    }
    for flag in [
        "risk.collar=299",
        "market.seed=8",
        "venue.fees=flat",
        "execution.grace=2s",
        "kill.level=flatten",
    ] {
        let other = home.load_with(&[flag]).unwrap();
        assert_ne!(plain.decision_hash(), other.decision_hash(), "{flag}");
        assert_ne!(plain.hash(), other.hash(), "{flag}");
    }
}

#[test]
fn hash_leaves_secrets_out() {
    let with = Environment::of([("NJORD_KRAKEN_SECRET", "sentinel-9d1")]);
    let with = load(&Sources::none().with_environment(with)).unwrap();
    let without = load(&Sources::none().with_environment(environment(&[]))).unwrap();
    assert_eq!(with.hash(), without.hash());
    assert!(!with.canonical().contains("sentinel"));
}

#[test]
fn canonical_form_is_pinned() {
    // A change here is a change of every journal's genesis: it must be meant.
    let loaded = Home::with(
        "[strategies.a]\nsymbols = [\"BTC/USD\"]\nallocation = 1_000.50\nparams = { z = 1.50, a = \"x\" }\n",
    );
    let canonical = loaded.load().unwrap().canonical();
    let of = |prefix: &str| {
        canonical.lines().filter(|line| line.starts_with(prefix)).collect::<Vec<_>>()
    };
    assert_eq!(
        of("strategies."),
        [
            "strategies.a.allocation = \"1000.5\"",
            "strategies.a.enabled = true",
            "strategies.a.params = {\"a\":\"x\",\"z\":1.5}",
            "strategies.a.state = \"keep\"",
            "strategies.a.symbols = [\"BTC/USD\"]",
        ],
    );
    assert_eq!(of("risk.c"), ["risk.collar = 300"]);
    assert_eq!(of("journal.g"), ["journal.group_records_max = 1024"]);
    assert_eq!(of("venue.funds"), ["venue.funds = {\"USD\":\"10000\"}"]);
}
