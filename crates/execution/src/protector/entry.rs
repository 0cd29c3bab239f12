//! What an order has bought or sold so far, and what of that is still to be guarded.
//!
//! Said of one order: `held = bought - sold - released - what its exit has traded`, never below zero.
//! What comes in counts when a fill tells it, with its price. What goes out counts as soon as
//! anybody tells it. So the group never believes to hold more than it does, whichever comes first.

use contracts::{Fill, Money, OrderId, OutOfRange, Price, Qty, Rounding, Side, StrategyId, Symbol};
use serde::{Deserialize, Serialize};

use super::guard::Guard;

/// An order that is guarded, or may be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: OrderId,
    /// Its place among all entries: what is sold by somebody else is taken from the oldest first.
    pub(crate) number: u64,
    pub(crate) strategy: StrategyId,
    pub(crate) symbol: Symbol,
    pub(crate) side: Side,
    /// What it has traded, by fills. For an entry that sells this is what it has sold short.
    pub(crate) bought: Qty,
    /// What that has cost, exactly.
    cost: Money,
    /// What it has traded in all, once it is over.
    pub(crate) done: Option<Qty>,
    /// What exits that are over have closed.
    pub(crate) sold: Qty,
    /// What was closed by somebody else.
    pub(crate) released: Qty,
    pub(crate) guard: Option<Box<Guard>>,
}

impl Entry {
    pub(crate) fn new(
        id: OrderId,
        number: u64,
        strategy: StrategyId,
        symbol: Symbol,
        side: Side,
    ) -> Self {
        Self {
            id,
            number,
            strategy,
            symbol,
            side,
            bought: Qty::ZERO,
            cost: Money::ZERO,
            done: None,
            sold: Qty::ZERO,
            released: Qty::ZERO,
            guard: None,
        }
    }

    /// The side of what closes it.
    pub(crate) fn exit_side(&self) -> Side {
        self.side.opposite()
    }

    /// A part of it has traded.
    pub(crate) fn book(&mut self, fill: &Fill) -> Result<(), OutOfRange> {
        let bought = self.bought.plus(fill.qty)?;
        self.cost = self.cost.plus(fill.price.cost(fill.qty)?)?;
        self.bought = bought;
        if let (Some(average), Some(guard)) = (self.average(), self.guard.as_mut()) {
            guard.improve(self.side.opposite(), average);
        }
        Ok(())
    }

    /// The average price of what has traded.
    pub(crate) fn average(&self) -> Option<Price> {
        self.cost.per(self.bought, Rounding::HalfUp)
    }

    /// What is to be guarded, and offered to nobody yet or not traded by the exit that is alive.
    pub(crate) fn held(&self) -> Qty {
        let exit = self.guard.as_ref().and_then(|guard| guard.exit.as_ref());
        let trading = exit.map_or(Qty::ZERO, super::exit::Exit::filled);
        let gone = [self.sold, self.released, trading];
        gone.into_iter().fold(self.bought, Qty::saturating_minus)
    }

    /// Whether it is over and every fill of it has been heard.
    pub(crate) fn is_complete(&self) -> bool {
        self.done.is_some_and(|filled| self.bought >= filled)
    }

    /// So much of it was closed by somebody else.
    pub(crate) fn release(&mut self, qty: Qty) {
        self.released = self.released.plus(qty).unwrap_or(self.released);
    }

    /// An exit is over and has closed so much.
    pub(crate) fn close(&mut self, qty: Qty) {
        self.sold = self.sold.plus(qty).unwrap_or(self.sold);
    }
}
