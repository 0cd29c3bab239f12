//! Identity, repetition, expiry, the kill switch, pauses, and the seal.

use contracts::testing::{money, price, qty, strategy};
use contracts::{
    AlertCode, Amend, Bps, Cancel, ClearKill, Corr, DeadLetter, DecodeFault, Envelope, Event,
    IntentSeq, KillLevel, KillPoll, KillReading, KillTrigger, Label, OrderState, Origin, Place,
    Protect, Reason, RosterControl, RosterStep, Side, Source, Span, StrategyControl, StrategyRun,
    Ts,
};
use risk::{Granted, Unverified, Verdict};

use crate::rig::{Answer, KEY, RUN, Rig, config, limit, market, wide};

fn numbered(name: &str, intent: u64) -> Corr {
    Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(intent))
}

#[test]
fn same_intent_twice_is_refused_across_midnight_and_restart() {
    let mut rig = Rig::new(wide());
    let spec = limit(Side::Buy, "0.1", "99");
    assert!(matches!(rig.place_as(numbered("a", 5), spec), Answer::Approved(_)));
    assert_eq!(rig.place_as(numbered("a", 5), spec).reasons(), [Reason::Duplicate]);
    rig.pass(Span::DAY);
    rig.price("100");
    assert_eq!(rig.place_as(numbered("a", 5), spec).reasons(), [Reason::Duplicate]);
    rig.restart();
    assert_eq!(rig.place_as(numbered("a", 5), spec).reasons(), [Reason::Duplicate]);
    assert_eq!(rig.place_as(numbered("a", 4), spec).reasons(), [Reason::Duplicate]);
    assert!(matches!(rig.place_as(numbered("a", 6), spec), Answer::Approved(_)));
}

#[test]
fn same_number_with_other_content_trips() {
    let mut rig = Rig::new(wide());
    rig.place_as(numbered("a", 5), limit(Side::Buy, "0.1", "99"));
    let answer = rig.place_as(numbered("a", 5), limit(Side::Buy, "0.2", "99"));
    assert_eq!(answer.reasons(), [Reason::Duplicate]);
    let conflict = |event: &Event| matches!(event, Event::Alert(alert) if alert.code == AlertCode::ConflictingId);
    assert!(rig.heard.iter().any(|envelope| conflict(&envelope.event)));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
}

#[test]
fn id_that_does_not_belong_to_the_intent_is_malformed() {
    let mut rig = Rig::new(wide());
    let other = contracts::OrderId::derive(RUN, strategy("b"), Origin::Strategy, IntentSeq::new(1));
    let spec = limit(Side::Buy, "0.1", "99");
    let place = Place { id: other, spec, expires: Ts::MAX, why: Label::NONE };
    let answer = rig.ask(numbered("a", 1), Event::Place(place));
    assert_eq!(answer.reasons(), [Reason::Malformed]);
    assert!(matches!(rig.place_as(numbered("a", 1), spec), Answer::Approved(_)));
}

#[test]
fn unreadable_intent_is_answered() {
    let mut rig = Rig::new(wide());
    let order = contracts::OrderId::from_bits(5).unwrap();
    for named in [Some(order), None] {
        for fault in [DecodeFault::NotJson, DecodeFault::Field, DecodeFault::UnknownType] {
            let letter = DeadLetter { fault, order: named, intent: true, bytes: 100 };
            let said = rig.say(Source::StrategyEngine, None, Event::DeadLetter(letter));
            let Event::Refused(no) = said[0].event else { panic!("{said:?}") };
            assert_eq!((no.id, no.fault), (named, Some(fault)));
            assert_eq!((no.breach.reason, no.broken), (Reason::Malformed, 1));
            assert!(said[0].cause.is_some(), "what was refused is not named");
        }
    }
    // Without a correlation it belongs to nobody, and is refused too.
    let place = Place {
        id: order,
        spec: limit(Side::Buy, "0.1", "99"),
        expires: Ts::MAX,
        why: Label::NONE,
    };
    let said = rig.say(Source::StrategyEngine, None, Event::Place(place));
    assert!(matches!(said[0].event, Event::Refused(no) if no.breach.reason == Reason::Malformed));
}

#[test]
fn expired_intent_is_refused_and_approval_expires_with_it() {
    let mut rig = Rig::new(wide());
    let corr = numbered("a", 1);
    let id = contracts::OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
    let expires = rig.now + Span::SECOND;
    let place = Place { id, spec: limit(Side::Buy, "0.1", "99"), expires, why: Label::NONE };
    let Answer::Approved(approval) = rig.ask(corr, Event::Place(place)) else { panic!("refused") };
    assert_eq!(approval.valid_until, expires);
    let corr = numbered("a", 2);
    let id = contracts::OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
    let late = Place { id, expires: rig.now - Span::from_nanos(1), ..place };
    assert_eq!(rig.ask(corr, Event::Place(late)).reasons(), [Reason::Expired]);
    // The last moment still counts.
    let corr = numbered("a", 3);
    let id = contracts::OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
    let last = Place { id, expires: rig.now, ..place };
    assert!(matches!(rig.ask(corr, Event::Place(last)), Answer::Approved(_)));
}

