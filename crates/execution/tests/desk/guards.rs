//! The protector where also what a gate and a gateway would seldom say is heard, and where what they
//! would forgive is seen.

use contracts::testing::{price, qty, symbol};
use contracts::{
    AlertCode, Bps, Envelope, Event, FeedState, KillLevel, KillPoll, KillReading, KillTrigger,
    Lifetime, MarketStatus, OrderKind, OrderSpec, OrderState, ProtectApproval, Qty, RosterControl,
    RosterStep, Side, Source, Span, VenueReason,
};
use execution::ProtectorConfig;
use risk::LatchRules;

use crate::alone::{Alone, Entry, bought};
use crate::rig::{BTC, protector, rules};
use crate::seals::sealed;

// ── who is believed ──────────────────────────────────────────────────────────────────────────────

#[test]
fn guard_that_the_gate_did_not_grant_changes_nothing() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    assert_ne!(alone.said(), "");
    let removal = alone.guard(BTC, bought(1), [0, 0, 0]);
    let good = sealed(removal);
    let Event::ProtectApproved(granted) = good.event else { panic!() };
    let other = Event::ProtectApproved(ProtectApproval { number: granted.number + 1, ..granted });
    let stranger = Some(Entry { who: "b", ..bought(1) }.corr());
    for forged in [
        removal,
        Envelope { event: other, ..good },
        Envelope { corr: stranger, ..good },
        Envelope { corr: None, ..good },
    ] {
        alone.tell(forged);
        assert_eq!(alone.said(), "");
        assert!(!alone.groups()[0].removed);
    }
    // What was forged has not used up the number.
    alone.tell(good);
    assert!(alone.groups()[0].removed);
}

#[test]
fn grant_that_is_heard_again_is_not_taken_twice() {
    let mut alone = Alone::new();
    alone.enter(bought(1), "1");
    let removal = sealed(alone.guard(BTC, bought(1), [0, 0, 0]));
    alone.tell(removal);
    alone.protect(bought(1), [200, 0, 0]);
    alone.restart();
    alone.tell(removal);
    assert_eq!((alone.groups().len(), alone.groups()[0].removed), (1, false));
    // One of the same number is the same, whatever it says.
    alone.approvals -= 1;
    alone.protect(bought(1), [0, 0, 0]);
    assert!(!alone.groups()[0].removed);
    assert_eq!(alone.alerts(), []);
}

#[test]
fn order_whose_grant_is_heard_again_after_it_was_forgotten_stays_forgotten() {
    let config = ProtectorConfig { finished_kept: 1, ..protector() };
    let mut alone = Alone::with(config);
    let (kind, life) = (OrderKind::Limit(price("100")), Lifetime::UntilCancelled);
    let spec = OrderSpec::new(symbol(BTC), Side::Buy, qty("1"), kind, life).unwrap();
    let granted = Event::Approved(alone.approval(bought(1).id(), spec));
    alone.hear(Some(bought(1).corr()), granted);
    alone.complete(bought(1), "1");
    alone.enter(bought(2), "1");
    alone.complete(bought(2), "1");
    alone.hear(Some(bought(1).corr()), granted);
    alone.protect(bought(1), [200, 0, 0]);
    assert_eq!(alone.alerts(), [AlertCode::GuardWithoutOrder]);
}

#[test]
fn order_that_the_gate_did_not_grant_is_no_entry_and_no_exit() {
    let mut alone = Alone::new();
    let unsealed = |alone: &mut Alone, corr, approval: Event| {
        let input = Envelope::input(Source::RiskEngine, alone.now, approval);
        alone.tell(Envelope { corr, ..input });
    };
    let (kind, life) = (OrderKind::Limit(price("100")), Lifetime::UntilCancelled);
    let spec = OrderSpec::new(symbol(BTC), Side::Buy, qty("1"), kind, life).unwrap();
    let approval = alone.approval(bought(1).id(), spec);
    unsealed(&mut alone, Some(bought(1).corr()), Event::Approved(approval));
    alone.protect(bought(1), [200, 0, 0]);
    // The gateway tells of the forgery.
    assert_eq!(alone.alerts(), [AlertCode::GuardWithoutOrder]);
    // An exit that is asked for and not granted is not cancelled either.
    alone.holding(bought(2), [200, 0, 0]);
    let stop = alone.last();
    let Event::Place(place) = stop.event else { panic!() };
    let approval = alone.approval(place.id, place.spec);
    unsealed(&mut alone, stop.corr, Event::Approved(approval));
    alone.said();
    alone.protect(bought(2), [0, 0, 0]);
    assert_eq!(alone.said(), "");
}

