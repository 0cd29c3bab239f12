//! Grants of the gate: what is acted on, and what has come too late.

use contracts::{
    Alert, AlertCode, Corr, Envelope, Event, KillLevel, KillTrigger, OrderAccepted, OrderId,
    OrderSpec, Origin, Trip, Ts, VenueReason,
};
use kernel::Outbox;
use risk::{Approved, ApprovedCancel, Granted, Unverified, Verdict};

use super::{Gateway, ORDERS};
use crate::config::ProtectiveOnKill;
use crate::finished::Finished;
use crate::order::{GrantedChange, Order, Settled};

impl Gateway {
    pub(super) fn granted(&mut self, now: Ts, decision: &Envelope, out: &mut Outbox<'_>) {
        self.heard_of_the_present(decision);
        match risk::verify(decision, &self.config.gate_key) {
            Ok(Granted::Place(approved)) if self.recalls() => {
                self.recall(now, decision.ts, &approved, out);
            }
            Ok(Granted::Place(approved)) => self.place(now, &approved, out),
            Ok(Granted::Amend(approved)) if self.recalls() => {
                self.recall_amend(&approved, out);
            }
            Ok(Granted::Amend(approved)) => self.amend(now, &approved, out),
            Ok(Granted::Cancel(cancel)) => self.cancel(now, &cancel, out),
            // Guards are the protector's.
            Ok(Granted::Protect(_)) | Err(Unverified::NotAGrant) => {}
            Err(Unverified::Forged | Unverified::NoCorrelation) => {
                alert(out, AlertCode::ForgedSeal, None);
            }
        }
    }

    /// Each approval is used once; one with a number that is not new was used before.
    pub(super) fn is_new(&mut self, approved: &Approved) -> bool {
        let is_new = approved.number() > self.state.used;
        self.state.used = self.state.used.max(approved.number());
        is_new
    }

