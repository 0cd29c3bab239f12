//! Whom the gate believes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench for tests")]

use contracts::testing::{asset, price, qty, strategy, symbol};
use contracts::{
    AlertCode, Cancel, ClearKill, Corr, Envelope, Event, Feed, FeedState, Fill, IntentSeq,
    KillLevel, KillPoll, KillReading, KillTrigger, Label, LimitKey, LimitValue, Liquidity, Money,
    OrderId, OrderState, OrderUpdate, Origin, Place, Reason, SetLimit, Side, Source,
    StrategyControl, StrategyRun, Ticker, Trade, TradeId, Trip, Ts, VenueReason, VenueRef,
};
use kernel::Machine;
use risk::Verdict;

use crate::rig::{BTC, RUN, Rig, config, instrument, limit, wide};

fn corr(origin: Origin, number: u64) -> Corr {
    Corr::new(strategy("a"), origin, IntentSeq::new(number))
}

fn disbelieved(said: &[Envelope]) -> bool {
    let code = |event| matches!(event, Event::Alert(alert) if alert.code == AlertCode::WrongSource);
    said.iter().any(|said| code(said.event))
}

fn state(rig: &Rig) -> Vec<u8> {
    let mut saved = Vec::new();
    rig.gate().save(&mut saved);
    saved
}

#[test]
fn intent_is_believed_from_whoever_it_is_attributed_to() {
    let speakers = [
        (Origin::Strategy, Source::StrategyEngine),
        (Origin::Protector, Source::Protector),
        (Origin::Operator, Source::Operator),
        (Origin::Flatten, Source::RiskEngine),
    ];
    for (origin, speaker) in speakers {
        for source in Source::ALL {
            let mut rig = Rig::new(wide());
            let before = state(&rig);
            let corr = corr(origin, 1);
            let id = OrderId::derive(RUN, corr.strategy, origin, corr.intent);
            let spec = limit(Side::Buy, "0.1", "99");
            let place = Place { id, spec, expires: Ts::MAX, why: Label::NONE };
            let said = rig.say(source, Some(corr), Event::Place(place));
            assert_eq!(disbelieved(&said), source != speaker, "{origin:?} from {source:?}");
            if source != speaker {
                let Event::Refused(no) = said[0].event else { panic!("{said:?}") };
                assert_eq!((no.id, no.breach.reason), (Some(id), Reason::WrongSource));
                assert_eq!(state(&rig), before, "{origin:?} from {source:?}");
            }
        }
    }
}

/// Everything that only one source may say, with that source.
fn said_by_one(order: OrderId) -> Vec<(Source, Event)> {
    let symbol = symbol(BTC);
    let fill = Fill {
        id: order,
        exec: VenueRef::numbered(b'T', 1),
        symbol,
        qty: qty("0.1"),
        price: price("99"),
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at: Ts::ZERO,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    };
    let update = OrderUpdate {
        id: order,
        symbol,
        qty: qty("0.1"),
        filled: qty("0"),
        limit: Some(price("99")),
        venue_ref: None,
        settles: None,
        state: OrderState::Cancelled,
        reason: VenueReason::None,
    };
    let (bid, size, at) = (Some(price("50")), qty("1"), Ts::MAX);
    let (bid_qty, ask_qty) = (size, size);
    let ticker = Ticker { symbol, bid, ask: bid, last: bid, bid_qty, ask_qty, at };
    let id = TradeId::new(1);
    let trade = Trade { symbol, price: price("50"), qty: size, id, at, taker: Side::Buy };
    let (trigger, reading) = (KillTrigger::File, KillReading::Tripped);
    vec![
        (Source::ExecutionGateway, Event::Fill(fill)),
        (Source::ExecutionGateway, Event::Order(update)),
        (Source::Operator, Event::ClearKill(ClearKill::by(1))),
        (Source::Operator, Event::StrategyControl(StrategyControl { run: StrategyRun::Running })),
        (Source::Runtime, Event::KillPoll(KillPoll { trigger, reading })),
        (Source::MdIngest, Event::Instrument(instrument("ETH/USD"))),
        (Source::MdIngest, Event::Ticker(ticker)),
        (Source::MdIngest, Event::Trade(trade)),
        (Source::MdIngest, Event::Feed(Feed { symbol, state: FeedState::Down })),
    ]
}

