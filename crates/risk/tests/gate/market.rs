//! What the venue takes, and whether the price of it can be trusted.

use contracts::testing::{money, price, qty, symbol};
use contracts::{
    Event, FeedState, Figures, Instrument, Lifetime, MarketStatus, OrderKind, OrderSpec,
    OrderState, Reason, Side, Source, Span, Ticker, Trade, TradeId, Ts,
};
use risk::Limits;

use crate::rig::{Answer, BTC, Rig, instrument, limit, market, wide};

#[test]
fn unknown_symbol_is_refused() {
    let mut rig = Rig::new(wide());
    let kind = OrderKind::Limit(price("1"));
    let other = symbol("ETH/USD");
    let spec = OrderSpec::new(other, Side::Buy, qty("1"), kind, Lifetime::UntilCancelled).unwrap();
    assert_eq!(rig.place("a", spec).reasons(), [Reason::UnknownSymbol]);
    // An instrument in another currency stays unknown: nothing here could value it.
    rig.say(Source::MdIngest, None, Event::Instrument(instrument("ETH/EUR")));
    let other = symbol("ETH/EUR");
    let spec = OrderSpec::new(other, Side::Buy, qty("1"), kind, Lifetime::UntilCancelled).unwrap();
    assert_eq!(rig.place("a", spec).reasons(), [Reason::UnknownSymbol]);
}

#[test]
fn instrument_rules_at_their_boundaries() {
    let mut rig = Rig::new(wide());
    rig.approved("a", limit(Side::Buy, "0.01", "99.99"));
    let refused = |rig: &mut Rig, qty, at| rig.place("a", limit(Side::Buy, qty, at)).reasons();
    assert_eq!(refused(&mut rig, "0.01", "99.995"), [Reason::Tick]);
    assert_eq!(refused(&mut rig, "0.01005", "99.99"), [Reason::Lot]);
    assert_eq!(refused(&mut rig, "0.0009", "99.99"), [Reason::QtyMin, Reason::CostMin]);
    assert_eq!(refused(&mut rig, "0.005", "99.99"), [Reason::CostMin]);
    rig.approved("a", limit(Side::Buy, "0.0051", "99.99"));
    // Exactly the least is enough.
    assert_eq!(refused(&mut rig, "0.001", "99.99"), [Reason::CostMin]);
    rig.approved("a", limit(Side::Buy, "0.005", "100"));
}

#[test]
fn cost_min_is_measured_as_the_venue_does_and_the_collar_goes_no_further() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "0.4", "100");
    let worst = |rig: &mut Rig, at| {
        rig.price(at);
        let out = rig.approved("a", market(Side::Sell, "0.1"));
        rig.update(&out, OrderState::Cancelled, "0");
        out.spec.limit()
    };
    // A tenth is worth half a dollar from five on.
    assert_eq!(worst(&mut rig, "5.2"), Some(price("5.05")));
    assert_eq!(worst(&mut rig, "5.15"), Some(price("5")));
    assert_eq!(worst(&mut rig, "5"), Some(price("5")));
    let found = |answer: Answer| match answer.figures(Reason::CostMin) {
        Figures::Money { found, .. } => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(rig.place("a", limit(Side::Sell, "0.1", "4.99"))), money("0.499"));
    let (kind, lifetime) = (OrderKind::Stop { trigger: price("4.9") }, Lifetime::UntilCancelled);
    let stop = OrderSpec::new(symbol(BTC), Side::Sell, qty("0.1"), kind, lifetime).unwrap();
    assert_eq!(found(rig.place("a", stop)), money("0.49"));
    // Not even the market pays as much.
    rig.price("4.99");
    assert_eq!(found(rig.place("a", market(Side::Sell, "0.1"))), money("0.485"));
    rig.approved("a", market(Side::Sell, "0.3"));
}

#[test]
fn closed_market_takes_nothing_but_what_its_mode_allows() {
    let mut rig = Rig::new(wide());
    let set = |rig: &mut Rig, status| {
        let rules = Instrument { status, ..instrument(BTC) };
        rig.say(Source::MdIngest, None, Event::Instrument(rules));
    };
    set(&mut rig, MarketStatus::CancelOnly);
    assert_eq!(rig.place("a", limit(Side::Buy, "1", "99")).reasons(), [Reason::MarketClosed]);
    set(&mut rig, MarketStatus::PostOnly);
    assert_eq!(rig.place("a", limit(Side::Buy, "1", "99")).reasons(), [Reason::MarketClosed]);
    let kind = OrderKind::Limit(price("99"));
    let post = OrderSpec::new(symbol(BTC), Side::Buy, qty("1"), kind, Lifetime::PostOnly).unwrap();
    rig.approved("a", post);
}

