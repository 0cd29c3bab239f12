//! What of an order is booked: which executions, and how much they are in all.
//!
//! An execution counts once, however often and in whatever order it is told. Nothing here looks at
//! what an order was for: the venue traded it, so it counts.

use contracts::{Fill, Qty, Side, Symbol, VenueRef};
use serde::{Deserialize, Serialize};

/// The most executions of one order that are told apart; more than a venue fills an order in.
const EXECUTIONS_MAX: usize = 10_000;

/// The executions of an order that are booked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Booked {
    qty: Qty,
    /// By their ids, sorted.
    executions: Vec<VenueRef>,
}

/// What became of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is booked now.
    New,
    /// It was booked before.
    Known,
    /// There are more than can be told apart, or it is more than can be counted. It is not booked,
    /// because it could not be known again.
    Beyond,
}

impl Booked {
    /// How much in all.
    pub(crate) fn qty(&self) -> Qty {
        self.qty
    }

    /// The ids of the executions, sorted.
    pub(crate) fn executions(&self) -> &[VenueRef] {
        &self.executions
    }

    /// Books an execution, once.
    pub(crate) fn add(&mut self, fill: &Fill) -> Added {
        let Err(place) = self.executions.binary_search(&fill.exec) else { return Added::Known };
        let Ok(qty) = self.qty.plus(fill.qty) else { return Added::Beyond };
        if self.executions.len() >= EXECUTIONS_MAX {
            return Added::Beyond;
        }
        self.executions.insert(place, fill.exec);
        self.qty = qty;
        Added::New
    }
}

/// Whether that can be an execution of an order of that side: anything else contradicts itself, its
/// order, or arithmetic.
pub(crate) fn can_be_of(symbol: Symbol, side: Side, fill: &Fill) -> bool {
    let fits = (fill.symbol, fill.side) == (symbol, side);
    fits && !fill.qty.is_zero() && fill.price.cost(fill.qty).is_ok()
}
