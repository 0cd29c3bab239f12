//! Open lots: what a position is made of, the oldest first.
//!
//! Lots know no direction and no currency; quantities and costs are above zero. A change is planned
//! first, without touching anything, and then committed, which cannot fail.

use std::collections::VecDeque;

use contracts::{Money, OutOfRange, Price, Qty};
use serde::{Deserialize, Serialize};

/// The most lots of one position. At the bound the two oldest become one, and that is counted.
pub const LOTS_MAX: usize = 4_096;

/// Which lots are closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The oldest.
    Fifo,
    /// All alike: the position is one lot at its average cost.
    Average,
}

/// What was bought (or, for a short position, sold) and is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    qty: Qty,
    basis: Basis,
}

/// What a lot cost. Bought at one price it costs exactly price times quantity, however often it is
/// split; lots of different prices that became one have only a cost in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Basis {
    Price(Price),
    Cost(Money),
}

impl Lot {
    /// So much at one price.
    pub(crate) fn new(qty: Qty, price: Price) -> Self {
        Self { qty, basis: Basis::Price(price) }
    }

    /// How much is open.
    pub fn qty(&self) -> Qty {
        self.qty
    }

    /// The price it was opened at; `None` where it is made of several.
    pub fn price(&self) -> Option<Price> {
        match self.basis {
            Basis::Price(price) => Some(price),
            Basis::Cost(_) => None,
        }
    }

    /// What it cost, exactly.
    pub fn cost(&self) -> Result<Money, OutOfRange> {
        match self.basis {
            Basis::Price(price) => price.cost(self.qty),
            Basis::Cost(cost) => Ok(cost),
        }
    }

    /// The cost of `part` of it, and the lot that remains. What rounding leaves over remains too.
    fn split(self, part: Qty) -> Result<(Money, Self), OutOfRange> {
        let qty = self.qty.minus(part).ok_or(OutOfRange)?;
        match self.basis {
            Basis::Price(price) => Ok((price.cost(part)?, Self { qty, ..self })),
            Basis::Cost(cost) => {
                let taken = cost.share(part, self.qty)?;
                Ok((taken, Self { qty, basis: Basis::Cost(cost.minus(taken)?) }))
            }
        }
    }

    /// Both as one lot at their exact combined cost.
    fn joined(self, other: Self) -> Result<Self, OutOfRange> {
        let qty = self.qty.plus(other.qty)?;
        if self.price().is_some() && self.price() == other.price() {
            return Ok(Self { qty, ..self });
        }
        Ok(Self { qty, basis: Basis::Cost(self.cost()?.plus(other.cost()?)?) })
    }
}

/// The open lots of one position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Lots(VecDeque<Lot>);

/// A change of lots, worked out and not yet made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LotStep {
    /// What the closed part had cost.
    pub(crate) closed_cost: Money,
    /// Whether the bound was reached and the two oldest lots become one.
    pub(crate) merges: bool,
    /// So many of the oldest lots go.
    drop_front: usize,
    /// Takes their place.
    front: Option<Lot>,
    /// Whether the newest lot goes.
    drop_back: bool,
    /// Becomes the newest.
    back: Option<Lot>,
}

impl Lots {
    /// No lots.
    pub(crate) const NONE: Self = Self(VecDeque::new());