#[test]
fn no_price_no_order() {
    let mut rig = Rig::new(wide());
    rig.say(Source::MdIngest, None, Event::Instrument(instrument("NEW/USD")));
    let kind = OrderKind::Limit(price("1"));
    let new = symbol("NEW/USD");
    let spec = OrderSpec::new(new, Side::Buy, qty("1"), kind, Lifetime::UntilCancelled).unwrap();
    assert_eq!(rig.place("a", spec).reasons(), [Reason::NoPrice]);
    let lifetime = Lifetime::UntilCancelled;
    let spec = OrderSpec::new(new, Side::Buy, qty("1"), OrderKind::Market, lifetime).unwrap();
    assert!(rig.place("a", spec).reasons().contains(&Reason::NoPrice));
}

#[test]
fn stale_price_at_its_age_passes_a_nanosecond_older_is_refused() {
    let mut rig = Rig::new(Limits { price_age_max: Span::from_secs(10), ..wide() });
    rig.pass(Span::from_millis(9_900));
    rig.approved("a", limit(Side::Buy, "1", "99"));
    rig.pass(Span::from_nanos(1));
    let answer = rig.place("a", limit(Side::Buy, "1", "99"));
    assert_eq!(answer.reasons(), [Reason::StalePrice]);
    let (found, allowed) = (Span::from_nanos(10_000_000_001), Span::from_secs(10));
    assert_eq!(answer.figures(Reason::StalePrice), Figures::Span { found, allowed });
}

fn trade(rig: &mut Rig, at: &str) {
    let (symbol, price, size, id) = (symbol(BTC), price(at), qty("1"), TradeId::new(1));
    let trade = Trade { symbol, price, qty: size, id, at: rig.now, taker: Side::Buy };
    rig.say(Source::MdIngest, None, Event::Trade(trade));
}

#[test]
fn stale_quote_is_not_freshened_by_a_trade() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.pass(Span::from_secs(3_600));
    trade(&mut rig, "120");
    for spec in [market(Side::Buy, "0.1"), limit(Side::Buy, "0.1", "99")] {
        assert_eq!(rig.place("a", spec).reasons(), [Reason::StalePrice]);
    }
    // A way out is bounded by the newest price there is.
    let out = rig.approved("a", market(Side::Sell, "0.1"));
    assert_eq!(out.spec.limit(), Some(price("116.4")));
    rig.price("120");
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
}

#[test]
fn stale_trade_is_not_freshened_by_half_a_book() {
    let mut rig = Rig::new(wide());
    rig.pass(Span::from_secs(3_600));
    // Valued at the last trade, which is of an hour ago.
    let (symbol, bid, size, at) = (symbol(BTC), Some(price("99")), qty("1"), rig.now);
    let half = Ticker { symbol, bid, ask: None, last: None, bid_qty: size, ask_qty: size, at };
    rig.say(Source::MdIngest, None, Event::Ticker(half));
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "98")).reasons(), [Reason::StalePrice]);
    trade(&mut rig, "99.5");
    rig.approved("a", limit(Side::Buy, "0.1", "98"));
}

#[test]
fn stale_price_is_as_old_as_its_event_however_late_it_comes() {
    let mut rig = Rig::new(Limits { price_age_max: Span::from_secs(10), ..wide() });
    let tick = |rig: &mut Rig, text: &str, at| {
        let (symbol, bid, size) = (symbol(BTC), Some(price(text)), qty("1"));
        let (bid_qty, ask_qty) = (size, size);
        let ticker = Ticker { symbol, bid, ask: bid, last: bid, bid_qty, ask_qty, at };
        rig.say(Source::MdIngest, None, Event::Ticker(ticker));
    };
    let after = |rig: &mut Rig, age| {
        rig.pass(Span::from_secs(60));
        tick(rig, "100", rig.now - age);
        rig.place("a", limit(Side::Buy, "1", "99")).reasons()
    };
    assert_eq!(after(&mut rig, Span::from_secs(10)), []);
    assert_eq!(after(&mut rig, Span::from_nanos(10_000_000_001)), [Reason::StalePrice]);
    assert_eq!(after(&mut rig, Span::ZERO), []);
    // What comes late is no price any more.
    let late = rig.now - Span::from_secs(9);
    tick(&mut rig, "50", late);
    rig.approved("a", limit(Side::Buy, "1", "99"));
    // One from the future is of now.
    tick(&mut rig, "100", Ts::MAX);
    rig.approved("a", limit(Side::Buy, "1", "99"));
    rig.pass(Span::from_millis(10_001));
    assert_eq!(rig.place("a", limit(Side::Buy, "1", "99")).reasons(), [Reason::StalePrice]);
}

