//! The given market of one instrument: what others show and trade, which we see and do not move.
//!
//! The book is believed before the ticker, and neither beyond its age: a quote from before the
//! silence is no evidence that anybody would still trade at it. What we took is subtracted.

use book::{Applied, Book, Quote, View};
use contracts::{Level, Price, Qty, Rounding, Side, Span, Symbol, Ticker, Ts};
use serde::{Deserialize, Serialize};

use crate::taken::{Lens, Taken, TakenLevel};

/// What the market shows, and what we took of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Given {
    symbol: Symbol,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last: Option<LastTrade>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ticker: Option<SeenTicker>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    book: Option<Book>,
    /// Whether a snapshot of the book has begun and not ended.
    renewing: bool,
    taken: Taken,
    /// Whether the feed says that what we see is not to be trusted.
    blind: bool,
}

/// The last trade between others.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct LastTrade {
    price: Price,
    at: Ts,
}

/// A ticker, and when it came.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct SeenTicker {
    ticker: Ticker,
    seen: Ts,
}

/// A part of a level that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) price: Price,
    pub(crate) qty: Qty,
    shown: Qty,
    lens: Lens,
}

/// What somebody wants to take.
#[derive(Clone, Copy)]
pub(crate) struct Want {
    /// Who takes: a buyer takes asks.
    pub(crate) taker: Side,
    pub(crate) qty: Qty,
    /// The worst price, where there is one.
    pub(crate) limit: Option<Price>,
    /// Levels at this price or worse are out of reach: an own order stands there.
    pub(crate) barrier: Option<Price>,
    /// Everything trades in whole lots.
    pub(crate) lot: Qty,
    /// The most levels whose taking can be remembered.
    pub(crate) levels_max: u16,
}

/// When we look, and how far back a quote still counts.
#[derive(Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) now: Ts,
    pub(crate) age_max: Span,
}

impl Want {
    fn reaches(&self, price: Price) -> bool {
        let within = self.limit.is_none_or(|limit| !better(self.taker, limit, price));
        within && self.barrier.is_none_or(|barrier| better(self.taker, price, barrier))
    }
}

/// Whether `price` is strictly better than `other` for a taker of that side.
pub(crate) fn better(taker: Side, price: Price, other: Price) -> bool {
    match taker {
        Side::Buy => price < other,
        Side::Sell => price > other,
    }
}

/// What a level brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing that can be read yet.
    Nothing,
    /// One level of several has changed.
    Part,
    /// One level has changed, and the book is whole.
    Whole,
    /// The last level of a snapshot: the book is whole, and all of it is new.
    WholeAnew,
}

/// What can be believed at a moment.
#[derive(Clone, Copy)]
enum Face<'a> {
    Book(View<'a>),
    Ticker(&'a Ticker),
}

/// The best quote of a ticker's side; nothing where it shows no quantity.
fn ticker_best(ticker: &Ticker, side: Side) -> Option<Quote> {
    let (price, qty) = match side {
        Side::Buy => (ticker.bid?, ticker.bid_qty),
        Side::Sell => (ticker.ask?, ticker.ask_qty),
    };
    (!qty.is_zero()).then_some(Quote { price, qty })
}

/// What a book shows at a price, the worst of its levels included; `None` beyond it.
fn book_at(view: View<'_>, side: Side, price: Price) -> Option<Qty> {
    // Seen from the other side, the worse price of a level is the better one.
    let reached = view.levels(side).find(|level| !better(side.opposite(), level.price, price))?;
    Some(if reached.price == price { reached.qty } else { Qty::ZERO })
}

impl<'a> Face<'a> {
    fn lens(self) -> Lens {
        match self {
            Self::Book(_) => Lens::Book,
            Self::Ticker(_) => Lens::Ticker,
        }
    }

    fn levels(self, side: Side) -> impl Iterator<Item = Quote> + use<'a> {
        let (levels, best) = match self {
            Self::Book(view) => (Some(view.levels(side)), None),
            Self::Ticker(ticker) => (None, ticker_best(ticker, side)),
        };
        levels.into_iter().flatten().chain(best)
    }

    /// What rests at a price; `None` where that is out of sight.
    fn shown_at(self, side: Side, price: Price) -> Option<Qty> {
        match self {
            Self::Book(view) => book_at(view, side, price),
            Self::Ticker(ticker) => {
                let best = ticker_best(ticker, side)?;
                if best.price == price {
                    return Some(best.qty);
                }
                // Nobody stands in front of the best; who stands behind it cannot be seen.
                better(side.opposite(), price, best.price).then_some(Qty::ZERO)
            }
        }
    }
}

impl Given {
    pub(crate) fn new(symbol: Symbol) -> Self {
        let taken = Taken::default();
        Self { symbol, last: None, ticker: None, book: None, renewing: false, taken, blind: false }
    }

    /// Makes room for what will be taken.
    pub(crate) fn prepare(&mut self, levels_max: u16) {
        self.taken.prepare(levels_max);
    }

    /// The price of the last trade.
    pub(crate) fn last(&self) -> Option<Price> {
        self.last.map(|last| last.price)
    }

