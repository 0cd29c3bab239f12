//! Sums of executions: who has how much of what, and what it is worth.

use std::collections::BTreeMap;

use contracts::{Fill, Money, Net, OutOfRange, Position, Price, Side, StrategyId, Symbol};

use super::prices::Prices;

/// The money and the holdings of everybody, by the executions that were counted.
pub(super) struct Books {
    start: BTreeMap<StrategyId, Money>,
    cash: BTreeMap<StrategyId, Money>,
    net: BTreeMap<(StrategyId, Symbol), Net>,
    spent: BTreeMap<(StrategyId, Symbol), Spent>,
    /// At what each instrument was first traded: it counts at that until its market is known.
    entered: BTreeMap<Symbol, Price>,
}

/// What went into an instrument: what was bought less what was sold, and the fees.
#[derive(Clone, Copy, Default)]
struct Spent {
    paid: Money,
    fees: Money,
}

impl Books {
    pub(super) fn new(cash: &[(StrategyId, Money)]) -> Self {
        let cash: BTreeMap<StrategyId, Money> = cash.iter().copied().collect();
        let (net, spent, entered) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { start: cash.clone(), cash, net, spent, entered }
    }

    /// Counts an execution.
    pub(super) fn count(&mut self, strategy: StrategyId, fill: &Fill) -> Result<(), OutOfRange> {
        let cost = fill.price.cost(fill.qty)?;
        self.entered.entry(fill.symbol).or_insert(fill.price);
        let net = self.net.entry((strategy, fill.symbol)).or_default();
        *net = net.plus(Net::of(fill.side, fill.qty))?;
        let paid = match fill.side {
            Side::Buy => cost,
            Side::Sell => Money::ZERO.minus(cost)?,
        };
        let cash = self.cash.entry(strategy).or_default();
        *cash = cash.minus(paid)?.minus(fill.fee)?;
        let spent = self.spent.entry((strategy, fill.symbol)).or_default();
        (spent.paid, spent.fees) = (spent.paid.plus(paid)?, spent.fees.plus(fill.fee)?);
        Ok(())
    }

    /// Whether a position is what was traded: however lots are closed, what is open cost what was paid and
    /// what closing brought.
    pub(super) fn agree_with(&self, who: StrategyId, position: &Position) -> Result<(), String> {
        let Position { symbol, net, cost, realised, fees, average } = *position;
        let spent = self.spent.get(&(who, symbol)).copied().unwrap_or_default();
        let paid = cost.minus(realised).map_err(|error| error.to_string())?;
        let agrees = (net, paid, fees) == (self.net(who, symbol), spent.paid, spent.fees)
            && average.is_some() == (net != Net::ZERO);
        let held = || format!("{net:?}, {paid:?} paid, {fees:?} fees; {:?}", self.net(who, symbol));
        if agrees { Ok(()) } else { Err(format!("{who} is told to hold {symbol} {}", held())) }
    }

    /// What each strategy began with.
    pub(super) fn start(&self) -> impl Iterator<Item = (StrategyId, Money)> {
        self.start.iter().map(|(strategy, amount)| (*strategy, *amount))
    }

    pub(super) fn cash(&self, strategy: StrategyId) -> Money {
        self.cash.get(&strategy).copied().unwrap_or(Money::ZERO)
    }

    pub(super) fn net(&self, strategy: StrategyId, symbol: Symbol) -> Net {
        self.net.get(&(strategy, symbol)).copied().unwrap_or(Net::ZERO)
    }

    /// Everybody's holding of everything that was ever traded.
    pub(super) fn nets(&self) -> impl Iterator<Item = ((StrategyId, Symbol), Net)> {
        self.net.iter().map(|(key, net)| (*key, *net))
    }

    /// Cash, and holdings at those prices.
    pub(super) fn worth(&self, who: StrategyId, prices: &Prices) -> Result<Money, OutOfRange> {
        let mut own = self.net.iter().filter(|((owner, _), _)| *owner == who);
        own.try_fold(self.cash(who), |sum, ((_, symbol), net)| {
            let price = prices.value(*symbol).or(self.entered.get(symbol).copied());
            sum.plus(price.map_or(Ok(Money::ZERO), |price| price.value(*net))?)
        })
    }

    /// What everybody has together.
    pub(super) fn total(&self, prices: &Prices) -> Result<Money, OutOfRange> {
        let mut everybody = self.start.keys();
        everybody.try_fold(Money::ZERO, |sum, who| sum.plus(self.worth(*who, prices)?))
    }
}
