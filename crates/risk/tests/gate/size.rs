//! Size of an order, of an instrument, of a strategy, of everything; and pace.

use contracts::testing::{money, price, qty};
use contracts::{
    Bps, Event, Figures, LimitKey, LimitValue, Money, OrderState, Ppm, Qty, Reason, SetLimit, Side,
    Source, Span,
};
use risk::Limits;

use crate::rig::{Answer, Rig, limit, market, wide};

fn usd(units: i32) -> Money {
    Money::from_units(units)
}

#[test]
fn order_notional_exactly_at_cap_passes_one_cent_over_is_refused() {
    let mut rig = Rig::new(Limits { order_notional_max: usd(200), ..wide() });
    rig.approved("a", limit(Side::Buy, "2", "100"));
    let answer = rig.place("a", limit(Side::Buy, "2", "100.01"));
    assert_eq!(answer.reasons(), [Reason::OrderNotional]);
    let figures = Figures::Money { found: money("200.02"), allowed: money("200") };
    assert_eq!(answer.figures(Reason::OrderNotional), figures);
}

#[test]
fn order_notional_of_market_orders_is_judged_at_the_touch() {
    let mut rig = Rig::new(Limits { order_notional_max: usd(200), ..wide() });
    let approval = rig.approved("a", market(Side::Buy, "2"));
    // Sent as an immediate limit at the collar, 3 % above: no order without a worst price.
    assert_eq!(approval.spec.limit(), Some(price("103")));
    assert_eq!(rig.place("a", market(Side::Buy, "2.0001")).reasons(), [Reason::OrderNotional]);
}

#[test]
fn refusal_says_what_would_pass() {
    let most = |rig: &mut Rig, spec| match rig.place("a", spec) {
        Answer::Refused(_, most) => most,
        other => panic!("{other:?}"),
    };
    let mut rig = Rig::new(Limits { order_notional_max: usd(200), ..wide() });
    assert_eq!(most(&mut rig, limit(Side::Buy, "5", "100")), qty("2"));
    rig.approved("a", limit(Side::Buy, "2", "100"));
    assert_eq!(most(&mut rig, limit(Side::Buy, "5", "99")), qty("2.0202"));
    // Of so many lots that it matters how they are counted.
    assert_eq!(most(&mut rig, limit(Side::Buy, "100000000000000", "99")), qty("2.0202"));
    // The price at which it is valued is another one than its own, and something is held already.
    let mut rig = Rig::new(Limits { symbol_gross_max: usd(100), ..wide() });
    rig.hold("a", "0.4", "100");
    rig.quote(Some("99"), Some("101"));
    assert_eq!(most(&mut rig, limit(Side::Buy, "2", "102")), qty("0.6"));
    rig.approved("a", limit(Side::Buy, "0.6", "102"));
    // Half a lot is left out.
    assert_eq!(most(&mut rig, limit(Side::Sell, "0.30005", "102")), qty("0.3"));
    // No quantity helps, or only a larger one, or it holds nothing to reduce.
    let nothing = [
        limit(Side::Buy, "0.0009", "100"),
        limit(Side::Buy, "0.0049", "100"),
        limit(Side::Buy, "0.1", "200"),
        limit(Side::Buy, "0.1", "100").reduce_only(),
        limit(Side::Buy, "0.00005", "100"),
    ];
    for spec in nothing {
        assert_eq!(most(&mut rig, spec), Qty::ZERO, "{spec:?}");
    }
}

#[test]
fn order_qty_cap_only_for_symbols_that_have_one() {
    let mut limits = wide();
    limits.order_qty_max.insert(contracts::testing::symbol("BTC/USD"), qty("1"));
    let mut rig = Rig::new(limits);
    rig.approved("a", limit(Side::Buy, "1", "100"));
    assert_eq!(rig.place("a", limit(Side::Buy, "1.0001", "100")).reasons(), [Reason::OrderQty]);
}

#[test]
fn live_cap_ten_passes_ten_and_a_cent_is_refused_whatever_the_limits_say() {
    let mut rig = Rig::new(Limits { live_cap: Some(usd(10)), ..wide() });
    rig.approved("a", limit(Side::Buy, "0.1", "100"));
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "100.1")).reasons(), [Reason::LiveCap]);
    // Orders that trade at once may trade at their worst price.
    let kind = contracts::OrderKind::Limit(price("102"));
    let symbol = contracts::testing::symbol("BTC/USD");
    let now = contracts::Lifetime::Immediate;
    let at_once = contracts::OrderSpec::new(symbol, Side::Buy, qty("0.1"), kind, now).unwrap();
    assert_eq!(rig.place("a", at_once).reasons(), [Reason::LiveCap]);
    assert_eq!(rig.place("a", market(Side::Buy, "0.1")).reasons(), [Reason::LiveCap]);
    rig.approved("a", market(Side::Buy, "0.09"));
}