// ── who is guarded ───────────────────────────────────────────────────────────────────────────────

#[test]
fn orders_beyond_the_bound_are_said_and_cannot_be_guarded() {
    let mut alone = Alone::with(ProtectorConfig { orders_max: 2, ..protector() });
    for number in 1..=2 {
        alone.enter(bought(number), "1");
    }
    assert_eq!(alone.alerts(), []);
    alone.enter(bought(3), "1");
    assert_eq!(alone.alerts(), [AlertCode::BoundReached]);
    alone.protect(bought(3), [200, 0, 0]);
    assert_eq!(alone.alerts(), [AlertCode::GuardWithoutOrder]);
    alone.protect(bought(2), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![], 1));
}

#[test]
fn finished_orders_are_remembered_up_to_the_bound_the_latest_of_them() {
    let mut alone = Alone::with(ProtectorConfig { finished_kept: 2, ..protector() });
    // One that is not complete is no candidate, however long ago it began.
    alone.enter(bought(9), "1");
    alone.trade(bought(9), "0.5");
    for number in 1..=3 {
        alone.enter(bought(number), "1");
        alone.complete(bought(number), "1");
    }
    for (number, known) in [(1, false), (2, true), (3, true), (9, true)] {
        alone.protect(bought(number), [200, 0, 0]);
        assert_eq!(alone.alerts().is_empty(), known, "{number}");
    }
}

#[test]
fn guards_beyond_the_bound_of_a_strategy_are_refused_and_said() {
    let mut alone = Alone::with(ProtectorConfig { guards_max: 2, ..protector() });
    let other = Entry { who: "b", number: 4, side: Side::Buy };
    for entry in [bought(1), bought(2), bought(3), other] {
        alone.enter(entry, "1");
    }
    alone.protect(other, [200, 0, 0]);
    alone.protect(bought(1), [200, 0, 0]);
    alone.protect(bought(2), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![], 3));
    alone.protect(bought(3), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![AlertCode::BoundReached], 3));
    // Other levels for a guard that there is need no room.
    alone.protect(bought(2), [300, 0, 0]);
    assert_eq!(alone.alerts(), []);
}

#[test]
fn guards_beyond_the_bound_of_symbols_are_refused_and_said() {
    let (orders_max, guards_max) = (20_000, 20_000);
    let config = ProtectorConfig { orders_max, guards_max, ..protector() };
    let mut alone = Alone::with(config);
    for number in 0..=8_192 {
        let (pair, entry) = (format!("A{number}/USD"), bought(number + 1));
        alone.enter_on(&pair, entry, "1");
        alone.protect_on(&pair, entry, [200, 0, 0]);
        assert_eq!(alone.alerts().is_empty(), number < 8_192, "{number}");
    }
    // One of a symbol that is there finds room.
    alone.enter_on("A5/USD", bought(10_000), "1");
    alone.protect_on("A5/USD", bought(10_000), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![], 8_193));
}

#[test]
fn guard_for_an_order_whose_change_was_refused_is_not_taken_for_one_of_a_refused_order() {
    let mut alone = Alone::with(ProtectorConfig { finished_kept: 1, ..protector() });
    alone.enter(bought(1), "1");
    alone.refuse_for(Some(bought(1).corr()), bought(1).id());
    for number in 1..=2 {
        alone.enter(bought(number), "1");
        alone.complete(bought(number), "1");
    }
    alone.protect(bought(1), [200, 0, 0]);
    assert_eq!(alone.alerts(), [AlertCode::GuardWithoutOrder], "it was forgotten by now");
    alone.refuse_for(Some(bought(3).corr()), bought(3).id());
    alone.protect(bought(3), [200, 0, 0]);
    assert_eq!(alone.alerts(), []);
}

// ── what is held ─────────────────────────────────────────────────────────────────────────────────

