//! What the gateway sends, what it refuses to send, and what it does when nothing is heard.

use contracts::testing::{money, qty, symbol};
use contracts::{
    Approval, Bps, ClearKill, Envelope, Event, KillLevel, KillPoll, KillReading, KillTrigger,
    OrderId, Protect, ProtectApproval, RosterControl, RosterStep, Says, Side, Span, Trip, Ts,
    VenueReason,
};
use execution::{GatewayConfig, ProtectiveOnKill};
use risk::LatchRules;

use crate::line::{Line, buy, close, config, execution, place, report, words};
use crate::rig::BTC;

const SENT: &str = "taken pending/1 >submit";

impl Line {
    fn says(&mut self, id: OrderId, says: Says, filled: &str) -> String {
        let report = report(id, &buy("1", "100"), says, filled, self.now);
        words(&self.venue(Event::Report(report)))
    }

    /// An order that the venue has accepted.
    fn live(&mut self) -> OrderId {
        let id = self.send(buy("1", "100"));
        self.says(id, Says::Accepted, "0");
        id
    }

    /// What became of an approval: what was said, and why.
    fn judged(&mut self, approval: Envelope) -> (String, VenueReason) {
        let said = self.tell(approval);
        let reason = said.iter().find_map(|event| match event {
            Event::Order(update) => Some(update.reason),
            _ => None,
        });
        (words(&said), reason.unwrap())
    }

    /// What comes of silence: after how many seconds, and what.
    fn silence(&mut self, times: usize) -> Vec<(i64, String)> {
        let mut heard = Vec::new();
        for _ in 0..times {
            let Some(at) = self.next_wake() else { break };
            let pause = at.since(self.now);
            heard.push((pause.nanos() / 1_000_000_000, words(&self.pass(pause))));
        }
        heard
    }
}

fn trip(level: KillLevel) -> Event {
    Event::Trip(Trip { level, trigger: KillTrigger::Command })
}

// ── approvals ────────────────────────────────────────────────────────────────────────────────────

#[test]
fn approval_is_good_until_its_moment_and_not_longer() {
    for (late, expected) in [
        (Span::ZERO, (SENT.to_owned(), VenueReason::None)),
        (Span::from_nanos(1), ("REJECTED/1".to_owned(), VenueReason::ApprovalExpired)),
    ] {
        let mut line = Line::new();
        let (_, approval) = line.approval(buy("1", "100"));
        let Event::Approved(Approval { valid_until, .. }) = approval.event else { panic!() };
        line.now = valid_until + late;
        assert_eq!(line.judged(approval), expected);
        // What was never sent is over; the same approval does not revive it.
        assert_eq!(line.tell(approval), []);
    }
}

#[test]
fn approval_is_used_once_and_in_order() {
    let mut line = Line::new();
    let (_, first) = line.approval(buy("1", "100"));
    let (_, second) = line.approval(buy("1", "100"));
    assert_eq!(words(&line.tell(second)), SENT);
    assert_eq!(line.tell(second), []);
    assert_eq!(line.tell(first), []);
    line.restart();
    assert_eq!(line.tell(second), []);
    assert_eq!(line.gateway().open_orders(), 1);
}

#[test]
fn change_of_an_approval_is_alarming_and_not_acted_on() {
    let mut line = Line::new();
    let (_, approval) = line.approval(buy("1", "100"));
    let Event::Approved(body) = approval.event else { panic!() };
    let mut forged = |event, corr| words(&line.tell(Envelope { event, corr, ..approval }));
    let larger = Event::Approved(Approval { spec: buy("2", "100"), ..body });
    let longer = Event::Approved(Approval { valid_until: Ts::MAX, ..body });
    let as_change = Event::AmendApproved(body);
    for event in [larger, longer, as_change] {
        assert_eq!(forged(event, approval.corr), "!ForgedSeal");
    }
    assert_eq!(forged(approval.event, None), "!ForgedSeal");
    assert_eq!(forged(approval.event, approval.corr), SENT);
}

