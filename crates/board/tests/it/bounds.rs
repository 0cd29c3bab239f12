//! Every bound, and what is said when it is reached.

use board::{FILLS_MAX, LISTED_MAX, REFUSALS_MAX, STORIES_MAX};
use contracts::testing::{money, qty, secs, symbol};
use contracts::{
    Breach, Envelope, Event, Figures, Money, OrderState, Origin, Reason, Refusal, Side, Source,
};
use proptest::prelude::*;

use crate::rig::{Desk, corr_of, id_of, limit};

#[test]
fn orders_that_are_over_are_let_go_and_open_ones_stay() {
    let mut desk = Desk::new();
    let spec = limit(Side::Buy, "1", "100");
    let open = desk.lives(1, Origin::Strategy, spec);
    let first = desk.lives(2, Origin::Strategy, spec);
    desk.moves((2, Origin::Strategy), spec, OrderState::Cancelled, "0");
    desk.reports(first, contracts::Says::Cancelled);
    for number in 3..=STORIES_MAX as u64 + 1 {
        let id = desk.lives(number, Origin::Strategy, spec);
        desk.moves((number, Origin::Strategy), spec, OrderState::Cancelled, "0");
        desk.reports(id, contracts::Says::Cancelled);
    }
    let status = desk.board.status(secs(200));
    assert_eq!((status.orders.ours, status.counts.orders_let_go), (1, 1));
    assert_eq!(status.counts.open_let_go, 0);
    assert!(desk.board.why(&open.to_string()).is_ok());
    assert!(desk.board.why(&first.to_string()).is_err());
    // An execution of an order that was let go, heard late and again, is not counted a second time.
    let before = desk.board.status(secs(200)).cash;
    desk.executes(first, Side::Buy, "1", "100");
    assert_eq!(desk.board.status(secs(200)).cash.venue, before.venue);
}

#[test]
fn too_many_open_orders_are_said_and_listed_up_to_the_bound() {
    let mut desk = Desk::new();
    for number in 1..=STORIES_MAX as u64 + 3 {
        desk.lives(number, Origin::Strategy, limit(Side::Buy, "1", "100"));
    }
    let status = desk.board.status(secs(200));
    assert_eq!((status.orders.ours, status.counts.open_let_go), (STORIES_MAX as u64, 3));
    let listed = desk.board.orders();
    assert_eq!((listed.shown.len(), listed.more), (LISTED_MAX, (STORIES_MAX - LISTED_MAX) as u64));
}

#[test]
fn refusals_and_fills_beyond_the_bound_are_counted() {
    let mut desk = Desk::new();
    let corr = Some(corr_of(Origin::Strategy, 1));
    for _ in 0..REFUSALS_MAX + 5 {
        let refusal = Refusal {
            id: None,
            fault: None,
            symbol: Some(symbol("BTC/USD")),
            breach: Breach { reason: Reason::Malformed, figures: Figures::None },
            qty_max: qty("0"),
            limits: 1,
            broken: 1,
        };
        desk.say(Source::RiskEngine, corr, Event::Refused(refusal));
    }
    let refusals = desk.board.refusals();
    assert_eq!((refusals.shown.len(), refusals.more), (REFUSALS_MAX, 5));
    for _ in 0..FILLS_MAX + 7 {
        let fill = desk.executes(id_of(Origin::Strategy, 1), Side::Buy, "0.01", "100");
        desk.fills(1, fill);
    }
    let fills = desk.board.fills();
    assert_eq!((fills.shown.len(), fills.more), (FILLS_MAX, 7));
    let newest = fills.shown[0].exec.to_string();
    assert_eq!(newest, format!("E{}", FILLS_MAX + 7));
}

#[test]
fn amounts_beyond_the_range_are_said_and_nothing_overflows() {
    let mut desk = Desk::new();
    let huge = "100000000000000000000000000";
    for _ in 0..4 {
        let fill = desk.executes(id_of(Origin::Strategy, 1), Side::Buy, huge, "1000000000000");
        desk.fills(1, fill);
    }
    let status = desk.board.status(secs(200));
    assert!(status.not_known.contains(&board::NotKnown::Overflowed), "{:?}", status.not_known);
    assert!(desk.board.positions().shown.is_empty());
}