    /// A trade between others.
    #[inline]
    pub(crate) fn see_trade(&mut self, price: Price, at: Ts) {
        self.last = Some(LastTrade { price, at });
    }

    /// A ticker; whether it brought a trade that is newer than the last one known.
    #[inline]
    pub(crate) fn see_ticker(&mut self, now: Ts, ticker: &Ticker) -> bool {
        self.ticker = Some(SeenTicker { ticker: *ticker, seen: now });
        if !self.taken.is_empty() {
            self.taken.forget_changed(Lens::Ticker, |side, price| {
                let best = ticker_best(ticker, side).filter(|best| best.price == price);
                best.map_or(Qty::ZERO, |best| best.qty)
            });
        }
        let Some(price) = ticker.last else { return false };
        // A ticker may lag behind the trades; only what is newer by the venue's clock counts.
        let newer = self.last.is_none_or(|last| last.at < ticker.at);
        if newer {
            self.last = Some(LastTrade { price, at: ticker.at });
        }
        newer
    }

    /// A level of the book.
    #[inline]
    pub(crate) fn see_level(&mut self, now: Ts, level: &Level, depth: u16) -> Seen {
        // Whoever received the message has verified its checksum and says so on the feed.
        let level = Level { checksum: None, ..*level };
        let book = self.book.get_or_insert_with(|| Book::new(level.symbol, depth));
        self.renewing |= level.part.starts_snapshot();
        match book.apply(now, &level) {
            Applied::Whole => {}
            Applied::Partial if !self.renewing => return Seen::Part,
            _ => return Seen::Nothing,
        }
        if !self.taken.is_empty()
            && let Some(view) = book.whole()
        {
            self.taken.forget_changed(Lens::Book, |side, price| {
                book_at(view, side, price).unwrap_or(Qty::ZERO)
            });
        }
        if std::mem::take(&mut self.renewing) { Seen::WholeAnew } else { Seen::Whole }
    }

    /// Whether what we see is to be trusted from now on.
    pub(crate) fn trust(&mut self, live: bool) {
        self.blind = !live;
    }

    #[inline]
    fn face(&self, Sight { now, age_max }: Sight) -> Option<Face<'_>> {
        if self.blind {
            return None;
        }
        if let Some(book) = &self.book
            && let Some(view) = book.whole()
            && book.age(now).is_some_and(|age| age <= age_max)
        {
            return Some(Face::Book(view));
        }
        let seen = self.ticker.as_ref().filter(|seen| now.since(seen.seen) <= age_max)?;
        Some(Face::Ticker(&seen.ticker))
    }

    /// By what the market is seen now.
    pub(crate) fn lens(&self, sight: Sight) -> Option<Lens> {
        self.face(sight).map(Face::lens)
    }

    /// The best price of a side.
    #[inline]
    pub(crate) fn best(&self, sight: Sight, side: Side) -> Option<Price> {
        match self.face(sight)? {
            Face::Book(view) => view.best(side).map(|best| best.price),
            Face::Ticker(ticker) => ticker_best(ticker, side).map(|best| best.price),
        }
    }

    /// What rests at a price; `None` where that cannot be seen now.
    pub(crate) fn shown_at(&self, sight: Sight, side: Side, price: Price) -> Option<Qty> {
        self.face(sight)?.shown_at(side, price)
    }

    /// Writes into `plan`, best first, what could be taken now of what is wanted.
    pub(crate) fn plan(&self, sight: Sight, want: &Want, plan: &mut Vec<Take>) -> PlanEnd {
        plan.clear();
        let Some(face) = self.face(sight) else { return PlanEnd::Complete };
        let (side, lens) = (want.taker.opposite(), face.lens());
        let mut missing = want.qty;
        for level in face.levels(side) {
            if missing.is_zero() || !want.reaches(level.price) {
                break;
            }
            let left = level.qty.saturating_minus(self.taken.at(side, level.price));
            let left = left.round_to(want.lot, Rounding::Floor).unwrap_or(Qty::ZERO);
            if left.is_zero() {
                continue;
            }
            if self.taken.len() + plan.len() >= usize::from(want.levels_max) {
                return PlanEnd::Bound;
            }
            let qty = left.min(missing);
            missing = missing.saturating_minus(qty);
            plan.push(Take { price: level.price, qty, shown: level.qty, lens });
        }
        PlanEnd::Complete
    }

    /// Remembers that a planned part was taken.
    pub(crate) fn take(&mut self, taker: Side, take: &Take) {
        let Take { price, qty, shown, lens } = *take;
        self.taken.add(TakenLevel { side: taker.opposite(), price, shown, lens, qty });
    }

    /// Whether a saved market is one that this configuration could have.
    pub(crate) fn is_sound(&self, symbol: Symbol, depth: u16, taken_levels_max: u16) -> bool {
        let book_fits = |book: &Book| book.symbol() == symbol && book.depth_max() == depth;
        self.symbol == symbol
            && self.taken.len() <= usize::from(taken_levels_max)
            && self.book.as_ref().is_none_or(book_fits)
    }
}

/// How far a plan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanEnd {
    /// As far as the market does.
    Complete,
    /// As far as what we take can be remembered.
    Bound,
}