#[test]
fn guard_that_the_gate_did_not_grant_is_told() {
    let mut line = Line::new();
    let entry = line.send(buy("1", "100"));
    let [stop, target, trail] = [200, 0, 0].map(Bps::new);
    let (symbol, exit_side) = (symbol(BTC), Side::Sell);
    let guard = Protect { entry, symbol, exit_side, stop, target, trail };
    let granted = line.decision(|_| Event::Protect(guard));
    assert_eq!(line.tell(granted), [], "it is for the protector");
    let Event::ProtectApproved(body) = granted.event else { panic!() };
    let removal = Protect { stop: target, ..guard };
    let event = Event::ProtectApproved(ProtectApproval { protect: removal, ..body });
    assert_eq!(words(&line.tell(Envelope { event, ..granted })), "!ForgedSeal");
}

#[test]
fn id_that_is_approved_twice_trips_the_kill_switch() {
    for over in [false, true] {
        let mut line = Line::new();
        let id = line.send(buy("1", "100"));
        if over {
            line.says(id, Says::Rejected, "0");
        }
        // Another gate with the same key does not know what the first has approved.
        let mut other = Line::new();
        other.decision_for("b", 1, |id| place(id, buy("1", "100")));
        let again = other.decision_for("a", 1, |id| place(id, buy("2", "100")));
        let said = words(&line.tell(again));
        let cancels = if over { "" } else { " ending/1 >cancel >cancel all" };
        assert_eq!(said, format!("!ConflictingId !trip Cancel{cancels}"));
    }
}

#[test]
fn order_that_is_too_large_is_not_sent_whatever_the_gate_says() {
    let limited = || GatewayConfig { order_notional_max: money("100"), ..config() };
    let mut line = Line::with(limited());
    let (_, at_the_limit) = line.approval(buy("1", "100"));
    let (_, beyond) = line.approval(buy("1", "100.1"));
    assert_eq!(words(&line.tell(at_the_limit)), SENT);
    assert_eq!(line.judged(beyond), ("REJECTED/1".to_owned(), VenueReason::Denied));
    // A change is measured in the same way.
    let id = line.live();
    let change = line.change(id, "1", "100.1");
    assert_eq!(line.judged(change), ("new/1 not made".to_owned(), VenueReason::Denied));
}

// ── the kill switch ──────────────────────────────────────────────────────────────────────────────

#[test]
fn tripped_gateway_sends_only_what_reduces() {
    let mut line = Line::new();
    let held = line.send(buy("1", "100"));
    line.venue(Event::Executed(execution(held, 1, "1", line.now)));
    line.says(held, Says::Filled, "1");
    // Far enough below the market that the exit cannot meet them.
    let live = line.send(buy("1", "96"));
    line.says(live, Says::Accepted, "0");
    let change = line.change(live, "0.5", "96");
    let (_, entry) = line.approval(buy("1", "96"));
    let (_, exit) = line.approval(close("1"));
    assert_eq!(words(&line.control(trip(KillLevel::Entries))), "");
    assert_eq!(line.judged(change), ("new/1 not made".to_owned(), VenueReason::Halted));
    assert_eq!(line.judged(entry), ("REJECTED/1".to_owned(), VenueReason::Halted));
    assert_eq!(words(&line.tell(exit)), SENT);
    line.control(Event::ClearKill(ClearKill::by(1)));
    let (_, entry) = line.approval(buy("1", "96"));
    assert_eq!(words(&line.tell(entry)), SENT);
}

#[test]
fn trip_at_cancel_cancels_each_order_and_all_at_once() {
    for on_kill in [ProtectiveOnKill::Cancel, ProtectiveOnKill::Keep] {
        let mut line = Line::with(GatewayConfig { protective_on_kill: on_kill, ..config() });
        assert_eq!(words(&line.control(trip(KillLevel::Cancel))), "", "nothing is open");
        line.control(Event::ClearKill(ClearKill::by(1)));
        line.live();
        line.live();
        assert_eq!(words(&line.control(trip(KillLevel::Entries))), "");
        let said = words(&line.control(trip(KillLevel::Cancel)));
        assert_eq!(said, "ending/1 >cancel ending/1 >cancel >cancel all");
        assert_eq!(line.control(trip(KillLevel::Cancel)), [], "it is tripped already");
        let said = words(&line.control(trip(KillLevel::Flatten)));
        assert_eq!(said, "ending/1 >cancel ending/1 >cancel >cancel all");
        let numbers: Vec<u32> = line
            .said
            .iter()
            .filter_map(|envelope| match envelope.event {
                Event::CancelAll(all) => Some(all.number),
                _ => None,
            })
            .collect();
        assert_eq!(numbers, [1, 2], "one call is told from the next");
    }
}

