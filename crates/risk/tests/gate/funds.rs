//! Cash and inventory, crossing orders, the day's loss, the drawdown.

use contracts::testing::{asset, money, price, qty, strategy};
use contracts::{
    AlertCode, ClearKill, Corr, Event, Figures, Fill, IntentSeq, KillLevel, KillTrigger, Lifetime,
    LimitKey, LimitValue, Liquidity, Money, OrderKind, OrderSpec, OrderState, Origin, Ppm, Reason,
    SetLimit, Side, Source, Span, Ticker, VenueRef,
};
use risk::{Limits, Verdict};

use crate::rig::{Answer, BTC, Rig, limit, market, wide};

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
fn balance_spent_to_the_last_cent_passes() {
    let mut rig = Rig::new(Limits { fee_max: Ppm::new(0), ..wide() });
    assert_eq!(rig.place("b", limit(Side::Buy, "10.0001", "100")).reasons(), [Reason::Balance]);
    rig.approved("b", limit(Side::Buy, "10", "100"));
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
    assert!(matches!(answer, Answer::Refused(_, most) if most == qty("0.4")), "{answer:?}");
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
fn self_cross_holds_back_whoever_reduces_without_saying_so() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let resting = rig.approved("b", limit(Side::Buy, "0.1", "99.5"));
    assert_eq!(rig.place("a", limit(Side::Sell, "1", "99.5")).reasons(), [Reason::SelfCross]);
    assert_eq!(rig.place("a", market(Side::Sell, "1")).reasons(), [Reason::SelfCross]);
    rig.approved("a", limit(Side::Sell, "0.2", "99.51"));
    // Who says that he gets out, gets out: he cannot cancel what a sibling has in the book.
    rig.approved("a", market(Side::Sell, "0.3").reduce_only());
    rig.approved("a", limit(Side::Sell, "0.1", "99").reduce_only());
    // But only who does.
    let more = rig.place("a", market(Side::Sell, "0.5").reduce_only()).reasons();
    assert!(more.contains(&Reason::SelfCross) && more.contains(&Reason::NotReducing), "{more:?}");
    rig.update(&resting, OrderState::Cancelled, "0");
    rig.approved("a", market(Side::Sell, "0.1"));
}

#[test]
fn self_cross_flatten_gets_out_before_and_after_everything_is_cancelled() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let resting = rig.approved("b", limit(Side::Buy, "0.1", "99.5"));
    rig.trip(KillLevel::Flatten);
    let closing = |rig: &Rig| {
        let approved = |said: &&contracts::Envelope| matches!(said.event, Event::Approved(a) if a.spec.is_reduce_only());
        rig.heard.iter().filter(approved).count()
    };
    assert_eq!(closing(&rig), 1);
    rig.update(&resting, OrderState::Cancelled, "0");
    let Some(Event::Approved(exit)) =
        rig.heard.iter().map(|said| said.event).rfind(|event| matches!(event, Event::Approved(_)))
    else {
        panic!("nothing was closed");
    };
    rig.update(&exit, OrderState::Cancelled, "0");
    rig.price("100");
    rig.pass(Span::from_secs(2));
    assert_eq!(closing(&rig), 2);
}