#[test]
fn live_cap_lets_reducing_orders_out() {
    let mut rig = Rig::new(Limits { live_cap: Some(usd(10)), ..wide() });
    rig.hold("a", "0.1", "100");
    // What was bought for ten is worth twenty.
    rig.price("200");
    let sale = limit(Side::Sell, "0.1", "200");
    // It passes as what it is: the gateway lets it pass too, and the venue lets it do no more.
    assert_eq!(rig.approved("a", sale).spec, sale.reduce_only());
    assert_eq!(rig.place("b", limit(Side::Buy, "0.1", "199")).reasons(), [Reason::LiveCap]);
}

#[test]
fn reducing_order_within_every_limit_stays_as_it_was_asked() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let sale = limit(Side::Sell, "1", "100");
    assert_eq!(rig.approved("a", sale).spec, sale);
}

#[test]
fn symbol_gross_counts_positions_and_open_orders_of_all_strategies() {
    let mut rig = Rig::new(Limits { symbol_gross_max: usd(300), ..wide() });
    rig.hold("a", "1", "100");
    rig.approved("a", limit(Side::Buy, "1", "99"));
    // At the mark of 100: 1 held + 1 open + 1 more.
    rig.approved("b", limit(Side::Buy, "1", "99"));
    let answer = rig.place("b", limit(Side::Buy, "0.01", "99"));
    assert_eq!(answer.reasons(), [Reason::SymbolGross]);
    let figures = Figures::Money { found: money("301"), allowed: money("300") };
    assert_eq!(answer.figures(Reason::SymbolGross), figures);
}

#[test]
fn strategy_gross_leaves_siblings_alone() {
    let mut rig = Rig::new(Limits { strategy_gross_max: usd(100), ..wide() });
    rig.hold("a", "1", "100");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.01", "99")).reasons(), [Reason::StrategyGross]);
    rig.approved("b", limit(Side::Buy, "1", "99"));
}

#[test]
fn portfolio_gross_and_net_are_told_apart() {
    let mut rig = Rig::new(Limits { portfolio_gross_max: usd(150), ..wide() });
    rig.hold("a", "1", "100");
    assert_eq!(rig.place("b", limit(Side::Buy, "0.6", "99")).reasons(), [Reason::PortfolioGross]);
    let mut rig = Rig::new(Limits { portfolio_net_max: usd(150), ..wide() });
    rig.hold("a", "1", "100");
    assert_eq!(rig.place("b", limit(Side::Buy, "0.6", "99")).reasons(), [Reason::PortfolioNet]);
}

#[test]
fn exposure_moves_with_fills_and_goes_only_with_evidence() {
    let mut rig = Rig::new(Limits { symbol_gross_max: usd(100), ..wide() });
    let approval = rig.approved("a", limit(Side::Buy, "1", "100"));
    let blocked = |rig: &mut Rig| {
        rig.place("a", limit(Side::Buy, "0.1", "90")).reasons() == [Reason::SymbolGross]
    };
    assert!(blocked(&mut rig));
    // Time alone releases nothing.
    rig.pass(Span::DAY);
    rig.price("100");
    assert!(blocked(&mut rig));
    // The end is told before the fill of 0.4 is: that part stays claimed.
    rig.update(&approval, OrderState::Cancelled, "0.4");
    let answer = rig.place("a", limit(Side::Buy, "0.61", "90"));
    assert_eq!(answer.reasons(), [Reason::SymbolGross]);
    rig.fill("a", &approval, "0.4", "100");
    assert_eq!(rig.gate().open_orders(), 0);
    rig.approved("a", limit(Side::Buy, "0.6", "90"));
    assert!(blocked(&mut rig));
}

#[test]
fn amend_claims_the_worse_of_both_until_it_is_settled() {
    let mut rig = Rig::new(Limits { symbol_gross_max: usd(300), ..wide() });
    let approval = rig.approved("a", limit(Side::Buy, "1", "99"));
    let Answer::Approved(bigger) = rig.amend("a", approval.id, qty("2"), None) else {
        panic!("amend refused")
    };
    assert_eq!(rig.place("a", limit(Side::Buy, "1.01", "99")).reasons(), [Reason::SymbolGross]);
    // The venue refused the change: the order is for one again.
    rig.update_settling(&approval, OrderState::New, "0", Some(bigger.number));
    rig.approved("a", limit(Side::Buy, "2", "99"));
    assert_eq!(rig.amend("a", approval.id, qty("1.01"), None).reasons(), [Reason::SymbolGross]);
    assert_eq!(rig.amend("b", approval.id, qty("1"), None).reasons(), [Reason::UnknownOrder]);
}

