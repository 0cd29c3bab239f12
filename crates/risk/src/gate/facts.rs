//! Facts: fills and what the gateway says of orders.

use contracts::{
    Alert, AlertCode, Corr, Event, Fill, KillLevel, KillTrigger, OrderUpdate, OutOfRange, Position,
    Ts,
};
use kernel::Outbox;
use portfolio::Told;

use super::Gate;
use crate::books::FeeWorth;
use crate::claims::Moved;

impl Gate {
    pub(super) fn fill(&mut self, now: Ts, corr: Option<Corr>, fill: &Fill, out: &mut Outbox<'_>) {
        let Some(corr) = corr else {
            return alert(AlertCode::ForeignOrder, fill, out);
        };
        match self.state.executions.note(&corr, fill) {
            Told::First => {}
            Told::Again => return,
            Told::Otherwise => {
                // One of the two is not true, and nobody here can tell which.
                alert(AlertCode::ConflictingId, fill, out);
                return self.trip(now, KillLevel::Cancel, KillTrigger::Reconcile, out);
            }
        }
        self.state.books.turn_day(now);
        match self.state.books.book(corr.strategy, fill) {
            Ok(position) => self.booked(now, (corr, fill), position, out),
            Err(_) => {
                // What cannot be booked is a risk that cannot be measured.
                self.trip(now, KillLevel::Cancel, KillTrigger::Reconcile, out);
            }
        }
        self.watch_losses(now, out);
    }

    fn booked(
        &mut self,
        now: Ts,
        (corr, fill): (Corr, &Fill),
        position: Position,
        out: &mut Outbox<'_>,
    ) {
        let who = (corr.strategy, fill.symbol);
        match self.state.books.book_side_fee(fill, self.state.limits.fee_max) {
            Ok(FeeWorth::Known) => {}
            Ok(FeeWorth::Supposed) => alert(AlertCode::UnpricedFee, fill, out),
            Err(OutOfRange) => self.trip(now, KillLevel::Cancel, KillTrigger::Reconcile, out),
        }
        self.state.exposure.entered(who.1, fill.price);
        self.state.exposure.set_net(who, self.state.books.net(who.0, who.1));
        let moved = self.state.claims.executed(fill);
        self.expose(moved);
        self.mind_the_bounds(now, Some(fill.id), out);
        out.emit_for(corr, Event::Position(position));
    }

    pub(super) fn order(&mut self, now: Ts, update: &OrderUpdate, out: &mut Outbox<'_>) {
        let moved = self.state.claims.told(update);
        self.expose(moved);
        self.mind_the_bounds(now, Some(update.id), out);
    }

    /// Carries a changed claim into the exposure.
    pub(super) fn expose(&mut self, moved: Option<Moved>) {
        if let Some(Moved { who, side, before, after }) = moved {
            self.state.exposure.change_open(who, side, before, after);
        }
    }
}

fn alert(code: AlertCode, fill: &Fill, out: &mut Outbox<'_>) {
    let (symbol, order) = (Some(fill.symbol), Some(fill.id));
    out.emit(Event::Alert(Alert { code, symbol, order }));
}