#[test]
fn self_cross_a_stop_that_has_woken_waits_in_the_book() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "2", "100");
    let stop = |trigger, at| {
        let kind = OrderKind::StopLimit { trigger: price(trigger), limit: price(at) };
        let (symbol, lifetime) = (contracts::testing::symbol(BTC), Lifetime::UntilCancelled);
        OrderSpec::new(symbol, Side::Sell, qty("1"), kind, lifetime).unwrap()
    };
    let sleeping = rig.approved("a", stop("90", "90"));
    rig.approved("b", limit(Side::Buy, "0.1", "99"));
    // The market falls to it and comes back between two marks: it may be waiting now.
    rig.quote_now("90");
    rig.quote_now("100");
    rig.price("100");
    assert_eq!(rig.place("b", limit(Side::Buy, "0.1", "90")).reasons(), [Reason::SelfCross]);
    rig.restart();
    assert_eq!(rig.place("b", limit(Side::Buy, "0.1", "90")).reasons(), [Reason::SelfCross]);
    rig.approved("b", limit(Side::Buy, "0.1", "89.99"));
    rig.update(&sleeping, OrderState::Cancelled, "0");
    // One whose trigger was reached already never sleeps, and crosses like any other order.
    assert_eq!(rig.place("a", stop("101", "99")).reasons(), [Reason::SelfCross]);
    rig.approved("a", stop("101", "99.5"));
    assert_eq!(rig.place("b", limit(Side::Buy, "0.1", "99.5")).reasons(), [Reason::SelfCross]);
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
fn daily_loss_is_the_largest_of_the_day_against_the_cap_in_force() {
    let mut rig = Rig::new(Limits { daily_loss_cap: Money::from_units(50), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("39.5");
    rig.price("100");
    rig.restart();
    let refused = |rig: &mut Rig, cap: &str| {
        let answer = rig.place("a", limit(Side::Buy, "0.1", "49"));
        let figures = Figures::Money { found: money("60.5"), allowed: money(cap) };
        assert_eq!(answer.figures(Reason::DailyLoss), figures);
    };
    refused(&mut rig, "50");
    let mut versions = 2..;
    let mut cap = |rig: &mut Rig, most: &str| {
        let (limit, value) = (LimitKey::DailyLossCap, LimitValue::Money { most: money(most) });
        let (version, symbol, operator) = (versions.next().unwrap(), None, Some(1));
        let change = SetLimit { version, limit, value, symbol, operator };
        rig.say(Source::Operator, None, Event::SetLimit(change));
    };
    // Whoever signs another cap decides about this day, too.
    cap(&mut rig, "60.4");
    refused(&mut rig, "60.4");
    cap(&mut rig, "60.5");
    rig.approved("a", limit(Side::Buy, "0.1", "49"));
    cap(&mut rig, "10");
    refused(&mut rig, "10");
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
    let figures = Figures::Qty { found: qty("1.1"), allowed: qty("1") };
    assert_eq!(answer.figures(Reason::NotReducing), figures);
    rig.approved("a", sell("0.3"));
    let buy = limit(Side::Buy, "0.1", "99").reduce_only();
    assert!(rig.place("a", buy).reasons().contains(&Reason::NotReducing));
}

#[test]
fn daily_loss_is_that_of_the_price_at_which_the_order_is_judged() {
    let mut rig = Rig::new(Limits { daily_loss_cap: Money::from_units(50), ..wide() });
    rig.hold("a", "1", "100");
    // No time for a round of marks between the fall and the intent.
    rig.quote_now("49.99");
    let answer = rig.place("a", limit(Side::Buy, "0.1", "49"));
    assert_eq!(answer.reasons(), [Reason::DailyLoss]);
    let figures = Figures::Money { found: money("50.01"), allowed: money("50") };
    assert_eq!(answer.figures(Reason::DailyLoss), figures);
}

#[test]
fn drawdown_found_by_an_intent_refuses_that_very_intent() {
    let mut rig = Rig::new(Limits { drawdown_kill: Money::from_units(30), ..wide() });
    rig.hold("a", "1", "100");
    rig.quote_now("69.99");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "69")).reasons(), [Reason::KillSwitch]);
    // Everybody is told, once.
    let trips =
        |event: &Event| matches!(event, Event::Trip(trip) if trip.trigger == KillTrigger::Drawdown);
    assert_eq!(rig.heard.iter().filter(|said| trips(&said.event)).count(), 1);
    let states = |event: &Event| matches!(event, Event::KillState(_));
    assert_eq!(rig.heard.iter().filter(|said| states(&said.event)).count(), 1);
}

#[test]
fn daily_loss_across_midnight_belongs_to_the_new_day() {
    let mut rig = Rig::new(Limits { daily_loss_cap: Money::from_units(50), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("60");
    // A loss of 40 yesterday, one of 30 today; neither day's is above the cap.
    rig.pass(Span::from_nanos(Span::DAY.nanos() - rig.now.nanos()));
    rig.quote_now("30");
    rig.approved("a", limit(Side::Buy, "0.1", "29.5"));
    // The first price after midnight is today's.
    rig.pass(Span::from_nanos(2 * Span::DAY.nanos() - rig.now.nanos()));
    rig.quote_now("100");
    rig.pass(Span::from_millis(100));
    rig.pass(Span::from_nanos(3 * Span::DAY.nanos() - rig.now.nanos()));
    rig.quote_now("49.99");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "49")).reasons(), [Reason::DailyLoss]);
}

#[test]
fn daily_loss_of_a_fill_after_midnight_belongs_to_the_new_day() {
    let mut rig = Rig::new(Limits { daily_loss_cap: Money::from_units(10), ..wide() });
    rig.hold("a", "1", "100");
    let order = rig.approved("a", limit(Side::Buy, "1", "100"));
    // What was gained yesterday does not make up for what is lost today.
    rig.price("150");
    rig.pass(Span::from_nanos(Span::DAY.nanos() - rig.now.nanos()));
    rig.fill_fee("a", &order, "1", "150", "10.0001");
    rig.update(&order, OrderState::Filled, "1");
    rig.price("150");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "149")).reasons(), [Reason::DailyLoss]);
}

