//! A gateway whose chain was broken: it has forgotten what it did last, and the gate tells it its decisions once more.

use contracts::testing::{price, qty};
use contracts::{
    Envelope, Event, KillLevel, KillTrigger, OrderId, OrderState, RosterControl, RosterStep, Says,
    Source, Span, Trip, VenueReason,
};
use execution::{GatewayConfig, ProtectiveOnKill};
use kernel::Snapshot;

use crate::line::{Line, buy, close, config, execution, report, words};

impl Line {
    /// Begins again as it was then, and hears why. What it says.
    fn forgets_since(&mut self, then: &Snapshot, level: KillLevel) -> String {
        self.begin_from(then);
        self.now = self.now + Span::SECOND;
        let forget = Event::Roster(RosterControl { step: RosterStep::Forget });
        assert_eq!(words(&self.tell(Envelope::input(Source::Runtime, self.now, forget))), "");
        let trip = Event::Trip(Trip { level, trigger: KillTrigger::Audit });
        let mut said = self.tell(Envelope::input(Source::Runtime, self.now, trip));
        said.extend(self.pass(Span::ZERO));
        words(&said)
    }

    fn hears(&mut self, decision: &Envelope) -> String {
        words(&self.tell(*decision))
    }

    fn shows(
        &mut self,
        id: OrderId,
        (amount, at): (&str, &str),
        says: Says,
        filled: &str,
    ) -> String {
        let report = report(id, &buy(amount, at), says, filled, self.now);
        words(&self.venue(Event::Report(report)))
    }

    fn executes(&mut self, id: OrderId, amount: &str) -> String {
        words(&self.venue(Event::Executed(execution(id, 1, amount, self.now))))
    }

    fn state(&self, id: OrderId) -> (OrderState, VenueReason) {
        let update = self.last_update(id).unwrap();
        (update.state, update.reason)
    }
}

#[test]
fn order_that_a_forgotten_past_may_have_sent_is_asked_about_and_never_sent_again() {
    for level in [KillLevel::Entries, KillLevel::Cancel, KillLevel::Flatten] {
        let mut line = Line::that_restarts();
        let then = line.snapshot();
        let (id, approval) = line.approval(buy("1", "100"));
        assert_eq!(line.hears(&approval), "taken pending/1 >submit");
        line.shows(id, ("1", "100"), Says::Accepted, "0");
        assert_eq!(line.forgets_since(&then, level), "");
        // What a trip cancels is cancelled, also where nobody knows that it is there.
        let (at_once, cancel, standing) = match level {
            KillLevel::Entries => ("", "", "part"),
            _ => ("unknown/1 >cancel ", ">cancel ", "ending"),
        };
        assert_eq!(line.hears(&approval), format!("unknown/1 {at_once}>query"), "{level:?}");
        assert_eq!(line.hears(&approval), "", "a decision comes twice");
        assert_eq!(words(&line.pass(Span::from_secs(2))), format!("{cancel}>query"));
        // The answers: it has traded, and that is booked once.
        assert_eq!(line.executes(id, "0.4"), format!("fill {standing}/1"));
        assert_eq!(line.shows(id, ("1", "100"), Says::Cancelled, "0.4"), "CANCELLED/1");
        assert_eq!(line.last_update(id).unwrap().filled, qty("0.4"));
        assert_eq!(line.gateway().open_orders(), 0);
        assert_eq!(line.hears(&approval), "");
    }
}

#[test]
fn order_that_a_forgotten_past_never_sent_is_over_once_it_cannot_arrive_any_more() {
    let mut line = Line::that_restarts();
    let then = line.snapshot();
    let (id, approval) = line.approval(buy("1", "100"));
    let Event::Approved(approved) = approval.event else { panic!("{approval:?}") };
    line.forgets_since(&then, KillLevel::Entries);
    assert_eq!(line.hears(&approval), "unknown/1 >query");
    // Sent at the last moment, it may be under way until then.
    let GatewayConfig { deadline, grace, .. } = config();
    line.now = approved.valid_until + deadline + grace;
    assert_eq!(line.shows(id, ("1", "100"), Says::NotFound, "0"), "");
    line.now = line.now + Span::from_nanos(1);
    assert_eq!(line.shows(id, ("1", "100"), Says::NotFound, "0"), "REJECTED/1");
}

