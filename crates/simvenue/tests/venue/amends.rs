//! Changes in place: what keeps the place in the queue, what loses it, what is refused.

use contracts::{Event, Lifetime, MarketStatus, Side};
use simvenue::{SelfTrade, VenueConfig};

use crate::rig::{Rig, free, limit, rules, stop, stop_limit};

const GTC: Lifetime = Lifetime::UntilCancelled;

/// Two buys of 2 at 100 in a queue of nobody; the first is amended; then one unit trades at 100.
fn first_served(amount: &str, new_limit: Option<&str>) -> Vec<String> {
    let mut rig = Rig::new(free());
    rig.book(&[("100.5", "1"), ("99", "1")], &[("101", "1")]);
    rig.buy("2", "100");
    rig.buy("2", "100");
    rig.hush().amend(1, amount, new_limit).trade("100", "1", Side::Sell);
    rig.lines()
}

#[test]
fn amend_less_keeps_the_place() {
    assert_eq!(first_served("1.5", None), ["#1 Amended 0/1.5 to 1", "#1 buy 1@100 Maker"]);
    assert_eq!(first_served("1.5", Some("100")), ["#1 Amended 0/1.5 to 1", "#1 buy 1@100 Maker"]);
    assert_eq!(first_served("2", None), ["#1 Amended 0/2 to 1", "#1 buy 1@100 Maker"]);
}

#[test]
fn amend_more_or_elsewhere_loses_the_place() {
    assert_eq!(first_served("2.5", None), ["#1 Amended 0/2.5 to 1", "#2 buy 1@100 Maker"]);
    assert_eq!(first_served("2", Some("99.9")), ["#1 Amended 0/2 to 1", "#2 buy 1@100 Maker"]);
    assert_eq!(first_served("2", Some("100.1")), ["#1 Amended 0/2 to 1", "#1 buy 1@100.1 Maker"]);
}

#[test]
fn amend_there_and_back_stands_behind_the_others() {
    let mut rig = Rig::new(free());
    rig.book(&[("100", "5"), ("99", "1")], &[("101", "1")]).buy("1", "100");
    rig.trade("100", "5", Side::Sell).amend(1, "1", Some("99.5")).amend(1, "1", Some("100"));
    rig.hush().trade("100", "5", Side::Sell).says(&[]);
    rig.trade("100", "1", Side::Sell).says(&["#1 buy 1@100 Maker", "#1 Filled 1/1"]);
}

#[test]
fn amend_that_crosses_takes() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "1")).buy("2", "100");
    rig.hush().amend(1, "3", Some("101"));
    rig.says(&["#1 Amended 0/3 to 1", "#1 buy 1@101 Taker"]);
    rig.trade("100.9", "5", Side::Sell).says(&["#1 buy 2@101 Maker", "#1 Filled 3/3"]);
}

#[test]
fn amend_of_post_only_that_would_take_is_refused() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "1"));
    rig.order(Side::Buy, "1", limit("100"), Lifetime::PostOnly);
    rig.hush().amend(1, "1", Some("101")).says(&["#1 AmendRejected WouldTake 0/1 to 1"]);
    rig.trade("100", "1", Side::Sell).says(&["#1 buy 1@100 Maker", "#1 Filled 1/1"]);
}

#[test]
fn amend_across_an_own_order_is_a_self_trade() {
    let mut rig = Rig::new(free());
    rig.sell("1", "101");
    rig.buy("1", "99");
    rig.hush().amend(2, "1", Some("101"));
    rig.says(&["#2 Amended 0/1 to 1", "#2 Cancelled SelfTrade 0/1"]);
    let mut rig = Rig::new(VenueConfig { self_trade: SelfTrade::CancelOldest, ..free() });
    rig.sell("1", "101");
    rig.buy("1", "99");
    rig.hush().amend(2, "1", Some("101"));
    rig.says(&["#2 Amended 0/1 to 1", "#1 Cancelled SelfTrade 0/1"]);
}

#[test]
fn amend_to_no_more_than_filled_ends_the_order() {
    let filled_one = || {
        let mut rig = Rig::new(free());
        rig.buy("3", "100");
        rig.trade("99", "1", Side::Sell).hush();
        rig
    };
    filled_one().amend(1, "0.5", None).says(&["#1 Cancelled Requested 1/3 to 1"]);
    filled_one()
        .amend(1, "1", Some("99"))
        .says(&["#1 Filled 1/1 to 1"])
        .query(1)
        .says(&["#1 buy 1@100 Maker", "#1 Filled 1/1"]);
    filled_one().amend(1, "1.01", None).says(&["#1 Amended 1/1.01 to 1"]);
    filled_one().amend(1, "0", None).says(&["#1 AmendRejected Invalid 1/3 to 1"]);
}

#[test]
fn amend_that_breaks_a_rule_leaves_the_order_as_it_was() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.hush();
    rig.amend(1, "1", Some("100.05")).amend(1, "1.005", None).amend(1, "0.001", None);
    rig.amend_by(1, "1", None, Some("90")).amend(9, "1", None);
    rig.says(&[
        "#1 AmendRejected Tick 0/1 to 1",
        "#1 AmendRejected Lot 0/1 to 2",
        "#1 AmendRejected Lot 0/1 to 3",
        "#1 AmendRejected Invalid 0/1 to 4",
        "#9 AmendRejected UnknownOrder 0/0 to 5",
    ]);
    rig.send(Event::Instrument(rules(MarketStatus::CancelOnly))).amend(1, "2", None);
    rig.cancel(1).amend(1, "2", None);
    rig.says(&[
        "#1 AmendRejected Closed 0/1 to 6",
        "#1 Cancelled Requested 0/1",
        "#1 AmendRejected UnknownOrder 0/1 to 7",
    ]);
}

#[test]
fn amend_moves_a_trigger() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "5"), ("101", "5")).trade("100", "1", Side::Buy);
    rig.order(Side::Sell, "1", stop("95"), GTC);
    rig.hush().amend_by(1, "2", None, Some("97")).trade("96.9", "1", Side::Sell);
    rig.says(&["#1 Amended 0/2 to 1", "#1 sell 2@99 Taker", "#1 Filled 2/2"]);
    rig.order(Side::Sell, "1", stop("90"), GTC);
    rig.hush().amend_by(2, "1", None, Some("98"));
    rig.says(&["#2 Amended 0/1 to 2", "#2 sell 1@99 Taker", "#2 Filled 1/1"]);
}

#[test]
fn amend_of_a_waiting_stop_keeps_waiting() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "5"), ("101", "5")).trade("100", "1", Side::Buy);
    rig.order(Side::Sell, "1", stop_limit("95", "94"), GTC);
    rig.hush().amend(1, "2", Some("98.5")).says(&["#1 Amended 0/2 to 1"]);
    rig.trade("99.5", "9", Side::Buy).says(&[]);
    rig.trade("95", "1", Side::Sell).says(&["#1 sell 2@99 Taker", "#1 Filled 2/2"]);
}
