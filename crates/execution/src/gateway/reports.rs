//! Reports of the venue: learned by the order they are about, told to everybody.

use contracts::{AlertCode, Event, Fill, KillLevel, KillTrigger, OrderId, Report, Trip, Ts};
use kernel::Outbox;

use super::Gateway;
use super::grants::alert;
use crate::order::{Counted, Learned};

/// How many foreign orders are remembered, so that each is named once.
const FOREIGN_KEPT: usize = 1_024;

impl Gateway {
    pub(super) fn executed(&mut self, now: Ts, fill: &Fill, out: &mut Outbox<'_>) {
        let Some(order) = self.state.orders.get_mut(fill.id) else {
            return self.not_open(fill.id, out);
        };
        let counted = order.count(fill);
        match counted {
            Counted::Known => return,
            Counted::TooMany => {
                // From here on our books are not those of the venue.
                alert(out, AlertCode::BoundReached, Some(fill.id));
                let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Reconcile };
                return out.emit_alone(Event::Trip(trip));
            }
            Counted::New | Counted::Overfill => {}
        }
        out.emit_for(order.corr, Event::Fill(*fill));
        if counted == Counted::Overfill {
            alert(out, AlertCode::Overfill, Some(fill.id));
        }
        self.told(now, fill.id, Learned { moved: true, ..Learned::default() }, out);
    }

    pub(super) fn reported(&mut self, now: Ts, report: &Report, out: &mut Outbox<'_>) {
        let Some(order) = self.state.orders.get_mut(report.id) else {
            // Nothing is not an order of somebody else.
            if report.venue_ref.is_some() {
                self.not_open(report.id, out);
            }
            return;
        };
        let learned = order.learn(report, self.config.grace);
        self.told(now, report.id, learned, out);
    }

    /// Says what an order has learned, and does what follows from it.
    fn told(&mut self, now: Ts, id: OrderId, learned: Learned, out: &mut Outbox<'_>) {
        let Some(order) = self.state.orders.get_mut(id) else { return };
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
            self.send_amend(now, id, change, out);
        }
        if learned.ask {
            self.ask_soon(now, id, out);
        } else {
            self.schedule(now, id, out);
        }
    }

    fn over(&mut self, id: OrderId, out: &mut Outbox<'_>) {
        if let Some(order) = self.state.orders.remove(id) {
            out.cancel_wake(order.timer);
            self.state.finished.add(id, self.config.finished_kept);
        }
    }

    /// A word about an order that is over is late; about one that never was, it is alarming.
    fn not_open(&mut self, id: OrderId, out: &mut Outbox<'_>) {
        if !self.state.finished.contains(id) && !self.state.foreign.contains(id) {
            self.state.foreign.add(id, FOREIGN_KEPT);
            alert(out, AlertCode::ForeignOrder, Some(id));
        }
    }
}
