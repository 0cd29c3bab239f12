//! The claims of all open orders, and what the rules ask about them.
//!
//! Every question is answered from a figure that is kept up to date as claims change: judging an order
//! costs the same however many are open. Whoever changes a claim does so through [`Claims::change`],
//! which carries the change into the figures.

mod claim;
mod forgotten;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Money, OrderId, OutOfRange, Ppm, Price, Qty, Side, StrategyId, Symbol, SymbolMap};
use serde::{Deserialize, Serialize};

pub(crate) use claim::{Claim, PENDING_AMENDS_MAX, wakes};
use forgotten::Forgotten;

use crate::sampler::Reach;
use crate::sum::{Part, Sum};

/// The claims of all open orders.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Claims {
    open: BTreeMap<OrderId, Claim>,
    forgotten: Forgotten,
    /// What follows from `open`; a snapshot does without.
    #[serde(skip)]
    figures: Figures,
}

/// Sums and orders over the claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Figures {
    /// The highest fee, at which claims on cash are reckoned.
    fee_max: Ppm,
    symbols: SymbolMap<Resting>,
    /// The cash that each strategy's open purchases may cost.
    cash: BTreeMap<StrategyId, Sum>,
}

/// The claims on one instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Resting {
    /// How many have an unknown fate.
    unknown: u32,
    /// Orders that may wait in the book, by the worst price at which they may do so.
    buys: BTreeSet<(Price, OrderId)>,
    sells: BTreeSet<(Price, OrderId)>,
    /// Stop-limits that wait, by the price that wakes them.
    waiting_buys: BTreeSet<(Price, OrderId)>,
    waiting_sells: BTreeSet<(Price, OrderId)>,
}

/// How much of an order may still trade, before and after a change of its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) who: (StrategyId, Symbol),
    pub(crate) side: Side,
    pub(crate) before: Qty,
    pub(crate) after: Qty,
}

impl Claims {
    /// Works every figure out anew, with that highest fee.
    pub(crate) fn reckon(&mut self, fee_max: Ppm) {
        self.figures = Figures { fee_max, ..Figures::default() };
        for (id, claim) in &self.open {
            self.figures.add(*id, claim);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Claim> {
        self.open.get(&id)
    }

    /// Takes a new claim on.
    pub(crate) fn insert(&mut self, id: OrderId, claim: Claim) -> Moved {
        self.figures.add(id, &claim);
        let moved = Moved::of(&claim, Qty::ZERO);
        self.open.insert(id, claim);
        moved
    }

    /// Changes a claim, and forgets it when it is finished; `None` where there is none.
    pub(crate) fn change(&mut self, id: OrderId, to: impl FnOnce(&mut Claim)) -> Option<Moved> {
        let claim = self.open.get_mut(&id)?;
        let before = claim.open_qty();
        self.figures.take(id, claim);
        to(claim);
        let moved = Moved::of(claim, before);
        if claim.is_finished() {
            self.open.remove(&id);
        } else {
            self.figures.add(id, claim);
        }
        Some(moved)
    }

    /// The market has traded there: stops that it reaches wait in the book from now on.
    #[inline]
    pub(crate) fn wake(&mut self, symbol: Symbol, reach: Reach) {
        while let Some(id) = self.figures.reached(symbol, reach) {
            self.change(id, |claim| claim.awake = true);
        }
    }

    /// The cash that a strategy's open purchases may still cost, fees included.
    pub(crate) fn cash(&self, strategy: StrategyId) -> Result<Money, OutOfRange> {
        self.figures.cash.get(&strategy).map_or(Ok(Money::ZERO), Sum::money)
    }

    /// Whether an order of the instrument has an unknown fate.
    pub(crate) fn has_unknown(&self, symbol: Symbol) -> bool {
        self.figures.symbols.get(symbol).is_some_and(|resting| resting.unknown > 0)
            || self.forgotten.may_have(symbol)
    }

    /// The price nearest to the other side at which an order may wait, that of `without` left out.
    pub(crate) fn best(&self, symbol: Symbol, side: Side, without: OrderId) -> Option<Price> {
        let resting = self.figures.symbols.get(symbol)?;
        let other = |(_, id): &&(Price, OrderId)| *id != without;
        let best = match side {
            Side::Buy => resting.buys.iter().rev().find(other),
            Side::Sell => resting.sells.iter().find(other),
        };
        best.map(|(price, _)| *price)
    }
}

impl Figures {
    fn add(&mut self, id: OrderId, claim: &Claim) {
        let cash = self.cash_of(claim);
        self.cash.entry(claim.corr.strategy).or_default().add(cash);
        let resting = self.symbols.get_or_insert_with(claim.symbol(), Resting::default);
        resting.unknown += u32::from(claim.unknown);
        if let Some(price) = claim.resting_price() {
            resting.of(claim.side()).insert((price, id));
        }
        if let Some(price) = claim.waking_price() {
            resting.waiting(claim.side()).insert((price, id));
        }
    }

    fn take(&mut self, id: OrderId, claim: &Claim) {
        let cash = self.cash_of(claim);
        self.cash.entry(claim.corr.strategy).or_default().take(cash);
        let resting = self.symbols.get_or_insert_with(claim.symbol(), Resting::default);
        resting.unknown -= u32::from(claim.unknown);
        if let Some(price) = claim.resting_price() {
            resting.of(claim.side()).remove(&(price, id));
        }
        if let Some(price) = claim.waking_price() {
            resting.waiting(claim.side()).remove(&(price, id));
        }
    }

    /// A waiting stop that the market has reached.
    fn reached(&self, symbol: Symbol, reach: Reach) -> Option<OrderId> {
        let resting = self.symbols.get(symbol)?;
        let first = |stops: Option<&(Price, OrderId)>, side| {
            stops.filter(|(trigger, _)| wakes(side, *trigger, reach)).map(|(_, id)| *id)
        };
        first(resting.waiting_buys.first(), Side::Buy)
            .or(first(resting.waiting_sells.last(), Side::Sell))
    }

    fn cash_of(&self, claim: &Claim) -> Part {
        claim.cash(self.fee_max).map(Money::yocto)
    }
}

impl Resting {
    fn of(&mut self, side: Side) -> &mut BTreeSet<(Price, OrderId)> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    fn waiting(&mut self, side: Side) -> &mut BTreeSet<(Price, OrderId)> {
        match side {
            Side::Buy => &mut self.waiting_buys,
            Side::Sell => &mut self.waiting_sells,
        }
    }
}

impl Moved {
    fn of(claim: &Claim, before: Qty) -> Self {
        let who = (claim.corr.strategy, claim.symbol());
        Self { who, side: claim.side(), before, after: claim.open_qty() }
    }
}
