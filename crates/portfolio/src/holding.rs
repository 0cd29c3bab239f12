//! One strategy's position in one symbol.
//!
//! Invariant: the lots add up to the size and the cost of the position. All figures are kept up to
//! date as fills and marks come, so reading one is reading a field.

use contracts::{Money, Net, Position, Price, Qty, Rounding, Side, Symbol};
use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::fault::LedgerFault;
use crate::lots::{Lot, LotStep, Lots, Method};
use crate::range;

/// What one strategy holds of one symbol, what it cost and what it has brought, in quote currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    pub(crate) figures: Figures,
    pub(crate) lots: Lots,
    /// Where the purse of its strategy and currency lies; found anew whenever purses move.
    #[serde(skip)]
    pub(crate) purse: u16,
}

/// The amounts of a holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) net: Net,
    pub(crate) cost: Money,
    pub(crate) value: Money,
    pub(crate) realised: Money,
    pub(crate) fees: Money,
    pub(crate) traded: Net,
    pub(crate) base_fees: Net,
    pub(crate) merges: u32,
}

/// A change of a holding, worked out and not yet made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The figures afterwards.
    pub(crate) after: Figures,
    /// What closing brought, before fees.
    pub(crate) realised: Money,
    pub(crate) closed: Qty,
    pub(crate) opened: Qty,
    lots: LotStep,
}

/// What a position that was never held looks like.
pub(crate) static FLAT: Holding = Holding::NONE;

impl Holding {
    /// Nothing held, nothing earned.
    pub(crate) const NONE: Self = Self {
        figures: Figures {
            net: Net::ZERO,
            cost: Money::ZERO,
            value: Money::ZERO,
            realised: Money::ZERO,
            fees: Money::ZERO,
            traded: Net::ZERO,
            base_fees: Net::ZERO,
            merges: 0,
        },
        lots: Lots::NONE,
        purse: 0,
    };

    /// The position: long above zero, short below.
    pub fn net(&self) -> Net {
        self.figures.net
    }

    /// What the open position cost; below zero for a short one, which brought money in.
    pub fn cost(&self) -> Money {
        self.figures.cost
    }

    /// What the open position is worth at the last mark; below zero for a short one.
    pub fn value(&self) -> Money {
        self.figures.value
    }

    /// Profit and loss of what is open, before fees.
    pub fn unrealised(&self) -> Money {
        self.figures.value - self.figures.cost
    }

    /// Profit and loss of what was closed, before fees.
    pub fn realised(&self) -> Money {
        self.figures.realised
    }

    /// Fees paid in quote currency, and those in base currency at the price of their fill.
    pub fn fees(&self) -> Money {
        self.figures.fees
    }

    /// The average entry price, rounded to the nearest; `None` when flat. Divides at each call.
    pub fn average(&self) -> Option<Price> {
        self.figures.cost.abs().per(self.figures.net.size(), Rounding::HalfUp)
    }

    /// The open lots, the oldest first.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter()
    }

    /// How often the two oldest lots had to become one because there were [`crate::LOTS_MAX`].
    pub fn merges(&self) -> u32 {
        self.figures.merges
    }

    /// Everything bought minus everything sold, before fees in base currency.
    pub fn traded(&self) -> Net {
        self.figures.traded
    }

    /// Fees paid in base currency; below zero where rebates prevail.
    pub fn base_fees(&self) -> Net {
        self.figures.base_fees
    }

    /// The position as it is told to others.
    pub fn as_position(&self, symbol: Symbol) -> Position {
        Position {
            symbol,
            net: self.net(),
            cost: self.cost(),
            realised: self.realised(),
            fees: self.fees(),
            average: self.average(),
        }
    }

    /// Works out what a booking makes of this holding.
    pub(crate) fn plan(
        &self,
        entry: &Entry,
        mark: Price,
        method: Method,
    ) -> Result<Step, LedgerFault> {
        let before = self.figures;
        let (moved, held) = (entry.change.size(), before.net.side());
        let reduces = held.is_some() && held != entry.change.side();
        let closed = if reduces { moved.min(before.net.size()) } else { Qty::ZERO };
        let opened = moved.saturating_minus(closed);
        let lots = self.lots.plan(closed, Lot::new(opened, entry.price), method)?;

        let given = Net::of(held.unwrap_or(Side::Buy), closed);
        let closed_cost = signed(held, lots.closed_cost);
        let realised = range::difference(entry.price.value(given)?, closed_cost)?;
        let opened_cost = signed(entry.change.side(), entry.price.cost(opened)?);
        let net = range::net_sum(before.net, entry.change)?;
        let after = Figures {
            net,
            cost: range::sum(range::difference(before.cost, closed_cost)?, opened_cost)?,
            value: range::sum(Money::ZERO, mark.value(net)?)?,
            realised: range::sum(before.realised, realised)?,
            fees: range::sum(before.fees, entry.fee)?,
            traded: range::net_sum(before.traded, entry.traded)?,
            base_fees: range::net_sum(before.base_fees, entry.base_fee)?,
            merges: before.merges.saturating_add(u32::from(lots.merges)),
        };
        Ok(Step { after, realised, closed, opened, lots })
    }

    /// Makes the change.
    pub(crate) fn commit(&mut self, step: &Step) {
        self.figures = step.after;
        self.lots.commit(&step.lots);
    }

    /// Values the position anew and returns by how much its value and its size in money changed.
    #[inline]
    pub(crate) fn revalue(&mut self, mark: Price) -> (Money, Money) {
        let before = self.figures.value;
        let Ok(value) = mark.value(self.figures.net) else {
            unreachable!("a position is worth no more than the gross that was checked before")
        };
        self.figures.value = value;
        (value - before, value.abs() - before.abs())
    }
}

/// A cost with the direction of its position; costs of lots are above zero.
fn signed(side: Option<Side>, cost: Money) -> Money {
    if side == Some(Side::Sell) { -cost } else { cost }
}
