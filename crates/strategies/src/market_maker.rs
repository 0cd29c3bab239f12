//! Quotes a bid and an ask around the middle of the book, and leans against what it holds.
//!
//! A quote that has drifted is changed in place, so that it is one order and not a series of them; it
//! is cancelled where the book cannot be trusted or the inventory is full. Both quotes only ever rest.
//! On a spot market it offers what it holds and nothing else.

use contracts::{
    Bps, Feed, FeedState, Money, OrderState, Price, Qty, Refusal, Rounding, Side, Span, Symbol,
    SymbolMap, Ts,
};
use indicators::bridge::{Approx, price_from};
use serde::{Deserialize, Serialize};
use strategy::{Cx, Invalid, OpenOrder, PerSymbol, Setup, Strategy, ensure, params};

use crate::is_enough;

params! {
    /// What quoting takes.
    pub struct Config {
        /// How far from the middle each quote stands.
        half_spread: Bps = 10, in 1..=1000;
        /// How far both quotes move when the inventory is full; emptier, in proportion.
        skew: Bps = 10, in 0..=1000;
        /// How far a quote may drift before it is changed.
        requote: Bps = 3, in 1..=1000;
        /// What each quote is worth.
        stake: Money = "100";
        /// The inventory at which it buys no more.
        inventory: Money = "500";
        /// The shortest time between two changes of its quotes.
        refresh: Span = "500ms", in "1ms"..="1h";
        /// How long it rests after a refusal.
        rest: Span = "30s", in "1s"..="24h";
    }
}

/// When the quotes of one symbol may be changed again.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Quoting {
    not_before: Ts,
}

/// The market maker; its settings say how.
pub struct MarketMaker {
    config: Config,
    quoting: PerSymbol<Quoting>,
}

/// Where the quotes are to stand.
#[derive(Clone, Copy)]
struct Wanted {
    price: Price,
    /// How much to offer where nothing is offered yet; nothing where no more is to be offered.
    qty: Option<Qty>,
}

impl MarketMaker {
    /// Brings both quotes where they are to stand; whether anything was said.
    fn quote(&self, symbol: Symbol, cx: &mut Cx<'_>) -> bool {
        let Some((bid, ask)) = self.wanted(symbol, cx) else {
            return cx.cancel_all(symbol, "no book");
        };
        // Both, not the first that speaks.
        self.place(symbol, Side::Buy, bid, cx) | self.place(symbol, Side::Sell, ask, cx)
    }

    fn wanted(&self, symbol: Symbol, cx: &Cx<'_>) -> Option<(Wanted, Wanted)> {
        let book = cx.book(symbol)?;
        let tick = cx.instrument(symbol)?.tick;
        let (mid, position) = (book.mid()?, cx.position(symbol));
        let held = mid.value(position).ok()?;
        let full = (held.approx() / self.config.inventory.approx()).clamp(-1.0, 1.0);
        let lean = f64::from(self.config.skew.get()) / 10_000.0 * full;
        let centre = price_from(mid.approx() * (1.0 - lean), tick, Rounding::HalfEven)?;
        let half = self.config.half_spread.get();
        let bid = centre.shifted(Bps::new(-half), Rounding::Floor)?;
        let ask = centre.shifted(Bps::new(half), Rounding::Ceil)?;
        // A quote that would trade at once is refused by the venue; stand just before the other side.
        let bid = bid.min(book.best_ask()?.price.plus_ticks(tick, -1)?);
        let ask = ask.max(book.best_bid()?.price.plus_ticks(tick, 1)?);
        let has_room = held.plus(self.config.stake).ok()? <= self.config.inventory;
        let offered = self.config.stake.buys(ask).min(cx.free(symbol));
        Some((
            Wanted { price: bid, qty: has_room.then(|| self.config.stake.buys(bid)) },
            Wanted { price: ask, qty: Some(offered).filter(|qty| !qty.is_zero()) },
        ))
    }

    fn place(&self, symbol: Symbol, side: Side, wanted: Wanted, cx: &mut Cx<'_>) -> bool {
        let mut standing = cx.open_orders().iter().filter(|order| is_quote(order, symbol, side));
        let Some(order) = standing.next() else {
            let Some(qty) = wanted.qty.filter(|qty| is_enough(*qty, symbol, cx)) else {
                return false;
            };
            let request = match side {
                Side::Buy => cx.buy(symbol, qty),
                Side::Sell => cx.sell(symbol, qty),
            };
            return request.limit(wanted.price).post_only().send("quote").is_some();
        };
        // One that nobody has answered yet, or of unknown fate, is left alone.
        let settled = matches!(order.state, OrderState::New | OrderState::PartiallyFilled);
        if !settled || order.cancelling || order.is_amending() {
            return false;
        }
        let (id, qty, limit) = (order.id, order.qty, order.limit);
        if side == Side::Buy && wanted.qty.is_none() {
            return cx.cancel(id, "full");
        }
        let drift = limit.map_or(0, |limit| limit.distance(wanted.price).get().abs());
        drift >= self.config.requote.get() && cx.amend(id, qty, wanted.price, "drifted")
    }
}

fn is_quote(order: &OpenOrder, symbol: Symbol, side: Side) -> bool {
    order.symbol == symbol && order.side == side && !order.state.is_done()
}

impl Strategy for MarketMaker {
    const NAME: &'static str = "market_maker";
    const ABOUT: &'static str = "quotes both sides of the book and leans against what it holds";

    type Config = Config;
    type State = SymbolMap<Quoting>;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        ensure!(config.stake <= config.inventory, "the stake must fit into the inventory");
        ensure!(config.stake > Money::ZERO, "the stake must be above zero");
        setup.book();
        let quoting = setup.per_symbol(|_| Quoting::default());
        Ok(Self { config, quoting })
    }

    fn on_book(&mut self, symbol: Symbol, cx: &mut Cx<'_>) {
        let not_before = self.quoting.of(symbol).not_before;
        if cx.now() < not_before || cx.feed(symbol) != FeedState::Live {
            return;
        }
        if self.quote(symbol, cx) {
            self.quoting.of(symbol).not_before = cx.now() + self.config.refresh;
        }
    }

    fn on_feed(&mut self, feed: &Feed, cx: &mut Cx<'_>) {
        if feed.state != FeedState::Live {
            cx.cancel_all(feed.symbol, "feed lost");
        }
    }

    fn on_refused(&mut self, refusal: &Refusal, cx: &mut Cx<'_>) {
        if let Some(symbol) = refusal.symbol {
            self.quoting.of(symbol).not_before = cx.now() + self.config.rest;
        }
    }

    fn state(&self) -> &Self::State {
        self.quoting.states()
    }

    fn restore(&mut self, state: Self::State) -> Result<(), Invalid> {
        self.quoting.restore(state);
        Ok(())
    }
}
