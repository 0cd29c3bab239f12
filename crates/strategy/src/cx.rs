//! What a strategy sees and what it can ask for: its own orders and positions, the market, intents.
//!
//! A [`Cx`] is made of borrows for the length of one call; asking allocates nothing. It shows a
//! strategy its own books only, and every intent it makes goes to the gate like anybody's.

use book::View;
use contracts::{
    Amend, Asset, Cancel, Event, FeedState, Instrument, IntentSeq, Label, Money, Net, OrderId,
    OrderSpec, Origin, Place, Price, Protect, Qty, Side, StrategyId, Symbol, Ts,
};
use portfolio::{Holding, Ledger};

use crate::closing::Guarded;
use crate::desk::{Desk, TIMER_MIN};
use crate::host::HostConfig;
use crate::market::{Market, Markets};
use crate::orders::OpenOrder;
use crate::request::{Aim, Guard, OrderRequest, Stake, in_lots, on_tick};
use crate::said::Said;
use crate::unsent::{Unsent, UnsentLog};

/// The view of one strategy during one call.
pub struct Cx<'a> {
    pub(crate) now: Ts,
    pub(crate) config: &'a HostConfig,
    pub(crate) symbols: &'a [Symbol],
    pub(crate) markets: &'a Markets,
    pub(crate) ledger: &'a Ledger,
    pub(crate) desk: &'a mut Desk,
    pub(crate) said: &'a mut Said,
    /// Whether the event in hand is history.
    pub(crate) history: bool,
}

/// The market.
impl Cx<'_> {
    /// What time it is.
    pub fn now(&self) -> Ts {
        self.now
    }

    fn market(&self, symbol: Symbol) -> Option<&Market> {
        self.markets.get(symbol)
    }

    /// The rules of an instrument, once they are known.
    pub fn instrument(&self, symbol: Symbol) -> Option<&Instrument> {
        self.market(symbol)?.instrument.as_ref()
    }

    /// The book, if it was declared and is whole.
    pub fn book(&self, symbol: Symbol) -> Option<View<'_>> {
        self.market(symbol)?.book.as_ref()?.whole()
    }

    /// The last price that anybody told: of a trade, a ticker or the close of a bar.
    pub fn last(&self, symbol: Symbol) -> Option<Price> {
        self.market(symbol)?.last
    }

    /// The price that an order of that side would meet: the other side of the book or of the ticker,
    /// else the last price.
    pub fn touch(&self, symbol: Symbol, side: Side) -> Option<Price> {
        self.market(symbol)?.touch(side)
    }

    /// How well we see the market; trusted until somebody says otherwise.
    pub fn feed(&self, symbol: Symbol) -> FeedState {
        self.market(symbol).map_or(FeedState::Down, |market| market.feed)
    }
}

/// Its own books.
impl Cx<'_> {
    /// Its own name.
    pub fn strategy(&self) -> StrategyId {
        self.desk.strategy
    }

    /// The symbols it is to trade.
    pub fn symbols(&self) -> &[Symbol] {
        self.symbols
    }

    fn holding(&self, symbol: Symbol) -> Option<&Holding> {
        self.ledger.holding(self.desk.strategy, symbol)
    }

    /// What it holds: long above zero, short below.
    pub fn position(&self, symbol: Symbol) -> Net {
        self.holding(symbol).map_or(Net::ZERO, Holding::net)
    }

    /// The average price of what it holds; nothing when flat.
    pub fn average_entry(&self, symbol: Symbol) -> Option<Price> {
        self.holding(symbol)?.average()
    }

    /// Its cash, before what its open orders may still cost.
    pub fn cash(&self, asset: Asset) -> Money {
        self.ledger.purse(self.desk.strategy, asset).cash()
    }

    /// Its open orders, the oldest first: those on their way and those of unknown fate too.
    pub fn open_orders(&self) -> &[OpenOrder] {
        self.desk.orders.as_slice()
    }

    /// One of its open orders.
    pub fn order(&self, id: OrderId) -> Option<&OpenOrder> {
        self.desk.orders.get(id)
    }

    /// Whether it holds nothing and no order of its own could still change that: not one that is on
    /// its way, nor one of unknown fate, nor one whose last fill has not come yet.
    pub fn is_flat(&self, symbol: Symbol) -> bool {
        self.position(symbol).is_flat() && self.desk.orders.of(symbol).next().is_none()
    }

    /// What it holds long and has not offered in an open order.
    pub fn free(&self, symbol: Symbol) -> Qty {
        let held = self.position(symbol);
        let long = if held.side() == Some(Side::Buy) { held.size() } else { Qty::ZERO };
        let offered = self.desk.orders.of(symbol).filter(|order| order.side == Side::Sell);
        offered.fold(long, |free, order| free.saturating_minus(order.to_come()))
    }

    /// Whether what it asks for on this symbol is dropped: it is still warming up, or the bar in hand
    /// is history.
    pub fn is_warming_up(&self, symbol: Symbol) -> bool {
        self.history || self.desk.is_warming_up(symbol)
    }

    /// Whether it, or it on this symbol, is paused.
    pub fn is_paused(&self, symbol: Symbol) -> bool {
        self.desk.is_paused(symbol)
    }

    /// What it asked for and was not sent.
    pub fn unsent(&self) -> &UnsentLog {
        &self.desk.unsent
    }
}

