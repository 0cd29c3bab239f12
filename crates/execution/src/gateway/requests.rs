//! Requests to the venue: each is said once here, sealed, and nowhere else.

use contracts::{
    AmendOrder, ArmDeadMan, CancelAll, CancelOrder, Event, OrderId, QueryOrder, Seal, Span, Submit,
    Ts, seal_request,
};
use kernel::Outbox;

use super::{DEAD_MAN, Gateway};
use crate::order::{GrantedChange, Order, PendingAmend};

impl Gateway {
    pub(super) fn sealed(&self, request: Event) -> Event {
        let seal = seal_request(&request, &self.config.venue_key);
        request.with_seal(seal.unwrap_or(Seal::NONE))
    }

    /// Said when the order is made, and never again.
    pub(super) fn submit(&self, order: &Order, out: &mut Outbox<'_>) {
        let Order { id, spec, deadline, .. } = *order;
        let submit = Submit { id, spec, deadline, seal: Seal::NONE };
        out.emit_for(order.corr, self.sealed(Event::Submit(submit)));
    }

    pub(super) fn send_cancel(&self, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get(id) else { return };
        let cancel = CancelOrder { id, seal: Seal::NONE };
        out.emit_for(order.corr, self.sealed(Event::CancelOrder(cancel)));
    }

    pub(super) fn send_cancel_all(&mut self, out: &mut Outbox<'_>) {
        self.state.calls += 1;
        let all = CancelAll { number: self.state.calls, seal: Seal::NONE };
        out.emit_alone(self.sealed(Event::CancelAll(all)));
    }

    pub(super) fn send_amend(
        &mut self,
        now: Ts,
        id: OrderId,
        change: GrantedChange,
        out: &mut Outbox<'_>,
    ) {
        let GrantedChange { number, spec, .. } = change;
        let deadline = now + self.config.deadline;
        let Some(order) = self.state.open.get_mut(id) else { return };
        order.amend = Some(PendingAmend { number, spec, deadline });
        let (corr, timer) = (order.corr, order.timer);
        let (qty, limit, trigger) = (spec.qty(), spec.limit(), spec.trigger());
        let amend = AmendOrder { id, qty, limit, trigger, deadline, number, seal: Seal::NONE };
        out.emit_for(corr, self.sealed(Event::AmendOrder(amend)));
        out.wake_at(timer, now + self.config.answer_timeout);
    }

    pub(super) fn send_query(&self, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get(id) else { return };
        out.emit_for(order.corr, Event::QueryOrder(QueryOrder { id }));
    }

    // ── the dead man's switch ────────────────────────────────────────────────────────────────────

    pub(super) fn arm_dead_man(&mut self, now: Ts, out: &mut Outbox<'_>) {
        if self.config.dead_man.is_some() && !self.state.dead_man_armed {
            self.renew_dead_man(now, out);
        }
    }

    /// While orders are open the switch is renewed three times in its span; then it is let go.
    pub(super) fn renew_dead_man(&mut self, now: Ts, out: &mut Outbox<'_>) {
        let Some(timeout) = self.config.dead_man else { return };
        let wanted = !self.state.open.is_empty();
        let timeout = if wanted { timeout } else { Span::ZERO };
        self.state.calls += 1;
        let arm = ArmDeadMan { timeout, number: self.state.calls, seal: Seal::NONE };
        out.emit_alone(self.sealed(Event::ArmDeadMan(arm)));
        self.state.dead_man_armed = wanted;
        if wanted {
            out.wake_at(DEAD_MAN, now + Span::from_nanos(timeout.nanos() / 3));
        }
    }
}
