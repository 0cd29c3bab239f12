//! What became of the intents: refusals, updates of orders, fills.

use contracts::{Alert, AlertCode, Corr, Event, Fill, OrderUpdate, Origin, Refusal, Symbol, Ts};
use kernel::Outbox;
use portfolio::Told;

use super::{Host, Moment};
use crate::desk::Fault;

impl Host {
    /// An order has moved.
    pub(super) fn order(
        &mut self,
        now: Ts,
        corr: Option<Corr>,
        update: &OrderUpdate,
        out: &mut Outbox<'_>,
    ) {
        let Some(corr) = corr else { return };
        let Some(place) = self.place_of(corr.strategy) else { return };
        if corr.origin != Origin::Strategy {
            // An order that guarded the position is gone: what it held is free to be sold.
            let desk = &mut self.seats[place].desk;
            if update.state.is_done() && desk.closings.hurry(update.symbol, now) {
                self.set_strategy_timer(out);
            }
            return;
        }
        self.seats[place].desk.answered(corr.intent);
        if self.seats[place].desk.update(update) {
            self.forget_if_out(place, update.symbol, out);
            self.look_after(place, out);
            self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_order(update, cx));
        }
    }

    /// What was to be closed is forgotten once it is.
    fn forget_if_out(&mut self, place: usize, symbol: Symbol, out: &mut Outbox<'_>) {
        let desk = &mut self.seats[place].desk;
        let held = self.ledger.holding(desk.strategy, symbol);
        let holds = held.is_some_and(|holding| !holding.net().is_flat());
        let is_out = !holds && desk.orders.of(symbol).next().is_none();
        if is_out && desk.is_out_of(symbol) {
            self.set_strategy_timer(out);
        }
    }

    /// A part of an order has traded; of its own or of one that guards it. A gateway that has forgotten what it told
    /// tells it once more.
    pub(super) fn fill(&mut self, now: Ts, corr: Option<Corr>, fill: &Fill, out: &mut Outbox<'_>) {
        let Some(corr) = corr else { return };
        let Some(place) = self.place_of(corr.strategy) else { return };
        let booked = match self.executions.note(&corr, fill) {
            Told::First => {
                self.ledger.apply(fill, corr.strategy).map_err(|_| AlertCode::BoundReached)
            }
            Told::Again => return,
            Told::Otherwise => Err(AlertCode::ConflictingId),
        };
        if let Err(code) = booked {
            let (symbol, order) = (Some(fill.symbol), Some(fill.id));
            out.emit(Event::Alert(Alert { code, symbol, order }));
            return self.quarantine(place, Fault::BooksUnsure, out);
        }
        if corr.origin == Origin::Strategy {
            let desk = &mut self.seats[place].desk;
            desk.answered(corr.intent);
            desk.orders.booked(fill.id, fill.qty);
        }
        self.forget_if_out(place, fill.symbol, out);
        self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_fill(fill, cx));
    }

    /// The gate has refused an intent.
    pub(super) fn refused(
        &mut self,
        now: Ts,
        corr: Option<Corr>,
        refusal: &Refusal,
        out: &mut Outbox<'_>,
    ) {
        let Some(id) = refusal.id else { return };
        // An intent that could not be read has no correlation; the order says whose it was.
        let place = match corr {
            Some(corr) if corr.origin == Origin::Strategy => self.place_of(corr.strategy),
            Some(_) => None,
            None => self.seats.iter().position(|seat| seat.desk.orders.get(id).is_some()),
        };
        let Some(place) = place else { return };
        // A cancel that is refused is not said again here: the two could go on for ever. A start says it again.
        let (desk, intent) = (&mut self.seats[place].desk, corr.map(|corr| corr.intent));
        if let Some(intent) = intent {
            desk.answered(intent);
        }
        desk.refused(id, intent);
        if let Some(symbol) = refusal.symbol {
            self.forget_if_out(place, symbol, out);
        }
        self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_refused(refusal, cx));
    }
}