#[test]
fn tripped_switch_lets_only_reducing_orders_pass_that_say_so() {
    for level in [KillLevel::Entries, KillLevel::Cancel] {
        let mut rig = Rig::new(wide());
        rig.hold("a", "1", "100");
        rig.trip(level);
        assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "99")).reasons(), [Reason::KillSwitch]);
        assert_eq!(rig.place("a", limit(Side::Sell, "0.1", "101")).reasons(), [Reason::KillSwitch]);
        rig.approved("a", market(Side::Sell, "0.5").reduce_only());
        let answer = rig.place("a", market(Side::Sell, "0.6").reduce_only());
        assert!(answer.reasons().contains(&Reason::KillSwitch), "{answer:?}");
    }
}

#[test]
fn cancels_pass_whatever_holds() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    rig.trip(KillLevel::Flatten);
    rig.pass(Span::DAY);
    assert_eq!(rig.cancel("a", order.id), Answer::Cancel);
    let unknown = contracts::OrderId::from_bits(9).unwrap();
    assert_eq!(rig.cancel("a", unknown), Answer::Cancel);
    // But nobody cancels a sibling's order.
    assert_eq!(rig.cancel("b", order.id).reasons(), [Reason::UnknownOrder]);
}

#[test]
fn kill_source_that_cannot_be_read_refuses_new_risk() {
    let mut config = config(wide());
    config.kill = risk::LatchRules::of(&[KillTrigger::File]);
    let mut rig = Rig::with(config);
    let poll = |rig: &mut Rig, reading| {
        let poll = KillPoll { trigger: KillTrigger::File, reading };
        rig.say(Source::Runtime, None, Event::KillPoll(poll));
    };
    let place = |rig: &mut Rig| rig.place("a", limit(Side::Buy, "0.1", "99"));
    assert_eq!(place(&mut rig).reasons(), [Reason::KillSwitchUnknown]);
    poll(&mut rig, KillReading::Clear);
    assert!(matches!(place(&mut rig), Answer::Approved(_)));
    poll(&mut rig, KillReading::Unreadable);
    assert_eq!(place(&mut rig).reasons(), [Reason::KillSwitchUnknown]);
    poll(&mut rig, KillReading::Clear);
    rig.pass(Span::from_millis(1_001));
    assert_eq!(place(&mut rig).reasons(), [Reason::KillSwitchUnknown]);
    poll(&mut rig, KillReading::Tripped);
    assert_eq!(place(&mut rig).reasons(), [Reason::KillSwitch]);
    poll(&mut rig, KillReading::Clear);
    assert_eq!(place(&mut rig).reasons(), [Reason::KillSwitch]);
    rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    assert!(matches!(place(&mut rig), Answer::Approved(_)));
}

#[test]
fn flatten_asks_for_every_position_to_be_closed() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.hold("b", "2", "100");
    rig.heard.clear();
    rig.trip(KillLevel::Flatten);
    let closing: Vec<_> = rig
        .heard
        .iter()
        .filter_map(|said| match said.event {
            Event::Approved(approval) => Some((said.corr.unwrap().strategy, approval.spec)),
            _ => None,
        })
        .collect();
    assert_eq!(closing.len(), 2);
    assert!(closing.iter().all(|(_, spec)| spec.side() == Side::Sell && spec.is_reduce_only()));
    assert_eq!(closing[1].1.qty(), qty("2"));
}

/// Sells short what the venue of these tests lends.
fn short(rig: &mut Rig, name: &str, qty: &str) {
    let order = rig.approved(name, limit(Side::Sell, qty, "100"));
    rig.fill(name, &order, qty, "100");
    rig.update(&order, OrderState::Filled, qty);
}

