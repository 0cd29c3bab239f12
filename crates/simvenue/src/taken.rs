//! What we have taken of what the market shows. We do not move the given market: it goes on showing
//! what we took. So it is remembered, level by level, until the market shows something else there.

use contracts::{Price, Qty, Side};
use serde::{Deserialize, Serialize};

/// By what the market was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lens {
    /// The book.
    Book,
    /// The ticker.
    Ticker,
}

/// What was taken from one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TakenLevel {
    pub(crate) side: Side,
    pub(crate) price: Price,
    /// What was shown there, by whom; the memory ends when the same shows something else.
    pub(crate) shown: Qty,
    pub(crate) lens: Lens,
    /// What we took of it.
    pub(crate) qty: Qty,
}

/// Every level that we took from. Whoever plans a taking looks at [`Taken::len`] first;
/// that is its bound.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Taken {
    levels: Vec<TakenLevel>,
}

impl Taken {
    /// Makes room for so many levels, so that taking never allocates.
    pub(crate) fn prepare(&mut self, levels_max: u16) {
        self.levels.reserve(usize::from(levels_max).saturating_sub(self.levels.len()));
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.levels.len()
    }

    /// What we took at a price, through whatever lens: the orders behind both are the same.
    pub(crate) fn at(&self, side: Side, price: Price) -> Qty {
        let same = |level: &&TakenLevel| level.side == side && level.price == price;
        let levels = self.levels.iter().filter(same);
        levels.fold(Qty::ZERO, |sum, level| sum.plus(level.qty).unwrap_or(sum))
    }

    /// Remembers a further part. A level seen through the same lens is one record.
    pub(crate) fn add(&mut self, part: TakenLevel) {
        let same = |level: &&mut TakenLevel| {
            (level.side, level.price, level.lens) == (part.side, part.price, part.lens)
        };
        match self.levels.iter_mut().find(same) {
            // Never more than was shown, so the sum stays in range.
            Some(level) => level.qty = level.qty.plus(part.qty).unwrap_or(level.shown),
            None => self.levels.push(part),
        }
    }

    /// Forgets what was seen through a lens that now shows something else there.
    pub(crate) fn forget_changed(&mut self, lens: Lens, shown: impl Fn(Side, Price) -> Qty) {
        self.levels
            .retain(|level| level.lens != lens || shown(level.side, level.price) == level.shown);
    }
}
