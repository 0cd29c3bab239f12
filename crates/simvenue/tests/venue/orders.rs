//! Market and limit orders against what the market shows.

use contracts::testing::{price, secs};
use contracts::{FeedState, Lifetime, MarketStatus, OrderKind, Side, Span};
use simvenue::{PostOnlyMode, VenueConfig};

use crate::rig::{Rig, free, limit, rules, stop};

#[test]
fn limit_uncrossed_stays_open() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "1")).buy("1", "100");
    rig.ticker(("99.5", "9"), ("100.1", "9")).trade("100.1", "5", Side::Buy);
    rig.says(&["#1 Accepted 0/1"]);
    assert_eq!(rig.venue().open_orders().len(), 1);
}

#[test]
fn limit_marketable_takes_at_the_better_price() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "5")).buy("2", "102");
    rig.says(&["#1 Accepted 0/2", "#1 buy 2@101 Taker", "#1 Filled 2/2"]);
}

#[test]
fn limit_takes_what_is_there_and_rests_with_the_rest() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "0.5")).buy("2", "102");
    rig.says(&["#1 Accepted 0/2", "#1 buy 0.5@101 Taker"]);
    rig.ticker(("99", "1"), ("101.5", "1"));
    rig.says(&["#1 buy 1@102 Maker"]);
    rig.trade("101.9", "9", Side::Sell);
    rig.says(&["#1 buy 0.5@102 Maker", "#1 Filled 2/2"]);
}

#[test]
fn market_walks_the_book_level_by_level() {
    let mut rig = Rig::new(free());
    rig.book(&[("99", "1"), ("98", "2")], &[("101", "1"), ("102", "2"), ("103", "5")]);
    rig.market(Side::Buy, "4");
    rig.market(Side::Sell, "2");
    rig.says(&[
        "#1 Accepted 0/4",
        "#1 buy 1@101 Taker",
        "#1 buy 2@102 Taker",
        "#1 buy 1@103 Taker",
        "#1 Filled 4/4",
        "#2 Accepted 0/2",
        "#2 sell 1@99 Taker",
        "#2 sell 1@98 Taker",
        "#2 Filled 2/2",
    ]);
}

#[test]
fn market_rest_without_liquidity_is_cancelled() {
    let mut rig = Rig::new(free());
    rig.book(&[("99", "1")], &[("101", "1")]).market(Side::Buy, "4");
    rig.says(&["#1 Accepted 0/4", "#1 buy 1@101 Taker", "#1 Cancelled NoLiquidity 1/4"]);
}

#[test]
fn market_without_any_price_is_rejected() {
    let mut rig = Rig::new(free());
    rig.market(Side::Buy, "1");
    rig.ticker(("99", "1"), ("", "0")).market(Side::Buy, "1");
    rig.ticker(("99", "1"), ("101", "0")).market(Side::Buy, "1");
    rig.trade("100", "5", Side::Buy).market(Side::Buy, "1");
    let rejected = ["#1", "#2", "#3", "#4"].map(|id| format!("{id} Rejected NoLiquidity 0/1"));
    assert_eq!(rig.lines(), rejected, "a last trade is no offer");
}

#[test]
fn market_at_a_stale_quote_is_rejected() {
    let config = || VenueConfig { evidence_age_max: Span::from_secs(10), ..free() };
    let mut rig = Rig::new(config());
    rig.ticker(("99", "5"), ("101", "5")).pass(Span::from_secs(10)).market(Side::Buy, "1");
    rig.says(&["#1 Accepted 0/1", "#1 buy 1@101 Taker", "#1 Filled 1/1"]);
    rig.pass(Span::from_nanos(1)).market(Side::Buy, "1");
    rig.says(&["#2 Rejected NoLiquidity 0/1"]);

    let mut rig = Rig::new(config());
    rig.book(&[("99", "5")], &[("101", "5")]).pass(Span::from_secs(11)).market(Side::Sell, "1");
    rig.says(&["#1 Rejected NoLiquidity 0/1"]);
    rig.level(Side::Sell, "102", "1").market(Side::Sell, "1");
    rig.says(&["#2 Accepted 0/1", "#2 sell 1@99 Taker", "#2 Filled 1/1"]);
}