#[test]
fn stale_price_lets_reducing_orders_out_at_the_collar() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.pass(Span::from_secs(60));
    assert_eq!(rig.place("a", limit(Side::Buy, "1", "99")).reasons(), [Reason::StalePrice]);
    let approval = rig.approved("a", market(Side::Sell, "1"));
    assert_eq!(approval.spec.limit(), Some(price("97")));
    assert_eq!(approval.spec.lifetime(), Lifetime::Immediate);
}

#[test]
fn feed_with_a_gap_blocks_increases_only() {
    for state in [FeedState::Gap, FeedState::Stale, FeedState::Down] {
        let mut rig = Rig::new(wide());
        rig.hold("a", "1", "100");
        rig.feed(state);
        assert_eq!(rig.place("a", limit(Side::Buy, "1", "99")).reasons(), [Reason::FeedUnsafe]);
        rig.approved("a", limit(Side::Sell, "1", "101"));
        rig.feed(FeedState::Live);
        rig.approved("a", limit(Side::Buy, "1", "99"));
    }
}

#[test]
fn collar_holds_on_the_dangerous_side_only() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.approved("a", limit(Side::Buy, "0.1", "103"));
    let answer = rig.place("a", limit(Side::Buy, "0.1", "103.01"));
    let figures = Figures::Price { found: price("103.01"), allowed: price("103") };
    assert_eq!(answer.figures(Reason::PriceCollar), figures);
    rig.approved("a", limit(Side::Buy, "0.1", "10"));
    rig.approved("a", limit(Side::Sell, "0.1", "1000"));
    // Also for those who only want out: a fat finger is no way out.
    let out = limit(Side::Sell, "0.1", "96.99").reduce_only();
    assert_eq!(rig.place("a", out).reasons(), [Reason::PriceCollar]);
}

#[test]
fn order_of_unknown_fate_blocks_its_instrument() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let lost = rig.approved("b", limit(Side::Buy, "0.1", "99"));
    rig.update(&lost, OrderState::Unknown, "0");
    assert_eq!(rig.place("a", limit(Side::Buy, "1", "99")).reasons(), [Reason::OrderUnknown]);
    rig.approved("a", limit(Side::Sell, "1", "101"));
    rig.update(&lost, OrderState::New, "0");
    rig.approved("a", limit(Side::Buy, "1", "99"));
}

#[test]
fn buy_stop_is_given_a_worst_price() {
    let mut rig = Rig::new(wide());
    let kind = OrderKind::Stop { trigger: price("110") };
    let spec = OrderSpec::new(symbol(BTC), Side::Buy, qty("1"), kind, Lifetime::UntilCancelled);
    let approval = rig.approved("a", spec.unwrap());
    let limit = price("113.3");
    assert_eq!(approval.spec.kind(), OrderKind::StopLimit { trigger: price("110"), limit });
}

#[test]
fn sell_stop_stays_a_way_out_whatever_the_market_does() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let kind = OrderKind::Stop { trigger: price("90") };
    let spec = OrderSpec::new(symbol(BTC), Side::Sell, qty("1"), kind, Lifetime::UntilCancelled);
    assert_eq!(rig.approved("a", spec.unwrap()).spec.kind(), kind);
}

