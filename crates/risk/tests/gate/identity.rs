//! Who says what: numbers that come twice, speakers without end, messages that are nobody's.
#![allow(clippy::unwrap_used, reason = "a bench for tests")]

use contracts::testing::{asset, qty, strategy, symbol};
use contracts::{
    AlertCode, Amend, Bps, Cancel, Corr, DeadLetter, DecodeFault, Event, Fill, IntentSeq, Label,
    Liquidity, Money, OrderId, Origin, Protect, Reason, Side, Source, TopicKind, Ts, VenueRef,
};
use kernel::Machine;
use risk::{Gate, GateConfig, Verdict};

use crate::rig::{Answer, BTC, Rig, config, limit, wide};

fn order(bits: u128) -> OrderId {
    OrderId::from_bits(bits).unwrap()
}

/// An intent with its number, and another one with the same number: the second must be found out.
#[test]
fn other_content_under_the_same_number_trips_for_every_kind_of_intent() {
    let amend =
        Amend { target: order(1), qty: qty("1"), limit: None, trigger: None, why: Label::NONE };
    let guard = Protect {
        entry: order(1),
        symbol: symbol(BTC),
        exit_side: Side::Sell,
        stop: Bps::new(1),
        target: Bps::new(1),
        trail: Bps::new(1),
    };
    let cancel = |target| Event::Cancel(Cancel { target, why: Label::NONE });
    let one = contracts::testing::price("1");
    for (first, second) in [
        (cancel(order(1)), cancel(order(2))),
        (Event::Amend(amend), Event::Amend(Amend { target: order(2), ..amend })),
        (Event::Amend(amend), Event::Amend(Amend { qty: qty("2"), ..amend })),
        (Event::Amend(amend), Event::Amend(Amend { limit: Some(one), ..amend })),
        (Event::Amend(amend), Event::Amend(Amend { trigger: Some(one), ..amend })),
        (Event::Protect(guard), Event::Protect(Protect { entry: order(2), ..guard })),
        (Event::Protect(guard), Event::Protect(Protect { symbol: symbol("A/USD"), ..guard })),
        (Event::Protect(guard), Event::Protect(Protect { exit_side: Side::Buy, ..guard })),
        (Event::Protect(guard), Event::Protect(Protect { stop: Bps::new(2), ..guard })),
        (Event::Protect(guard), Event::Protect(Protect { target: Bps::new(2), ..guard })),
        (Event::Protect(guard), Event::Protect(Protect { trail: Bps::new(2), ..guard })),
        (cancel(order(1)), Event::Protect(guard)),
    ] {
        let mut rig = Rig::new(wide());
        let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(70));
        let said = rig.say(Source::StrategyEngine, Some(corr), first);
        assert!(!said.is_empty(), "{first:?}");
        let repeated = rig.ask(corr, first);
        assert_eq!(repeated.reasons(), [Reason::Duplicate], "{first:?}");
        assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
        assert_eq!(rig.ask(corr, second).reasons(), [Reason::Duplicate], "{second:?}");
        assert!(matches!(rig.gate().verdict(rig.now), Verdict::Tripped(_)), "{second:?}");
    }
}

#[test]
fn speakers_have_a_bound_and_those_who_are_known_go_on() {
    let mut rig = Rig::new(wide());
    let cancel = Event::Cancel(Cancel { target: order(1), why: Label::NONE });
    let corr = |speaker: u32, intent| {
        let name = format!("s{speaker}");
        Corr::new(strategy(&name), Origin::Strategy, IntentSeq::new(intent))
    };
    for speaker in 0..1_024 {
        assert_eq!(rig.ask(corr(speaker, 1), cancel), Answer::Cancel, "{speaker}");
    }
    assert_eq!(rig.ask(corr(1_024, 1), cancel).reasons(), [Reason::OutOfRange]);
    assert_eq!(rig.ask(corr(1_023, 2), cancel), Answer::Cancel);
}

#[test]
fn fill_of_nobody_is_said_and_not_booked() {
    let mut rig = Rig::new(wide());
    let fill = Fill {
        id: order(1),
        exec: VenueRef::numbered(b'T', 1),
        symbol: symbol(BTC),
        qty: qty("1"),
        price: contracts::testing::price("100"),
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at: Ts::ZERO,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    };
    let said = rig.say(Source::ExecutionGateway, None, Event::Fill(fill));
    let foreign = |event: &Event| matches!(event, Event::Alert(alert) if alert.code == AlertCode::ForeignOrder);
    assert!(said.iter().any(|said| foreign(&said.event)));
    assert!(rig.gate().ledger().net(symbol(BTC)).is_flat());
}

