//! The proof: everything recomputed from the open lots, and compared with what the ledger says.

use contracts::{Asset, Money, Net, OutOfRange, Qty, StrategyId, Symbol};

use crate::book::Book;
use crate::holding::Holding;
use crate::ledger::Ledger;
use crate::purse::{Owner, Purse, Sums};

/// Two ways to work out a figure give different results: the ledger is wrong, or was tampered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger does not balance: {figure:?} of {place:?}")]
pub struct Imbalance {
    /// Which figure.
    pub figure: Figure,
    /// Where.
    pub place: Place,
}

/// The figures that are proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A position: the sum of its lots, and of everything traded less fees in base.
    Net,
    /// What is open: the sum of the costs of its lots.
    Cost,
    /// What it is worth at the mark.
    Value,
    /// The size in money, whatever the direction.
    Gross,
    /// What was closed has brought.
    Realised,
    /// Fees.
    Fees,
    /// Cash + cost = deposits + realised - fees - side fees.
    Cash,
    /// A sum that does not fit; a ledger that was never tampered with has none.
    Range,
}

/// Where a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A strategy's position.
    Holding(StrategyId, Symbol),
    /// All positions in a symbol.
    Symbol(Symbol),
    /// A currency of the account, or of one strategy.
    Purse(Option<StrategyId>, Asset),
}

impl Ledger {
    /// Recomputes every figure from the open lots and compares, exactly.
    pub fn audit(&self) -> Result<(), Imbalance> {
        for (symbol, book) in self.books.iter() {
            for (strategy, holding) in &book.holdings {
                let place = Place::Holding(*strategy, symbol);
                audit_holding(book, holding).map_err(|figure| Imbalance { figure, place })?;
            }
            let place = Place::Symbol(symbol);
            audit_book(book).map_err(|figure| Imbalance { figure, place })?;
        }
        for (owner, purse) in self.purses.iter() {
            let place = Place::Purse(owner.strategy, owner.asset);
            self.audit_purse(*owner, purse).map_err(|figure| Imbalance { figure, place })?;
        }
        Ok(())
    }

    fn audit_purse(&self, owner: Owner, purse: &Purse) -> Result<(), Figure> {
        let mut sums = Sums::ZERO;
        let mut side_fees = Money::ZERO;
        for (_, book) in self.books.iter().filter(|(held, _)| held.quote() == owner.asset) {
            let own = |strategy: &StrategyId| owner.strategy.is_none_or(|held| held == *strategy);
            for (_, holding) in book.holdings.iter().filter(|(strategy, _)| own(strategy)) {
                let figures = holding.figures;
                let change = Sums {
                    realised: figures.realised,
                    fees: figures.fees,
                    cost: figures.cost,
                    value: figures.value,
                    gross: figures.value.abs(),
                    ..Sums::ZERO
                };
                sums = sums.plus(&change).map_err(|_| Figure::Range)?;
            }
        }
        // The account's side fees are those of its strategies; nothing else says what they should be.
        if owner.strategy.is_none() {
            for (other, purse) in self.purses.iter().filter(|(other, _)| other.asset == owner.asset)
            {
                if other.strategy.is_some() {
                    side_fees = side_fees.plus(purse.sums.side_fees).map_err(|_| Figure::Range)?;
                }
            }
            check(side_fees == purse.sums.side_fees, Figure::Fees)?;
        }
        let told = purse.sums;
        check(sums.realised == told.realised, Figure::Realised)?;
        check(sums.fees == told.fees, Figure::Fees)?;
        check(sums.cost == told.cost, Figure::Cost)?;
        check(sums.value == told.value, Figure::Value)?;
        check(sums.gross == told.gross, Figure::Gross)?;
        let identity = || -> Result<bool, OutOfRange> {
            let owned = told.cash.plus(told.cost)?;
            let earned = told.deposits.plus(told.realised)?;
            Ok(owned == earned.minus(told.fees)?.minus(told.side_fees)?)
        };
        check(identity().map_err(|_| Figure::Range)? && purse.day.fits(), Figure::Cash)
    }
}

fn audit_holding(book: &Book, holding: &Holding) -> Result<(), Figure> {
    let figures = holding.figures;
    let (mut size, mut cost) = (Qty::ZERO, Money::ZERO);
    for lot in holding.lots() {
        size = size.plus(lot.qty()).map_err(|_| Figure::Range)?;
        cost = cost.plus(lot.cost().map_err(|_| Figure::Range)?).map_err(|_| Figure::Range)?;
    }
    check(size == figures.net.size(), Figure::Net)?;
    let moved = figures.traded.plus(-figures.base_fees).map_err(|_| Figure::Range)?;
    check(moved == figures.net, Figure::Net)?;
    let short = figures.net < Net::ZERO;
    check(if short { -cost } else { cost } == figures.cost, Figure::Cost)?;
    let value = match book.mark {
        Some(mark) => mark.value(figures.net).map_err(|_| Figure::Range)?,
        None => Money::ZERO,
    };
    check(value == figures.value, Figure::Value)
}

fn audit_book(book: &Book) -> Result<(), Figure> {
    let (mut net, mut size) = (Net::ZERO, Qty::ZERO);
    for (_, holding) in &book.holdings {
        net = net.plus(holding.net()).map_err(|_| Figure::Range)?;
        size = size.plus(holding.net().size()).map_err(|_| Figure::Range)?;
    }
    check(net == book.net && size == book.size, Figure::Net)?;
    let gross = match book.mark {
        Some(mark) => mark.cost(size).map_err(|_| Figure::Range)?,
        None => Money::ZERO,
    };
    check(gross == book.gross, Figure::Gross)
}

fn check(holds: bool, figure: Figure) -> Result<(), Figure> {
    if holds { Ok(()) } else { Err(figure) }
}