#[test]
fn oldest_group_loses_first_whatever_its_id() {
    let mut alone = Alone::new();
    for entry in [bought(9), bought(5)] {
        alone.enter(entry, "1");
        alone.protect(entry, [0, 900, 0]);
        alone.complete(entry, "1");
    }
    for restarted in [false, true] {
        if restarted {
            alone.restart();
        }
        let sale = Entry { who: "a", number: 10, side: Side::Sell };
        alone.trade(sale, "0.5");
    }
    assert_eq!(alone.held(), [(bought(5).id(), "1".to_owned())]);
}

#[test]
fn sale_of_one_strategy_leaves_the_groups_of_others_and_of_the_other_side_alone() {
    let mut alone = Alone::new();
    let others = Entry { who: "b", number: 2, side: Side::Buy };
    let short = Entry { who: "b", number: 3, side: Side::Sell };
    // The group of `a` is the older one.
    for entry in [bought(1), others] {
        alone.enter(entry, "1");
        alone.protect(entry, [0, 900, 0]);
        alone.complete(entry, "1");
    }
    let held =
        |alone: &Alone| -> Vec<String> { alone.held().into_iter().map(|(_, held)| held).collect() };
    assert_eq!(held(&alone), ["1", "1"]);
    alone.trade(Entry { number: 7, side: Side::Sell, ..others }, "0.25");
    assert_eq!(held(&alone), ["1", "0.75"]);
    // A sale of more than is held turns the position: its guard is for what is short now, and no more,
    // because an exit for more would not reduce and never pass the gate.
    alone.enter(short, "1.75");
    alone.protect(short, [0, 900, 0]);
    alone.trade(short, "1.75");
    assert_eq!(held(&alone), ["1", "1"]);
}

#[test]
fn amounts_beyond_arithmetic_are_said() {
    let mut alone = Alone::new();
    alone.enter(bought(1), "1");
    let huge = Qty::from_pico(i128::MAX as u128).unwrap();
    alone.trade_at(bought(1), huge, price("1000000000"));
    assert_eq!(alone.alerts(), [AlertCode::BoundReached]);
    alone.trade_at(bought(9), huge, price("1"));
    assert_eq!(alone.alerts(), [AlertCode::BoundReached], "the net of the strategy");
}

// ── exits ────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn exit_is_cancelled_once_granted_and_only_once() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    // No answer of the gate yet: there is nothing that could be cancelled.
    let asked = alone.last();
    assert_eq!(alone.said(), "stop 1 at 98");
    alone.protect(bought(1), [0, 0, 0]);
    alone.mark("100");
    assert_eq!(alone.said(), "");
    alone.asked.push(asked);
    alone.grant();
    alone.said();
    alone.mark("100");
    assert_eq!(alone.said(), "cancel");
    alone.mark("100");
    alone.mark("100");
    assert_eq!(alone.said(), "");
}

#[test]
fn exit_is_for_what_the_gate_has_granted() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    let asked = alone.last();
    let Event::Place(place) = asked.event else { panic!() };
    let spec = place.spec.amended(qty("0.6"), None, None).unwrap();
    let approval = alone.approval(place.id, spec);
    alone.hear(asked.corr, Event::Approved(approval));
    assert_eq!(alone.groups()[0].exit, Some((place.id, qty("0.6"))));
}

#[test]
fn stop_of_unknown_fate_is_not_changed_until_it_is_known() {
    let mut alone = Alone::new();
    let stop = alone.guarded(bought(1), [200, 0, 0]);
    alone.update(stop, OrderState::Unknown, "0");
    alone.protect(bought(1), [300, 0, 0]);
    assert_eq!(alone.said(), "");
    alone.update(stop, OrderState::New, "0");
    assert_eq!(alone.said(), "to 1 at 97");
}

#[test]
fn change_that_the_gate_refuses_is_asked_for_again_later_and_ever_more_slowly() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 0, 0]);
    alone.protect(bought(1), [300, 0, 0]);
    for pause in [500, 1_000, 2_000] {
        alone.refuse();
        assert_eq!(alone.said(), "to 1 at 97");
        alone.pass(Span::from_millis(pause - 1));
        assert_eq!(alone.said(), "");
        alone.pass(Span::from_millis(1));
    }
    assert_eq!(alone.alerts(), [AlertCode::ExitBlocked]);
}