#[test]
fn feed_not_live_gives_no_fill() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "5"), ("101", "5")).feed(FeedState::Gap).market(Side::Buy, "1");
    rig.says(&["#1 Rejected NoLiquidity 0/1"]);
    rig.feed(FeedState::Live).market(Side::Buy, "1");
    rig.says(&["#2 Accepted 0/1", "#2 buy 1@101 Taker", "#2 Filled 1/1"]);
}

#[test]
fn liquidity_fills_once_until_the_level_changes() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "3")).market(Side::Buy, "2");
    rig.hush().ticker(("99", "2"), ("101", "3")).market(Side::Buy, "2");
    rig.says(&["#2 Accepted 0/2", "#2 buy 1@101 Taker", "#2 Cancelled NoLiquidity 1/2"]);
    rig.market(Side::Buy, "2");
    rig.says(&["#3 Rejected NoLiquidity 0/2"]);
    rig.ticker(("99", "2"), ("101", "3.5")).market(Side::Buy, "2");
    rig.says(&["#4 Accepted 0/2", "#4 buy 2@101 Taker", "#4 Filled 2/2"]);
    rig.ticker(("99", "2"), ("102", "3.5")).ticker(("99", "2"), ("101", "3.5"));
    rig.market(Side::Buy, "2");
    rig.says(&["#5 Accepted 0/2", "#5 buy 2@101 Taker", "#5 Filled 2/2"]);
}

#[test]
fn liquidity_of_the_book_fills_once_until_the_level_changes() {
    let mut rig = Rig::new(free());
    rig.book(&[("99", "1")], &[("101", "3"), ("102", "3")]).market(Side::Buy, "4");
    rig.hush().level(Side::Sell, "103", "7").level(Side::Sell, "101", "3");
    rig.market(Side::Buy, "3");
    rig.says(&["#2 Accepted 0/3", "#2 buy 2@102 Taker", "#2 buy 1@103 Taker", "#2 Filled 3/3"]);
    rig.level(Side::Sell, "101", "1").market(Side::Buy, "2");
    rig.says(&["#3 Accepted 0/2", "#3 buy 1@101 Taker", "#3 buy 1@103 Taker", "#3 Filled 2/2"]);
    // A snapshot that shows the same levels brings nothing new.
    rig.book(&[("99", "1")], &[("101", "1"), ("102", "3"), ("103", "7")]).market(Side::Buy, "6");
    rig.says(&["#4 Accepted 0/6", "#4 buy 5@103 Taker", "#4 Cancelled NoLiquidity 5/6"]);
    // Nor does the ticker, which shows the same orders.
    rig.level(Side::Sell, "104", "1").ticker(("99", "1"), ("101", "1")).feed(FeedState::Live);
    rig.level(Side::Buy, "105", "1").market(Side::Buy, "1");
    rig.says(&["#5 Rejected NoLiquidity 0/1"]);
}

#[test]
fn liquidity_memory_at_its_bound_stops_taking() {
    let mut rig = Rig::new(VenueConfig { taken_levels_max: 2, ..free() });
    rig.book(&[("99", "1")], &[("101", "1"), ("102", "1"), ("103", "1")]);
    rig.buy("3", "105");
    rig.says(&[
        "#1 Accepted 0/3",
        "#1 buy 1@101 Taker",
        "#1 buy 1@102 Taker",
        "alert BoundReached",
        "#1 Cancelled NoLiquidity 2/3",
    ]);
    rig.level(Side::Sell, "101", "0").market(Side::Buy, "1");
    rig.says(&["#2 Accepted 0/1", "#2 buy 1@103 Taker", "#2 Filled 1/1"]);
}

