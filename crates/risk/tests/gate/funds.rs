//! Cash and inventory, crossing orders, the day's loss, the drawdown.

use contracts::testing::{money, price, qty};
use contracts::{
    Event, Figures, KillLevel, KillTrigger, Lifetime, Money, OrderKind, OrderSpec, OrderState,
    Reason, Side, Span,
};
use risk::{Limits, Verdict};

use crate::rig::{BTC, Rig, limit, market, wide};

#[test]
fn balance_needs_the_worst_cost_with_the_highest_fee() {
    // Strategy b has 1000: ten at 99.206349 cost 992.06349 plus 0.8 % fee.
    let mut rig = Rig::new(wide());
    let answer = rig.place("b", limit(Side::Buy, "10", "99.21"));
    let figures = Figures::Money { found: money("1000.0368"), allowed: money("1000") };
    assert_eq!(answer.figures(Reason::Balance), figures);
    rig.approved("b", limit(Side::Buy, "10", "99.2"));
    // All of it is claimed now.
    assert_eq!(rig.place("b", limit(Side::Buy, "0.01", "99")).reasons(), [Reason::Balance]);
}

#[test]
fn balance_of_a_sibling_is_not_touched() {
    let mut rig = Rig::new(wide());
    assert_eq!(rig.place("b", limit(Side::Buy, "11", "99")).reasons(), [Reason::Balance]);
    rig.approved("a", limit(Side::Buy, "11", "99"));
}

#[test]
fn balance_comes_back_when_the_order_ends() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("b", limit(Side::Buy, "9", "99"));
    assert_eq!(rig.place("b", limit(Side::Buy, "9", "99")).reasons(), [Reason::Balance]);
    rig.update(&order, OrderState::Cancelled, "0");
    rig.approved("b", limit(Side::Buy, "9", "99"));
}

#[test]
fn inventory_belongs_to_the_strategy_that_bought_it() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let answer = rig.place("b", limit(Side::Sell, "0.1", "101"));
    assert!(answer.reasons().contains(&Reason::Inventory));
    rig.approved("a", limit(Side::Sell, "0.6", "101"));
    let answer = rig.place("a", limit(Side::Sell, "0.5", "101"));
    let figures = Figures::Qty { found: qty("1.1"), allowed: qty("1") };
    assert_eq!(answer.figures(Reason::Inventory), figures);
    rig.approved("a", limit(Side::Sell, "0.4", "101"));
}

#[test]
fn self_cross_own_or_sibling_is_refused() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.approved("a", limit(Side::Sell, "1", "101"));
    for who in ["a", "b"] {
        let answer = rig.place(who, limit(Side::Buy, "0.1", "101"));
        let figures = Figures::Price { found: price("101"), allowed: price("101") };
        assert_eq!(answer.figures(Reason::SelfCross), figures);
        rig.approved(who, limit(Side::Buy, "0.1", "100.99"));
    }
    // A market order reaches as far as its collar.
    assert_eq!(rig.place("b", market(Side::Buy, "0.1")).reasons(), [Reason::SelfCross]);
}

#[test]
fn self_cross_never_holds_anybody_inside() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.approved("b", limit(Side::Buy, "0.1", "99.5"));
    rig.approved("a", market(Side::Sell, "1"));
}

#[test]
fn daily_loss_cap_is_a_ceiling_and_lasts_until_midnight() {
    let mut rig = Rig::new(Limits { daily_loss_cap: Money::from_units(50), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("50");
    rig.approved("a", limit(Side::Buy, "0.1", "49"));
    rig.price("49.99");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "49")).reasons(), [Reason::DailyLoss]);
    rig.approved("a", limit(Side::Sell, "0.5", "51"));
    // A recovery does not lift it; midnight does.
    rig.price("100");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "49")).reasons(), [Reason::DailyLoss]);
    rig.pass(Span::from_nanos(Span::DAY.nanos() - rig.now.nanos()));
    rig.price("100");
    rig.approved("a", limit(Side::Buy, "0.1", "49"));
}

#[test]
fn daily_loss_kill_trips_and_stays_tripped_after_restart() {
    let limits = Limits {
        daily_loss_cap: Money::from_units(50),
        daily_loss_kill: Money::from_units(60),
        ..wide()
    };
    let mut rig = Rig::new(limits);
    rig.hold("a", "1", "100");
    rig.price("40");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("39.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    let tripped = |event: &Event| {
        matches!(event, Event::KillState(state)
            if state.level == Some(KillLevel::Cancel) && state.trigger == KillTrigger::DailyLoss)
    };
    assert!(rig.heard.iter().any(|envelope| tripped(&envelope.event)));
    rig.restart();
    rig.pass(Span::DAY);
    rig.price("100");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "99")).reasons(), [Reason::KillSwitch]);
}

#[test]
fn drawdown_trips() {
    let mut rig = Rig::new(Limits { drawdown_kill: Money::from_units(30), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("150");
    rig.price("120");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("119.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
}

#[test]
fn fees_are_part_of_the_loss() {
    let limits = Limits { daily_loss_cap: Money::from_units(10), ..wide() };
    let mut rig = Rig::new(limits);
    let order = rig.approved("a", limit(Side::Buy, "1", "100"));
    rig.fill_fee("a", &order, "1", "100", "10.0001");
    rig.update(&order, OrderState::Filled, "1");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "99")).reasons(), [Reason::DailyLoss]);
}

#[test]
fn reduce_only_must_be_true() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let sell = |qty_text: &str| {
        let kind = OrderKind::Limit(price("101"));
        let symbol = contracts::testing::symbol(BTC);
        let lifetime = Lifetime::UntilCancelled;
        OrderSpec::new(symbol, Side::Sell, qty(qty_text), kind, lifetime).unwrap().reduce_only()
    };
    rig.approved("a", sell("0.7"));
    let answer = rig.place("a", sell("0.4"));
    assert!(answer.reasons().contains(&Reason::NotReducing), "{answer:?}");
    rig.approved("a", sell("0.3"));
    let buy = limit(Side::Buy, "0.1", "99").reduce_only();
    assert!(rig.place("a", buy).reasons().contains(&Reason::NotReducing));
}