#[test]
fn change_of_unknown_outcome_is_asked_for_ever_more_slowly() {
    let mut alone = Alone::new();
    let stop = alone.guarded(bought(1), [200, 0, 0]);
    alone.protect(bought(1), [300, 0, 0]);
    for pause in [500, 1_000, 2_000] {
        alone.grant();
        let number = alone.approvals;
        assert_eq!(alone.said(), "to 1 at 97");
        alone.settle(stop, OrderState::New, "0", Some((number, VenueReason::TooLate)));
        alone.pass(Span::from_millis(pause - 1));
        assert_eq!(alone.said(), "");
        alone.pass(Span::from_millis(1));
    }
    // A stop that comes to the venue anew has gone well.
    let last = alone.last();
    alone.update(stop, OrderState::Unknown, "0");
    alone.update(stop, OrderState::New, "0");
    alone.asked.push(last);
    alone.refuse();
    alone.said();
    alone.pass(Span::from_millis(500));
    assert_eq!(alone.said(), "to 1 at 97");
}

#[test]
fn stop_that_has_come_to_the_venue_has_gone_well() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    for pause in [500, 1_000] {
        alone.refuse();
        alone.pass(Span::from_millis(pause));
    }
    let stop = alone.grant();
    alone.update(stop, OrderState::New, "0");
    alone.said();
    // Cancelled by somebody else: it begins anew with the shortest pause.
    alone.update(stop, OrderState::Cancelled, "0");
    alone.pass(Span::from_millis(499));
    assert_eq!(alone.said(), "");
    alone.pass(Span::from_millis(1));
    assert_eq!(alone.said(), "stop 1 at 98");
}

#[test]
fn stop_that_was_reached_is_left_alone_while_no_price_can_be_trusted() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 0, 0]);
    alone.mark("97");
    alone.mark_as("97", FeedState::Stale);
    // Just when it should have done its work, nobody knows where the price is.
    alone.pass(Span::from_secs(2));
    assert_eq!(alone.said(), "");
    alone.mark("97");
    assert_eq!(alone.said(), "cancel");
}

#[test]
fn stop_that_ends_in_a_trip_has_not_failed() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    alone.trip(KillLevel::Cancel);
    alone.refuse();
    alone.said();
    alone.clear();
    assert_eq!(alone.said(), "stop 1 at 98");
}

#[test]
fn close_that_fails_in_a_trip_has_failed() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [0, 300, 0]);
    alone.trip(KillLevel::Cancel);
    alone.mark("103");
    alone.refuse();
    assert_eq!(alone.said(), "close 1");
    alone.mark("103");
    assert_eq!(alone.said(), "");
    alone.pass(Span::from_millis(500));
    assert_eq!(alone.said(), "close 1");
}

#[test]
fn cancel_without_an_end_is_not_repeated_but_a_person_is_told() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 300, 0]);
    alone.mark("103");
    assert_eq!(alone.said(), "cancel");
    for _ in 0..29 {
        alone.pass(Span::SECOND);
    }
    assert_eq!((alone.said().as_str(), alone.alerts()), ("", vec![]));
    alone.pass(Span::SECOND);
    assert_eq!((alone.said().as_str(), alone.alerts()), ("", vec![AlertCode::ExitBlocked]));
}

// ── levels ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn group_that_holds_nothing_now_is_not_closed_by_a_price() {
    let mut alone = Alone::new();
    alone.enter(bought(1), "1");
    alone.protect(bought(1), [200, 300, 0]);
    alone.trade(bought(1), "0.4");
    let stop = alone.grant();
    alone.update(stop, OrderState::New, "0");
    alone.trade(Entry { number: 2, side: Side::Sell, ..bought(1) }, "0.4");
    assert_eq!(alone.said(), "stop 0.4 at 98; cancel");
    alone.update(stop, OrderState::Cancelled, "0");
    alone.mark("104");
    alone.mark("90");
    assert_eq!(alone.said(), "");
    assert!(!alone.groups()[0].closing);
    alone.mark("100");
    alone.trade(bought(1), "0.2");
    assert_eq!(alone.said(), "stop 0.2 at 98");
}