#[test]
fn facts_are_believed_from_those_who_know_them() {
    for case in 0..9 {
        for source in Source::ALL {
            let mut config = config(wide());
            config.kill = risk::LatchRules::of(&[KillTrigger::File]);
            let mut rig = Rig::with(config);
            let clear = KillPoll { trigger: KillTrigger::File, reading: KillReading::Clear };
            rig.say(Source::Runtime, None, Event::KillPoll(clear));
            let order = rig.approved("a", limit(Side::Buy, "0.1", "99"));
            let paused = StrategyControl { run: StrategyRun::Paused };
            let corr = corr(Origin::Strategy, 1);
            rig.say(Source::Operator, Some(corr), Event::StrategyControl(paused));
            rig.trip(KillLevel::Cancel);
            let before = state(&rig);
            let (speaker, event) = said_by_one(order.id)[case];
            let said = rig.say(source, Some(corr), event);
            assert_eq!(disbelieved(&said), source != speaker, "{event:?} from {source:?}");
            assert_eq!(state(&rig) == before, source != speaker, "{event:?} from {source:?}");
        }
    }
}

#[test]
fn what_makes_the_gate_more_careful_may_come_from_anybody() {
    for source in Source::ALL {
        let mut rig = Rig::new(wide());
        for run in [StrategyRun::Paused, StrategyRun::Quarantined] {
            let control = Event::StrategyControl(StrategyControl { run });
            assert!(!disbelieved(&rig.say(source, Some(corr(Origin::Strategy, 1)), control)));
            let answer = rig.place("a", limit(Side::Buy, "0.1", "99"));
            assert_eq!(answer.reasons(), [Reason::StrategyPaused]);
        }
        let trip = Trip { level: KillLevel::Entries, trigger: KillTrigger::Service };
        assert!(!disbelieved(&rig.say(source, None, Event::Trip(trip))));
        assert!(matches!(rig.gate().verdict(rig.now), Verdict::Tripped(_)), "{source:?}");
    }
}

#[test]
fn limits_are_changed_by_the_operator_and_tightened_by_the_process_too() {
    for source in Source::ALL {
        for operator in [None, Some(7)] {
            let mut rig = Rig::new(wide());
            let value = LimitValue::Money { most: Money::from_units(5) };
            let (version, symbol, limit) = (2, None, LimitKey::OrderNotionalMax);
            let set = SetLimit { version, limit, value, symbol, operator };
            let said = rig.say(source, None, Event::SetLimit(set));
            let believed = match source {
                Source::Operator => true,
                Source::Runtime => operator.is_none(),
                _ => false,
            };
            assert_eq!(disbelieved(&said), !believed, "{source:?} {operator:?}");
            assert_eq!(rig.gate().limits().version == 2, believed);
        }
    }
}

#[test]
fn flatten_has_numbers_of_its_own() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    let target = OrderId::from_bits(9).unwrap();
    for number in 1..=3 {
        let cancel = Event::Cancel(Cancel { target, why: Label::NONE });
        rig.ask(corr(Origin::Operator, number), cancel);
    }
    rig.heard.clear();
    rig.trip(KillLevel::Flatten);
    let closing = |said: &&Envelope| matches!(said.event, Event::Approved(_));
    let closing = rig.heard.iter().find(closing).copied().unwrap();
    assert_eq!(closing.corr, Some(corr(Origin::Flatten, 1)));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Flatten));
    let conflict = |said: &&Envelope| matches!(said.event, Event::Alert(_));
    assert_eq!(rig.heard.iter().find(conflict), None);
    // And the operator's go on where they were.
    let cancel = Event::Cancel(Cancel { target, why: Label::NONE });
    assert!(rig.ask(corr(Origin::Operator, 4), cancel).reasons().is_empty());
}