#[test]
fn daily_loss_cap_comes_before_the_kill_and_both_are_ceilings() {
    let limits = Limits {
        daily_loss_cap: Money::from_units(50),
        daily_loss_kill: Money::from_units(60),
        ..wide()
    };
    for (at, verdict, broken) in [
        ("50", Verdict::Clear, &[][..]),
        ("49.99", Verdict::Clear, &[Reason::DailyLoss]),
        ("40", Verdict::Clear, &[Reason::DailyLoss]),
        ("39.99", Verdict::Tripped(KillLevel::Cancel), &[Reason::KillSwitch, Reason::DailyLoss]),
    ] {
        let mut rig = Rig::new(limits.clone());
        rig.hold("a", "1", "100");
        rig.quote_now(at);
        assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "38")).reasons(), broken, "{at}");
        assert_eq!(rig.gate().verdict(rig.now), verdict, "{at}");
    }
}

#[test]
fn daily_loss_cap_holds_after_a_restart() {
    let mut rig = Rig::new(Limits { daily_loss_cap: Money::from_units(50), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("49.99");
    rig.restart();
    rig.price("100");
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "49")).reasons(), [Reason::DailyLoss]);
}

#[test]
fn balance_of_an_amend_counts_the_order_once() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("b", limit(Side::Buy, "5", "99"));
    rig.approved("b", limit(Side::Buy, "1", "99"));
    // 99.79 a piece with the highest fee: five, one, and four more are 997.92.
    assert!(matches!(rig.amend("b", order.id, qty("9"), None), Answer::Approved(_)));
    let refused = rig.amend("b", order.id, qty("9.1"), None);
    let figures = Figures::Money { found: money("1007.8992"), allowed: money("1000") };
    assert_eq!(refused.figures(Reason::Balance), figures);
    // A better price costs more too.
    let refused = rig.amend("b", order.id, qty("9"), Some(price("100")));
    assert_eq!(
        refused.figures(Reason::Balance),
        Figures::Money { found: money("1006.992"), allowed: money("1000") }
    );
}

#[test]
fn balance_moves_from_the_claim_to_the_purse_with_each_fill() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("b", limit(Side::Buy, "9", "99"));
    rig.fill("b", &order, "4", "98");
    // 1000 - 392 = 608 left, 5 * 99 * 1.008 = 498.96 claimed.
    let answer = rig.place("b", limit(Side::Buy, "1.1", "99"));
    let figures = Figures::Money { found: money("608.7312"), allowed: money("608") };
    assert_eq!(answer.figures(Reason::Balance), figures);
    rig.approved("b", limit(Side::Buy, "1.09", "99"));
}

#[test]
fn self_cross_is_about_the_other_side_of_the_same_instrument() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.approved("b", limit(Side::Buy, "0.1", "99.5"));
    rig.approved("b", limit(Side::Buy, "0.1", "99.2"));
    // A sale of what it holds is the way out; so judge one that is none: of an order for later.
    let sell = rig.approved("a", limit(Side::Sell, "0.5", "101"));
    rig.approved("a", limit(Side::Sell, "0.5", "102"));
    assert_eq!(rig.place("b", limit(Side::Buy, "0.1", "101.5")).reasons(), [Reason::SelfCross]);
    rig.update(&sell, OrderState::Cancelled, "0");
    rig.approved("b", limit(Side::Buy, "0.1", "101.5"));
    assert_eq!(rig.place("b", limit(Side::Buy, "0.1", "102")).reasons(), [Reason::SelfCross]);
    // A waiting stop is not in the book.
    let kind = OrderKind::StopLimit { trigger: price("100.01"), limit: price("103") };
    let symbol = contracts::testing::symbol(BTC);
    let stop = OrderSpec::new(symbol, Side::Buy, qty("0.1"), kind, Lifetime::UntilCancelled);
    rig.approved("b", stop.unwrap());
}

