//! One symbol of the ledger: its mark, and what each strategy holds of it.
//!
//! Invariant: `net`, `size` and `gross` are the sums over the holdings.

use contracts::{Money, Net, Price, Qty, StrategyId};
use serde::{Deserialize, Serialize};

use crate::fault::LedgerFault;
use crate::holding::{FLAT, Holding, Step};
use crate::purses::Purses;
use crate::range;

/// What the account holds of one symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Book {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) mark: Option<Price>,
    pub(crate) net: Net,
    /// The sizes of all holdings, whatever their direction.
    pub(crate) size: Qty,
    /// What `size` is worth at the mark.
    pub(crate) gross: Money,
    /// Sorted by strategy.
    pub(crate) holdings: Vec<(StrategyId, Holding)>,
    /// Where the account's purse of the quote currency lies; found anew whenever purses move.
    #[serde(skip)]
    pub(crate) purse: u16,
}

/// The totals of a symbol after a fill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BookStep {
    mark: Price,
    net: Net,
    size: Qty,
    gross: Money,
}

/// What a symbol that never came up looks like.
pub(crate) static UNKNOWN: Book = Book::NONE;

impl Book {
    /// Nobody holds anything, and no price was ever seen.
    pub(crate) const NONE: Self = Self {
        mark: None,
        net: Net::ZERO,
        size: Qty::ZERO,
        gross: Money::ZERO,
        holdings: Vec::new(),
        purse: 0,
    };

    /// What a strategy holds.
    #[inline]
    pub(crate) fn holding(&self, strategy: StrategyId) -> &Holding {
        match self.place(strategy) {
            Ok(index) => &self.holdings[index].1,
            Err(_) => &FLAT,
        }
    }

    /// What a strategy holds, to change it; made where there is nothing yet.
    pub(crate) fn holding_mut(&mut self, strategy: StrategyId) -> &mut Holding {
        let index = self.place(strategy).unwrap_or_else(|index| {
            self.holdings.insert(index, (strategy, Holding::NONE));
            index
        });
        &mut self.holdings[index].1
    }

    #[inline]
    fn place(&self, strategy: StrategyId) -> Result<usize, usize> {
        self.holdings.binary_search_by_key(&strategy, |(held, _)| *held)
    }

    /// Works out the totals after `step` of a holding that had `before`.
    pub(crate) fn plan(
        &self,
        before: &Holding,
        step: &Step,
        mark: Price,
    ) -> Result<BookStep, LedgerFault> {
        let change = step.after.net.plus(-before.net())?;
        let size = self.size.saturating_minus(before.net().size()).plus(step.after.net.size())?;
        let gross = range::sum(Money::ZERO, mark.cost(size)?)?;
        Ok(BookStep { mark, net: range::net_sum(self.net, change)?, size, gross })
    }

    /// Takes the totals over.
    pub(crate) fn commit(&mut self, step: &BookStep) {
        self.mark = Some(step.mark);
        self.net = step.net;
        self.size = step.size;
        self.gross = step.gross;
    }

    /// Values every holding at `mark`, and the purses with them; refused as a whole, before anything
    /// has changed, where the account's gross would leave the range.
    #[inline]
    pub(crate) fn revalue(&mut self, mark: Price, purses: &mut Purses) -> Result<(), LedgerFault> {
        if self.mark == Some(mark) {
            return Ok(());
        }
        if !self.size.is_zero() {
            let gross = mark.cost(self.size)?;
            // The one check: every value of a position, a strategy or the account is at most this.
            let others = range::difference(purses[self.purse].gross(), self.gross)?;
            range::sum(others, gross)?;
            self.carry_value(mark, purses);
            self.gross = gross;
        }
        self.mark = Some(mark);
        Ok(())
    }

    fn carry_value(&mut self, mark: Price, purses: &mut Purses) {
        let (mut value_change, mut gross_change) = (Money::ZERO, Money::ZERO);
        for (_, holding) in &mut self.holdings {
            if !holding.net().is_flat() {
                let (value, gross) = holding.revalue(mark);
                purses[holding.purse].revalue(value, gross);
                value_change += value;
                gross_change += gross;
            }
        }
        purses[self.purse].revalue(value_change, gross_change);
    }
}
