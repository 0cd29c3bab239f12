//! Whom gateway and guards believe: what only one part of the system can know counts from that part alone.

use contracts::testing::{price, secs, strategy, symbol};
use contracts::{
    Bps, ClearKill, Corr, Envelope, Event, FeedState, IntentSeq, KillLevel, KillPoll, KillReading,
    KillTrigger, LimitKey, LimitOutcome, LimitState, LimitValue, Mark, MarketStatus, OrderId,
    OrderState, OrderUpdate, Origin, Report, RosterControl, RosterStep, Says, Source, Trip, Ts,
    VenueReason,
};
use execution::GatewayConfig;
use risk::LatchRules;

use crate::alone::Alone;
use crate::line::{Line, buy, config, execution, report, words};
use crate::rig::{BTC, rules, speaker};

const FILE: KillTrigger = KillTrigger::File;

fn poll(reading: KillReading) -> Event {
    Event::KillPoll(KillPoll { trigger: FILE, reading })
}

/// A gateway that is tripped, with an order that lives; and everything that only one source may tell it.
fn gateway() -> (Line, Vec<Event>) {
    let kill = LatchRules::of(&[FILE]);
    let mut line = Line::with(GatewayConfig { kill, ..config() });
    line.control(poll(KillReading::Clear));
    let spec = buy("1", "100");
    let id = line.send(spec);
    line.venue(Event::Report(report(id, &spec, Says::Accepted, "0", line.now)));
    let trip = Trip { level: KillLevel::Entries, trigger: KillTrigger::Command };
    line.control(Event::Trip(trip));
    let now = line.now;
    let events = vec![
        Event::Executed(execution(id, 1, "0.4", now)),
        Event::Report(report(id, &spec, Says::Cancelled, "0", now)),
        Event::ClearKill(ClearKill::by(1)),
        poll(KillReading::Unreadable),
        Event::Roster(RosterControl { step: RosterStep::Adopt }),
    ];
    (line, events)
}

#[test]
fn gateway_believes_facts_from_those_who_know_them() {
    for case in 0..gateway().1.len() {
        for source in Source::ALL {
            let (mut line, events) = gateway();
            let (before, event) = (line.snapshot(), events[case]);
            let said = words(&line.tell(Envelope::input(source, line.now, event)));
            let is_believed = source == speaker(&event);
            assert_eq!(said == "!WrongSource", !is_believed, "{event:?} from {source:?}: {said}");
            if !is_believed {
                let (now, then) = (line.snapshot(), before);
                assert!(
                    machines(now.bytes()) == machines(then.bytes()),
                    "{event:?} from {source:?}"
                );
            }
        }
    }
}

/// The state without what the sequencer counts of the messages themselves.
fn machines(state: &[u8]) -> String {
    let state: serde_json::Value = serde_json::from_slice(state).unwrap();
    state["machines"].to_string()
}

#[test]
fn only_what_the_own_brake_held_back_may_come_from_the_own_process() {
    use Says::{AmendRejected, Cancelled, Expired, NotFound, Rejected};
    let runs = [Rejected, AmendRejected, Cancelled, Expired, NotFound]
        .into_iter()
        .flat_map(|says| [VenueReason::Halted, VenueReason::Other].map(|why| (says, why)));
    for ((says, reason), source) in runs.flat_map(|run| Source::ALL.map(|source| (run, source))) {
        let mut line = Line::new();
        let spec = buy("1", "100");
        let id = line.send(spec);
        let report = Report { reason, ..report(id, &spec, says, "0", line.now) };
        let said = words(&line.tell(Envelope::input(source, line.now, Event::Report(report))));
        let is_held = matches!(says, Rejected | AmendRejected) && reason == VenueReason::Halted;
        let is_believed = source == Source::Venue || source == Source::Runtime && is_held;
        assert_eq!(said == "!WrongSource", !is_believed, "{says:?} {reason:?} {source:?}: {said}");
    }
}

#[test]
fn what_makes_the_gateway_more_careful_may_come_from_anybody() {
    for source in Source::ALL {
        let mut line = Line::new();
        line.send(buy("1", "100"));
        let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Service });
        let said = words(&line.tell(Envelope::input(source, line.now, trip)));
        assert!(said.contains(">cancel"), "{source:?}: {said}");
    }
}

/// Everything that only one source may tell guards.
fn told_to_guards(id: OrderId) -> Vec<Event> {
    let (at, last) = (secs(1_000), Some(price("5")));
    let mark = Mark {
        symbol: symbol(BTC),
        bid: last,
        ask: last,
        last,
        seen: at,
        quoted: at,
        traded: at,
        state: FeedState::Live,
    };
    let update = OrderUpdate {
        id,
        symbol: symbol(BTC),
        qty: contracts::Qty::ZERO,
        filled: contracts::Qty::ZERO,
        limit: None,
        venue_ref: None,
        settles: None,
        state: OrderState::Cancelled,
        reason: VenueReason::None,
    };
    let (limit, value) = (LimitKey::Collar, LimitValue::Bps { most: Bps::new(7) });
    let (symbol, outcome) = (None, LimitOutcome::InForce);
    vec![
        Event::Mark(mark),
        Event::Fill(execution(id, 1, "0.4", at)),
        Event::Order(update),
        rules(MarketStatus::CancelOnly),
        Event::LimitState(LimitState { version: 2, limit, value, symbol, outcome }),
        Event::ClearKill(ClearKill::by(1)),
    ]
}

#[test]
fn guards_believe_facts_from_those_who_know_them() {
    let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
    let id = OrderId::from_bits(1).unwrap();
    for event in told_to_guards(id) {
        for source in Source::ALL.into_iter().filter(|source| *source != speaker(&event)) {
            let mut alone = Alone::new();
            let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
            alone.hear(None, Event::Trip(trip));
            let before = alone.sequencer.snapshot();
            alone.tell(Envelope { corr: Some(corr), ..Envelope::input(source, Ts::ZERO, event) });
            let after = alone.sequencer.snapshot();
            assert!(
                machines(after.bytes()) == machines(before.bytes()),
                "{event:?} from {source:?}"
            );
        }
    }
}