#[test]
fn self_cross_leaves_an_order_out_that_is_being_changed() {
    let mut config = crate::rig::config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    let order = rig.approved("a", limit(Side::Sell, "1", "101"));
    assert!(matches!(rig.amend("a", order.id, qty("1"), Some(price("100"))), Answer::Approved(_)));
    rig.approved("a", limit(Side::Buy, "1", "99"));
    let refused = rig.amend("a", order.id, qty("1"), Some(price("99")));
    let figures = Figures::Price { found: price("99"), allowed: price("99") };
    assert_eq!(refused.figures(Reason::SelfCross), figures);
}

#[test]
fn margin_buys_beyond_the_cash_and_sells_what_is_not_held() {
    let mut config = crate::rig::config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    // Strategy b has 1000.
    rig.approved("b", limit(Side::Buy, "11", "99"));
    rig.approved("b", limit(Side::Sell, "30", "101"));
}

#[test]
fn short_positions_are_measured_like_long_ones() {
    let mut config =
        crate::rig::config(Limits { symbol_gross_max: Money::from_units(200), ..wide() });
    config.spot = false;
    let mut rig = Rig::with(config);
    let order = rig.approved("a", limit(Side::Sell, "1", "100"));
    rig.fill("a", &order, "1", "100");
    rig.update(&order, OrderState::Filled, "1");
    rig.approved("a", limit(Side::Sell, "1", "100"));
    assert_eq!(rig.place("a", limit(Side::Sell, "0.01", "100")).reasons(), [Reason::SymbolGross]);
    // Buying back what is short is a way out, and no more than that.
    rig.trip(KillLevel::Entries);
    let over = rig.place("a", limit(Side::Buy, "1.01", "99").reduce_only());
    assert!(over.reasons().contains(&Reason::NotReducing), "{over:?}");
    rig.approved("a", limit(Side::Buy, "1", "99").reduce_only());
}

#[test]
fn reducing_is_measured_on_the_strategy_and_on_the_account() {
    let mut config = crate::rig::config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    let sells = |rig: &mut Rig, who: &str, qty_text: &str| {
        let order = rig.approved(who, limit(Side::Sell, qty_text, "100"));
        rig.fill(who, &order, qty_text, "100");
        rig.update(&order, OrderState::Filled, qty_text);
    };
    rig.hold("a", "2", "100");
    sells(&mut rig, "b", "1");
    rig.trip(KillLevel::Entries);
    let asked = |rig: &mut Rig, who: &str, side, qty_text: &str| {
        let answer = rig.place(who, market(side, qty_text).reduce_only());
        !answer.reasons().contains(&Reason::NotReducing)
    };
    // The account is long by one: two would shrink the strategy's and turn the account's.
    assert!(!asked(&mut rig, "a", Side::Sell, "1.1"));
    assert!(asked(&mut rig, "a", Side::Sell, "1"));
    // What shrinks the strategy's alone grows the account's, and the other way round.
    assert!(!asked(&mut rig, "b", Side::Buy, "0.5"));
    assert!(!asked(&mut rig, "c", Side::Sell, "0.5"));
}

#[test]
fn change_that_is_settled_late_leaves_the_claims_of_earlier_ones() {
    // Strategy b has 1000. A large change is on its way when a later, small one comes to nothing.
    let mut rig = Rig::new(wide());
    let order = rig.approved("b", limit(Side::Buy, "1", "99"));
    let Answer::Approved(large) = rig.amend("b", order.id, qty("9"), None) else { panic!() };
    let Answer::Approved(small) = rig.amend("b", order.id, qty("2"), None) else { panic!() };
    rig.update_settling(&order, OrderState::New, "0", Some(small.number));
    let more = rig.place("b", limit(Side::Buy, "5", "99"));
    assert_eq!(more.reasons(), [Reason::Balance], "the large one may still come true");
    rig.update_settling(&order, OrderState::New, "0", Some(large.number));
    rig.approved("b", limit(Side::Buy, "5", "99"));
}

#[test]
fn trigger_that_was_changed_stays_when_the_quantity_is() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "2", "100");
    let kind = OrderKind::Stop { trigger: price("90") };
    let symbol = contracts::testing::symbol(BTC);
    let stop = OrderSpec::new(symbol, Side::Sell, qty("2"), kind, Lifetime::UntilCancelled);
    let order = rig.approved("a", stop.unwrap());
    let corr = rig.corr("a");
    let (target, trigger) = (order.id, Some(price("95")));
    let (qty_now, why) = (qty("2"), contracts::Label::NONE);
    let change = contracts::Amend { target, qty: qty_now, limit: None, trigger, why };
    let Answer::Approved(moved) = rig.ask(corr, Event::Amend(change)) else { panic!("refused") };
    rig.update_settling(&moved, OrderState::New, "0", Some(moved.number));
    let Answer::Approved(less) = rig.amend("a", order.id, qty("1"), None) else { panic!() };
    assert_eq!(less.spec.trigger(), Some(price("95")));
}

