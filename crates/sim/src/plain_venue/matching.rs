//! Matching: what an order gets, and from whom.

use contracts::{
    Event, Fill, Lifetime, Liquidity, OrderId, OrderKind, Price, Qty, Says, Side, Symbol, Ticker,
    Trade, Ts, VenueReason, VenueRef,
};

use super::config::SelfTrade;
use super::orders::VenueOrder;
use super::venue::{PlainVenue, Voice};

impl PlainVenue {
    /// New quotes: resting orders that they cross trade at their own limit.
    pub(crate) fn on_ticker(&mut self, now: Ts, ticker: &Ticker, voice: &mut Voice<'_, '_>) {
        let symbol = ticker.symbol;
        self.market_mut(symbol).quote(now, ticker);
        if self.state.orders.open(symbol).is_empty() {
            return;
        }
        self.learn_queue(symbol);
        for id in self.state.orders.open(symbol).to_vec() {
            self.take_as_maker(now, id, voice);
        }
    }

    /// A trade between others: it wakes stops, and it trades with orders that rest at its price or
    /// beyond, as far as its quantity goes.
    pub(crate) fn on_trade(&mut self, now: Ts, trade: &Trade, voice: &mut Voice<'_, '_>) {
        self.market_mut(trade.symbol).last = Some(trade.price);
        let open = self.state.orders.open(trade.symbol);
        if open.is_empty() {
            return;
        }
        let mut reached: Vec<OrderId> = open.to_vec();
        let best_first = |id: &OrderId| {
            let price = self.state.orders.get(*id).and_then(VenueOrder::resting_price);
            let pico = price.map_or(0, Price::pico);
            // The most generous price first; a stable sort keeps time order among equals.
            if trade.taker == Side::Sell { u128::MAX - pico } else { pico }
        };
        reached.sort_by_key(best_first);
        let mut left = trade.qty;
        for id in reached {
            left = self.trade_reaches(id, trade, left, voice);
        }
        self.wake_stops(now, trade, voice);
    }

    /// What of a given trade remains after one of our orders had its share.
    fn trade_reaches(
        &mut self,
        id: OrderId,
        trade: &Trade,
        left: Qty,
        voice: &mut Voice<'_, '_>,
    ) -> Qty {
        let Some(order) = self.state.orders.get_mut(id) else { return left };
        let Some(limit) = order.resting_price() else { return left };
        if order.spec.side() == trade.taker || !order.reaches(trade.price) {
            return left;
        }
        let mut left = left;
        if limit == trade.price {
            // Those before us in the queue trade first. Who cannot know his place waits.
            let Some(ahead) = order.ahead else { return left };
            let served = ahead.min(left);
            order.ahead = Some(ahead.saturating_minus(served));
            left = left.saturating_minus(served);
        }
        let qty = order.rest().min(left);
        if qty.is_zero() {
            return left;
        }
        self.execute(id, (qty, limit), Liquidity::Maker, voice);
        left.saturating_minus(qty)
    }

    fn wake_stops(&mut self, now: Ts, trade: &Trade, voice: &mut Voice<'_, '_>) {
        for id in self.state.orders.open(trade.symbol).to_vec() {
            let Some(order) = self.state.orders.get_mut(id) else { continue };
            if order.ended.is_none() && !order.awake && order.triggers(trade.price) {
                order.awake = true;
                self.arrive(now, id, voice);
            }
        }
    }

    /// An order comes to the market: it takes what it can, and rests or ends.
    pub(crate) fn arrive(&mut self, now: Ts, id: OrderId, voice: &mut Voice<'_, '_>) {
        if !self.prevent_self_trade(now, id, voice) {
            return;
        }
        let Some(order) = self.state.orders.get_open(id) else { return };
        let (side, symbol, lifetime) =
            (order.spec.side(), order.spec.symbol(), order.spec.lifetime());
        let kind = order.spec.kind();
        let age_max = self.config.quote_age_max;
        let quote = self.market(symbol).and_then(|market| market.opposite(side, now, age_max));
        let reached = quote.filter(|quote| order.reaches(quote.price));
        if lifetime == Lifetime::PostOnly && reached.is_some() {
            return self.finish(now, id, (Says::Cancelled, VenueReason::WouldTake), voice);
        }
        if let Some(quote) = reached {
            let qty = order.rest().min(quote.left);
            if !qty.is_zero() {
                self.market_mut(symbol).consume(side, qty);
                self.execute(id, (qty, quote.price), Liquidity::Taker, voice);
            }
        }
        let at_market = matches!(kind, OrderKind::Market | OrderKind::Stop { .. });
        if self.state.orders.get_open(id).is_none() {
            return;
        }
        if at_market {
            self.finish(now, id, (Says::Cancelled, VenueReason::NoLiquidity), voice);
        } else if lifetime == Lifetime::Immediate {
            self.finish(now, id, (Says::Cancelled, VenueReason::ImmediateRest), voice);
        } else {
            self.learn_queue(symbol);
        }
    }