#[test]
fn amend_that_is_settled_leaves_the_later_one_claimed() {
    let mut rig = Rig::new(Limits { symbol_gross_max: usd(300), ..wide() });
    let approval = rig.approved("a", limit(Side::Buy, "1", "99"));
    let Answer::Approved(first) = rig.amend("a", approval.id, qty("2"), None) else { panic!() };
    let Answer::Approved(second) = rig.amend("a", approval.id, qty("3"), None) else { panic!() };
    rig.update_settling(&first, OrderState::New, "0", Some(first.number));
    assert_eq!(rig.place("a", limit(Side::Buy, "0.01", "99")).reasons(), [Reason::SymbolGross]);
    rig.update_settling(&first, OrderState::New, "0", Some(second.number));
    rig.approved("a", limit(Side::Buy, "1", "99"));
}

#[test]
fn open_orders_counted_until_they_are_done() {
    let mut rig = Rig::new(Limits { open_orders_max: 2, ..wide() });
    let first = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    rig.approved("b", limit(Side::Buy, "0.1", "99"));
    let answer = rig.place("a", limit(Side::Buy, "0.1", "99"));
    assert_eq!(answer.figures(Reason::OpenOrders), Figures::Count { found: 3, allowed: 2 });
    rig.update(&first, OrderState::Unknown, "0");
    assert!(rig.place("a", limit(Side::Buy, "0.1", "99")).reasons().contains(&Reason::OpenOrders));
    rig.update(&first, OrderState::Rejected, "0");
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
}

#[test]
fn tracked_orders_have_a_bound_for_those_that_reduce_too() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "50", "100");
    for _ in 0..Limits::TRACKED_ORDERS_MAX {
        rig.approved("a", limit(Side::Sell, "0.01", "101"));
    }
    let answer = rig.place("a", limit(Side::Sell, "0.01", "101"));
    let figures = Figures::Count { found: 4_097, allowed: 4_096 };
    assert_eq!(answer.figures(Reason::OpenOrders), figures);
}

#[test]
fn symbol_rate_thirty_pass_the_next_is_refused_two_seconds_bring_back_one() {
    let mut rig = Rig::new(Limits { symbol_orders_per_minute: 30, ..wide() });
    for _ in 0..30 {
        rig.approved("a", limit(Side::Buy, "0.01", "99"));
    }
    let answer = rig.place("b", limit(Side::Buy, "0.01", "99"));
    assert_eq!(answer.figures(Reason::SymbolRate), Figures::Count { found: 31, allowed: 30 });
    rig.pass(Span::from_secs(2));
    rig.approved("b", limit(Side::Buy, "0.01", "99"));
    assert_eq!(rig.place("a", limit(Side::Buy, "0.01", "99")).reasons(), [Reason::SymbolRate]);
}

#[test]
fn rate_of_orders_that_reduce_holds_nobody_back_for_longer_than_a_minute() {
    let (symbol_orders_per_minute, strategy_orders_per_minute) = (30, 60);
    let mut rig =
        Rig::new(Limits { symbol_orders_per_minute, strategy_orders_per_minute, ..wide() });
    rig.hold("a", "1", "100");
    let offer = rig.approved("a", limit(Side::Sell, "0.5", "101"));
    for at in ["102", "101"].into_iter().cycle().take(1_200) {
        rig.pass(Span::from_millis(500));
        let answer = rig.amend("a", offer.id, qty("0.5"), Some(price(at)));
        let Answer::Approved(change) = answer else { panic!("{answer:?}") };
        rig.update_settling(&change, OrderState::New, "0", Some(change.number));
    }
    rig.price("100");
    let rates = [Reason::SymbolRate, Reason::StrategyRate];
    assert_eq!(rig.place("a", limit(Side::Buy, "0.01", "99")).reasons(), rates);
    rig.restart();
    rig.pass(Span::MINUTE);
    rig.price("100");
    for _ in 0..30 {
        rig.approved("a", limit(Side::Buy, "0.01", "99"));
    }
    assert_eq!(rig.place("b", limit(Side::Buy, "0.01", "99")).reasons(), [Reason::SymbolRate]);
}

