//! Facts: fills and what the gateway says of orders.

use contracts::{
    Alert, AlertCode, Corr, Event, Fill, KillLevel, KillTrigger, OrderId, OrderUpdate, Position,
    Qty, Ts,
};
use kernel::Outbox;

use super::Gate;

impl Gate {
    pub(super) fn fill(&mut self, now: Ts, corr: Option<Corr>, fill: &Fill, out: &mut Outbox<'_>) {
        let Some(corr) = corr else {
            let code = AlertCode::ForeignOrder;
            let alert = Alert { code, symbol: Some(fill.symbol), order: Some(fill.id) };
            return out.emit(Event::Alert(alert));
        };
        match self.state.books.book(corr.strategy, fill) {
            Ok(position) => self.booked(corr, fill, position, out),
            Err(_) => {
                // What cannot be booked is a risk that cannot be measured.
                self.trip(out, KillLevel::Cancel, KillTrigger::Reconcile);
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
        if let Some(claim) = self.state.claims.get_mut(fill.id) {
            let before = claim.open_qty();
            claim.booked = claim.booked.plus(fill.qty).unwrap_or(claim.booked);
            self.reclaim(fill.id, before);
        }
        out.emit_for(corr, Event::Position(position));
    }

    pub(super) fn order(&mut self, update: &OrderUpdate) {
        let Some(claim) = self.state.claims.get_mut(update.id) else { return };
        let before = claim.open_qty();
        claim.update(update);
        self.reclaim(update.id, before);
    }

    /// Carries a changed claim into the exposure, and forgets it when it is finished.
    pub(super) fn reclaim(&mut self, id: OrderId, before: Qty) {
        let Some(claim) = self.state.claims.get(id) else { return };
        let who = (claim.corr.strategy, claim.symbol());
        let (side, after, finished) = (claim.side(), claim.open_qty(), claim.is_finished());
        self.state.exposure.change_open(who, side, before, after);
        if finished {
            self.state.claims.remove(id);
        }
    }
}