#[test]
fn group_that_is_removed_is_not_closed_by_a_price_and_may_come_back() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 300, 0]);
    alone.protect(bought(1), [0, 0, 0]);
    assert_eq!(alone.said(), "cancel");
    alone.mark("104");
    assert!(!alone.groups()[0].closing);
    alone.mark("100");
    alone.protect(bought(1), [400, 0, 0]);
    assert_eq!(alone.said(), "");
    let exit = alone.groups()[0].exit.unwrap().0;
    alone.update(exit, OrderState::Cancelled, "0");
    assert_eq!(alone.said(), "stop 1 at 96");
}

#[test]
fn level_reached_while_somebody_else_closes_everything_counts_for_nothing() {
    let mut alone = Alone::new();
    let stop = alone.guarded(bought(1), [200, 300, 0]);
    alone.trip(KillLevel::Flatten);
    assert_eq!(alone.said(), "cancel");
    alone.update(stop, OrderState::Cancelled, "0");
    alone.mark("97");
    alone.mark("104");
    alone.mark("100");
    alone.clear();
    assert_eq!(alone.said(), "stop 1 at 98");
}

#[test]
fn start_with_other_sources_of_the_kill_switch_holds_once_it_is_said() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 0, 0]);
    alone.restart_with(ProtectorConfig {
        kill: LatchRules::of(&[KillTrigger::File]),
        ..protector()
    });
    let (trigger, reading) = (KillTrigger::File, KillReading::Tripped);
    let tripped = Event::KillPoll(KillPoll { trigger, reading });
    alone.hear(None, tripped);
    assert_eq!(alone.said(), "", "nobody listens to the file");
    alone.hear(None, Event::Roster(RosterControl { step: RosterStep::Adopt }));
    assert_eq!(alone.said(), "");
    alone.hear(None, tripped);
    assert_eq!(alone.said(), "cancel");
}

// ── moving a stop ────────────────────────────────────────────────────────────────────────────────

#[test]
fn close_of_a_group_that_is_removed_is_cancelled() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [0, 300, 0]);
    alone.mark("103");
    alone.grant();
    assert_eq!(alone.said(), "close 1");
    alone.protect(bought(1), [0, 0, 0]);
    assert_eq!(alone.said(), "cancel");
}

#[test]
fn stop_for_what_cannot_be_sold_any_more_stays_as_it_is() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 0, 0]);
    let Event::Instrument(mut instrument) = rules(MarketStatus::Online) else { panic!() };
    instrument.qty_min = qty("2");
    alone.hear(None, Event::Instrument(instrument));
    assert_eq!(alone.said(), "");
    // Unless it would sell more than is held.
    alone.trade(Entry { number: 2, side: Side::Sell, ..bought(1) }, "0.25");
    assert_eq!(alone.said(), "cancel");
}

#[test]
fn fixed_stop_is_moved_by_less_than_the_step_of_a_trailing_one() {
    let config = ProtectorConfig { trail_step: Bps::new(50), ..protector() };
    let mut alone = Alone::with(config);
    let stop = alone.guarded(bought(1), [200, 0, 0]);
    alone.protect(bought(1), [190, 0, 0]);
    for _ in 0..2 {
        alone.grant();
        let number = alone.approvals;
        assert_eq!(alone.said(), "to 1 at 98.1");
        alone.settle(stop, OrderState::New, "0", Some((number, VenueReason::TooLate)));
        alone.pass(Span::SECOND);
    }
}

#[test]
fn trailing_stop_is_moved_at_once_to_another_distance_and_later_by_whole_steps() {
    let config = ProtectorConfig { trail_step: Bps::new(100), ..protector() };
    let mut alone = Alone::with(config);
    alone.mark("125");
    alone.enter(bought(1), "1");
    alone.protect(bought(1), [0, 0, 2_010]);
    alone.trade_at(bought(1), qty("1"), price("125"));
    let stop = alone.grant();
    alone.update(stop, OrderState::New, "0");
    assert_eq!(alone.said(), "stop 1 at 99.9");
    alone.protect(bought(1), [0, 0, 2_000]);
    alone.grant();
    assert_eq!(alone.said(), "to 1 at 100");
    let number = alone.approvals;
    alone.settle(stop, OrderState::New, "0", Some((number, VenueReason::None)));
    alone.pass(Span::SECOND);
    alone.mark("126.1");
    assert_eq!(alone.said(), "", "100.9 is less than a step away");
    alone.mark("126.25");
    assert_eq!(alone.said(), "to 1 at 101");
}