#[test]
fn flatten_closes_what_the_account_holds_and_not_what_strategies_hold_against_each_other() {
    let mut config = config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    rig.hold("a", "5", "100");
    short(&mut rig, "b", "3");
    rig.heard.clear();
    rig.trip(KillLevel::Flatten);
    let answers = |rig: &Rig| -> Vec<Event> {
        let answered = |event: &Event| matches!(event, Event::Approved(_) | Event::Refused(_));
        rig.heard.iter().map(|said| said.event).filter(answered).collect()
    };
    let [Event::Approved(closing)] = answers(&rig)[..] else { panic!("{:?}", answers(&rig)) };
    assert_eq!((closing.spec.side(), closing.spec.qty()), (Side::Sell, qty("2")));
    // Nobody asks for more while that order is open, nor once it has traded.
    rig.pass(Span::from_secs(2));
    rig.fill("a", &closing, "2", "100");
    rig.update(&closing, OrderState::Filled, "2");
    for _ in 0..5 {
        rig.pass(Span::from_secs(2));
    }
    assert_eq!(answers(&rig).len(), 1, "{:?}", answers(&rig));
}

#[test]
fn flatten_shares_what_is_to_be_closed_among_those_who_hold_it() {
    let mut config = config(wide());
    config.spot = false;
    let mut rig = Rig::with(config);
    rig.hold("a", "1", "100");
    rig.hold("c", "4", "100");
    short(&mut rig, "b", "3");
    rig.heard.clear();
    rig.trip(KillLevel::Flatten);
    let closing = rig.heard.iter().filter_map(|said| match said.event {
        Event::Approved(approval) => Some((said.corr?.strategy, approval.spec.qty())),
        _ => None,
    });
    let expected = [(strategy("a"), qty("1")), (strategy("c"), qty("1"))];
    assert_eq!(closing.collect::<Vec<_>>(), expected);
}

#[test]
fn flatten_leaves_what_the_venue_takes_no_order_for() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "0.1", "100");
    rig.price("4.99");
    rig.heard.clear();
    rig.trip(KillLevel::Flatten);
    rig.pass(Span::from_secs(2));
    assert!(!rig.heard.iter().any(|said| matches!(said.event, Event::Place(_))));
    // From half a dollar on it does, and counts an order at its worst price.
    rig.price("5");
    rig.pass(Span::from_secs(2));
    let out = rig.heard.iter().find_map(|said| match said.event {
        Event::Approved(out) => out.spec.limit(),
        _ => None,
    });
    assert_eq!(out, Some(price("5")));
}

#[test]
fn flatten_leaves_less_than_the_smallest_quantity_whatever_it_costs() {
    let asks_for = |traded: &str| {
        let mut rig = Rig::new(wide());
        let order = rig.approved("a", limit(Side::Buy, "0.1", "100"));
        rig.fill("a", &order, traded, "100");
        rig.update(&order, OrderState::Cancelled, traded);
        rig.price("5000");
        rig.heard.clear();
        rig.trip(KillLevel::Flatten);
        rig.heard.iter().any(|said| matches!(said.event, Event::Place(_)))
    };
    assert!(!asks_for("0.0009") && asks_for("0.001"));
}

#[test]
fn paused_strategy_may_only_reduce_its_siblings_go_on() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let control = |rig: &mut Rig, run| {
        let corr = Some(numbered("a", 1));
        rig.say(Source::Operator, corr, Event::StrategyControl(StrategyControl { run }));
    };
    control(&mut rig, StrategyRun::Paused);
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "99")).reasons(), [Reason::StrategyPaused]);
    rig.approved("a", limit(Side::Sell, "0.1", "101"));
    rig.approved("b", limit(Side::Buy, "0.1", "99"));
    control(&mut rig, StrategyRun::Running);
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
}

#[test]
fn pauses_of_anybody_are_remembered_up_to_a_bound_beyond_which_nobody_new_trades() {
    let mut rig = Rig::new(wide());
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
    let pause = |rig: &mut Rig, name: &str, run| {
        let control = Event::StrategyControl(StrategyControl { run });
        let said = rig.say(Source::Operator, Some(numbered(name, 1)), control);
        said.iter().any(|said| {
            matches!(said.event, Event::Alert(alert) if alert.code == AlertCode::BoundReached)
        })
    };
    // Of whom nothing is known, nothing has to be remembered to let it run.
    (0..2_000).for_each(|n| assert!(!pause(&mut rig, &format!("r{n}"), StrategyRun::Running)));
    rig.approved("b", limit(Side::Buy, "0.1", "99"));
    let told =
        (0..2_000).filter(|n| pause(&mut rig, &format!("p{n}"), StrategyRun::Paused)).count();
    assert_eq!(told, 2_000 - (1_024 - 2));
    assert_eq!(rig.place("c", limit(Side::Buy, "0.1", "99")).reasons(), [Reason::OutOfRange]);
    // Whoever is known trades, is paused and goes on.
    assert!(!pause(&mut rig, "a", StrategyRun::Paused));
    assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "99")).reasons(), [Reason::StrategyPaused]);
    assert!(!pause(&mut rig, "a", StrategyRun::Running));
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
}

