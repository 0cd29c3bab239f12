//! Money and positions, ours and the venue's.
//!
//! Positions are what the gate tells. Cash is counted here from fills, the venue's side from executions.
//! A board that began late knows neither until somebody takes stock for it.

use std::collections::BTreeMap;

use contracts::{
    Asset, Fill, Money, Net, OutOfRange, Portfolio, Position, Protect, StrategyId, Symbol, Ts,
};

use crate::about::Stock;
use crate::tally::{Change, Tally};

/// More positions than this are not kept.
const POSITIONS_MAX: usize = 16_384;

/// What is counted from a known beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole {
    /// No position from before is missing.
    pub(crate) positions: bool,
    /// Cash.
    pub(crate) cash: bool,
}

/// Everything about money.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    currency: Asset,
    pub(crate) whole: Whole,
    positions: BTreeMap<(StrategyId, Symbol), Position>,
    guards: BTreeMap<(StrategyId, Symbol), Protect>,
    cash: BTreeMap<StrategyId, Money>,
    venue: Tally,
    /// Whether the venue's own word was ever heard.
    pub(crate) venue_heard: bool,
    pub(crate) portfolio: Option<(Ts, Portfolio)>,
    /// An amount left the range of exact arithmetic: what is counted here is not true any more.
    pub(crate) overflowed: bool,
    pub(crate) positions_let_go: u64,
}

impl Accounts {
    /// Of the beginning of everything, or of some later moment. Cash is known where somebody has some.
    pub(crate) fn new(currency: Asset, cash: &[(StrategyId, Money)], from_first: bool) -> Self {
        let mut accounts = Self {
            currency,
            whole: Whole { positions: from_first, cash: false },
            positions: BTreeMap::new(),
            guards: BTreeMap::new(),
            cash: BTreeMap::new(),
            venue: Tally::default(),
            venue_heard: false,
            portfolio: None,
            overflowed: false,
            positions_let_go: 0,
        };
        if from_first && !cash.is_empty() {
            let cash = cash.to_vec();
            accounts.take_stock(&Stock { cash, ..Stock::default() });
        }
        accounts
    }

    /// From here on this is what there is, and the venue has the same.
    pub(crate) fn take_stock(&mut self, stock: &Stock) {
        self.positions.clear();
        self.cash = stock.cash.iter().copied().collect();
        self.venue = Tally::default();
        self.whole = Whole { positions: true, cash: true };
        let mut counted = Ok(());
        for (strategy, position) in &stock.positions {
            self.told(*strategy, position);
            counted = counted.and(self.venue.put(position.symbol, position.net));
        }
        for amount in self.cash.values() {
            counted = counted.and(self.venue.pay_in(self.currency, *amount));
        }
        self.note(counted);
    }

    /// The gate tells of a position.
    pub(crate) fn told(&mut self, strategy: StrategyId, position: &Position) {
        let key = (strategy, position.symbol);
        if self.positions.len() >= POSITIONS_MAX && !self.positions.contains_key(&key) {
            self.positions_let_go += 1;
            return;
        }
        self.positions.insert(key, *position);
    }

    /// The gateway tells of a fill, once.
    pub(crate) fn filled(&mut self, strategy: StrategyId, fill: &Fill) {
        if fill.symbol.quote() != self.currency {
            return;
        }
        let cash = self.cash.get(&strategy).copied().unwrap_or(Money::ZERO);
        let after = Change::of(fill).and_then(|change| cash.plus(change.cash));
        match after {
            Ok(after) => drop(self.cash.insert(strategy, after)),
            Err(OutOfRange) => self.overflowed = true,
        }
    }

    /// The venue tells of an execution that was not heard before.
    pub(crate) fn executed(&mut self, fill: &Fill) {
        let counted = self.venue.count(fill);
        self.note(counted);
    }

    fn note(&mut self, counted: Result<(), OutOfRange>) {
        self.overflowed |= counted.is_err();
    }

    /// A guard was granted; one without levels takes it away.
    pub(crate) fn guarded(&mut self, strategy: StrategyId, protect: &Protect) {
        let key = (strategy, protect.symbol);
        let none = [protect.stop, protect.target, protect.trail].iter().all(|bps| bps.get() == 0);
        if none {
            self.guards.remove(&key);
        } else if self.guards.len() < POSITIONS_MAX || self.guards.contains_key(&key) {
            self.guards.insert(key, *protect);
        }
    }

    pub(crate) fn guard(&self, strategy: StrategyId, symbol: Symbol) -> Option<&Protect> {
        self.guards.get(&(strategy, symbol))
    }

    pub(crate) fn positions(&self) -> impl Iterator<Item = (StrategyId, &Position)> {
        self.positions.iter().map(|((strategy, _), position)| (*strategy, position))
    }

    /// A strategy's cash, where it is known.
    pub(crate) fn cash_of(&self, strategy: StrategyId) -> Option<Money> {
        self.cash.get(&strategy).copied().filter(|_| self.whole.cash)
    }

    /// Every strategy that has, or had, cash.
    pub(crate) fn owners(&self) -> impl Iterator<Item = StrategyId> {
        self.cash.keys().copied()
    }

    /// All cash, by our fills.
    pub(crate) fn cash(&self) -> Option<Money> {
        let sum = self.cash.values().try_fold(Money::ZERO, |sum, amount| sum.plus(*amount));
        sum.ok().filter(|_| self.whole.cash)
    }

    /// Whether the venue's side of positions can be shown.
    fn compares(&self) -> bool {
        self.whole.positions && self.venue_heard
    }

    /// All cash, by the venue's executions.
    pub(crate) fn venue_cash(&self) -> Option<Money> {
        (self.whole.cash && self.venue_heard).then(|| self.venue.cash(self.currency))
    }

    /// Every symbol with what we hold of it all together, and what the venue's executions come to.
    pub(crate) fn nets(&self) -> BTreeMap<Symbol, (Net, Option<Net>)> {
        let mut nets = BTreeMap::new();
        for ((_, symbol), position) in &self.positions {
            let (ours, _) = nets.entry(*symbol).or_insert((Net::ZERO, None));
            // A sum beyond the range cannot be: the gate's own book would have refused it before.
            *ours = Net::plus(*ours, position.net).unwrap_or(*ours);
        }
        if self.compares() {
            for (symbol, net) in self.venue.nets() {
                nets.entry(symbol).or_insert((Net::ZERO, None)).1 = Some(net);
            }
            for (symbol, (_, venue)) in &mut nets {
                *venue = Some(self.venue.net(*symbol));
            }
        }
        nets
    }
}