/// What it can ask for.
impl<'a> Cx<'a> {
    /// To buy. Nothing happens without [`OrderRequest::send`].
    pub fn buy<'c>(&'c mut self, symbol: Symbol, stake: impl Into<Stake>) -> OrderRequest<'c, 'a> {
        OrderRequest::new(self, symbol, Aim::Trade(Side::Buy, stake.into()))
    }

    /// To sell. Nothing happens without [`OrderRequest::send`].
    pub fn sell<'c>(&'c mut self, symbol: Symbol, stake: impl Into<Stake>) -> OrderRequest<'c, 'a> {
        OrderRequest::new(self, symbol, Aim::Trade(Side::Sell, stake.into()))
    }

    /// To hold nothing of a symbol. Open orders that would open more are cancelled, the guards of the
    /// position are removed, and what no own order is closing already is asked for. Where that is
    /// refused or not filled it is asked for again, until the position is gone or the strategy opens
    /// anew; only a close at a limit price is said once. Nothing happens without
    /// [`OrderRequest::send`].
    pub fn close<'c>(&'c mut self, symbol: Symbol) -> OrderRequest<'c, 'a> {
        OrderRequest::new(self, symbol, Aim::Close)
    }

    /// Cancels an own order, with a word about why; whether that was said. One that is being cancelled
    /// is not cancelled again.
    pub fn cancel(&mut self, id: OrderId, why: &str) -> bool {
        match self.desk.orders.get(id) {
            Some(order) if order.cancelling => false,
            Some(order) if self.is_warming_up(order.symbol) => {
                let symbol = order.symbol;
                self.note_unsent(Unsent::WarmingUp, Some(symbol));
                false
            }
            Some(_) => self.say_cancel(id, Label::new(why)),
            None => {
                self.note_unsent(Unsent::NotAnOpenOrder, None);
                false
            }
        }
    }

    /// Cancels every own order on a symbol; whether there was one to cancel.
    pub fn cancel_all(&mut self, symbol: Symbol, why: &str) -> bool {
        let why = Label::new(why);
        self.cancel_where(why, |order| order.symbol == symbol)
    }

    /// Changes an own order in place: its whole quantity, rounded down to the lot, and its limit price,
    /// put on the tick as [`OrderRequest::limit`] does. Whether that was said: one change of an order
    /// is on its way at a time, and one that changes nothing is not said.
    pub fn amend(&mut self, id: OrderId, qty: Qty, limit: Price, why: &str) -> bool {
        let symbol = self.desk.orders.get(id).map(|order| order.symbol);
        match self.changed(id, qty, limit) {
            Ok(Some((qty, limit))) => self.say_amend(id, (qty, limit), Label::new(why)),
            Ok(None) => false,
            Err(unsent) => {
                self.note_unsent(unsent, symbol);
                false
            }
        }
    }

    /// Sends no entries on that symbol from now on; a refusal's symbol can be given as it is. What
    /// reduces still passes. Lasts until [`Cx::resume`], or until somebody resumes the whole strategy.
    pub fn pause(&mut self, symbol: impl Into<Option<Symbol>>) {
        if let Some(symbol) = symbol.into().filter(|symbol| self.symbols.contains(symbol)) {
            self.desk.pause(symbol);
        }
    }

    /// Takes back a pause of that symbol.
    pub fn resume(&mut self, symbol: Symbol) {
        self.desk.resume(symbol);
    }

    /// Calls `on_timer` at `at`, a millisecond from now at the earliest. One timer of a name stands at
    /// a time: asking again moves it.
    pub fn timer(&mut self, name: &str, at: Ts) {
        let name = timer_name(name);
        let fits = self.desk.set_timer(name, at.max(self.now + TIMER_MIN));
        self.said.too_much |= !fits;
        self.said.timers_moved = true;
    }

    /// Takes a timer back.
    pub fn cancel_timer(&mut self, name: &str) {
        self.desk.cancel_timer(timer_name(name));
        self.said.timers_moved = true;
    }
}

/// A timer always has a name.
fn timer_name(name: &str) -> Label {
    match Label::new(name) {
        Label::NONE => Label::new("timer"),
        name => name,
    }
}