#[test]
fn guard_of_a_siblings_order_is_refused_and_every_guard_is_answered() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    let guard = Protect {
        entry: order.id,
        symbol: order.spec.symbol(),
        exit_side: Side::Sell,
        stop: Bps::new(100),
        target: Bps::new(0),
        trail: Bps::new(0),
    };
    let corr = rig.corr("b");
    assert_eq!(rig.ask(corr, Event::Protect(guard)).reasons(), [Reason::UnknownOrder]);
    let corr = rig.corr("a");
    let said = rig.say(Source::StrategyEngine, Some(corr), Event::Protect(guard));
    let granted = said.iter().find(|said| matches!(said.event, Event::ProtectApproved(_)));
    let Ok(Granted::Protect(approved)) = risk::verify(granted.unwrap(), &KEY) else { panic!() };
    assert_eq!((approved.protect(), approved.corr()), (guard, corr));
    assert_eq!(risk::verify_protect(granted.unwrap(), &KEY), Ok(approved));
    assert_eq!(rig.ask(corr, Event::Protect(guard)).reasons(), [Reason::Duplicate]);
    // One that belongs to nobody is answered as well.
    let said = rig.say(Source::StrategyEngine, None, Event::Protect(guard));
    assert!(matches!(said[0].event, Event::Refused(no) if no.breach.reason == Reason::Malformed));
}

#[test]
fn cancel_is_granted_and_answered_once() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    let corr = rig.corr("a");
    let cancel = Event::Cancel(Cancel { target: order.id, why: Label::NONE });
    assert_eq!(rig.ask(corr, cancel), Answer::Cancel);
    let grant = *rig.heard.last().unwrap();
    let Ok(Granted::Cancel(approved)) = risk::verify(&grant, &KEY) else { panic!("{grant:?}") };
    assert_eq!((approved.target(), approved.corr()), (order.id, corr));
    assert_eq!(rig.ask(corr, cancel).reasons(), [Reason::Duplicate]);
    let nothing = Envelope { event: cancel, ..grant };
    assert_eq!(risk::verify(&nothing, &KEY), Err(Unverified::NotAGrant));
    // The operator cancels anybody's.
    let corr = Corr { origin: Origin::Operator, ..numbered("b", 1) };
    assert_eq!(rig.ask(corr, cancel), Answer::Cancel);
}

#[test]
fn duplicate_of_any_kind_of_intent_is_refused_across_midnight_and_restart() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    let (amend, cancel) = (rig.corr("a"), rig.corr("a"));
    let asked = [
        (
            amend,
            Event::Amend(Amend {
                target: order.id,
                qty: qty("0.2"),
                limit: None,
                trigger: None,
                why: Label::NONE,
            }),
        ),
        (cancel, Event::Cancel(Cancel { target: order.id, why: Label::NONE })),
    ];
    for (corr, event) in asked {
        assert!(rig.ask(corr, event).reasons().is_empty(), "{event:?}");
    }
    for _ in 0..2 {
        rig.pass(Span::DAY);
        rig.restart();
        rig.price("100");
        for (corr, event) in asked {
            assert_eq!(rig.ask(corr, event).reasons(), [Reason::Duplicate]);
        }
    }
}

#[test]
fn start_with_other_settings_changes_nothing_until_it_is_said() {
    let before = Rig::new(wide()).sequencer.snapshot();
    let mut config = config(wide());
    config.kill = risk::LatchRules::of(&[KillTrigger::File]);
    config.cash.push((strategy("newcomer"), money("50")));
    config.pool = Some(money("1001030"));
    let mut rig = Rig::with(config);
    rig.sequencer.restore(&before).unwrap();
    let place = |rig: &mut Rig, amount| rig.place("newcomer", limit(Side::Buy, amount, "90"));
    assert_eq!(place(&mut rig, "0.1").reasons(), [Reason::Balance]);
    // Only the process says so.
    let adopt = Event::Roster(RosterControl { step: RosterStep::Adopt });
    rig.say(Source::Operator, None, adopt);
    assert_eq!(place(&mut rig, "0.1").reasons(), [Reason::Balance]);
    rig.say(Source::Runtime, None, adopt);
    assert_eq!(place(&mut rig, "0.1").reasons(), [Reason::KillSwitchUnknown]);
    let clear = KillPoll { trigger: KillTrigger::File, reading: KillReading::Clear };
    rig.say(Source::Runtime, None, Event::KillPoll(clear));
    assert!(matches!(place(&mut rig, "0.1"), Answer::Approved(_)));
    // Thirty were left of the pool.
    let newcomer =
        rig.gate().ledger().purse(strategy("newcomer"), contracts::testing::asset("USD"));
    assert_eq!(newcomer.cash(), money("30"));
}