#[test]
fn sell_stop_that_opens_a_position_is_given_a_worst_price() {
    let mut config = crate::rig::config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    rig.hold("a", "1", "100");
    let stop = |size| {
        let kind = OrderKind::Stop { trigger: price("90") };
        let lifetime = Lifetime::UntilCancelled;
        OrderSpec::new(symbol(BTC), Side::Sell, qty(size), kind, lifetime).unwrap()
    };
    let bounded = OrderKind::StopLimit { trigger: price("90"), limit: price("87.3") };
    assert_eq!(rig.approved("a", stop("1.1")).spec.kind(), bounded);
    assert_eq!(rig.approved("b", stop("1")).spec.kind(), bounded);
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    assert_eq!(rig.approved("a", stop("1")).spec.kind(), stop("1").kind());
}

#[test]
fn hostile_numbers_are_refused_not_computed() {
    let mut rig = Rig::new(wide());
    let huge = "100000000000000";
    let answer = rig.place("a", limit(Side::Buy, huge, "100"));
    assert!(matches!(answer, Answer::Refused(..)), "{answer:?}");
    assert!(answer.reasons().contains(&Reason::OutOfRange), "{answer:?}");
    assert_eq!(rig.gate().open_orders(), 0);
    assert_eq!(money("0"), contracts::Money::ZERO);
}

#[test]
fn no_order_without_a_worst_price_not_even_to_get_out() {
    let mut rig = Rig::new(wide());
    rig.say(Source::MdIngest, None, Event::Instrument(instrument("NEW/USD")));
    let new = symbol("NEW/USD");
    rig.hold_of("a", new, "1", "5");
    let lifetime = Lifetime::UntilCancelled;
    let spec = |kind| OrderSpec::new(new, Side::Sell, qty("1"), kind, lifetime).unwrap();
    assert_eq!(rig.place("a", spec(OrderKind::Market)).reasons(), [Reason::NoPrice]);
    rig.approved("a", spec(OrderKind::Limit(price("5"))));
}

#[test]
fn stop_that_leads_out_at_any_price_cannot_be_changed_into_more() {
    let mut config = crate::rig::config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    rig.hold("a", "1", "100");
    let (kind, lifetime) = (OrderKind::Stop { trigger: price("90") }, Lifetime::UntilCancelled);
    let stop = OrderSpec::new(symbol(BTC), Side::Sell, qty("0.5"), kind, lifetime).unwrap();
    let stop = rig.approved("a", stop);
    assert_eq!(stop.spec.limit(), None);
    // The venue cannot make a stop-limit of it, and without a limit it has no worst price.
    assert_eq!(rig.amend("a", stop.id, qty("1.5"), None).reasons(), [Reason::NoPrice]);
    let Answer::Approved(changed) = rig.amend("a", stop.id, qty("1"), None) else { panic!() };
    assert_eq!(changed.spec.kind(), kind);
}

#[test]
fn order_notional_is_judged_by_the_worse_of_limit_and_market() {
    let mut rig = Rig::new(Limits { order_notional_max: money("200"), ..wide() });
    rig.quote(Some("99"), Some("101"));
    let spec = |side, qty_text, at, lifetime| {
        let kind = OrderKind::Limit(price(at));
        OrderSpec::new(symbol(BTC), side, qty(qty_text), kind, lifetime).unwrap()
    };
    let resting = Lifetime::UntilCancelled;
    let notional = |answer: Answer| match answer.figures(Reason::OrderNotional) {
        Figures::Money { found, .. } => found,
        other => panic!("{other:?}"),
    };
    // A purchase that waits costs its limit, one that does not at most the market.
    assert_eq!(notional(rig.place("a", spec(Side::Buy, "2.1", "100", resting))), money("210"));
    let now = Lifetime::Immediate;
    assert_eq!(notional(rig.place("a", spec(Side::Buy, "2.1", "102", now))), money("212.1"));
    assert_eq!(notional(rig.place("a", spec(Side::Buy, "2.1", "100", now))), money("210"));
    // A sale may bring more than its limit.
    let mut config = crate::rig::config(Limits { order_notional_max: money("200"), ..wide() });
    config.spot = false;
    let mut rig = Rig::with(config);
    rig.quote(Some("99"), Some("101"));
    assert_eq!(notional(rig.place("a", spec(Side::Sell, "2.1", "98", resting))), money("207.9"));
    assert_eq!(notional(rig.place("a", spec(Side::Sell, "2.1", "110", resting))), money("231"));
    assert_eq!(notional(rig.place("a", spec(Side::Sell, "2.1", "98", now))), money("207.9"));
}
