//! What the gateway does with words that come after the end, and with orders beyond its bounds.

use contracts::testing::qty;
use contracts::{
    Corr, Envelope, Event, Fill, OrderId, OrderState, Price, Says, Side, VenueReason, VenueRef,
};
use execution::{GatewayConfig, VenueCommand};

use crate::line::{Line, buy, close, config, execution, report, words};
use crate::rig::VENUE_KEY;

const TRIP: &str = "!trip Cancel";

impl Line {
    fn tells(&mut self, id: OrderId, says: Says, filled: &str) -> String {
        let report = report(id, &buy("1", "100"), says, filled, self.now);
        words(&self.venue(Event::Report(report)))
    }

    fn trades(&mut self, id: OrderId, number: u64, amount: &str) -> String {
        words(&self.venue(Event::Executed(execution(id, number, amount, self.now))))
    }

    /// An order of which so much has traded, in one execution, before it was cancelled.
    fn cancelled(&mut self, number: u64, amount: &str) -> OrderId {
        let id = self.send(buy("1", "100"));
        self.trades(id, number, amount);
        self.tells(id, Says::Cancelled, amount);
        assert_eq!(self.gateway().open_orders(), 0);
        id
    }

    /// Whose the fills are that were told.
    fn owners(&self) -> Vec<(VenueRef, Option<Corr>)> {
        let fill = |envelope: &Envelope| match envelope.event {
            Event::Fill(fill) => Some((fill.exec, envelope.corr)),
            _ => None,
        };
        self.said.iter().filter_map(fill).collect()
    }
}

// ── executions ───────────────────────────────────────────────────────────────────────────────────

#[test]
fn execution_after_the_end_is_booked_once_for_its_strategy_and_trips() {
    let mut line = Line::new();
    let id = line.cancelled(1, "0.4");
    let said = line.trades(id, 2, "0.3");
    assert_eq!(said, format!("fill !ReconcileMismatch {TRIP} CANCELLED/1"));
    let (first, late) = (line.owners()[0], line.owners()[1]);
    assert_eq!((late.0, late.1), (VenueRef::numbered(b'T', 2), first.1));
    assert!(late.1.is_some());
    let update = line.last_update(id).unwrap();
    assert_eq!((update.state, update.filled), (OrderState::Cancelled, qty("0.7")));
    line.restart();
    assert_eq!(line.trades(id, 2, "0.3"), "");
    assert_eq!(line.trades(id, 1, "0.4"), "");
    assert_eq!(line.owners().len(), 2);
    // Beyond what the order was for is worse.
    assert_eq!(line.trades(id, 3, "0.31"), format!("fill !Overfill {TRIP} CANCELLED/1"));
}

#[test]
fn execution_that_cannot_be_of_its_order_is_told_once_and_not_booked() {
    for over in [false, true] {
        let mut line = Line::new();
        let id = if over { line.cancelled(1, "0.4") } else { line.send(buy("1", "100")) };
        let fill = execution(id, 2, "0.1", line.now);
        let beyond = Price::from_pico(i128::MAX as u128).unwrap();
        let bent = [
            Fill { side: Side::Sell, ..fill },
            Fill { symbol: contracts::testing::symbol("ETH/USD"), ..fill },
            Fill { qty: qty("0"), ..fill },
            Fill { qty: qty("1000000"), price: beyond, ..fill },
        ];
        let told = line.owners().len();
        for (number, bent) in (10..).zip(bent) {
            let event = Event::Executed(Fill { exec: VenueRef::numbered(b'T', number), ..bent });
            let said = words(&line.venue(event));
            assert!(said.starts_with(&format!("!ReconcileMismatch {TRIP}")), "{said}");
            line.restart();
            assert_eq!(line.venue(event), []);
        }
        assert_eq!(line.owners().len(), told);
    }
}

#[test]
fn execution_of_an_order_that_nobody_remembers_trips_each_once() {
    let mut line = Line::with(GatewayConfig { finished_kept: 1, ..config() });
    let forgotten = line.cancelled(1, "0.4");
    let remembered = line.cancelled(2, "0.4");
    assert_eq!(line.trades(remembered, 2, "0.4"), "");
    // What was booked once cannot be told from what was not: that is the price of a bound.
    let alarm = format!("!ForeignOrder {TRIP}");
    assert_eq!(line.trades(forgotten, 1, "0.4"), alarm);
    assert_eq!(line.trades(forgotten, 1, "0.4"), "");
    for number in 3..=1_025 {
        assert_eq!(line.trades(forgotten, number, "0.01"), alarm);
    }
    assert_eq!(line.trades(forgotten, 1, "0.4"), "", "1,024 are told apart");
    assert_eq!(line.trades(forgotten, 1_026, "0.01"), alarm);
    assert_eq!(line.trades(forgotten, 1, "0.4"), alarm, "and no more");
    assert_eq!(line.owners().len(), 2);
}

