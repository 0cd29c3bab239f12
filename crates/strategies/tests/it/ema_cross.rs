//! The cross of two averages: what it asks for and what it refuses to begin with.

use contracts::testing::{net, price, strategy};
use serde_json::json;
use strategy::testing::Bench;

use crate::{btc, in_cents, instance};

#[test]
fn ema_cross_buys_guarded_above_and_leaves_below() {
    let params = json!({ "pulse": "trades", "fast": 2, "slow": 4, "stake": "1000" });
    let mut bench = Bench::new(vec![instance("ema_cross", &params)]);
    let position = |bench: &Bench| {
        let holding = bench.host().ledger().holding(strategy("ema_cross"), btc());
        holding.map_or(net("0"), portfolio::Holding::net)
    };
    for cents in [10_000, 9_900, 9_800, 9_700, 9_600] {
        bench.trade(btc(), in_cents(cents));
    }
    assert!(bench.intents().is_empty());
    bench.trade(btc(), price("100"));
    assert_eq!(bench.intents().len(), 2, "an order and its guard");
    assert_eq!(position(&bench), net("10"));
    bench.trade(btc(), price("101"));
    assert!(bench.intents().is_empty(), "it is in already");
    for cents in [9_500, 9_000] {
        bench.trade(btc(), in_cents(cents));
    }
    assert_eq!(position(&bench), net("0"));
}

#[test]
fn ema_cross_refuses_what_makes_no_sense() {
    let refused = |params| {
        let id = strategy("x");
        let begun = strategy::Instance::of::<strategies::EmaCross>(id, &[btc()], &params);
        begun.unwrap_err().to_string()
    };
    assert_eq!(refused(json!({ "fast": 30 })), "x: fast must be below slow");
    assert!(refused(json!({ "fast": 0 })).contains("below 1"));
    assert!(refused(json!({ "stake": 0.5 })).contains("in quotes"));
    assert!(refused(json!({ "pulse": "7m" })).contains("7m"));
}
