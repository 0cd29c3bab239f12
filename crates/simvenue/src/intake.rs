//! Requests at the door: whether they are the gateway's, what they ask, and the answers that need no
//! floor.

use contracts::{
    Alert, AlertCode, CancelOrder, Event, OrderId, Qty, QueryOrder, Report, Says, Seal, Submit,
    Symbol, Ts, VenueReason, seal_request,
};
use kernel::Outbox;

use crate::orders::{Order, Slot, Stage};
use crate::travel::{Request, Told};
use crate::venue::SimVenue;

impl SimVenue {
    /// A request sets out for the venue.
    pub(crate) fn on_request(&mut self, now: Ts, request: Request, out: &mut Outbox<'_>) {
        if self.requests.is_full() {
            self.refuse(now, &request, VenueReason::RateLimit, out);
        } else if let Some(request) = self.requests.send(now, request) {
            self.perform(now, &request, out);
        }
        self.arm(out);
    }

    /// A request takes effect.
    pub(crate) fn perform(&mut self, now: Ts, request: &Request, out: &mut Outbox<'_>) {
        if !self.is_authentic(request) {
            self.refuse(now, request, VenueReason::Denied, out);
            return;
        }
        match request {
            Request::Submit(submit) => self.submit(now, submit, out),
            Request::Cancel(CancelOrder { id, .. }) => match self.open_slot(*id) {
                Some((slot, symbol)) => {
                    if let Some(mut floor) = self.floor(symbol, now, out) {
                        floor.cancel(slot, VenueReason::Requested);
                    }
                }
                None => self.refuse(now, request, VenueReason::UnknownOrder, out),
            },
            Request::Amend(amend) => match self.open_slot(amend.id) {
                _ if now > amend.deadline => self.refuse(now, request, VenueReason::TooLate, out),
                Some((slot, symbol)) => {
                    if let Some(mut floor) = self.floor(symbol, now, out) {
                        floor.amend(slot, amend);
                    }
                }
                None => self.refuse(now, request, VenueReason::UnknownOrder, out),
            },
            Request::Query(QueryOrder { id }) => self.answer(now, *id, out),
            Request::CancelAll(_) => self.cancel_open(now, VenueReason::Requested, out),
            Request::ArmDeadMan(arm) => {
                let disarmed = arm.timeout.nanos() == 0;
                self.dead_man = (!disarmed).then(|| now + arm.timeout);
            }
        }
    }

    /// Whether the request carries the seal of the gateway. Questions change nothing and carry none.
    fn is_authentic(&self, request: &Request) -> bool {
        let (event, seal): (Event, Seal) = match *request {
            Request::Submit(body) => (Event::Submit(body), body.seal),
            Request::Cancel(body) => (Event::CancelOrder(body), body.seal),
            Request::Amend(body) => (Event::AmendOrder(body), body.seal),
            Request::CancelAll(body) => (Event::CancelAll(body), body.seal),
            Request::ArmDeadMan(body) => (Event::ArmDeadMan(body), body.seal),
            Request::Query(_) => return true,
        };
        seal_request(&event, &self.key) == Some(seal)
    }

    /// Turns a request away without touching any order.
    fn refuse(&mut self, now: Ts, request: &Request, reason: VenueReason, out: &mut Outbox<'_>) {
        let (id, says, answers) = match request {
            Request::Submit(submit) => {
                let order = Order::new(submit.id, submit.spec);
                let report = order.report(now, Says::Rejected, reason);
                self.desk.reports.tell(now, Told::Report(report), out);
                return;
            }
            Request::Cancel(cancel) => (cancel.id, Says::CancelRejected, None),
            Request::Amend(amend) => (amend.id, Says::AmendRejected, Some(amend.number)),
            Request::Query(_) | Request::CancelAll(_) | Request::ArmDeadMan(_) => {
                let forged = reason == VenueReason::Denied;
                let code = if forged { AlertCode::ForgedSeal } else { AlertCode::BoundReached };
                out.emit_alone(Event::Alert(Alert { code, symbol: None, order: None }));
                return;
            }
        };
        let report = Report { answers, ..self.report_on(now, id, says, reason) };
        self.desk.reports.tell(now, Told::Report(report), out);
    }

    /// A report on the order of that id, with what is known of it.
    fn report_on(&self, at: Ts, id: OrderId, says: Says, reason: VenueReason) -> Report {
        match self.desk.orders.find(id) {
            Some(slot) => self.desk.orders[slot].report(at, says, reason),
            None => Report {
                id,
                venue_ref: None,
                symbol: None,
                qty: Qty::ZERO,
                filled: Qty::ZERO,
                limit: None,
                at,
                answers: None,
                says,
                reason,
            },
        }
    }

    fn open_slot(&self, id: OrderId) -> Option<(Slot, Symbol)> {
        let slot = self.desk.orders.find(id)?;
        let order = &self.desk.orders[slot];
        order.is_open().then(|| (slot, order.spec.symbol()))
    }

    fn submit(&mut self, now: Ts, submit: &Submit, out: &mut Outbox<'_>) {
        let symbol = submit.spec.symbol();
        let known = self.markets.get(symbol).is_some();
        let reason = if self.desk.orders.find(submit.id).is_some() {
            // The first order of that id stays what it is, in memory too.
            let request = Request::Submit(*submit);
            return self.refuse(now, &request, VenueReason::DuplicateId, out);
        } else if now > submit.deadline {
            VenueReason::TooLate
        } else if symbol.base() == symbol.quote() {
            VenueReason::Invalid
        } else if known {
            if let Some(mut floor) = self.floor(symbol, now, out) {
                floor.submit(submit);
            }
            return;
        } else {
            VenueReason::Closed
        };
        let slot = self.desk.orders.add(Order::new(submit.id, submit.spec));
        self.desk.report(now, slot, (Says::Rejected, reason), out);
        self.desk.orders.end(slot, Says::Rejected, reason);
    }

    /// Answers what became of an order: its executions again, then where it stands.
    fn answer(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(slot) = self.desk.orders.find(id) else {
            let report = self.report_on(now, id, Says::NotFound, VenueReason::UnknownOrder);
            return self.desk.reports.tell(now, Told::Report(report), out);
        };
        let order = &self.desk.orders[slot];
        let said = match order.stage {
            Stage::Waiting | Stage::Live => (Says::Working, VenueReason::None),
            Stage::Ended(says, reason) => (says, reason),
        };
        let (mut missing, first) = (order.filled, order.first_execution);
        if !missing.is_zero() {
            for fill in self.desk.executions.of(id, first) {
                missing = missing.saturating_minus(fill.qty);
                self.desk.reports.tell(now, Told::Executed(*fill), out);
            }
        }
        if !missing.is_zero() {
            let (code, symbol) = (AlertCode::BoundReached, None);
            out.emit_alone(Event::Alert(Alert { code, symbol, order: Some(id) }));
        }
        self.desk.report(now, slot, said, out);
    }

    /// Cancels every open order, in the order in which they were taken.
    pub(crate) fn cancel_open(&mut self, now: Ts, reason: VenueReason, out: &mut Outbox<'_>) {
        for slot in self.desk.orders.open() {
            let symbol = self.desk.orders[slot].spec.symbol();
            if let Some(mut floor) = self.floor(symbol, now, out) {
                floor.cancel(slot, reason);
            }
        }
    }
}