    /// Keeps an account from trading with itself; whether the arriving order is still there.
    fn prevent_self_trade(&mut self, now: Ts, id: OrderId, voice: &mut Voice<'_, '_>) -> bool {
        let Some(order) = self.state.orders.get_open(id) else { return false };
        let (side, symbol) = (order.spec.side(), order.spec.symbol());
        let crossed: Vec<OrderId> = self
            .state
            .orders
            .open(symbol)
            .iter()
            .copied()
            .filter(|other| {
                let other = self.state.orders.get_open(*other);
                other.is_some_and(|other| {
                    other.id != id
                        && other.spec.side() != side
                        && other.resting_price().is_some_and(|price| order.reaches(price))
                })
            })
            .collect();
        if crossed.is_empty() {
            return true;
        }
        let (newest, oldest) = match self.config.self_trade {
            SelfTrade::CancelNewest => (true, false),
            SelfTrade::CancelOldest => (false, true),
            SelfTrade::CancelBoth => (true, true),
        };
        let because = (Says::Cancelled, VenueReason::SelfTrade);
        if oldest {
            for other in crossed {
                self.finish(now, other, because, voice);
            }
        }
        if newest {
            self.finish(now, id, because, voice);
        }
        !newest
    }

    /// A resting order that the given quotes cross trades at its own limit: the market came to it.
    fn take_as_maker(&mut self, now: Ts, id: OrderId, voice: &mut Voice<'_, '_>) {
        let Some(order) = self.state.orders.get_open(id) else { return };
        let Some(limit) = order.resting_price() else { return };
        let (side, symbol) = (order.spec.side(), order.spec.symbol());
        let age_max = self.config.quote_age_max;
        let quote = self.market(symbol).and_then(|market| market.opposite(side, now, age_max));
        let Some(quote) = quote.filter(|quote| order.reaches(quote.price)) else { return };
        let qty = order.rest().min(quote.left);
        if !qty.is_zero() {
            self.market_mut(symbol).consume(side, qty);
            self.execute(id, (qty, limit), Liquidity::Maker, voice);
        }
    }

    /// Who rests at the best price now learns what stands before him: everything that is shown there.
    /// Who rests in front of it has nobody before him.
    fn learn_queue(&mut self, symbol: Symbol) {
        let Some(market) = self.market(symbol).copied() else { return };
        for id in self.state.orders.open(symbol).to_vec() {
            let Some(order) = self.state.orders.get_mut(id) else { continue };
            let Some(limit) = order.resting_price().filter(|_| order.ahead.is_none()) else {
                continue;
            };
            let side = order.spec.side();
            order.ahead = match market.same(side) {
                None => Some(Qty::ZERO),
                Some(best) if best.price == limit => Some(best.shown()),
                Some(best) if (limit > best.price) == (side == Side::Buy) => Some(Qty::ZERO),
                Some(_) => None,
            };
        }
    }

    /// Books an execution and says so.
    fn execute(
        &mut self,
        id: OrderId,
        (qty, price): (Qty, Price),
        liquidity: Liquidity,
        voice: &mut Voice<'_, '_>,
    ) {
        let now = voice.now();
        self.state.executions += 1;
        let exec = VenueRef::numbered(b'T', self.state.executions);
        let fees = self.config.fees;
        let Some(order) = self.state.orders.get_mut(id) else { return };
        let (symbol, side) = (order.spec.symbol(), order.spec.side());
        let decimals = self
            .state
            .markets
            .get(symbol)
            .and_then(|market| market.instrument)
            .map_or(4, |instrument| instrument.quote_decimals);
        let cost = price.cost(qty);
        let fee = cost.and_then(|cost| fees.fee(cost, liquidity == Liquidity::Taker, decimals));
        // The size of every order was checked when it came; its cost fits.
        let Ok(fee) = fee else { return };
        let fee_asset = symbol.quote();
        let fill = Fill { id, exec, symbol, qty, price, fee, fee_asset, at: now, side, liquidity };
        order.filled = order.filled.plus(qty).unwrap_or(order.filled);
        order.executions.push(fill);
        voice.say(Event::Executed(fill));
        if order.rest().is_zero() {
            self.finish(now, id, (Says::Filled, VenueReason::None), voice);
        }
    }

    /// Ends an order and says so.
    pub(crate) fn finish(
        &mut self,
        now: Ts,
        id: OrderId,
        (says, reason): (Says, VenueReason),
        voice: &mut Voice<'_, '_>,
    ) {
        self.state.orders.finish(id, says, reason, self.config.finished_kept);
        if let Some(order) = self.state.orders.get(id) {
            voice.say(Event::Report(order.report(says, reason, now)));
        }
    }
}
