//! What a whole book is worth knowing for: best prices, spread, depth, the price of taking.
//!
//! Every sum is exact, and one that leaves the range of its amount is an error, never a wrong
//! number. Reads only; the caller decides what to do with an empty side.

use contracts::{Bps, Money, OutOfRange, Price, Qty, Rounding, Side};

use crate::apply::Book;
use crate::ladder::Ladder;

/// A book that is whole.
#[derive(Clone, Copy)]
pub struct View<'a> {
    book: &'a Book,
}

/// What rests at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price.
    pub price: Price,
    /// The quantity.
    pub qty: Qty,
}

/// What taking from the book would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who takes: a buyer takes asks.
    pub taker: Side,
    /// What there is to take, at most what was asked for.
    pub qty: Qty,
    /// What was asked for and is not there.
    pub missing: Qty,
    /// What it costs, exactly.
    pub cost: Money,
    /// The worst price that is touched; `None` if nothing is.
    pub worst: Option<Price>,
}

impl Taken {
    /// The average price, rounded against the taker to 1e-12; `None` if nothing is taken.
    pub fn average(&self) -> Option<Price> {
        let rounding = match self.taker {
            Side::Buy => Rounding::Ceil,
            Side::Sell => Rounding::Floor,
        };
        self.cost.per(self.qty, rounding)
    }
}

impl<'a> View<'a> {
    /// One, in the unit of [`View::imbalance`].
    pub const ONE: i64 = 1_000_000_000;

    pub(crate) fn new(book: &'a Book) -> Self {
        Self { book }
    }

    fn ladder(self, side: Side) -> &'a Ladder {
        match side {
            Side::Buy => &self.book.bids,
            Side::Sell => &self.book.asks,
        }
    }

    /// The levels of a side, the best first.
    pub fn levels(self, side: Side) -> impl Iterator<Item = Quote> + Clone + use<'a> {
        let ladder = self.ladder(side);
        // Every key was made from a price, so none is left out.
        ladder
            .live()
            .iter()
            .rev()
            .filter_map(|rung| ladder.price(rung).map(|price| Quote { price, qty: rung.qty }))
    }

    /// How many levels a side has.
    pub fn len(self, side: Side) -> usize {
        self.ladder(side).len()
    }

    /// Whether a side has no level.
    pub fn is_empty(self, side: Side) -> bool {
        self.len(side) == 0
    }

    /// The best level of a side.
    #[inline]
    pub fn best(self, side: Side) -> Option<Quote> {
        let ladder = self.ladder(side);
        let rung = ladder.best()?;
        Some(Quote { price: ladder.price(rung)?, qty: rung.qty })
    }

    /// The highest price somebody buys at.
    #[inline]
    pub fn best_bid(self) -> Option<Quote> {
        self.best(Side::Buy)
    }

    /// The lowest price somebody sells at.
    #[inline]
    pub fn best_ask(self) -> Option<Quote> {
        self.best(Side::Sell)
    }

    /// Half way between the best prices, rounded down to 1e-12; `None` if a side is empty.
    pub fn mid(self) -> Option<Price> {
        Some(self.best_bid()?.price.midpoint(self.best_ask()?.price))
    }

    /// The distance of the best prices in basis points of the mid, rounded up; `None` if a side is
    /// empty. What does not fit is the largest number there is.
    pub fn spread(self) -> Option<Bps> {
        let (bid, ask, mid) = (self.best_bid()?.price, self.best_ask()?.price, self.mid()?);
        let gap = ask.pico().saturating_sub(bid.pico());
        let bps = gap.saturating_mul(10_000).div_ceil(mid.pico());
        Some(Bps::new(i32::try_from(bps).unwrap_or(i32::MAX)))
    }

    /// What rests on a side within a distance of the mid, the border included; `None` if a side is
    /// empty.
    pub fn depth(self, side: Side, within: Bps) -> Result<Option<Money>, OutOfRange> {
        let Some(mid) = self.mid() else { return Ok(None) };
        let reach = mid.pico().checked_mul(u128::try_from(within.get()).unwrap_or(0));
        let reach = reach.ok_or(OutOfRange)?;
        let mut sum = Money::ZERO;
        for quote in self.levels(side) {
            // Compared without a division, so that a level exactly on the border counts.
            let gap = quote.price.pico().abs_diff(mid.pico());
            if gap.checked_mul(10_000).ok_or(OutOfRange)? > reach {
                break;
            }
            sum = sum.plus(quote.price.cost(quote.qty)?)?;
        }
        Ok(Some(sum))
    }

    /// What rests on a side at `price` or better.
    pub fn qty_to(self, side: Side, price: Price) -> Result<Qty, OutOfRange> {
        let mut sum = Qty::ZERO;
        for quote in self.levels(side) {
            let reached = match side {
                Side::Buy => quote.price >= price,
                Side::Sell => quote.price <= price,
            };
            if !reached {
                break;
            }
            sum = sum.plus(quote.qty)?;
        }
        Ok(sum)
    }

    /// Walks the book as an order of that side would.
    pub fn take(self, taker: Side, qty: Qty) -> Result<Taken, OutOfRange> {
        let mut missing = qty;
        let (mut cost, mut worst) = (Money::ZERO, None);
        for quote in self.levels(taker.opposite()) {
            if missing.is_zero() {
                break;
            }
            let part = quote.qty.min(missing);
            cost = cost.plus(quote.price.cost(part)?)?;
            worst = Some(quote.price);
            missing = missing.saturating_minus(part);
        }
        Ok(Taken { taker, qty: qty.saturating_minus(missing), missing, cost, worst })
    }

    /// How much more is bid than offered within the best `levels` of each side, in parts of 1e-9 of
    /// both together: 1e9 is bids only, -1e9 asks only. `None` if nothing rests there.
    pub fn imbalance(self, levels: usize) -> Result<Option<i64>, OutOfRange> {
        let sum = |side| {
            let mut quotes = self.levels(side).take(levels);
            quotes.try_fold(Qty::ZERO, |sum, quote| sum.plus(quote.qty))
        };
        let (bids, asks) = (sum(Side::Buy)?, sum(Side::Sell)?);
        let both = bids.plus(asks)?.pico();
        if both == 0 {
            return Ok(None);
        }
        let more = bids.pico().abs_diff(asks.pico());
        let scaled = more.checked_mul(Self::ONE as u128).ok_or(OutOfRange)? / both;
        // At most one, because the difference is at most the sum.
        let share = scaled as i64;
        Ok(Some(if bids >= asks { share } else { -share }))
    }
}
