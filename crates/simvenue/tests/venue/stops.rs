//! Stops: they wait for the last trade, and then come like any other order.

use contracts::testing::secs;
use contracts::{Event, Lifetime, Side};

use crate::rig::{Rig, free, limit, stop, stop_limit, ticker};

const GTC: Lifetime = Lifetime::UntilCancelled;

#[test]
fn stop_fires_at_or_through_its_trigger_only() {
    let fired = |side, at| {
        let mut rig = Rig::new(free());
        rig.ticker(("90", "9"), ("110", "9"));
        rig.order(side, "1", stop("100"), GTC);
        rig.hush().trade(at, "1", Side::Buy);
        !rig.lines().is_empty()
    };
    for (side, at, expected) in [
        (Side::Sell, "100.1", false),
        (Side::Sell, "100", true),
        (Side::Sell, "95", true),
        (Side::Buy, "99.9", false),
        (Side::Buy, "100", true),
        (Side::Buy, "105", true),
    ] {
        assert_eq!(fired(side, at), expected, "{side:?} at {at}");
    }
}

#[test]
fn stop_takes_as_a_market_order() {
    let mut rig = Rig::new(free());
    rig.book(&[("99", "1"), ("98", "1")], &[("101", "1")]);
    rig.order(Side::Sell, "3", stop("100"), GTC);
    rig.says(&["#1 Accepted 0/3"]).trade("100", "0.1", Side::Sell);
    rig.says(&["#1 sell 1@99 Taker", "#1 sell 1@98 Taker", "#1 Cancelled NoLiquidity 2/3"]);
}

#[test]
fn stop_without_liquidity_is_cancelled_not_filled() {
    let mut rig = Rig::new(free());
    rig.order(Side::Sell, "1", stop("100"), GTC);
    rig.trade("99", "5", Side::Sell);
    rig.says(&["#1 Accepted 0/1", "#1 Cancelled NoLiquidity 0/1"]);
}

#[test]
fn stop_already_reached_fires_on_arrival() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "5"), ("101", "5")).trade("100", "1", Side::Sell);
    rig.order(Side::Sell, "1", stop("100"), GTC);
    rig.says(&["#1 Accepted 0/1", "#1 sell 1@99 Taker", "#1 Filled 1/1"]);
}

#[test]
fn stop_limit_becomes_a_limit_order() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "1"));
    rig.order(Side::Sell, "3", stop_limit("100", "98.5"), GTC);
    rig.says(&["#1 Accepted 0/3"]).trade("100", "0.1", Side::Sell);
    rig.says(&["#1 sell 1@99 Taker"]);
    rig.trade("98.6", "1", Side::Buy).says(&["#1 sell 1@98.5 Maker"]);
    rig.ticker(("98.5", "2"), ("101", "1")).says(&["#1 sell 1@98.5 Maker", "#1 Filled 3/3"]);
}

#[test]
fn stop_fires_by_a_ticker_that_is_newer_than_the_last_trade() {
    let mut rig = Rig::new(free());
    rig.until(secs(10)).trade("105", "1", Side::Buy);
    rig.order(Side::Sell, "1", stop("100"), GTC);
    rig.hush();
    let at =
        |second, last| Event::Ticker(ticker(secs(second), ("98", "5"), ("101", "5"), Some(last)));
    rig.send(at(9, "99")).says(&[]);
    rig.send(at(11, "101")).says(&[]);
    rig.send(at(12, "100")).says(&["#1 sell 1@98 Taker", "#1 Filled 1/1"]);
}

#[test]
fn stops_fire_nearest_trigger_first_then_earliest() {
    let mut rig = Rig::new(free());
    rig.ticker(("90", "9"), ("110", "9"));
    rig.order(Side::Sell, "1", stop("97"), GTC);
    rig.order(Side::Sell, "1", stop("99"), GTC);
    rig.order(Side::Sell, "1", stop("97"), GTC);
    rig.hush().trade("95", "1", Side::Sell);
    let order: Vec<String> =
        rig.lines().into_iter().filter(|line| line.contains("Filled")).collect();
    assert_eq!(order, ["#2 Filled 1/1", "#1 Filled 1/1", "#3 Filled 1/1"]);
}

#[test]
fn stop_fired_by_a_trade_is_not_filled_by_it() {
    let mut rig = Rig::new(free());
    rig.ticker(("90", "1"), ("110", "1"));
    rig.order(Side::Sell, "1", stop_limit("100", "99"), GTC);
    rig.hush().trade("99.5", "5", Side::Buy).says(&[]);
    rig.trade("99.5", "5", Side::Buy).says(&["#1 sell 1@99 Maker", "#1 Filled 1/1"]);
}

#[test]
fn stop_waiting_can_be_cancelled_and_expires() {
    let mut rig = Rig::new(free());
    rig.order(Side::Sell, "1", stop("90"), GTC);
    rig.order(Side::Sell, "1", stop("90"), Lifetime::Until(secs(9)));
    rig.hush().cancel(1).until(secs(9));
    rig.says(&["#1 Cancelled Requested 0/1", "#2 Expired LifetimeEnded 0/1"]);
    rig.ticker(("80", "9"), ("110", "9")).trade("80", "1", Side::Sell).says(&[]);
}

#[test]
fn stop_does_not_trade_with_a_resting_order_of_ours() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("110", "1"));
    rig.order(Side::Buy, "1", limit("99.5"), GTC);
    rig.order(Side::Sell, "1", stop("100"), GTC);
    rig.hush().trade("100", "1", Side::Buy).says(&["#2 Cancelled SelfTrade 0/1"]);
}