    /// The lots, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lot> {
        self.0.iter()
    }

    /// Works out how to close `closed`, which is at most what is open, and then open `opened`. Both
    /// at once happen only where a position turns round, so that nothing of it is left in between.
    pub(crate) fn plan(
        &self,
        closed: Qty,
        opened: Lot,
        method: Method,
    ) -> Result<LotStep, OutOfRange> {
        let step = self.plan_close(closed)?;
        match (opened.qty.is_zero(), self.0.len() == step.drop_front) {
            (true, _) => Ok(step),
            (false, true) => Ok(LotStep { back: Some(opened), ..step }),
            (false, false) => self.plan_grow(opened, method),
        }
    }

    fn plan_close(&self, closed: Qty) -> Result<LotStep, OutOfRange> {
        let mut step = LotStep::default();
        let mut left = closed;
        while !left.is_zero() {
            let lot = self.0.get(step.drop_front).ok_or(OutOfRange)?;
            step.drop_front += 1;
            let cost = if let Some(rest) = left.minus(lot.qty) {
                left = rest;
                lot.cost()?
            } else {
                let (cost, rest) = lot.split(left)?;
                step.front = Some(rest);
                left = Qty::ZERO;
                cost
            };
            step.closed_cost = step.closed_cost.plus(cost)?;
        }
        Ok(step)
    }

    /// Adds to lots that are there.
    fn plan_grow(&self, opened: Lot, method: Method) -> Result<LotStep, OutOfRange> {
        let step = LotStep::default();
        let newest = self.0.back().ok_or(OutOfRange)?;
        if method == Method::Average || newest.price() == opened.price() {
            return Ok(LotStep { drop_back: true, back: Some(newest.joined(opened)?), ..step });
        }
        if self.0.len() < LOTS_MAX {
            return Ok(LotStep { back: Some(opened), ..step });
        }
        let oldest = self.0[0].joined(self.0[1])?;
        Ok(LotStep { merges: true, drop_front: 2, front: Some(oldest), back: Some(opened), ..step })
    }

    /// Makes the change.
    pub(crate) fn commit(&mut self, step: &LotStep) {
        self.0.drain(..step.drop_front);
        if let Some(lot) = step.front {
            self.0.push_front(lot);
        }
        if step.drop_back {
            self.0.pop_back();
        }
        if let Some(lot) = step.back {
            self.0.push_back(lot);
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{money, price, qty};

    use super::*;

    const NOTHING: Qty = Qty::ZERO;

    fn open(lots: &mut Lots, size: &str, at: &str, method: Method) {
        let step = lots.plan(NOTHING, Lot::new(qty(size), price(at)), method).unwrap();
        lots.commit(&step);
    }

    fn close(lots: &mut Lots, size: &str) -> Money {
        let step = lots.plan(qty(size), Lot::new(NOTHING, price("1")), Method::Fifo).unwrap();
        lots.commit(&step);
        step.closed_cost
    }

    #[test]
    fn lots_fifo_closes_the_oldest_first() {
        let mut lots = Lots::NONE;
        open(&mut lots, "2", "100", Method::Fifo);
        open(&mut lots, "1", "130", Method::Fifo);
        assert_eq!(close(&mut lots, "1.5"), money("150"));
        assert_eq!(close(&mut lots, "1"), money("115"));
        assert_eq!(close(&mut lots, "0.5"), money("65"));
        assert_eq!(lots, Lots::NONE);
    }

    #[test]
    fn lots_average_leaves_the_remainder_inside() {
        let mut lots = Lots::NONE;
        open(&mut lots, "1", "0.000000000001", Method::Average);
        open(&mut lots, "2", "0.000000000003", Method::Average);
        assert_eq!(lots.0.len(), 1);
        let parts = [close(&mut lots, "1"), close(&mut lots, "1"), close(&mut lots, "1")];
        assert_eq!(
            parts,
            [
                money("0.000000000002333333333333"),
                money("0.000000000002333333333333"),
                money("0.000000000002333333333334"),
            ]
        );
    }

    #[test]
    fn lots_same_price_grows_the_newest() {
        let mut lots = Lots::NONE;
        for _ in 0..3 {
            open(&mut lots, "1", "5", Method::Fifo);
        }
        open(&mut lots, "1", "6", Method::Fifo);
        open(&mut lots, "1", "5", Method::Fifo);
        assert_eq!(lots.iter().map(Lot::qty).collect::<Vec<_>>(), [qty("3"), qty("1"), qty("1")]);
    }

    #[test]
    fn lots_more_than_open_refused() {
        let mut lots = Lots::NONE;
        open(&mut lots, "1", "5", Method::Fifo);
        assert!(lots.plan(qty("1.1"), Lot::new(NOTHING, price("1")), Method::Fifo).is_err());
    }
}
