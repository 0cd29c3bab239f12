//! Facts: fills and what the gateway says of orders.

use contracts::{
    Alert, AlertCode, Corr, Event, Fill, KillLevel, KillTrigger, OrderUpdate, Position, Ts,
};
use kernel::Outbox;

use super::Gate;
use crate::claims::Moved;

impl Gate {
    pub(super) fn fill(&mut self, now: Ts, corr: Option<Corr>, fill: &Fill, out: &mut Outbox<'_>) {
        let Some(corr) = corr else {
            let code = AlertCode::ForeignOrder;
            let alert = Alert { code, symbol: Some(fill.symbol), order: Some(fill.id) };
            return out.emit(Event::Alert(alert));
        };
        self.state.books.turn_day(now);
        match self.state.books.book(corr.strategy, fill) {
            Ok(position) => self.booked(corr, fill, position, out),
            Err(_) => {
                // What cannot be booked is a risk that cannot be measured.
                self.trip(now, KillLevel::Cancel, KillTrigger::Reconcile, out);
            }
        }
        self.watch_losses(now, out);
    }

    pub(super) fn booked(
        &mut self,
        corr: Corr,
        fill: &Fill,
        position: Position,
        out: &mut Outbox<'_>,
    ) {
        let who = (corr.strategy, fill.symbol);
        self.state.exposure.set_net(who, self.state.books.net(who.0, who.1));
        let moved = self.state.claims.change(fill.id, |claim| {
            claim.booked = claim.booked.plus(fill.qty).unwrap_or(claim.booked);
        });
        self.expose(moved);
        out.emit_for(corr, Event::Position(position));
    }

    pub(super) fn order(&mut self, update: &OrderUpdate) {
        let moved = self.state.claims.change(update.id, |claim| claim.update(update));
        self.expose(moved);
    }

    /// Carries a changed claim into the exposure.
    pub(super) fn expose(&mut self, moved: Option<Moved>) {
        if let Some(Moved { who, side, before, after }) = moved {
            self.state.exposure.change_open(who, side, before, after);
        }
    }
}