#[test]
fn fills_are_whole_lots() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "0.019999")).buy("1", "101");
    rig.says(&["#1 Accepted 0/1", "#1 buy 0.01@101 Taker"]);
    rig.trade("100.9", "0.5555", Side::Sell).says(&["#1 buy 0.55@101 Maker"]);
}

#[test]
fn resting_limit_crossed_by_quotes_fills_at_its_limit() {
    let mut rig = Rig::new(free());
    rig.book(&[("99", "1")], &[("101", "1")]);
    rig.buy("5", "100");
    rig.buy("1", "99.9");
    rig.hush();
    rig.level(Side::Sell, "100", "2").says(&["#1 buy 2@100 Maker"]);
    rig.level(Side::Sell, "100", "2").says(&[]);
    rig.level(Side::Sell, "99.5", "4");
    rig.says(&["#1 buy 3@100 Maker", "#1 Filled 5/5", "#2 buy 1@99.9 Maker", "#2 Filled 1/1"]);
}

#[test]
fn resting_limit_not_crossed_by_a_stale_or_partial_book() {
    let mut rig = Rig::new(free());
    rig.book(&[("99", "1")], &[("101", "1")]).buy("5", "100");
    rig.hush();
    let part = contracts::LevelPart::More;
    let crossing = crate::rig::level(rig.now, Side::Sell, (price("99.8"), "2"), part);
    rig.send(contracts::Event::Level(crossing)).says(&[]);
    rig.level(Side::Sell, "99.8", "0").says(&[]);
}

#[test]
fn post_only_that_would_take_goes() {
    let post = |mode| {
        let mut rig = Rig::new(VenueConfig { post_only: mode, ..free() });
        rig.ticker(("99", "1"), ("101", "1"));
        rig.order(Side::Buy, "1", limit("101"), Lifetime::PostOnly);
        rig.order(Side::Buy, "1", limit("100.9"), Lifetime::PostOnly);
        rig.order(Side::Sell, "1", limit("100.9"), Lifetime::PostOnly);
        rig.lines()
    };
    assert_eq!(
        post(PostOnlyMode::Cancel),
        [
            "#1 Accepted 0/1",
            "#1 Cancelled WouldTake 0/1",
            "#2 Accepted 0/1",
            "#3 Accepted 0/1",
            "#3 Cancelled WouldTake 0/1",
        ]
    );
    let rejected = ["#1 Rejected WouldTake 0/1", "#2 Accepted 0/1", "#3 Rejected WouldTake 0/1"];
    assert_eq!(post(PostOnlyMode::Reject), rejected);
}

#[test]
fn immediate_order_never_rests() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "1"));
    rig.order(Side::Buy, "2", limit("101"), Lifetime::Immediate);
    rig.order(Side::Buy, "2", limit("100"), Lifetime::Immediate);
    rig.says(&[
        "#1 Accepted 0/2",
        "#1 buy 1@101 Taker",
        "#1 Cancelled ImmediateRest 1/2",
        "#2 Accepted 0/2",
        "#2 Cancelled ImmediateRest 0/2",
    ]);
    assert!(rig.venue().open_orders().is_empty());
}

#[test]
fn order_with_a_lifetime_expires() {
    let mut rig = Rig::new(free());
    rig.order(Side::Buy, "1", limit("100"), Lifetime::Until(secs(5)));
    rig.order(Side::Buy, "1", limit("100"), Lifetime::Until(secs(1)));
    rig.says(&["#1 Accepted 0/1", "#2 Rejected LifetimeEnded 0/1"]);
    rig.until(secs(4)).trade("99", "0.5", Side::Sell).says(&["#1 buy 0.5@100 Maker"]);
    rig.until(secs(5)).says(&["#1 Expired LifetimeEnded 0.5/1"]);
    assert_eq!(rig.seq.next_wake(), None);
}