#[test]
fn kill_source_that_cannot_be_read_stops_new_risk_and_one_that_says_stop_trips() {
    let kill = LatchRules::of(&[KillTrigger::File]);
    let mut line = Line::with(GatewayConfig { kill, ..config() });
    let poll = |reading| Event::KillPoll(KillPoll { trigger: KillTrigger::File, reading });
    let sent = |line: &mut Line| {
        let (_, approval) = line.approval(buy("1", "100"));
        line.judged(approval).1 == VenueReason::None
    };
    assert!(!sent(&mut line), "it was never read");
    line.control(poll(KillReading::Clear));
    assert!(sent(&mut line));
    line.control(poll(KillReading::Unreadable));
    assert!(!sent(&mut line));
    assert_eq!(words(&line.control(poll(KillReading::Tripped))), "ending/1 >cancel >cancel all");
}

#[test]
fn gateway_sends_where_neither_the_file_nor_the_key_says_stop_and_nowhere_else() {
    use KillReading::{Clear, Tripped, Unreadable};
    for (file, key, sends) in [
        (Tripped, Clear, false),
        (Clear, Tripped, false),
        (Tripped, Tripped, false),
        (Clear, Unreadable, false),
        (Clear, Clear, true),
    ] {
        let kill = LatchRules::of(&[KillTrigger::File, KillTrigger::Key]);
        let mut line = Line::with(GatewayConfig { kill, ..config() });
        let (_, approval) = line.approval(buy("1", "100"));
        for (trigger, reading) in [(KillTrigger::File, file), (KillTrigger::Key, key)] {
            line.control(Event::KillPoll(KillPoll { trigger, reading }));
        }
        let reason = if sends { VenueReason::None } else { VenueReason::Halted };
        assert_eq!(line.judged(approval).1, reason, "{file:?} {key:?}");
    }
}

#[test]
fn start_with_other_sources_of_the_kill_switch_holds_once_it_is_said() {
    let mut line = Line::new();
    let sent = |line: &mut Line| {
        let (_, approval) = line.approval(buy("1", "100"));
        line.judged(approval).1 == VenueReason::None
    };
    line.restart_with(GatewayConfig { kill: LatchRules::of(&[KillTrigger::File]), ..config() });
    assert!(sent(&mut line), "loading a state changes nothing");
    line.control(Event::Roster(RosterControl { step: RosterStep::Adopt }));
    assert!(!sent(&mut line), "the file was never read");
}

// ── changes and cancels ──────────────────────────────────────────────────────────────────────────

