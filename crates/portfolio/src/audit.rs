//! The proof that nothing was lost: every figure recomputed from what lies beneath it, and compared.
//!
//! From the lots come sizes and costs, from them and the marks the values, from the holdings the sums
//! of each strategy, from those the sums of the account. And in each purse, exactly: cash + cost of
//! what is open = deposits + realised - fees - side fees. The cash side was booked from the fills
//! themselves, the other from the lots, so that an error in either shows. Nothing is mended here.

use std::collections::BTreeMap;

use contracts::{Asset, Money, Net, Qty, StrategyId, Symbol};

use crate::book::Book;
use crate::holding::Holding;
use crate::ledger::Ledger;
use crate::lots::LOTS_MAX;
use crate::purse::{Owner, Purse, Sums};
use crate::purses::PURSES_MAX;
use crate::range;

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
    /// The lots: none is empty or cost less than nothing, and there is a bound to their number.
    Lots,
    /// What was paid in.
    Deposits,
    /// Cash + cost = deposits + realised - fees - side fees.
    Cash,
    /// The high-water mark, which is never below the equity.
    HighWater,
    /// An amount beyond what a ledger books; a ledger that was never tampered with has none.
    Range,
    /// Entries that are not sorted, doubled, too many, or do not find their purse.
    Order,
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

/// What was added up, by the purse it belongs to.
type Found = BTreeMap<Owner, Sums>;

impl Ledger {
    /// Recomputes every figure from the open lots and compares, exactly. Walks over everything and
    /// allocates: for tests, for the simulator, and for snapshots that are read.
    pub fn audit(&self) -> Result<(), Imbalance> {
        let mut held = Found::new();
        for (symbol, book) in self.books.iter() {
            for (strategy, holding) in &book.holdings {
                let place = Place::Holding(*strategy, symbol);
                let owner = Owner::strategy(*strategy, symbol.quote());
                audit_holding(book, holding)
                    .and_then(|()| check(self.finds(owner, holding.purse), Figure::Order))
                    .and_then(|()| add(&mut held, owner, &sums_of(holding)))
                    .map_err(|figure| Imbalance { figure, place })?;
            }
            let place = Place::Symbol(symbol);
            let connected = self.finds(Owner::account(symbol.quote()), book.purse);
            audit_book(book)
                .and_then(|()| check(connected || book.holdings.is_empty(), Figure::Order))
                .map_err(|figure| Imbalance { figure, place })?;
        }
        self.audit_purses(&held)
    }

    fn finds(&self, owner: Owner, place: u16) -> bool {
        self.purses.find(owner) == Some(place)
    }

    /// The purses of strategies against their holdings, those of the account against the strategies.
    fn audit_purses(&self, held: &Found) -> Result<(), Imbalance> {
        let imbalance = |owner: &Owner, figure| Imbalance {
            figure,
            place: Place::Purse(owner.strategy, owner.asset),
        };
        let mut totals = Found::new();
        let mut last = None;
        for (owner, purse) in self.purses.iter() {
            let sorted = last < Some(*owner) && self.purses.len() <= PURSES_MAX;
            last = Some(*owner);
            check(sorted, Figure::Order)
                .and_then(|()| audit_purse(purse))
                .map_err(|figure| imbalance(owner, figure))?;
            if owner.strategy.is_some() {
                // Nothing beneath says what was paid in; cash follows from the identity.
                let Sums { deposits, cash, side_fees, .. } = purse.sums;
                let positions = *held.get(owner).unwrap_or(&Sums::ZERO);
                compare(&purse.sums, &Sums { deposits, cash, side_fees, ..positions })
                    .and_then(|()| add(&mut totals, Owner::account(owner.asset), &purse.sums))
                    .map_err(|figure| imbalance(owner, figure))?;
            }
        }
        for (owner, purse) in self.purses.iter().filter(|(owner, _)| owner.strategy.is_none()) {
            let total = totals.remove(owner).unwrap_or(Sums::ZERO);
            compare(&purse.sums, &total).map_err(|figure| imbalance(owner, figure))?;
        }
        // What is left has purses of strategies, but none of the account.
        totals.keys().next().map_or(Ok(()), |owner| Err(imbalance(owner, Figure::Order)))
    }
}