/// How intents are made.
impl Cx<'_> {
    pub(crate) fn note_unsent(&mut self, why: Unsent, symbol: Option<Symbol>) {
        self.desk.unsent.note(why, self.now, symbol);
    }

    /// The number of the next intent.
    fn next_intent(&self) -> IntentSeq {
        IntentSeq::new(self.desk.said.get() + self.said.len() as u64 + 1)
    }

    /// Whether an order on that symbol may be asked for at all.
    pub(crate) fn may_trade(&self, symbol: Symbol, reduces: bool) -> Result<(), Unsent> {
        if !self.symbols.contains(&symbol) {
            Err(Unsent::NotListed)
        } else if self.is_warming_up(symbol) {
            Err(Unsent::WarmingUp)
        } else if self.desk.is_paused(symbol) && !reduces {
            Err(Unsent::Paused)
        } else {
            Ok(())
        }
    }

    /// Says `Place`, and `Protect` right after it where the order is to be guarded.
    pub(crate) fn place(&mut self, spec: &OrderSpec, guard: Guard, why: Label) -> Option<OrderId> {
        if self.desk.orders.is_full() || guard.is_wanted() && self.desk.guards_are_full() {
            self.note_unsent(Unsent::TooManyOrders, Some(spec.symbol()));
            return None;
        }
        if !self.said.has_room(1 + usize::from(guard.is_wanted())) {
            return None;
        }
        let intent = self.next_intent();
        let id = OrderId::derive(self.config.run, self.desk.strategy, Origin::Strategy, intent);
        let expires = self.now + self.config.intent_ttl;
        self.said.push(Event::Place(Place { id, spec: *spec, expires, why }));
        self.desk.orders.add(OpenOrder::new(id, spec, intent));
        if guard.is_wanted() {
            let Guard { stop, target, trail } = guard;
            let (symbol, exit_side) = (spec.symbol(), spec.side().opposite());
            let protect = Protect { entry: id, symbol, exit_side, stop, target, trail };
            self.said.push(Event::Protect(protect));
            self.desk.guards.push(Guarded { entry: id, symbol, exit_side, intent });
        }
        Some(id)
    }

    fn say_cancel(&mut self, target: OrderId, why: Label) -> bool {
        if !self.said.has_room(1) {
            return false;
        }
        self.said.push(Event::Cancel(Cancel { target, why }));
        if let Some(order) = self.desk.orders.get_mut(target) {
            order.cancelling = true;
        }
        true
    }

    fn cancel_where(&mut self, why: Label, wanted: impl Fn(&OpenOrder) -> bool) -> bool {
        let mut any = false;
        for index in 0..self.desk.orders.as_slice().len() {
            let order = &self.desk.orders.as_slice()[index];
            let warming_up = self.is_warming_up(order.symbol);
            if !order.cancelling && !warming_up && wanted(order) {
                any |= self.say_cancel(order.id, why);
            }
        }
        any
    }

    /// Cancels the orders that would make a position larger, or open one.
    pub(crate) fn cancel_openers(
        &mut self,
        symbol: Symbol,
        held: Option<Side>,
        why: Label,
    ) -> bool {
        self.cancel_where(why, |order| {
            let opens = held.is_none_or(|side| side == order.side);
            order.symbol == symbol && opens && !order.reduce_only
        })
    }

    /// The quantity and price that a change would lead to; nothing where that is what holds.
    fn changed(&self, id: OrderId, qty: Qty, limit: Price) -> Result<Option<(Qty, Price)>, Unsent> {
        let order = self.desk.orders.get(id).filter(|order| !order.cancelling);
        let order = order.filter(|order| !order.state.is_done()).ok_or(Unsent::NotAnOpenOrder)?;
        self.may_trade(order.symbol, order.reduce_only)?;
        if order.is_amending() {
            return Err(Unsent::AmendPending);
        }
        let standing = order.limit.ok_or(Unsent::Contradiction)?;
        let rules = self.instrument(order.symbol).ok_or(Unsent::UnknownInstrument)?;
        let limit = on_tick(limit, order.side, rules)?;
        let qty = in_lots(qty, Some(limit), rules)?;
        if qty <= order.filled {
            return Err(Unsent::Contradiction);
        }
        Ok(((qty, limit) != (order.qty, standing)).then_some((qty, limit)))
    }

    fn say_amend(&mut self, target: OrderId, (qty, limit): (Qty, Price), why: Label) -> bool {
        if !self.said.has_room(1) {
            return false;
        }
        let intent = self.next_intent();
        let limit = Some(limit);
        self.said.push(Event::Amend(Amend { target, qty, limit, trigger: None, why }));
        if let Some(order) = self.desk.orders.get_mut(target) {
            order.amend = Some(intent);
        }
        true
    }
}
