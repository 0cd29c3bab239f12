//! A past that is forgotten: the chain of this process was broken, and what it did after the break others know, but
//! it does not.
//!
//! Grants of that time are heard once more. Whether they were acted on nobody here can tell, so nobody acts on them
//! now: an order counts as sent, a change as under way, and the venue is asked what became of them.

use contracts::{AlertCode, Envelope, Event, KillLevel, OrderId, Span, Ts, VenueReason};
use kernel::Outbox;
use risk::{Approved, Verdict};

use super::Gateway;
use super::reports::doubt;
use crate::order::{Order, PendingAmend, Settled};

impl Gateway {
    /// What happened between the break and now is forgotten. Orders from before it may have changed: the venue is asked
    /// as soon as anything can be sent.
    pub(super) fn forget(&mut self, now: Ts, out: &mut Outbox<'_>) {
        self.state.forgotten_until = Some(now);
        for order in self.state.open.iter_mut() {
            order.recalled = true;
            out.wake_at(order.timer, now);
        }
    }

    /// Whether decisions of a past that is forgotten may still be told.
    pub(super) fn recalls(&self) -> bool {
        self.state.forgotten_until.is_some()
    }

    /// Decisions come in the order in which they were made: behind the first that is later, none is of that past. The
    /// clock of another process may be ahead.
    pub(super) fn heard_of_the_present(&mut self, decision: &Envelope) {
        let is_of_another = decision.rx != decision.ts;
        let margin = if is_of_another { self.config.grace } else { Span::ZERO };
        self.state.forgotten_until.take_if(|until| decision.ts > *until + margin);
    }

    /// An order that may have been sent.
    pub(super) fn recall(
        &mut self,
        now: Ts,
        granted: Ts,
        approved: &Approved,
        out: &mut Outbox<'_>,
    ) {
        let (id, corr) = (approved.id(), approved.corr());
        if !self.is_new(approved) || self.is_known(id) {
            return;
        }
        if !self.has_room(&approved.spec()) {
            return doubt(out, AlertCode::BoundReached, id);
        }
        let timer = self.new_timer();
        let deadline = approved.valid_until() + self.config.deadline;
        let order = Order::recalled(approved, granted, deadline, timer);
        out.emit(Event::Order(order.update(None)));
        self.state.open.add(order);
        if let Verdict::Tripped(level) = self.state.latch.verdict(now)
            && level >= KillLevel::Cancel
            && !self.stays(level, corr)
        {
            self.want_cancel(now, id, out);
        }
        self.send_query(id, out);
        out.wake_at(timer, now + self.config.answer_timeout);
        self.arm_dead_man(now, out);
    }

    /// A change that may have been sent. One that was under way before it is settled: what the venue shows counts.
    pub(super) fn recall_amend(&mut self, approved: &Approved, out: &mut Outbox<'_>) {
        if !self.is_new(approved) {
            return;
        }
        let (id, number, spec) = (approved.id(), approved.number(), approved.spec());
        let deadline = approved.valid_until() + self.config.deadline;
        let Some(order) = self.state.open.get_mut(id) else { return };
        if let Some(before) = order.amend.replace(PendingAmend { number, spec, deadline }) {
            let settled = Settled { number: before.number, refused: VenueReason::TooLate };
            let (corr, update) = (order.corr, order.update(Some(settled)));
            out.emit_for(corr, Event::Order(update));
        }
        self.recall_changes(id, out);
    }

    fn recall_changes(&mut self, id: OrderId, out: &mut Outbox<'_>) {
        if let Some(order) = self.state.open.get_mut(id) {
            order.recalled = true;
            self.send_query(id, out);
        }
    }
}