    fn place(&mut self, now: Ts, approved: &Approved, out: &mut Outbox<'_>) {
        if !self.is_new(approved) {
            return;
        }
        let (id, spec) = (approved.id(), approved.spec());
        if self.is_known(id) {
            // The gate never approves an id twice: somebody is not who he says.
            alert(out, AlertCode::ConflictingId, Some(id));
            let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Service };
            return out.emit_alone(Event::Trip(trip));
        }
        if let Some(reason) = self.objection(now, &spec, approved.valid_until()) {
            return self.never_send(approved, reason, out);
        }
        if !self.has_room(&spec) {
            alert(out, AlertCode::BoundReached, Some(id));
            return self.never_send(approved, VenueReason::Denied, out);
        }
        let timer = self.new_timer();
        let order = Order::new(approved, now, now + self.config.deadline, timer);
        out.emit(Event::Accepted(OrderAccepted { id, spec }));
        out.emit(Event::Order(order.update(None)));
        self.submit(&order, out);
        out.wake_at(timer, now + self.config.answer_timeout);
        self.state.open.add(order);
        self.arm_dead_man(now, out);
    }

    pub(super) fn is_known(&self, id: OrderId) -> bool {
        self.state.open.get(id).is_some() || self.state.finished.contains(id)
    }

    pub(super) fn new_timer(&mut self) -> u32 {
        self.state.next_timer = self.state.next_timer.wrapping_add(1) % (u32::MAX - ORDERS);
        ORDERS + self.state.next_timer
    }

    /// An approved order is over before it began: evidence by which the gate lets go of it.
    fn never_send(&mut self, approved: &Approved, reason: VenueReason, out: &mut Outbox<'_>) {
        let order = Finished::never_sent(approved, reason);
        out.emit(Event::Order(order.update()));
        self.state.finished.add(order, self.config.finished_kept);
    }

    /// Whether one more order can be followed. Orders that only reduce find room for as many again,
    /// so that nobody is held inside a risk.
    pub(super) fn has_room(&self, spec: &OrderSpec) -> bool {
        let most = self.config.orders_max;
        let most = if spec.is_reduce_only() { most.saturating_mul(2) } else { most };
        self.state.open.len() < most
    }

    /// Why an approved order, or a change of one, must not be sent after all.
    fn objection(&self, now: Ts, spec: &OrderSpec, valid_until: Ts) -> Option<VenueReason> {
        let price = spec.limit().or(spec.trigger());
        let cost = price.map(|price| price.cost(spec.qty()));
        let too_large = cost.is_some_and(|cost| match cost {
            Ok(cost) => cost > self.config.order_notional_max,
            Err(_) => true,
        });
        if now > valid_until {
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
        if self.is_new(approved) {
            let (number, spec, valid_until) =
                (approved.number(), approved.spec(), approved.valid_until());
            self.change(now, approved.id(), GrantedChange { number, spec, valid_until }, out);
        }
    }

    /// Sends a change, now or behind the one under way: what held when it was approved has to hold when it
    /// is sent.
    pub(super) fn change(
        &mut self,
        now: Ts,
        id: OrderId,
        change: GrantedChange,
        out: &mut Outbox<'_>,
    ) {
        let objection = self.objection(now, &change.spec, change.valid_until);
        let Some(order) = self.state.open.get_mut(id) else { return };
        let objection = objection.or(order.cancel_wanted.then_some(VenueReason::Requested));
        let settled = match objection {
            Some(refused) => Settled { number: change.number, refused },
            None if order.amend.is_none() => return self.send_amend(now, id, change, out),
            // The latest wish counts; the one it replaces is settled as refused.
            None => match order.next_amend.replace(change) {
                Some(GrantedChange { number, .. }) => {
                    Settled { number, refused: VenueReason::Requested }
                }
                None => return,
            },
        };
        let (corr, update) = (order.corr, order.update(Some(settled)));
        out.emit_for(corr, Event::Order(update));
    }

    fn cancel(&mut self, now: Ts, cancel: &ApprovedCancel, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get_mut(cancel.target()) else { return };
        if !order.cancel_wanted {
            self.want_cancel(now, cancel.target(), out);
        }
    }

    /// Cancels an order from now on until it is over.
    pub(super) fn want_cancel(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get_mut(id) else { return };
        order.cancel_wanted = true;
        order.asked = 0;
        let (corr, update, timer) = (order.corr, order.update(None), order.timer);
        out.emit_for(corr, Event::Order(update));
        self.send_cancel(id, out);
        out.wake_at(timer, now + self.config.answer_timeout);
    }

    /// Cancels what a trip at that level cancels. Orders that guard positions may be kept, but not
    /// when everything is closed: they would hold what is to be sold.
    pub(super) fn cancel_for(&mut self, level: KillLevel, now: Ts, out: &mut Outbox<'_>) {
        let gone = self.state.open.iter().filter(|order| !self.stays(level, order.corr));
        let ids: Vec<OrderId> = gone.map(|order| order.id).collect();
        let none_kept = ids.len() == self.state.open.len();
        for id in &ids {
            self.want_cancel(now, *id, out);
        }
        // A guard that is forgotten is open all the same, and may be meant to stay.
        let may_keep = self.recalls() && self.keeps(level);
        if none_kept && !ids.is_empty() && !may_keep {
            self.send_cancel_all(out);
        }
    }

    /// Whether a trip at that level leaves an order alone.
    pub(super) fn stays(&self, level: KillLevel, of: Corr) -> bool {
        self.keeps(level) && of.origin == Origin::Protector
    }

    fn keeps(&self, level: KillLevel) -> bool {
        let keep = self.config.protective_on_kill == ProtectiveOnKill::Keep;
        keep && level < KillLevel::Flatten
    }
}

pub(super) fn alert(out: &mut Outbox<'_>, code: AlertCode, order: Option<OrderId>) {
    out.emit(Event::Alert(Alert { code, symbol: None, order }));
}
