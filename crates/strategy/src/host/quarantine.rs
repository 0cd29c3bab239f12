//! Empty seats: strategies that broke their contract, and those that left the roster.
//!
//! Nobody there can look after an open order, so the host does: it is cancelled, and cancelled again
//! whenever it turns out to live on.

use contracts::{Cancel, Corr, Event, Label, Origin, StrategyControl, StrategyRun};
use kernel::Outbox;

use super::seat::Seat;
use super::{Host, left_alone, say};
use crate::desk::Fault;

impl Host {
    /// Quarantines a strategy: says so, and cancels every order it has open.
    pub(super) fn quarantine(&mut self, place: usize, fault: Fault, out: &mut Outbox<'_>) {
        let seat = &mut self.seats[place];
        if seat.desk.is_quarantined() {
            return;
        }
        seat.quarantine(fault);
        announce(seat, out);
        // What was asked for in the call that broke was never said, cancels included.
        let open: Vec<_> = seat.desk.orders.as_slice().iter().map(|order| order.id).collect();
        for id in open {
            cancel(seat, id, out);
        }
    }

    /// Cancels what lives on in an empty seat.
    pub(super) fn look_after(&mut self, place: usize, out: &mut Outbox<'_>) {
        let seat = &mut self.seats[place];
        let left: Vec<_> = left_alone(seat).map(|order| order.id).collect();
        for id in left {
            cancel(seat, id, out);
        }
    }

    /// Somebody at the controls, or this host itself, has said whether a strategy runs.
    pub(super) fn control(&mut self, corr: Option<Corr>, run: StrategyRun, out: &mut Outbox<'_>) {
        let Some(place) = corr.and_then(|corr| self.place_of(corr.strategy)) else { return };
        let seat = &mut self.seats[place];
        match run {
            // It hears nothing until a restart: what it has missed cannot be told again.
            _ if seat.desk.is_quarantined() => {}
            StrategyRun::Quarantined => {
                seat.quarantine(Fault::Ordered);
                self.look_after(place, out);
                self.set_strategy_timer(out);
            }
            StrategyRun::Paused => seat.desk.run = run,
            StrategyRun::Running => {
                seat.desk.run = run;
                seat.desk.resume_all();
            }
        }
    }
}

/// Says whether a strategy runs, with the number of the last intent it said.
pub(super) fn announce(seat: &Seat, out: &mut Outbox<'_>) {
    let corr = Corr::new(seat.id(), Origin::Strategy, seat.desk.said);
    out.emit_for(corr, Event::StrategyControl(StrategyControl { run: seat.desk.run }));
}

fn cancel(seat: &mut Seat, target: contracts::OrderId, out: &mut Outbox<'_>) {
    let why = Label::new(if seat.listed { "quarantined" } else { "left the roster" });
    say(seat, Event::Cancel(Cancel { target, why }), out);
    if let Some(order) = seat.desk.orders.get_mut(target) {
        order.cancelling = true;
    }
}