#[test]
fn order_expires_before_the_trade_even_if_the_timer_is_late() {
    let mut rig = Rig::new(free());
    rig.order(Side::Buy, "1", limit("100"), Lifetime::Until(secs(5)));
    rig.hush().skip(Span::from_secs(4)).trade("99", "1", Side::Sell);
    rig.says(&["#1 Expired LifetimeEnded 0/1"]);
    assert_eq!(rig.seq.next_wake(), None);
}

#[test]
fn market_status_decides_what_is_taken() {
    let outcome = |status, kind: OrderKind, life| {
        let mut rig = Rig::bare(free());
        rig.ticker(("99", "1"), ("101", "1")).send(contracts::Event::Instrument(rules(status)));
        rig.order(Side::Buy, "1", kind, life);
        rig.lines().last().unwrap().clone()
    };
    let gtc = Lifetime::UntilCancelled;
    let post = MarketStatus::PostOnly;
    assert_eq!(outcome(post, limit("100"), gtc), "#1 Accepted 0/1");
    assert_eq!(outcome(post, limit("101"), gtc), "#1 Rejected WouldTake 0/1");
    assert_eq!(outcome(post, limit("100"), Lifetime::Immediate), "#1 Rejected Closed 0/1");
    assert_eq!(outcome(post, OrderKind::Market, gtc), "#1 Rejected Closed 0/1");
    assert_eq!(outcome(post, stop("110"), gtc), "#1 Rejected Closed 0/1");
    for status in [MarketStatus::CancelOnly, MarketStatus::Maintenance] {
        assert_eq!(outcome(status, limit("100"), gtc), "#1 Rejected Closed 0/1");
    }
    assert_eq!(outcome(MarketStatus::Online, limit("100"), gtc), "#1 Accepted 0/1");
}

#[test]
fn market_closed_trades_nothing() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.order(Side::Sell, "1", stop("98"), Lifetime::UntilCancelled);
    rig.hush().send(contracts::Event::Instrument(rules(MarketStatus::CancelOnly)));
    rig.trade("97", "1", Side::Sell).ticker(("96", "1"), ("97", "1")).says(&[]);
    rig.cancel(1).says(&["#1 Cancelled Requested 0/1"]);
    rig.send(contracts::Event::Instrument(rules(MarketStatus::Online)));
    rig.trade("97", "1", Side::Sell);
    rig.says(&["#2 sell 1@96 Taker", "#2 Filled 1/1"]);
}

#[test]
fn rules_are_kept_from_their_time_on() {
    let mut rig = Rig::new(free());
    let coarse = contracts::Instrument {
        tick: price("1"),
        valid_from: secs(10),
        ..rules(MarketStatus::Online)
    };
    rig.send(contracts::Event::Instrument(coarse)).buy("1", "100.1");
    rig.buy("1", "100.15");
    rig.buy("0.015", "100.1");
    rig.until(secs(10)).buy("1", "100.1");
    rig.says(&[
        "#1 Accepted 0/1",
        "#2 Rejected Tick 0/1",
        "#3 Rejected Lot 0/0.015",
        "#4 Rejected Tick 0/1",
    ]);
}

#[test]
fn unknown_symbol_is_rejected() {
    let mut rig = Rig::bare(free());
    rig.buy("1", "100");
    rig.ticker(("99", "1"), ("101", "1")).buy("1", "100");
    rig.says(&["#1 Rejected Closed 0/1", "#2 Rejected Closed 0/1"]);
}

#[test]
fn open_orders_are_bounded() {
    let mut rig = Rig::new(VenueConfig { open_orders_max: 2, ..free() });
    for _ in 0..3 {
        rig.buy("1", "100");
    }
    rig.cancel(1).buy("1", "100");
    rig.says(&[
        "#1 Accepted 0/1",
        "#2 Accepted 0/1",
        "#3 Rejected RateLimit 0/1",
        "#1 Cancelled Requested 0/1",
        "#4 Accepted 0/1",
    ]);
}