#[test]
fn strategy_rate_counts_each_strategy_by_itself() {
    let mut rig = Rig::new(Limits { strategy_orders_per_minute: 1, ..wide() });
    rig.approved("a", limit(Side::Buy, "0.01", "99"));
    assert_eq!(rig.place("a", limit(Side::Buy, "0.01", "99")).reasons(), [Reason::StrategyRate]);
    rig.approved("b", limit(Side::Buy, "0.01", "99"));
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    let field = |limits: Limits| limits.validate().unwrap_err().field;
    assert_eq!(wide().validate(), Ok(()));
    assert_eq!(Limits::default().validate(), Ok(()));
    assert_eq!(field(Limits { order_notional_max: usd(0), ..wide() }), "order_notional_max");
    assert_eq!(field(Limits { daily_loss_cap: usd(-1), ..wide() }), "daily_loss_cap");
    assert_eq!(field(Limits { daily_loss_kill: usd(1), ..wide() }), "daily_loss_kill");
    assert_eq!(field(Limits { collar: Bps::new(0), ..wide() }), "collar");
    assert_eq!(field(Limits { collar: Bps::new(10_000), ..wide() }), "collar");
    assert_eq!(field(Limits { fee_max: Ppm::new(-1), ..wide() }), "fee_max");
    assert_eq!(field(Limits { approval_ttl: Span::ZERO, ..wide() }), "approval_ttl");
    assert_eq!(field(Limits { open_orders_max: 4_000, ..wide() }), "open_orders_max");
}

#[test]
fn limits_at_the_edge_of_sense_are_taken() {
    let holds = |limits: Limits| limits.validate() == Ok(());
    let cent = money("0.01");
    assert!(holds(Limits {
        order_notional_max: cent,
        symbol_gross_max: cent,
        strategy_gross_max: cent,
        portfolio_gross_max: cent,
        portfolio_net_max: cent,
        daily_loss_cap: cent,
        daily_loss_kill: money("0.02"),
        drawdown_kill: cent,
        live_cap: Some(cent),
        collar: Bps::new(1),
        fee_max: Ppm::new(0),
        price_age_max: Span::from_nanos(1),
        approval_ttl: Span::from_nanos(1),
        open_orders_max: 2_048,
        ..wide()
    }));
    assert!(holds(Limits { collar: Bps::new(9_999), fee_max: Ppm::new(100_000), ..wide() }));
    let field = |limits: Limits| limits.validate().unwrap_err().field;
    let zero = Money::ZERO;
    assert_eq!(field(Limits { symbol_gross_max: zero, ..wide() }), "symbol_gross_max");
    assert_eq!(field(Limits { strategy_gross_max: zero, ..wide() }), "strategy_gross_max");
    assert_eq!(field(Limits { portfolio_gross_max: zero, ..wide() }), "portfolio_gross_max");
    assert_eq!(field(Limits { portfolio_net_max: zero, ..wide() }), "portfolio_net_max");
    assert_eq!(field(Limits { drawdown_kill: zero, ..wide() }), "drawdown_kill");
    assert_eq!(field(Limits { live_cap: Some(zero), ..wide() }), "live_cap");
    let kill = wide().daily_loss_cap;
    assert_eq!(field(Limits { daily_loss_kill: kill, ..wide() }), "daily_loss_kill");
    assert_eq!(field(Limits { fee_max: Ppm::new(100_001), ..wide() }), "fee_max");
    assert_eq!(field(Limits { price_age_max: Span::ZERO, ..wide() }), "price_age_max");
    assert_eq!(field(Limits { open_orders_max: 2_049, ..wide() }), "open_orders_max");
}

#[test]
fn claims_on_cash_follow_the_highest_fee() {
    // One open purchase of 5 * 99 at 0.8 % claims 498.96; at 10 % it would be 544.5.
    let mut rig = Rig::new(wide());
    rig.approved("b", limit(Side::Buy, "5", "99"));
    let value = LimitValue::Ppm { most: Ppm::new(100_000) };
    let (version, symbol, operator) = (2, None, None);
    let set = SetLimit { version, limit: LimitKey::FeeMax, value, symbol, operator };
    rig.say(Source::Operator, None, Event::SetLimit(set));
    let answer = rig.place("b", limit(Side::Buy, "5", "99"));
    let figures = Figures::Money { found: money("1089"), allowed: money("1000") };
    assert_eq!(answer.figures(Reason::Balance), figures);
    rig.restart();
    let answer = rig.place("b", limit(Side::Buy, "5", "99"));
    assert_eq!(answer.figures(Reason::Balance), figures);
}

#[test]
fn position_without_a_mark_counts_at_its_entry() {
    let mut rig = Rig::new(Limits { portfolio_gross_max: usd(5_900), ..wide() });
    let other = contracts::testing::symbol("ETH/USD");
    rig.hold_of("a", other, "10", "500");
    for _ in 0..2 {
        let answer = rig.place("a", limit(Side::Buy, "9.1", "100"));
        let figures = Figures::Money { found: money("5910"), allowed: money("5900") };
        assert_eq!(answer.figures(Reason::PortfolioGross), figures);
        rig.restart();
        rig.price("100");
    }
    // A second purchase does not move what there is no market for.
    rig.hold_of("a", other, "1", "400");
    let answer = rig.place("a", limit(Side::Buy, "5", "100"));
    let figures = Figures::Money { found: money("6000"), allowed: money("5900") };
    assert_eq!(answer.figures(Reason::PortfolioGross), figures);
}