#[test]
fn fill_that_is_told_twice_is_booked_once_over_a_restart_too() {
    let mut rig = Rig::new(wide());
    let order = rig.approved("a", limit(Side::Buy, "1", "99"));
    rig.fill("a", &order, "0.4", "99");
    let told = |event: &Event| matches!(event, Event::Position(_));
    assert!(rig.heard.iter().any(|said| told(&said.event)));
    let fill = Fill {
        id: order.id,
        exec: VenueRef::numbered(b'T', 1),
        symbol: symbol(BTC),
        qty: qty("0.4"),
        price: contracts::testing::price("99"),
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at: rig.now,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    };
    let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
    for _ in 0..2 {
        assert_eq!(rig.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill)), []);
        assert_eq!(rig.gate().ledger().net(symbol(BTC)).size(), qty("0.4"));
        rig.restart();
    }
    // The same number with other content cannot both be true.
    let other = Event::Fill(Fill { qty: qty("0.5"), ..fill });
    let said = rig.say(Source::ExecutionGateway, Some(corr), other);
    let conflict = |event: &Event| matches!(event, Event::Alert(alert) if alert.code == AlertCode::ConflictingId);
    assert!(said.iter().any(|said| conflict(&said.event)), "{said:?}");
    assert!(matches!(rig.gate().verdict(rig.now), Verdict::Tripped(_)));
    assert_eq!(rig.gate().ledger().net(symbol(BTC)).size(), qty("0.4"));
}

#[test]
fn fill_that_cannot_be_booked_trips() {
    let mut rig = Rig::new(wide());
    rig.hold_of("a", symbol(BTC), "100000000000000", "1000");
    assert!(matches!(rig.gate().verdict(rig.now), Verdict::Tripped(_)));
    assert!(rig.gate().ledger().net(symbol(BTC)).is_flat());
}

#[test]
fn letter_that_was_no_intent_is_not_answered() {
    let mut rig = Rig::new(wide());
    let (fault, order) = (DecodeFault::Field, Some(order(5)));
    let letter = DeadLetter { fault, order, intent: false, bytes: 100 };
    let said = rig.say(Source::StrategyEngine, None, Event::DeadLetter(letter));
    assert_eq!(said, []);
}

#[test]
fn change_of_an_order_that_is_done_or_never_was_is_refused() {
    let mut rig = Rig::new(wide());
    let done = rig.approved("a", limit(Side::Buy, "1", "99"));
    rig.update(&done, contracts::OrderState::Cancelled, "0.5");
    assert_eq!(rig.amend("a", done.id, qty("2"), None).reasons(), [Reason::UnknownOrder]);
    assert_eq!(rig.amend("a", order(7), qty("2"), None).reasons(), [Reason::UnknownOrder]);
    let open = rig.approved("a", limit(Side::Buy, "1", "99"));
    assert_eq!(rig.amend("a", open.id, qty("0"), None).reasons(), [Reason::Malformed]);
    for _ in 0..4 {
        assert!(matches!(rig.amend("a", open.id, qty("0.9"), None), Answer::Approved(_)));
    }
    let fifth = rig.amend("a", open.id, qty("0.9"), None);
    let figures = contracts::Figures::Count { found: 5, allowed: 4 };
    assert_eq!(fifth.figures(Reason::OpenOrders), figures);
}

#[test]
fn snapshot_of_another_currency_is_refused() {
    let rig = Rig::new(wide());
    let mut saved = Vec::new();
    rig.gate().save(&mut saved);
    let euro = GateConfig { currency: asset("EUR"), ..config(wide()) };
    assert!(Gate::new(euro).unwrap().load(&saved).is_err());
    let mut same = Gate::new(config(wide())).unwrap();
    assert!(same.load(&saved).is_ok());
    let mut again = Vec::new();
    same.save(&mut again);
    assert_eq!(saved, again);
}

#[test]
fn gate_speaks_for_risk_and_hears_what_it_needs() {
    let gate = Gate::new(config(wide())).unwrap();
    assert_eq!(gate.source(), Source::RiskEngine);
    for kind in [TopicKind::Intent, TopicKind::Fills, TopicKind::OrdersUpdate, TopicKind::Feed] {
        assert!(gate.interests().contains(kind), "{kind:?}");
    }
    assert!(!gate.interests().contains(TopicKind::VenueReport));
}