#[test]
fn change_that_a_forgotten_past_may_have_sent_is_settled_by_what_the_venue_shows() {
    for (shown, says, settled) in [
        (("3", "100"), "new/3 made", "CANCELLED/3"),
        (("2", "101"), "new/2 not made", "CANCELLED/2"),
        (("1", "100"), "new/1 not made", "CANCELLED/1"),
    ] {
        let mut line = Line::that_restarts();
        let (id, approval) = line.approval(buy("1", "100"));
        line.hears(&approval);
        line.shows(id, ("1", "100"), Says::Accepted, "0");
        let then = line.snapshot();
        let changes = [line.change(id, "2", "101"), line.change(id, "3", "100")];
        for change in &changes {
            line.hears(change);
        }
        assert_eq!(line.forgets_since(&then, KillLevel::Entries), ">query");
        assert_eq!(line.hears(&changes[0]), ">query");
        assert_eq!(line.hears(&changes[1]), "new/1 not made >query");
        assert_eq!(line.hears(&changes[1]), "", "a decision comes twice");
        line.pass(Span::from_secs(60));
        assert_eq!(line.shows(id, shown, Says::Working, "0"), says, "{shown:?}");
        let update = line.last_update(id).unwrap();
        assert_eq!((update.qty, update.limit), (qty(shown.0), Some(price(shown.1))));
        assert_eq!(line.shows(id, shown, Says::Cancelled, "0"), settled);
    }
}

#[test]
fn order_from_before_the_break_is_for_what_the_venue_shows_of_it() {
    let mut line = Line::that_restarts();
    let (id, approval) = line.approval(buy("1", "100"));
    line.hears(&approval);
    line.shows(id, ("1", "100"), Says::Accepted, "0");
    let then = line.snapshot();
    assert_eq!(line.forgets_since(&then, KillLevel::Entries), ">query");
    assert_eq!(line.shows(id, ("2", "101"), Says::Working, "0"), "new/2");
    // Only the first word is about what was forgotten.
    assert_eq!(line.shows(id, ("5", "105"), Says::Working, "0"), "");
    assert_eq!(line.shows(id, ("2", "101"), Says::Cancelled, "0"), "CANCELLED/2");
}

#[test]
fn more_than_an_order_was_for_before_the_break_is_too_much_only_if_the_venue_shows_no_change() {
    let alarm = "!ReconcileMismatch !trip Cancel ending/1 >cancel >cancel all";
    for (shown, said) in [(("2", "100"), "part/2".to_owned()), (("1", "100"), alarm.to_owned())] {
        let mut line = Line::that_restarts();
        let (id, approval) = line.approval(buy("1", "100"));
        line.hears(&approval);
        line.shows(id, ("1", "100"), Says::Accepted, "0");
        let then = line.snapshot();
        line.forgets_since(&then, KillLevel::Entries);
        // A change to more is forgotten, or the venue has taken too much: nobody here can tell yet.
        assert_eq!(line.executes(id, "1.5"), "fill part/1");
        assert_eq!(line.shows(id, shown, Says::Working, "1.5"), said, "{shown:?}");
    }
}

#[test]
fn what_is_decided_after_the_start_is_acted_on() {
    let mut line = Line::that_restarts();
    let bought = line.send(buy("1", "100"));
    line.executes(bought, "1");
    line.shows(bought, ("1", "100"), Says::Filled, "1");
    let then = line.snapshot();
    assert!(!line.gateway().local_view().recalls);
    line.forgets_since(&then, KillLevel::Cancel);
    // What does not fit proves nothing until the first decision is heard that is not of the past.
    assert!(line.gateway().local_view().recalls);
    line.now = line.now + config().grace + Span::from_nanos(1);
    let (entry, approval) = line.approval(buy("1", "99"));
    assert_eq!(line.hears(&approval), "REJECTED/1");
    assert_eq!(line.state(entry), (OrderState::Rejected, VenueReason::Halted));
    assert!(!line.gateway().local_view().recalls);
    let (_, approval) = line.approval(close("1"));
    assert_eq!(line.hears(&approval), "taken pending/1 >submit");
}

#[test]
fn more_forgotten_orders_than_can_be_followed_are_said_and_trip_the_switch() {
    let mut line = Line::with(GatewayConfig { orders_max: 1, ..config() });
    let then = line.snapshot();
    let approvals = [line.approval(buy("1", "100")).1, line.approval(buy("1", "99")).1];
    line.forgets_since(&then, KillLevel::Entries);
    assert_eq!(line.hears(&approvals[0]), "unknown/1 >query");
    assert_eq!(
        line.hears(&approvals[1]),
        "!BoundReached !trip Cancel unknown/1 >cancel >cancel all"
    );
}

#[test]
fn guards_that_are_meant_to_stay_are_not_cancelled_for_having_been_forgotten() {
    let keeps = GatewayConfig { protective_on_kill: ProtectiveOnKill::Keep, ..config() };
    for (level, said) in [
        (KillLevel::Cancel, "unknown/1 >query"),
        (KillLevel::Flatten, "unknown/1 unknown/1 >cancel >query"),
    ] {
        let mut line = Line::with(keeps.clone());
        let bought = line.send(buy("1", "100"));
        line.executes(bought, "1");
        line.shows(bought, ("1", "100"), Says::Filled, "1");
        let then = line.snapshot();
        let guard = line.guard(close("1"));
        line.forgets_since(&then, level);
        assert_eq!(line.hears(&guard), said, "{level:?}");
    }
}