/// A purchase of one at 100 with a fee in some currency, of an order that the gate never saw.
fn fee(number: u64, amount: &str, name: &str) -> Event {
    Event::Fill(Fill {
        id: contracts::OrderId::derive(
            crate::rig::RUN,
            strategy("z"),
            Origin::Strategy,
            IntentSeq::new(1),
        ),
        exec: VenueRef::numbered(b'K', number),
        symbol: contracts::testing::symbol(BTC),
        qty: qty("1"),
        price: price("100"),
        fee: money(amount),
        fee_asset: asset(name),
        at: contracts::Ts::ZERO,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    })
}

fn book_fee(rig: &mut Rig, event: Event) -> bool {
    let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
    let said = rig.say(Source::ExecutionGateway, Some(corr), event);
    let unpriced = |event| matches!(event, Event::Alert(a) if a.code == AlertCode::UnpricedFee);
    said.iter().any(|said| unpriced(said.event))
}

#[test]
fn fee_in_a_currency_without_a_price_counts_as_the_highest_there_can_be() {
    let limits = Limits { daily_loss_cap: money("1.5"), drawdown_kill: money("2"), ..wide() };
    let mut rig = Rig::new(limits);
    // 0.8 % of 100.
    assert!(book_fee(&mut rig, fee(1, "1000", "KFEE")));
    assert!(!book_fee(&mut rig, fee(1, "1000", "KFEE")), "the same fill again");
    rig.approved("a", limit(Side::Buy, "1", "99"));
    assert!(book_fee(&mut rig, fee(2, "0.001", "KFEE")));
    let refused = rig.place("a", limit(Side::Buy, "1", "99"));
    let figures = Figures::Money { found: money("1.6"), allowed: money("1.5") };
    assert_eq!(refused.figures(Reason::DailyLoss), figures);
    // A rebate that nobody can value is no profit.
    assert!(book_fee(&mut rig, fee(3, "-5", "KFEE")));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.restart();
    assert!(book_fee(&mut rig, fee(4, "1", "KFEE")));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    // Whoever clears has accepted the fall; a new day has lost nothing yet.
    rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    rig.pass(Span::DAY);
    rig.price("100");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.approved("a", limit(Side::Buy, "1", "99"));
}

#[test]
fn fee_in_another_currency_counts_at_its_price() {
    let mut rig = Rig::new(Limits { daily_loss_cap: money("10"), ..wide() });
    let symbol = contracts::testing::symbol("KFEE/USD");
    let (bid, size, at) = (Some(price("0.02")), qty("1"), rig.now);
    let (bid_qty, ask_qty) = (size, size);
    let ticker = Ticker { symbol, bid, ask: bid, last: bid, bid_qty, ask_qty, at };
    rig.say(Source::MdIngest, None, Event::Ticker(ticker));
    rig.pass(Span::from_millis(100));
    assert!(!book_fee(&mut rig, fee(1, "500", "KFEE")));
    rig.approved("a", limit(Side::Buy, "1", "99"));
    assert!(!book_fee(&mut rig, fee(2, "0.0000000000001", "KFEE")));
    let refused = rig.place("a", limit(Side::Buy, "1", "99"));
    let figures = Figures::Money { found: money("10.00000000000002"), allowed: money("10") };
    assert_eq!(refused.figures(Reason::DailyLoss), figures);
    // Those of the pair itself are in the ledger already.
    let mut rig = Rig::new(Limits { daily_loss_cap: money("10"), ..wide() });
    assert!(!book_fee(&mut rig, fee(1, "10", "USD")));
    rig.approved("a", limit(Side::Buy, "1", "99"));
    assert!(!book_fee(&mut rig, fee(2, "0.00001", "BTC")));
    let refused = rig.place("a", limit(Side::Buy, "1", "99"));
    let figures = Figures::Money { found: money("10.001"), allowed: money("10") };
    assert_eq!(refused.figures(Reason::DailyLoss), figures);
}

#[test]
fn fees_elsewhere_fall_from_the_highest_equity_that_there_was() {
    let mut rig = Rig::new(Limits { drawdown_kill: money("5"), ..wide() });
    book_fee(&mut rig, fee(1, "1", "KFEE"));
    rig.price("104");
    // From the highest, 104 less the fee, it is five to 99 less the fee.
    rig.price("99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("98.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
}
