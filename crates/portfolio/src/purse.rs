//! One currency of one strategy, or of the whole account: the totals that are read all the time.
//!
//! The identity that holds at all times, exactly: cash + cost of what is open = deposits + realised
//! - fees - side fees.

use contracts::{Asset, Money, Portfolio, StrategyId};
use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::fault::LedgerFault;
use crate::range;

/// Whose money it is, and in which currency. The account comes first, then its strategies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// Absent for the account as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) strategy: Option<StrategyId>,
    pub(crate) asset: Asset,
}

impl Owner {
    pub(crate) fn account(asset: Asset) -> Self {
        Self { strategy: None, asset }
    }

    pub(crate) fn strategy(strategy: StrategyId, asset: Asset) -> Self {
        Self { strategy: Some(strategy), asset }
    }
}

/// The totals of one currency, over all positions that are paid in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    pub(crate) sums: Sums,
    pub(crate) day: Day,
}

/// The amounts of a purse; also a change of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) deposits: Money,
    pub(crate) cash: Money,
    pub(crate) realised: Money,
    pub(crate) fees: Money,
    pub(crate) side_fees: Money,
    pub(crate) cost: Money,
    pub(crate) value: Money,
    pub(crate) gross: Money,
}

impl Sums {
    pub(crate) const ZERO: Self = Self {
        deposits: Money::ZERO,
        cash: Money::ZERO,
        realised: Money::ZERO,
        fees: Money::ZERO,
        side_fees: Money::ZERO,
        cost: Money::ZERO,
        value: Money::ZERO,
        gross: Money::ZERO,
    };

    /// Both together, where each amount stays in range.
    pub(crate) fn plus(&self, change: &Self) -> Result<Self, LedgerFault> {
        Ok(Self {
            deposits: range::sum(self.deposits, change.deposits)?,
            cash: range::sum(self.cash, change.cash)?,
            realised: range::sum(self.realised, change.realised)?,
            fees: range::sum(self.fees, change.fees)?,
            side_fees: range::sum(self.side_fees, change.side_fees)?,
            cost: range::sum(self.cost, change.cost)?,
            value: range::sum(self.value, change.value)?,
            gross: range::sum(self.gross, change.gross)?,
        })
    }
}

/// What a purse that was never used looks like.
pub(crate) static EMPTY: Purse = Purse::NONE;

impl Purse {
    /// Nothing.
    pub(crate) const NONE: Self = Self { sums: Sums::ZERO, day: Day::NONE };

    /// Cash, before anything is reserved for open orders. Below zero is a debt.
    pub fn cash(&self) -> Money {
        self.sums.cash
    }

    /// What was paid in, minus what was taken out.
    pub fn deposits(&self) -> Money {
        self.sums.deposits
    }

    /// Profit and loss of what was closed, before fees.
    pub fn realised(&self) -> Money {
        self.sums.realised
    }

    /// Fees of pairs that are paid in this currency; those in base at the price of their fill.
    pub fn fees(&self) -> Money {
        self.sums.fees
    }

    /// Fees taken in this currency for pairs of two others.
    pub fn side_fees(&self) -> Money {
        self.sums.side_fees
    }

    /// What the open positions cost; short ones count below zero.
    pub fn cost(&self) -> Money {
        self.sums.cost
    }

    /// What the open positions are worth at the last marks; short ones count below zero.
    pub fn value(&self) -> Money {
        self.sums.value
    }

    /// What the open positions of each strategy are worth, short ones counting above zero too.
    pub fn gross(&self) -> Money {
        self.sums.gross
    }

    /// Profit and loss of what is open, before fees.
    pub fn unrealised(&self) -> Money {
        self.sums.value - self.sums.cost
    }

    /// Cash plus the value of all positions.
    pub fn equity(&self) -> Money {
        self.sums.cash + self.sums.value
    }

    /// The change of equity since 00:00 UTC; what was paid in or taken out does not count.
    pub fn day_pnl(&self) -> Money {
        self.equity() - self.day.baseline
    }

    /// The highest equity so far; what was paid in or taken out since has moved it along.
    pub fn high_water(&self) -> Money {
        self.day.high
    }

    /// How far equity stands below its highest; never below zero.
    pub fn drawdown(&self) -> Money {
        self.day.high - self.equity()
    }

    /// The totals as they are told to others.
    pub fn as_portfolio(&self) -> Portfolio {
        Portfolio {
            equity: self.equity(),
            cash: self.cash(),
            realised: self.realised(),
            unrealised: self.unrealised(),
            fees: self.fees() + self.side_fees(),
            day: self.day_pnl(),
        }
    }

    /// The purse after a change.
    pub(crate) fn after(&self, change: &Sums) -> Result<Self, LedgerFault> {
        let sums = self.sums.plus(change)?;
        let mut after = Self { sums, day: self.day.shifted(change.deposits)? };
        after.day.observe(after.equity());
        Ok(after)
    }

    /// The purse after positions were valued anew. The gross was checked before, and no value is
    /// larger than it.
    #[inline]
    pub(crate) fn revalue(&mut self, value_change: Money, gross_change: Money) {
        self.sums.value += value_change;
        self.sums.gross += gross_change;
        self.day.observe(self.equity());
    }

    /// Falls are measured from what there is now.
    pub(crate) fn forget_high(&mut self) {
        self.day.forget_high(self.equity());
    }

    /// Begins a day.
    pub(crate) fn begin_day(&mut self) {
        self.day.begin(self.equity());
    }
}