/// Any message: some that fit together, some from nowhere.
fn any_event() -> impl Strategy<Value = (u8, u8, u64, bool)> {
    (0..14_u8, 0..8_u8, 0..6_u64, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is said in whatever order: the board answers, and hearing all of it once more from
    /// whoever numbers what he says changes nothing.
    #[test]
    fn board_takes_anything_in_any_order_and_a_repetition_changes_nothing(
        told in proptest::collection::vec(any_event(), 0..120)
    ) {
        let mut desk = Desk::new();
        let mut said: Vec<Envelope> = Vec::new();
        for (kind, source, number, known) in told {
            let src = Source::ALL[source as usize];
            let corr = known.then(|| corr_of(Origin::Strategy, number));
            said.push(desk.say(src, corr, event(kind, number)));
        }
        let before = desk.board.status(secs(300));
        for envelope in &said {
            desk.board.hear(envelope);
        }
        let mut after = desk.board.status(secs(300));
        // Marks and feeds are states and may be heard again; only their number shows.
        after.counts.heard = before.counts.heard;
        prop_assert_eq!(after, before);
        let text = serde_json::to_string(&desk.board.positions()).unwrap();
        prop_assert!(!text.is_empty());
        desk.board.orders();
        desk.board.fills();
        desk.board.refusals();
    }
}

fn event(kind: u8, number: u64) -> Event {
    use contracts::{
        Approval, Cancel, KillState, KillTrigger, OrderAccepted, Portfolio, Position,
        RefusalDetail, Seal, StrategyControl, StrategyRun, Ts,
    };
    let id = id_of(Origin::Strategy, number);
    let (spec, seal) = (limit(Side::Sell, "2", "50"), Seal::NONE);
    let mut scratch = Desk::new();
    match kind {
        0 => scratch.lives(number + 1, Origin::Protector, spec).into_event(spec),
        1 => {
            Event::Approved(Approval { id, spec, valid_until: Ts::MAX, seal, number: 1, limits: 1 })
        }
        2 => Event::Accepted(OrderAccepted { id, spec }),
        3 => Event::Fill(scratch.executes(id, Side::Sell, "1", "50")),
        4 => Event::Executed(scratch.executes(id, Side::Sell, "1", "50")),
        5 => scratch.reports(id, contracts::Says::Filled).event,
        6 => Event::Cancel(Cancel { target: id, why: contracts::Label::NONE }),
        7 => Event::StrategyControl(StrategyControl { run: StrategyRun::Quarantined }),
        8 => {
            let (trigger, since) = (KillTrigger::Audit, secs(3));
            Event::KillState(KillState { level: None, trigger, since })
        }
        9 => {
            let breach = Breach { reason: Reason::Tick, figures: Figures::None };
            Event::RefusedAlso(RefusalDetail { id, breach })
        }
        10 => Event::Position(Position {
            symbol: symbol("ETH/USD"),
            net: contracts::Net::ZERO,
            cost: Money::ZERO,
            realised: Money::MAX,
            fees: Money::MAX,
            average: None,
        }),
        11 => Event::Portfolio(Portfolio {
            equity: Money::MAX,
            cash: Money::MAX,
            realised: Money::MAX,
            unrealised: money("-1"),
            fees: money("0"),
            day: money("0"),
        }),
        12 => scratch.reports(id, contracts::Says::Working).event,
        _ => Event::Instrument(contracts::testing::instrument(symbol("BTC/USD"))),
    }
}

/// An event from an id, for the list above.
trait IntoEvent {
    fn into_event(self, spec: contracts::OrderSpec) -> Event;
}

impl IntoEvent for contracts::OrderId {
    fn into_event(self, spec: contracts::OrderSpec) -> Event {
        Event::Submit(contracts::Submit {
            id: self,
            spec,
            deadline: contracts::Ts::MAX,
            seal: contracts::Seal::NONE,
        })
    }
}