#[test]
fn latest_wish_for_a_change_waits_for_the_one_under_way() {
    let mut line = Line::new();
    let id = line.live();
    let [first, second, third] =
        [("2", "99"), ("3", "98"), ("4", "97")].map(|(amount, at)| line.change(id, amount, at));
    assert_eq!(words(&line.tell(first)), ">change");
    assert_eq!(words(&line.tell(second)), "");
    // The wish that is replaced is settled, so that the gate lets go of it.
    assert_eq!(words(&line.tell(third)), "new/1 not made");
    let answer = |line: &mut Line, says, number, amount, at| {
        let mut report = report(id, &buy(amount, at), says, "0", line.now);
        report.answers = Some(number);
        words(&line.venue(Event::Report(report)))
    };
    assert_eq!(answer(&mut line, Says::Amended, 2, "2", "99"), "new/2 made >change");
    assert_eq!(answer(&mut line, Says::Amended, 2, "2", "99"), "");
    assert_eq!(answer(&mut line, Says::AmendRejected, 4, "2", "99"), "new/2 not made");
    let numbers: Vec<u32> = line
        .said
        .iter()
        .filter_map(|envelope| match envelope.event {
            Event::AmendOrder(amend) => Some(amend.number),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [2, 4]);
}

#[test]
fn wish_that_has_waited_is_sent_only_if_it_still_may_be() {
    let after = |happens: fn(&mut Line, OrderId)| {
        let mut line = Line::new();
        let id = line.live();
        let [first, second] =
            [("2", "99"), ("3", "98")].map(|(amount, at)| line.change(id, amount, at));
        line.tell(first);
        line.tell(second);
        happens(&mut line, id);
        let mut report = report(id, &buy("2", "99"), Says::Amended, "0", line.now);
        report.answers = Some(2);
        words(&line.venue(Event::Report(report)))
    };
    assert_eq!(after(|line, _| line.now = line.now + Span::from_secs(5)), "new/2 made >change");
    let late = |line: &mut Line, _| line.now = line.now + Span::from_nanos(5_000_000_001);
    assert_eq!(after(late), "new/2 made new/2 not made");
    let trip = |line: &mut Line, _| drop(line.control(trip(KillLevel::Entries)));
    assert_eq!(after(trip), "new/2 made new/2 not made");
    let cancel = |line: &mut Line, id| {
        let cancel = line.cancel(id);
        line.tell(cancel);
    };
    assert_eq!(after(cancel), "ending/2 made ending/2 not made");
}

#[test]
fn wish_for_a_change_goes_with_its_order() {
    let mut line = Line::new();
    let id = line.live();
    let changes = [line.change(id, "2", "99"), line.change(id, "3", "98")];
    for change in changes {
        line.tell(change);
    }
    assert_eq!(line.says(id, Says::Cancelled, "0"), "CANCELLED/1*");
    assert_eq!((line.next_wake(), line.gateway().open_orders()), (None, 0));
}

#[test]
fn quantity_may_exceed_the_order_by_a_change_under_way_and_no_more() {
    let mut line = Line::new();
    let id = line.live();
    let change = line.change(id, "2", "100");
    line.tell(change);
    let mut trade = |number, amount| {
        words(&line.venue(Event::Executed(execution(id, number, amount, line.now))))
    };
    assert_eq!(trade(1, "1"), "fill part/1");
    assert_eq!(trade(2, "1"), "fill part/1");
    let tripped = "!trip Cancel part/1 ending/1 >cancel >cancel all";
    assert_eq!(trade(3, "0.01"), format!("fill !Overfill {tripped}"));
}

#[test]
fn cancel_is_sent_once_and_again_only_after_silence() {
    let mut line = Line::new();
    let id = line.live();
    let [first, second] = [line.cancel(id), line.cancel(id)];
    assert_eq!(words(&line.tell(first)), "ending/1 >cancel");
    assert_eq!(words(&line.tell(second)), "");
    let again = ">cancel >query".to_owned();
    assert_eq!(line.silence(2), [(2, again.clone()), (2, again)]);
    assert_eq!(line.says(id, Says::Cancelled, "0"), "CANCELLED/1");
    let late = line.cancel(id);
    assert_eq!(line.tell(late), []);
}

// ── silence ──────────────────────────────────────────────────────────────────────────────────────

#[test]
fn silence_makes_an_order_unknown_and_is_met_with_questions_ever_further_apart() {
    let mut line = Line::new();
    let id = line.send(buy("1", "100"));
    let heard = line.silence(8);
    assert_eq!(heard[0], (2, "unknown/1 >query".to_owned()));
    let pauses: Vec<i64> = heard.iter().map(|(pause, _)| *pause).collect();
    assert_eq!(pauses, [2, 2, 4, 8, 16, 30, 30, 30]);
    assert!(heard[1..].iter().all(|(_, said)| said == ">query"));
    // A sign of life, and all begins anew.
    line.says(id, Says::Working, "0");
    assert_eq!(line.silence(3), [10, 10, 10].map(|pause| (pause, ">query".to_owned())));
}

#[test]
fn every_order_has_a_timer_of_its_own() {
    let dead_man = Some(Span::from_secs(60));
    let mut line = Line::with(GatewayConfig { dead_man, ..config() });
    let orders: Vec<OrderId> = (0..40).map(|_| line.send(buy("1", "100"))).collect();
    line.restart();
    let said = line.pass(Span::from_secs(2));
    let asked: Vec<OrderId> = said
        .iter()
        .filter_map(|event| match event {
            Event::QueryOrder(query) => Some(query.id),
            _ => None,
        })
        .collect();
    assert_eq!(asked, orders);
    assert_eq!(said.len(), 80, "each is unknown and asked about, and the switch is left alone");
}

#[test]
fn answer_that_proves_nothing_calms_nobody() {
    let mut line = Line::new();
    let id = line.send(buy("1", "100"));
    // The order may still be on its way.
    assert_eq!(line.says(id, Says::NotFound, "0"), "");
    assert_eq!(line.silence(1), [(2, "unknown/1 >query".to_owned())]);
}

#[test]
fn missing_execution_is_asked_for_soon() {
    let mut line = Line::new();
    let id = line.live();
    assert_eq!(line.says(id, Says::Working, "0.5"), "");
    let heard = line.silence(3);
    assert_eq!(heard, [1, 2, 4].map(|pause| (pause, ">query".to_owned())));
    line.venue(Event::Executed(execution(id, 1, "0.5", line.now)));
    assert_eq!(line.silence(1)[0].0, 10);
}

#[test]
fn change_without_an_answer_is_asked_about() {
    let mut line = Line::new();
    let id = line.live();
    let change = line.change(id, "2", "99");
    line.tell(change);
    assert_eq!(line.silence(2), [2, 2].map(|pause| (pause, ">query".to_owned())));
}

// ── the dead man's switch ────────────────────────────────────────────────────────────────────────

#[test]
fn dead_mans_switch_is_renewed_while_orders_are_open_and_let_go_after() {
    let dead_man = Some(Span::from_secs(3));
    let mut line = Line::with(GatewayConfig { dead_man, ..config() });
    let (first, approval) = line.approval(buy("1", "100"));
    assert_eq!(words(&line.tell(approval)), format!("{SENT} >arm"));
    line.says(first, Says::Accepted, "0");
    let second = line.send(buy("1", "100"));
    line.says(second, Says::Accepted, "0");
    assert_eq!(line.silence(3), [1, 1, 1].map(|pause| (pause, ">arm".to_owned())));
    line.says(first, Says::Cancelled, "0");
    assert_eq!(line.silence(1), [(1, ">arm".to_owned())]);
    line.says(second, Says::Cancelled, "0");
    assert_eq!(line.silence(2), [(1, ">disarm".to_owned())]);
    let numbers: Vec<u32> = line
        .said
        .iter()
        .filter_map(|envelope| match envelope.event {
            Event::ArmDeadMan(arm) => Some(arm.number),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    // The next order arms it again.
    let (_, approval) = line.approval(buy("1", "100"));
    assert_eq!(words(&line.tell(approval)), format!("{SENT} >arm"));
}

// ── bounds ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn executions_beyond_what_can_be_told_apart_are_said_and_not_booked() {
    let mut line = Line::new();
    let id = line.send(buy("100", "100"));
    let mut said = String::new();
    for number in 1..=10_001 {
        said = words(&line.venue(Event::Executed(execution(id, number, "0.01", line.now))));
        assert_eq!(said == "fill part/100", number <= 10_000, "{number}");
    }
    assert_eq!(said, "!BoundReached !trip Cancel ending/100 >cancel >cancel all");
    assert_eq!(line.gateway().local_view().orders[0].filled, qty("100"));
}

#[test]
fn orders_that_are_over_are_remembered_up_to_the_bound_and_strangers_named_once() {
    let mut line = Line::with(GatewayConfig { finished_kept: 2, ..config() });
    let orders = [0; 3].map(|_| {
        let id = line.live();
        line.says(id, Says::Cancelled, "0");
        id
    });
    line.restart();
    let late = |line: &mut Line| orders.map(|id| line.says(id, Says::Cancelled, "0"));
    assert_eq!(late(&mut line), ["!ForeignOrder", "", ""]);
    assert_eq!(late(&mut line), ["", "", ""]);
    let view = line.gateway().local_view();
    let mut kept: Vec<OrderId> = view.finished.iter().map(|order| order.id).collect();
    let mut expected = orders[1..].to_vec();
    expected.sort();
    assert_eq!(kept, expected);
    kept.dedup();
    assert_eq!(kept.len(), 2);
    let stranger = |number: u128| OrderId::from_bits(number).unwrap();
    assert_eq!(line.says(stranger(1), Says::NotFound, "0"), "!ForeignOrder");
    for number in 2..=1_024 {
        line.says(stranger(number), Says::Working, "0");
    }
    assert_eq!(line.says(stranger(1), Says::Working, "0"), "", "the first is still remembered");
}
