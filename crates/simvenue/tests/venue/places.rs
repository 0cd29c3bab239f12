//! Resting orders among the orders of others: queue models, and the sharing of trades.

use contracts::Side;
use simvenue::{QueueModel, VenueConfig};

use crate::rig::{Rig, free};

/// A buy of 2 at 100, with 5 of others in front.
fn queued(queue: QueueModel) -> Rig {
    let mut rig = Rig::new(VenueConfig { queue, ..free() });
    rig.book(&[("100", "5"), ("99", "7")], &[("101", "1")]).buy("2", "100");
    rig.hush();
    rig
}

#[test]
fn queue_back_is_eaten_by_trades_only() {
    let mut rig = queued(QueueModel::Back);
    rig.trade("100", "4", Side::Sell).level(Side::Buy, "100", "0.5").says(&[]);
    rig.trade("100", "1", Side::Sell).says(&[]);
    rig.trade("100", "0.5", Side::Sell).says(&["#1 buy 0.5@100 Maker"]);
    rig.trade("100", "9", Side::Sell).says(&["#1 buy 1.5@100 Maker", "#1 Filled 2/2"]);
}

#[test]
fn queue_back_one_trade_can_reach_through_it() {
    queued(QueueModel::Back).trade("100", "6", Side::Sell).says(&["#1 buy 1@100 Maker"]);
}

#[test]
fn queue_front_has_nobody_before_us() {
    queued(QueueModel::Front).trade("100", "0.5", Side::Sell).says(&["#1 buy 0.5@100 Maker"]);
}

#[test]
fn queue_proportional_advances_by_cancels() {
    let mut rig = queued(QueueModel::Proportional);
    rig.level(Side::Buy, "100", "10").level(Side::Buy, "100", "5");
    // Half of ten went away, so half of the five before us.
    rig.trade("100", "2.6", Side::Sell).says(&["#1 buy 0.09@100 Maker"]);
    let mut rig = queued(QueueModel::Proportional);
    rig.book(&[("99", "7")], &[("101", "1")]).book(&[("100", "1"), ("99", "7")], &[("101", "1")]);
    // Everybody before us went away; who shows there now came later.
    rig.trade("100", "0.5", Side::Sell).says(&["#1 buy 0.5@100 Maker"]);
    let mut rig = queued(QueueModel::Proportional);
    rig.trade("100", "3", Side::Sell).level(Side::Buy, "100", "2");
    rig.trade("100", "2", Side::Sell).says(&[]);
    rig.trade("100", "1", Side::Sell).says(&["#1 buy 1@100 Maker"]);
}

#[test]
fn queue_proportional_learns_from_the_ticker() {
    let mut rig = Rig::new(VenueConfig { queue: QueueModel::Proportional, ..free() });
    rig.ticker(("100", "8"), ("101", "1")).buy("2", "100");
    rig.hush().ticker(("100", "4"), ("101", "1")).trade("100", "4.5", Side::Sell);
    rig.says(&["#1 buy 0.5@100 Maker"]);
}

#[test]
fn queue_through_trade_fills_whatever_stood_before_us() {
    queued(QueueModel::Back).trade("99.9", "1", Side::Sell).says(&["#1 buy 1@100 Maker"]);
    queued(QueueModel::Back).trade("99.9", "1", Side::Buy).says(&["#1 buy 1@100 Maker"]);
    // Once the price was traded through, nobody is left before us.
    let mut rig = queued(QueueModel::Back);
    rig.trade("99.9", "1", Side::Sell).hush().trade("100", "0.5", Side::Sell);
    rig.says(&["#1 buy 0.5@100 Maker"]);
}

#[test]
fn queue_trade_of_our_own_side_at_the_price_is_not_ours() {
    queued(QueueModel::Front).trade("100", "5", Side::Buy).says(&[]);
}

#[test]
fn queue_out_of_sight_needs_a_trade_through() {
    let mut rig = Rig::new(free());
    rig.buy("2", "100");
    rig.hush().trade("100", "50", Side::Sell).says(&[]);
    rig.trade("99.9", "0.5", Side::Sell).says(&["#1 buy 0.5@100 Maker"]);
}

#[test]
fn queue_out_of_sight_is_known_once_it_is_shown() {
    let mut rig = Rig::new(free());
    rig.ticker(("101", "1"), ("102", "1")).buy("2", "100");
    rig.hush().trade("100", "50", Side::Sell).says(&[]);
    rig.ticker(("100", "3"), ("102", "1")).trade("100", "3.5", Side::Sell);
    rig.says(&["#1 buy 0.5@100 Maker"]);
}

#[test]
fn queue_before_the_best_price_is_empty() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "5"), ("101", "1")).buy("2", "100");
    rig.hush().trade("100", "1", Side::Sell).says(&["#1 buy 1@100 Maker"]);
    let mut rig = Rig::new(free());
    rig.book(&[("101", "1"), ("99", "5")], &[("102", "1")]).buy("2", "100");
    rig.hush().trade("100", "1", Side::Sell).says(&["#1 buy 1@100 Maker"]);
}

#[test]
fn own_orders_share_a_trade_by_price_then_time() {
    let mut rig = Rig::new(free());
    rig.ticker(("90", "5"), ("105", "1"));
    rig.buy("1", "99");
    rig.buy("1", "100");
    rig.buy("1", "99");
    rig.buy("1", "101");
    rig.hush().trade("99", "2.5", Side::Sell);
    rig.says(&[
        "#4 buy 1@101 Maker",
        "#4 Filled 1/1",
        "#2 buy 1@100 Maker",
        "#2 Filled 1/1",
        "#1 buy 0.5@99 Maker",
    ]);
    rig.trade("99", "1", Side::Sell);
    rig.says(&["#1 buy 0.5@99 Maker", "#1 Filled 1/1", "#3 buy 0.5@99 Maker"]);
}

#[test]
fn own_orders_at_one_price_have_others_between_them() {
    let mut rig = Rig::new(free());
    rig.book(&[("100", "5")], &[("101", "1")]).buy("2", "100");
    rig.level(Side::Buy, "100", "8").buy("2", "100");
    rig.hush().trade("100", "6", Side::Sell).says(&["#1 buy 1@100 Maker"]);
    // Five of others and one of ours traded: three of others stand between the two orders.
    rig.trade("100", "1", Side::Sell).says(&["#1 buy 1@100 Maker", "#1 Filled 2/2"]);
    rig.trade("100", "3", Side::Sell).says(&[]);
    rig.trade("100", "1", Side::Sell).says(&["#2 buy 1@100 Maker"]);
}

#[test]
fn own_later_order_never_overtakes_an_earlier_one() {
    let mut rig = Rig::new(free());
    rig.book(&[("100", "5")], &[("101", "1")]).buy("1", "100");
    rig.level(Side::Buy, "100", "1").buy("1", "100");
    rig.hush().trade("100", "3", Side::Sell).says(&[]);
    rig.trade("100", "2.5", Side::Sell).says(&["#1 buy 0.5@100 Maker"]);
    rig.trade("100", "1", Side::Sell);
    rig.says(&["#1 buy 0.5@100 Maker", "#1 Filled 1/1", "#2 buy 0.5@100 Maker"]);
}
