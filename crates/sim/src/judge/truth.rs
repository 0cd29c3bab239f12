//! What truly is: cash and holdings by the venue's executions, prices as the gate has seen them.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Fill, Mark, Money, Net, OutOfRange, Price, Side, StrategyId, Symbol, VenueRef};

/// The truth about money.
pub(super) struct Truth {
    start: BTreeMap<StrategyId, Money>,
    cash: BTreeMap<StrategyId, Money>,
    net: BTreeMap<(StrategyId, Symbol), Net>,
    marks: BTreeMap<Symbol, Mark>,
    executed: BTreeMap<VenueRef, Fill>,
    told: BTreeSet<VenueRef>,
}

impl Truth {
    pub(super) fn new(cash: &[(StrategyId, Money)]) -> Self {
        Self {
            start: cash.iter().copied().collect(),
            cash: cash.iter().copied().collect(),
            net: BTreeMap::new(),
            marks: BTreeMap::new(),
            executed: BTreeMap::new(),
            told: BTreeSet::new(),
        }
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

    pub(super) fn mark(&self, symbol: Symbol) -> Option<&Mark> {
        self.marks.get(&symbol)
    }

    pub(super) fn prices(&self) -> impl Iterator<Item = (Symbol, Price)> {
        self.marks.iter().filter_map(|(symbol, mark)| Some((*symbol, mark.value_price()?)))
    }

    pub(super) fn untold(&self) -> usize {
        self.executed.len() - self.told.len()
    }

    /// Cash, and holdings at the last prices.
    pub(super) fn worth(&self, strategy: StrategyId) -> Result<Money, OutOfRange> {
        let mut own = self.net.iter().filter(|((owner, _), _)| *owner == strategy);
        own.try_fold(self.cash(strategy), |sum, ((_, symbol), net)| {
            let price = self.marks.get(symbol).and_then(Mark::value_price);
            sum.plus(price.map_or(Ok(Money::ZERO), |price| price.value(*net))?)
        })
    }

    /// What everybody together has lost since the beginning; negative where they have gained.
    pub(super) fn loss(&self) -> Result<Money, OutOfRange> {
        self.start.iter().try_fold(Money::ZERO, |sum, (strategy, start)| {
            sum.plus(*start)?.minus(self.worth(*strategy)?)
        })
    }

    pub(super) fn marked(&mut self, mark: &Mark) {
        self.marks.insert(mark.symbol, *mark);
    }

    /// Whether that execution is new.
    pub(super) fn executed(
        &mut self,
        strategy: StrategyId,
        fill: &Fill,
    ) -> Result<bool, OutOfRange> {
        if self.executed.insert(fill.exec, *fill).is_some() {
            return Ok(false);
        }
        let cost = fill.price.cost(fill.qty)?;
        let net = self.net.entry((strategy, fill.symbol)).or_default();
        *net = net.plus(Net::of(fill.side, fill.qty))?;
        let cash = self.cash.entry(strategy).or_default();
        let paid = match fill.side {
            Side::Buy => cash.minus(cost)?,
            Side::Sell => cash.plus(cost)?,
        };
        *cash = paid.minus(fill.fee)?;
        Ok(true)
    }

    /// An execution is told to everybody: as it was, and once.
    pub(super) fn told(&mut self, fill: &Fill) -> Result<(), String> {
        match self.executed.get(&fill.exec) {
            Some(truth) if truth == fill => {}
            Some(_) => return Err(format!("execution {} was told differently", fill.exec)),
            None => return Err(format!("execution {} was invented", fill.exec)),
        }
        if self.told.insert(fill.exec) {
            Ok(())
        } else {
            Err(format!("execution {} was told twice", fill.exec))
        }
    }
}