// ── reports ──────────────────────────────────────────────────────────────────────────────────────

#[test]
fn another_end_with_another_total_is_told_and_trips_once() {
    let mut line = Line::new();
    let id = line.cancelled(1, "0.4");
    assert_eq!(line.tells(id, Says::Cancelled, "0.4"), "");
    assert_eq!(line.tells(id, Says::Expired, "0.4"), "", "the same total under another name");
    let alarm = format!("!ReconcileMismatch {TRIP}");
    assert_eq!(line.tells(id, Says::Filled, "1"), alarm);
    line.restart();
    assert_eq!(line.tells(id, Says::Filled, "1"), "");
    assert_eq!(line.tells(id, Says::Cancelled, "0.4"), "");
    assert_eq!(line.tells(id, Says::Filled, "0.9"), alarm);
    // What was alarmed about when it traded need not be again when it is told.
    line.trades(id, 2, "0.3");
    assert_eq!(line.tells(id, Says::Cancelled, "0.7"), "");
}

#[test]
fn order_that_lives_on_after_its_end_is_cancelled() {
    let mut line = Line::new();
    let id = line.send(buy("1", "100"));
    line.tells(id, Says::Rejected, "0");
    let said = line.tells(id, Says::Working, "0");
    assert_eq!(said, format!("!ReconcileMismatch {TRIP} >cancel"));
    let cancels = |envelope: &&Envelope| matches!(envelope.event, Event::CancelOrder(_));
    let cancel = line.said.iter().find(cancels).unwrap();
    let Event::CancelOrder(body) = cancel.event else { panic!() };
    assert_eq!(body.id, id);
    assert!(VenueCommand::open(cancel, &VENUE_KEY).is_ok());
    assert_eq!(line.tells(id, Says::Working, "0"), "");
    // A sign of life from before the end is only late.
    let mut line = Line::new();
    let id = line.cancelled(1, "0.4");
    assert_eq!(line.tells(id, Says::Accepted, "0"), "");
}

#[test]
fn refusal_of_a_twin_does_not_end_the_order_that_came_first() {
    let mut line = Line::new();
    let id = line.send(buy("1", "100"));
    let mut twin = report(id, &buy("1", "100"), Says::Rejected, "0", line.now);
    twin.reason = VenueReason::DuplicateId;
    line.venue(Event::Report(twin));
    assert_eq!(line.gateway().open_orders(), 1);
    assert_eq!(line.tells(id, Says::Accepted, "0"), "new/1");
}

// ── bounds ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn order_beyond_the_bound_is_refused_and_said_and_what_reduces_finds_room() {
    let mut line = Line::with(GatewayConfig { orders_max: 2, ..config() });
    let held = line.send(buy("1", "100"));
    line.trades(held, 1, "1");
    line.tells(held, Says::Filled, "1");
    // Far enough below the market that what reduces cannot meet them.
    let mut asks = |spec| {
        let (id, approval) = line.approval(spec);
        let said = words(&line.tell(approval));
        let reason = line.last_update(id).unwrap().reason;
        (id, said, reason)
    };
    let low = || buy("1", "90");
    let (sent, refused) = ("taken pending/1 >submit", "!BoundReached REJECTED/1");
    let (first, said, _) = asks(low());
    assert_eq!(said, sent);
    assert_eq!(asks(low()).1, sent);
    let (_, said, reason) = asks(low());
    assert_eq!((said.as_str(), reason), (refused, VenueReason::Denied));
    let small = |said: &str| said.replace("/1", "/0.1");
    assert_eq!([asks(close("0.1")).1, asks(close("0.1")).1], [small(sent), small(sent)]);
    assert_eq!(asks(close("0.1")).1, small(refused));
    assert_eq!(line.gateway().open_orders(), 4);
    // Where one ends there is room for another, of its kind.
    line.tells(first, Says::Cancelled, "0");
    let (_, approval) = line.approval(low());
    assert_eq!(words(&line.tell(approval)), refused);
    let (_, approval) = line.approval(close("0.1"));
    assert_eq!(words(&line.tell(approval)), small(sent));
}
