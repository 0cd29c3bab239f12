//! What holds for every bundled strategy.

use contracts::testing::{strategy, symbol};
use contracts::{StrategyRun, Symbol};
use serde_json::json;
use strategy::testing::Bench;
use strategy::{Instance, RosterEntry};

use crate::{closes, in_cents};

fn everybody(symbols: &[&str]) -> Vec<Instance> {
    let registry = strategies::registry().unwrap();
    let begun = registry.classes().iter().map(|class| {
        let entry = json!({ "id": class.name(), "symbols": symbols });
        let entry: RosterEntry = serde_json::from_value(entry).unwrap();
        registry.begin(&entry).unwrap()
    });
    begun.collect()
}

fn play(bench: &mut Bench, symbols: &[Symbol], closes: &[i64]) {
    for (step, cents) in closes.iter().enumerate() {
        bench.trade(symbols[step % symbols.len()], in_cents(*cents));
        bench.pass(contracts::Span::from_secs(31));
    }
}

#[test]
fn every_class_explains_itself() {
    for class in strategies::registry().unwrap().classes() {
        assert!(!class.about().is_empty() && class.about().len() < 80, "{}", class.name());
        for param in class.params() {
            assert!(!param.about.is_empty(), "{}.{}", class.name(), param.name);
        }
    }
}

#[test]
fn restart_in_the_middle_changes_nothing() {
    let symbols = ["BTC/USD", "ETH/USD"];
    let pairs = symbols.map(symbol);
    let closes = closes(5, 1_200);
    let mut whole = Bench::new(everybody(&symbols));
    let mut parted = Bench::new(everybody(&symbols));
    play(&mut whole, &pairs, &closes);
    play(&mut parted, &pairs, &closes[..700]);
    parted.recover(everybody(&symbols));
    play(&mut parted, &pairs, &closes[700..]);
    assert_eq!(whole.said(), parted.said());
    assert_eq!(whole.snapshot(), parted.snapshot());
}

#[test]
fn strategies_do_not_hear_each_other() {
    let closes = closes(6, 1_500);
    let pair = symbol("BTC/USD");
    let mut together = Bench::new(everybody(&["BTC/USD"]));
    play(&mut together, &[pair], &closes);
    let together = together.intents();
    for one in everybody(&["BTC/USD"]) {
        let id = one.id();
        let mut alone = Bench::new(vec![one]);
        play(&mut alone, &[pair], &closes);
        assert_eq!(alone.strategy(id).run(), StrategyRun::Running);
        let of_it = |e: &&contracts::Envelope| e.corr.is_some_and(|corr| corr.strategy == id);
        let bodies: Vec<_> = together.iter().filter(of_it).map(|e| e.event).collect();
        let alone: Vec<_> = alone.intents().iter().map(|e| e.event).collect();
        assert_eq!(alone, bodies, "{id}");
    }
    assert!(strategy("ema_cross").as_str().len() <= 16);
}
