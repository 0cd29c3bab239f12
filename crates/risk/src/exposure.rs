//! Exposure: what is held, and what would be held if the open orders traded.
//!
//! Kept per strategy and instrument and summed as it changes, so that judging an order costs the same
//! however many there are. Values are at the mark. Strategies are never netted against each other in
//! gross figures: a hedge between two of them can come apart.

use contracts::{Money, Net, OutOfRange, Price, Qty, Side, StrategyId, Symbol, SymbolMap};
use serde::{Deserialize, Serialize};

/// The exposure of the account, by instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exposure {
    symbols: SymbolMap<SymbolExposure>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct SymbolExposure {
    price: Option<Price>,
    stakes: Vec<Stake>,
}

/// One strategy's stake in one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stake {
    pub(crate) strategy: StrategyId,
    pub(crate) net: Net,
    /// What its open orders may still buy.
    pub(crate) buys: Qty,
    /// What its open orders may still sell.
    pub(crate) sells: Qty,
}

/// The figures that the limits are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) symbol_gross: Money,
    pub(crate) strategy_gross: Money,
    pub(crate) portfolio_gross: Money,
    pub(crate) portfolio_net: Money,
}

impl Stake {
    fn none(strategy: StrategyId) -> Self {
        Self { strategy, net: Net::ZERO, buys: Qty::ZERO, sells: Qty::ZERO }
    }

    /// The position if all purchases traded and no sale, and the other way round.
    pub(crate) fn extremes(&self) -> Result<(Net, Net), OutOfRange> {
        Ok((self.net.plus(self.buys.into())?, self.net.plus(-Net::from(self.sells))?))
    }

    /// The larger of the two extremes, in size.
    fn gross(&self) -> Result<Qty, OutOfRange> {
        let (long, short) = self.extremes()?;
        Ok(long.size().max(short.size()))
    }

    fn open_mut(&mut self, side: Side) -> &mut Qty {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}

impl Exposure {
    /// The stake of a strategy in an instrument.
    pub(crate) fn stake(&self, strategy: StrategyId, symbol: Symbol) -> Stake {
        let stakes = self.symbols.get(symbol).map_or(&[][..], |held| &held.stakes);
        let found = stakes.iter().find(|stake| stake.strategy == strategy);
        found.copied().unwrap_or(Stake::none(strategy))
    }

    /// The stake of the whole account in an instrument.
    pub(crate) fn account(&self, symbol: Symbol, name: StrategyId) -> Result<Stake, OutOfRange> {
        let mut sum = Stake::none(name);
        for stake in self.symbols.get(symbol).map_or(&[][..], |held| &held.stakes) {
            sum.net = sum.net.plus(stake.net)?;
            sum.buys = sum.buys.plus(stake.buys)?;
            sum.sells = sum.sells.plus(stake.sells)?;
        }
        Ok(sum)
    }

    /// An open order may trade `after` from now on, where it was `before`.
    pub(crate) fn change_open(
        &mut self,
        who: (StrategyId, Symbol),
        side: Side,
        before: Qty,
        after: Qty,
    ) {
        let open = self.stake_mut(who).open_mut(side);
        let rest = open.saturating_minus(before);
        *open = rest.plus(after).unwrap_or(rest);
    }

    /// A strategy's position is `net` now.
    pub(crate) fn set_net(&mut self, who: (StrategyId, Symbol), net: Net) {
        self.stake_mut(who).net = net;
    }

    /// The price at which positions are valued from now on.
    pub(crate) fn mark(&mut self, symbol: Symbol, price: Price) {
        self.symbols.get_or_insert_with(symbol, SymbolExposure::default).price = Some(price);
    }

    /// Every stake that is not flat, alphabetically by symbol.
    pub(crate) fn open_positions(&self) -> impl Iterator<Item = (Symbol, Stake)> {
        let stakes = |(symbol, held): (Symbol, &'_ SymbolExposure)| {
            held.stakes.clone().into_iter().map(move |stake| (symbol, stake))
        };
        self.symbols.iter().flat_map(stakes).filter(|(_, stake)| !stake.net.is_flat())
    }

    /// The figures if this strategy's open orders on this side grew by `extra`.
    ///
    /// An instrument without a price counts as nothing; the rule about prices refuses it first.
    pub(crate) fn totals_with(
        &self,
        who: (StrategyId, Symbol),
        side: Side,
        extra: Qty,
    ) -> Result<Totals, OutOfRange> {
        let (strategy, symbol) = who;
        let mut totals = Totals::default();
        let (mut up, mut down) = (Money::ZERO, Money::ZERO);
        let mut fresh = self
            .symbols
            .get(symbol)
            .is_none_or(|held| held.stakes.iter().all(|stake| stake.strategy != strategy));
        for (held_symbol, held) in self.symbols.iter() {
            let Some(price) = held.price else { continue };
            let newcomer = (fresh && held_symbol == symbol).then(|| Stake::none(strategy));
            fresh &= newcomer.is_none();
            for stake in held.stakes.iter().copied().chain(newcomer) {
                let mut stake = stake;
                let own = stake.strategy == strategy;
                if own && held_symbol == symbol {
                    let open = stake.open_mut(side);
                    *open = open.plus(extra)?;
                }
                let gross = price.cost(stake.gross()?)?;
                let (long, short) = stake.extremes()?;
                up = up.plus(price.value(long)?)?;
                down = down.plus(price.value(short)?)?;
                totals.portfolio_gross = totals.portfolio_gross.plus(gross)?;
                if own {
                    totals.strategy_gross = totals.strategy_gross.plus(gross)?;
                }
                if held_symbol == symbol {
                    totals.symbol_gross = totals.symbol_gross.plus(gross)?;
                }
            }
        }
        totals.portfolio_net = up.abs().max(down.abs());
        Ok(totals)
    }

    fn stake_mut(&mut self, (strategy, symbol): (StrategyId, Symbol)) -> &mut Stake {
        let held = self.symbols.get_or_insert_with(symbol, SymbolExposure::default);
        let index = match held.stakes.binary_search_by_key(&strategy, |stake| stake.strategy) {
            Ok(index) => index,
            Err(index) => {
                held.stakes.insert(index, Stake::none(strategy));
                index
            }
        };
        &mut held.stakes[index]
    }
}
