//! The two memories of an equity: what it was when the day began, and the highest it has been.
//!
//! Money that is paid in or taken out is no profit and no loss: it moves both memories along.

use contracts::Money;
use serde::{Deserialize, Serialize};

use crate::fault::LedgerFault;
use crate::range::holds_equity;

/// The baseline of the day and the high-water mark of one equity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Day {
    /// The equity at 00:00 UTC, with what was paid in since.
    pub(crate) baseline: Money,
    /// The highest equity so far, with what was paid in since.
    pub(crate) high: Money,
}

impl Day {
    /// The beginning: nothing was ever there.
    pub(crate) const NONE: Self = Self { baseline: Money::ZERO, high: Money::ZERO };

    /// Both memories after `amount` was paid in.
    pub(crate) fn shifted(self, amount: Money) -> Result<Self, LedgerFault> {
        let shifted = Self { baseline: self.baseline.plus(amount)?, high: self.high.plus(amount)? };
        if shifted.fits() { Ok(shifted) } else { Err(LedgerFault::OutOfRange) }
    }

    /// Takes note of an equity.
    #[inline]
    pub(crate) fn observe(&mut self, equity: Money) {
        self.high = self.high.max(equity);
    }

    /// Begins a day with this equity.
    pub(crate) fn begin(&mut self, equity: Money) {
        self.baseline = equity;
    }

    /// From here on the highest equity is this one.
    pub(crate) fn forget_high(&mut self, equity: Money) {
        self.high = equity;
    }

    /// Whether both memories are amounts that an equity can have.
    pub(crate) fn fits(&self) -> bool {
        holds_equity(self.baseline) && holds_equity(self.high)
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::money;

    use super::*;

    #[test]
    fn day_money_paid_in_is_no_profit() {
        let mut day = Day::NONE.shifted(money("100")).unwrap();
        day.observe(money("120"));
        day.begin(money("110"));
        let day = day.shifted(money("-50")).unwrap();
        assert_eq!((day.baseline, day.high), (money("60"), money("70")));
    }

    #[test]
    fn day_out_of_range_refused() {
        assert_eq!(Day::NONE.shifted(Money::MAX), Err(LedgerFault::OutOfRange));
    }
}
