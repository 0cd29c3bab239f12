//! From what people write to what runs.

use contracts::testing::strategy;
use serde_json::json;
use strategy::testing::config;
use strategy::{Host, Registry, RosterEntry, StatePolicy};

use crate::puppet::{Breaks, Puppet, Trader, named};

fn registry() -> Registry {
    Registry::new().with::<Puppet<Trader>>().unwrap().with::<Puppet<Breaks>>().unwrap()
}

fn entry(value: serde_json::Value) -> Result<RosterEntry, serde_json::Error> {
    serde_json::from_value(value)
}

fn check_refused(value: serde_json::Value, expected: &str) {
    let refused = match entry(value) {
        Ok(entry) => registry().begin(&entry).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn entries_say_what_is_wrong_and_what_to_try() {
    check_refused(json!({ "id": "tradr", "symbols": ["BTC/USD"] }), "try: `trader`");
    check_refused(json!({ "id": "trader", "symbols": [] }), "trader.symbols: no symbol");
    check_refused(json!({ "id": "trader", "symbols": ["BTC/USD", "BTC/USD"] }), "stands twice");
    check_refused(json!({ "id": "trader", "symbols": ["BTCUSD"] }), "such as BTC/USD");
    check_refused(json!({ "id": "trader", "symbols": ["BTC/USD"], "prams": {} }), "prams");
    let params = json!({ "fast": 3 });
    check_refused(json!({ "id": "trader", "symbols": ["BTC/USD"], "params": params }), "fast");
}

#[test]
fn entries_that_are_not_enabled_are_not_loaded() {
    let one = entry(json!({ "id": "a", "class": "trader", "symbols": ["BTC/USD"] })).unwrap();
    let two = entry(json!({ "id": "b", "class": "nobody", "symbols": [], "enabled": false }));
    let instances = registry().assemble(&[one, two.unwrap()]).unwrap();
    assert_eq!(instances.len(), 1);
    assert_eq!((instances[0].id(), instances[0].class()), (strategy("a"), "trader"));
}

#[test]
fn state_policy_is_read() {
    let text = json!({ "id": "trader", "symbols": ["BTC/USD"], "state": "fresh" });
    assert_eq!(entry(text).unwrap().state, StatePolicy::Fresh);
}

#[test]
fn classes_have_one_name_each() {
    let twice = registry().with::<Puppet<Trader>>().unwrap_err();
    assert!(twice.to_string().contains("`trader`"), "{twice}");
    let names: Vec<_> = registry().classes().iter().map(strategy::Class::name).collect();
    assert_eq!(names, ["breaks", "trader"]);
}

#[test]
fn hosts_refuse_two_of_one_name_and_too_many() {
    let two = vec![named::<Trader>("a"), named::<Breaks>("a")];
    let refused = Host::new(config(&two), two).err().unwrap().to_string();
    assert!(refused.contains("`a`"), "{refused}");
    let many: Vec<_> =
        (0..=strategy::STRATEGIES_MAX).map(|n| named::<Trader>(&format!("s{n}"))).collect();
    assert!(Host::new(config(&many), many).is_err());
}