/// A holding is the sum of its lots and of its fills, and is worth what the mark says.
fn audit_holding(book: &Book, holding: &Holding) -> Result<(), Figure> {
    let figures = holding.figures;
    let nets = [figures.net, figures.traded, figures.base_fees];
    let amounts = [figures.cost, figures.value, figures.realised, figures.fees];
    let in_range = nets.into_iter().all(range::holds_net) && amounts.into_iter().all(range::holds);
    check(in_range, Figure::Range)?;

    let (mut size, mut cost) = (Qty::ZERO, Money::ZERO);
    for (index, lot) in holding.lots().enumerate() {
        let lot_cost = lot.cost().map_err(|_| Figure::Range)?;
        let possible = index < LOTS_MAX && !lot.qty().is_zero() && !lot_cost.is_negative();
        check(possible, Figure::Lots)?;
        size = size.plus(lot.qty()).map_err(|_| Figure::Range)?;
        cost = range::sum(cost, lot_cost).map_err(|_| Figure::Range)?;
    }
    check(size == figures.net.size(), Figure::Net)?;
    check(figures.traded - figures.base_fees == figures.net, Figure::Net)?;
    let short = figures.net < Net::ZERO;
    check(if short { -cost } else { cost } == figures.cost, Figure::Cost)?;
    let value = match book.mark {
        Some(mark) => mark.value(figures.net).map_err(|_| Figure::Range)?,
        None => Money::ZERO,
    };
    check(value == figures.value, Figure::Value)
}

fn audit_book(book: &Book) -> Result<(), Figure> {
    check(book.holdings.is_sorted_by(|(a, _), (b, _)| a < b), Figure::Order)?;
    let (mut net, mut size) = (Net::ZERO, Qty::ZERO);
    for (_, holding) in &book.holdings {
        net = range::net_sum(net, holding.net()).map_err(|_| Figure::Range)?;
        size = size.plus(holding.net().size()).map_err(|_| Figure::Range)?;
    }
    check(net == book.net && size == book.size, Figure::Net)?;
    check(book.mark.is_some() || size.is_zero(), Figure::Value)?;
    let gross = match book.mark {
        Some(mark) => mark.cost(size).map_err(|_| Figure::Range)?,
        None => Money::ZERO,
    };
    check(gross == book.gross, Figure::Gross)
}

/// Amounts are in range, and nothing has come from nowhere or gone anywhere.
fn audit_purse(purse: &Purse) -> Result<(), Figure> {
    let sums = &purse.sums;
    let in_range = amounts(sums).into_iter().all(|(_, amount)| range::holds(amount));
    check(in_range && purse.day.fits(), Figure::Range)?;
    check(!purse.drawdown().is_negative(), Figure::HighWater)?;
    let spent = sums.fees + sums.side_fees;
    check(sums.cash + sums.cost == sums.deposits + sums.realised - spent, Figure::Cash)
}

/// What a holding contributes to the purse of its currency.
fn sums_of(holding: &Holding) -> Sums {
    Sums {
        realised: holding.realised(),
        fees: holding.fees(),
        cost: holding.cost(),
        value: holding.value(),
        gross: holding.value().abs(),
        ..Sums::ZERO
    }
}

fn add(found: &mut Found, owner: Owner, sums: &Sums) -> Result<(), Figure> {
    let total = found.entry(owner).or_insert(Sums::ZERO);
    *total = total.plus(sums).map_err(|_| Figure::Range)?;
    Ok(())
}

fn compare(booked: &Sums, recomputed: &Sums) -> Result<(), Figure> {
    for ((figure, booked), (_, recomputed)) in amounts(booked).into_iter().zip(amounts(recomputed))
    {
        check(booked == recomputed, figure)?;
    }
    Ok(())
}

fn amounts(sums: &Sums) -> [(Figure, Money); 8] {
    [
        (Figure::Deposits, sums.deposits),
        (Figure::Cash, sums.cash),
        (Figure::Realised, sums.realised),
        (Figure::Fees, sums.fees),
        (Figure::Fees, sums.side_fees),
        (Figure::Cost, sums.cost),
        (Figure::Value, sums.value),
        (Figure::Gross, sums.gross),
    ]
}

fn check(holds: bool, figure: Figure) -> Result<(), Figure> {
    if holds { Ok(()) } else { Err(figure) }
}
