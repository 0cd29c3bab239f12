//! Orders of one account never trade with each other.

use contracts::{Lifetime, Side};
use simvenue::{SelfTrade, VenueConfig};

use crate::rig::{Rig, free, limit};

fn crossing(mode: SelfTrade) -> Vec<String> {
    let mut rig = Rig::new(VenueConfig { self_trade: mode, ..free() });
    rig.ticker(("90", "1"), ("102", "1"));
    rig.sell("1", "101");
    rig.hush();
    rig.buy("3", "103");
    rig.lines()
}

#[test]
fn self_trade_cancel_newest_keeps_the_resting_order() {
    assert_eq!(
        crossing(SelfTrade::CancelNewest),
        ["#2 Accepted 0/3", "#2 Cancelled SelfTrade 0/3"]
    );
}

#[test]
fn self_trade_cancel_oldest_lets_the_newest_go_on() {
    let lines = crossing(SelfTrade::CancelOldest);
    assert_eq!(lines, ["#2 Accepted 0/3", "#1 Cancelled SelfTrade 0/1", "#2 buy 1@102 Taker"]);
}

#[test]
fn self_trade_cancel_both_leaves_none() {
    assert_eq!(
        crossing(SelfTrade::CancelBoth),
        ["#2 Accepted 0/3", "#1 Cancelled SelfTrade 0/1", "#2 Cancelled SelfTrade 0/3"]
    );
}

#[test]
fn self_trade_better_offers_of_others_are_taken_first() {
    let mut rig = Rig::new(free());
    rig.book(&[("90", "1")], &[("100", "1"), ("101", "5")]);
    rig.sell("1", "101");
    rig.hush();
    rig.buy("2", "101");
    rig.says(&["#2 Accepted 0/2", "#2 buy 1@100 Taker", "#2 Cancelled SelfTrade 1/2"]);
    rig.buy("1", "99");
    rig.says(&["#3 Accepted 0/1"]);
}

#[test]
fn self_trade_satisfied_before_the_own_order_is_none() {
    let mut rig = Rig::new(free());
    rig.book(&[("90", "1")], &[("100", "2")]);
    rig.sell("1", "101");
    rig.hush();
    rig.market(Side::Buy, "2");
    rig.says(&["#2 Accepted 0/2", "#2 buy 2@100 Taker", "#2 Filled 2/2"]);
}

#[test]
fn self_trade_post_only_counts_own_orders_as_taking() {
    let mut rig = Rig::new(free());
    rig.sell("1", "101");
    rig.order(Side::Buy, "1", limit("101"), Lifetime::PostOnly);
    rig.says(&["#1 Accepted 0/1", "#2 Accepted 0/1", "#2 Cancelled WouldTake 0/1"]);
}

#[test]
fn self_trade_market_order_meets_only_an_own_order() {
    let mut rig = Rig::new(VenueConfig { self_trade: SelfTrade::CancelOldest, ..free() });
    rig.sell("1", "101");
    rig.hush();
    rig.market(Side::Buy, "1");
    rig.says(&["#2 Accepted 0/1", "#1 Cancelled SelfTrade 0/1", "#2 Cancelled NoLiquidity 0/1"]);
}
