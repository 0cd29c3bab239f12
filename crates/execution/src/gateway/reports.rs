//! Facts of the venue: learned by the order they are about, told to everybody.
//!
//! The venue is the truth. What it executes is booked, also where that cannot be right; what cannot
//! be right is told to a person and trips the kill switch, because from then on our books are in
//! doubt. A fact that is known already is silence.

use contracts::{
    Alert, AlertCode, CancelOrder, Envelope, Event, Fill, KillLevel, KillTrigger, OrderId, Report,
    Says, Seal, Trip, Ts,
};
use kernel::Outbox;

use super::Gateway;
use super::grants::alert;
use crate::order::{Counted, Learned};

/// How many ids of strangers are remembered, so that each is named once.
const STRANGERS_KEPT: usize = 1_024;

impl Gateway {
    pub(super) fn executed(&mut self, now: Ts, fill: &Fill, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get_mut(fill.id) else {
            return self.executed_late(fill, out);
        };
        match order.count(fill) {
            Counted::Known => {}
            Counted::Not(why) => self.not_booked(fill, why, out),
            Counted::New(alarming) => {
                out.emit_for(order.corr, Event::Fill(*fill));
                if let Some(code) = alarming {
                    doubt(out, code, fill.id);
                }
                self.told(now, fill.id, Learned { moved: true, ..Learned::default() }, out);
            }
        }
    }

    /// An execution after the end of its order, or of an order that nobody here remembers.
    fn executed_late(&mut self, fill: &Fill, out: &mut Outbox<'_>) {
        match self.state.finished.count(fill) {
            Some(Counted::Known) => {}
            Some(Counted::Not(why)) => self.not_booked(fill, why, out),
            Some(Counted::New(alarming)) => {
                let Some(order) = self.state.finished.get(fill.id) else { return };
                out.emit_for(order.corr, Event::Fill(*fill));
                if let Some(code) = alarming {
                    doubt(out, code, fill.id);
                }
                out.emit_for(order.corr, Event::Order(order.update()));
            }
            // Once the gateway has recalled it, it asks for what has traded.
            None if self.recalls() => {}
            None => self.not_booked(fill, AlertCode::ForeignOrder, out),
        }
    }

    /// Money has moved that is in none of our books. Said once of each execution.
    fn not_booked(&mut self, fill: &Fill, why: AlertCode, out: &mut Outbox<'_>) {
        if self.state.not_booked.add(fill.exec, STRANGERS_KEPT) {
            doubt(out, why, fill.id);
        }
    }

    pub(super) fn reported(&mut self, now: Ts, report: &Report, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get_mut(report.id) else {
            return self.reported_late(report, out);
        };
        let learned = order.learn(report, self.config.grace);
        if learned.denies {
            doubt(out, AlertCode::ReconcileMismatch, report.id);
        }
        self.told(now, report.id, learned, out);
    }

    /// A word about an order that is over is late, or denies the end; one about an order that never
    /// was is alarming.
    fn reported_late(&mut self, report: &Report, out: &mut Outbox<'_>) {
        let id = report.id;
        if let Some(order) = self.state.finished.get(id) {
            let corr = order.corr;
            if self.state.finished.deny(report) {
                doubt(out, AlertCode::ReconcileMismatch, id);
                if matches!(report.says, Says::Accepted | Says::Working | Says::Amended) {
                    // It may be live, and no trip cancels what nobody believes to be open.
                    let cancel = CancelOrder { id, seal: Seal::NONE };
                    out.emit_for(corr, self.sealed(Event::CancelOrder(cancel)));
                }
            }
        } else if report.venue_ref.is_some()
            && !self.recalls()
            && self.state.foreign.add(id, STRANGERS_KEPT)
        {
            // Nothing is not an order of somebody else.
            alert(out, AlertCode::ForeignOrder, Some(id));
        }
    }

    /// Says what an order has learned, and does what follows from it.
    fn told(&mut self, now: Ts, id: OrderId, learned: Learned, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get_mut(id) else { return };
        let (corr, over) = (order.corr, order.is_over());
        if learned.moved {
            out.emit_for(corr, Event::Order(order.update(learned.settles)));
        }
        let next = order.next_amend.take_if(|_| over || order.amend.is_none());
        if over {
            // A change that never left is settled by the end of its order.
            return self.over(id, out);
        }
        if let Some(change) = next {
            self.change(now, id, change, out);
        }
        if learned.ask {
            self.ask_soon(now, id, out);
        } else {
            self.schedule(now, id, out);
        }
    }

    fn over(&mut self, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.remove(id) else { return };
        out.cancel_wake(order.timer);
        if let Some(finished) = order.finished() {
            self.state.finished.add(finished, self.config.finished_kept);
        }
    }
}

/// Leaves a message aside, and says so.
pub(super) fn disbelieve(input: &Envelope, out: &mut Outbox<'_>) {
    let order = match &input.event {
        Event::Executed(fill) => Some(fill.id),
        Event::Report(report) => Some(report.id),
        _ => None,
    };
    let symbol = input.topic().symbol();
    out.emit_alone(Event::Alert(Alert { code: AlertCode::WrongSource, symbol, order }));
}

/// Our books may not be those of the venue: a person is told, and no new risk is taken.
pub(super) fn doubt(out: &mut Outbox<'_>, code: AlertCode, id: OrderId) {
    alert(out, code, Some(id));
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Reconcile };
    out.emit_alone(Event::Trip(trip));
}
