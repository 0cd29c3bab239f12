//! Grants of the gate: what is acted on, and what has come too late.

use contracts::{
    Alert, AlertCode, Envelope, Event, KillLevel, KillTrigger, OrderAccepted, OrderId, OrderSpec,
    OrderState, OrderUpdate, Trip, Ts, VenueReason,
};
use kernel::Outbox;
use risk::{Approved, ApprovedCancel, Granted, Unverified, Verdict};

use super::{Gateway, ORDERS};
use crate::order::Order;

impl Gateway {
    pub(super) fn granted(&mut self, now: Ts, decision: &Envelope, out: &mut Outbox<'_>) {
        match risk::verify(decision, &self.config.gate_key) {
            Ok(Granted::Place(approved)) => self.place(now, &approved, out),
            Ok(Granted::Amend(approved)) => self.amend(now, &approved, out),
            Ok(Granted::Cancel(cancel)) => self.cancel(now, &cancel, out),
            Ok(Granted::Protect(_)) | Err(Unverified::NotAGrant) => {}
            Err(Unverified::Forged | Unverified::NoCorrelation) => {
                alert(out, AlertCode::ForgedSeal, None);
            }
        }
    }

    /// Each approval is used once; one with a number that is not new was used before.
    fn is_new(&mut self, approved: &Approved) -> bool {
        let is_new = approved.number() > self.state.used;
        self.state.used = self.state.used.max(approved.number());
        is_new
    }

    fn place(&mut self, now: Ts, approved: &Approved, out: &mut Outbox<'_>) {
        if !self.is_new(approved) {
            return;
        }
        let (id, spec) = (approved.id(), approved.spec());
        if self.state.orders.get(id).is_some() || self.state.finished.contains(id) {
            // The gate never approves an id twice: somebody is not who he says.
            alert(out, AlertCode::ConflictingId, Some(id));
            let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Service };
            return out.emit_alone(Event::Trip(trip));
        }
        if let Some(reason) = self.objection(now, approved) {
            self.state.finished.add(id, self.config.finished_kept);
            return out.emit(Event::Order(never_sent(id, &spec, reason)));
        }
        self.state.next_timer = self.state.next_timer.wrapping_add(1) % (u32::MAX - ORDERS);
        let timer = ORDERS + self.state.next_timer;
        let order = Order::new(id, approved.corr(), spec, now + self.config.deadline, timer);
        out.emit(Event::Accepted(OrderAccepted { id, spec }));
        out.emit(Event::Order(order.update(None)));
        self.submit(&order, out);
        out.wake_at(timer, now + self.config.answer_timeout);
        self.state.orders.add(order);
        self.arm_dead_man(now, out);
    }

    /// Why an approved order must not be sent after all.
    fn objection(&self, now: Ts, approved: &Approved) -> Option<VenueReason> {
        let spec = approved.spec();
        let price = spec.limit().or(spec.trigger());
        let cost = price.map(|price| price.cost(spec.qty()));
        let too_large = cost.is_some_and(|cost| match cost {
            Ok(cost) => cost > self.config.order_notional_max,
            Err(_) => true,
        });
        if now > approved.valid_until() {
            Some(VenueReason::ApprovalExpired)
        } else if self.state.latch.verdict(now) != Verdict::Clear && !spec.is_reduce_only() {
            Some(VenueReason::Halted)
        } else if too_large && !spec.is_reduce_only() {
            Some(VenueReason::Denied)
        } else {
            None
        }
    }

    fn amend(&mut self, now: Ts, approved: &Approved, out: &mut Outbox<'_>) {
        if !self.is_new(approved) {
            return;
        }
        let objection = self.objection(now, approved);
        let Some(order) = self.state.orders.get_mut(approved.id()) else { return };
        let change = (approved.number(), approved.spec());
        if objection.is_some() || order.cancel_wanted {
            let (corr, update) = (order.corr, order.update(Some(approved.number())));
            return out.emit_for(corr, Event::Order(update));
        }
        if order.amend.is_some() {
            // The latest wish counts; the one it replaces is settled as refused.
            if let Some((replaced, _)) = order.next_amend.replace(change) {
                let (corr, update) = (order.corr, order.update(Some(replaced)));
                out.emit_for(corr, Event::Order(update));
            }
            return;
        }
        self.send_amend(now, approved.id(), change, out);
    }

    fn cancel(&mut self, now: Ts, cancel: &ApprovedCancel, out: &mut Outbox<'_>) {
        let Some(order) = self.state.orders.get_mut(cancel.target()) else { return };
        if !order.cancel_wanted {
            self.want_cancel(now, cancel.target(), out);
        }
    }

    /// Cancels an order from now on until it is over.
    pub(super) fn want_cancel(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.orders.get_mut(id) else { return };
        order.cancel_wanted = true;
        order.asked = 0;
        let (corr, update, timer) = (order.corr, order.update(None), order.timer);
        out.emit_for(corr, Event::Order(update));
        self.send_cancel(id, out);
        out.wake_at(timer, now + self.config.answer_timeout);
    }

    pub(super) fn cancel_everything(&mut self, now: Ts, out: &mut Outbox<'_>) {
        if self.state.orders.is_empty() {
            return;
        }
        for id in self.state.orders.ids() {
            self.want_cancel(now, id, out);
        }
        self.send_cancel_all(out);
    }
}

/// An approved order that was not sent: evidence by which the gate lets go of it.
fn never_sent(id: OrderId, spec: &OrderSpec, reason: VenueReason) -> OrderUpdate {
    OrderUpdate {
        id,
        symbol: spec.symbol(),
        qty: spec.qty(),
        filled: contracts::Qty::ZERO,
        limit: spec.limit(),
        venue_ref: None,
        settles: None,
        state: OrderState::Rejected,
        reason,
    }
}

pub(super) fn alert(out: &mut Outbox<'_>, code: AlertCode, order: Option<OrderId>) {
    out.emit(Event::Alert(Alert { code, symbol: None, order }));
}
