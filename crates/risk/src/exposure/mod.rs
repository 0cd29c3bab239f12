//! Exposure: what is held, and what would be held if the open orders traded.
//!
//! Values are at the mark. Strategies are never netted against each other in gross figures: a hedge
//! between two of them can come apart.
//!
//! Marks are far more frequent than intents, and most of them nobody asks about. So a mark stores its
//! price and a note that it moved, and costs the same however many hold the instrument. What stands in
//! running sums are quantities; they become money when an order is judged, once for each instrument
//! whose price has moved since, and for one strategy alone over its own instruments. Between two moves
//! of prices an order is judged by sums that are there already.

mod stake;
#[cfg(test)]
mod testing;

use contracts::{Money, Net, OutOfRange, Price, Qty, Side, StrategyId, Symbol, SymbolMap};
use serde::{Deserialize, Serialize};

pub(crate) use stake::Stake;
use stake::{Crowd, Worth, WorthSum};

use crate::sum::{Part, Sum};

/// The exposure of the account.
///
/// Invariant: every sum in it is that of the stakes at the prices. Saved are stakes and prices alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(crate) struct Exposure {
    /// Where the figures of an instrument lie; a place is kept for good.
    places: SymbolMap<u16>,
    instruments: Vec<Held>,
    /// Sorted by strategy.
    holders: Vec<Holder>,
    worth: WorthSum,
    /// Instruments whose price has moved since `worth` was worked out, each once.
    moved: Vec<u16>,
    /// How often prices have moved that somebody has a stake at.
    moves: u64,
}

/// The exposure with all of its sums at the prices of now.
#[derive(Clone, Copy)]
pub(crate) struct Valued<'a>(&'a Exposure);

/// What the account has of one instrument.
#[derive(Clone, Copy, Debug)]
struct Held {
    symbol: Symbol,
    price: Option<Price>,
    crowd: Crowd,
    /// What of it stands in the sums over all.
    worth: Worth,
    /// Its price has moved since.
    moved: bool,
}

/// What one strategy has.
#[derive(Clone, Debug)]
struct Holder {
    strategy: StrategyId,
    /// Sorted by the place of the instrument.
    stakes: Vec<(u16, Stake)>,
    /// What all of it is worth, each stake at its larger extreme.
    gross: Sum,
    /// The number of price moves at which that was worked out.
    valued_at: u64,
}

/// What a snapshot holds: no sums, so that none can contradict.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    prices: SymbolMap<Price>,
    stakes: SymbolMap<Vec<(StrategyId, Stake)>>,
}

/// The figures that the limits are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) symbol_gross: Money,
    pub(crate) strategy_gross: Money,
    pub(crate) portfolio_gross: Money,
    pub(crate) portfolio_net: Money,
}

impl Exposure {
    /// An open order may trade `after` from now on, where it was `before`.
    pub(crate) fn change_open(
        &mut self,
        who: (StrategyId, Symbol),
        side: Side,
        before: Qty,
        after: Qty,
    ) {
        self.change(who, |stake| {
            let open = stake.open_mut(side);
            let rest = open.saturating_minus(before);
            // What does not fit is more than any limit allows, and is said to be as much as can be said.
            *open = rest.plus(after).unwrap_or(Net::from_pico(i128::MAX).size());
        });
    }

    /// A strategy's position is `net` now.
    pub(crate) fn set_net(&mut self, who: (StrategyId, Symbol), net: Net) {
        self.change(who, |stake| stake.net = net);
    }

    /// The price at which positions are valued from now on.
    #[inline]
    pub(crate) fn mark(&mut self, symbol: Symbol, price: Price) {
        let place = self.place_or_new(symbol);
        let instrument = &mut self.instruments[usize::from(place)];
        if instrument.price == Some(price) {
            return;
        }
        instrument.price = Some(price);
        if instrument.crowd.is_empty() {
            return;
        }
        self.moves += 1;
        if !instrument.moved {
            instrument.moved = true;
            self.moved.push(place);
        }
    }

    /// Something was bought or sold at that price: it counts at it until there is a mark.
    pub(crate) fn entered(&mut self, symbol: Symbol, price: Price) {
        let place = self.place_or_new(symbol);
        if self.instruments[usize::from(place)].price.is_none() {
            self.mark(symbol, price);
        }
    }

    /// Who holds what of each instrument that anybody holds, alphabetically by symbol and strategy.
    pub(crate) fn open_positions(&self) -> Vec<(Symbol, Vec<(StrategyId, Stake)>)> {
        let stakes = |place: u16| {
            let held = self.holders.iter().map(|holder| (holder.strategy, holder.at(place)));
            held.filter(|(_, stake)| !stake.net.is_flat()).collect::<Vec<_>>()
        };
        let all = self.places.iter().map(|(symbol, place)| (symbol, stakes(*place)));
        all.filter(|(_, stakes)| !stakes.is_empty()).collect()
    }

    /// What the whole account has of an instrument.
    pub(crate) fn account(&self, symbol: Symbol) -> Result<Stake, OutOfRange> {
        self.held(symbol).map_or(Ok(Stake::default()), |held| held.crowd.as_stake())
    }

    fn held(&self, symbol: Symbol) -> Option<&Held> {
        self.place(symbol).map(|place| &self.instruments[usize::from(place)])
    }

    /// Carries the prices that have moved into the sums, to judge an order of that strategy.
    pub(crate) fn valued(&mut self, strategy: StrategyId) -> Valued<'_> {
        while let Some(place) = self.moved.pop() {
            self.instruments[usize::from(place)].moved = false;
            self.revalue(place);
        }
        if let Ok(index) = self.find(strategy) {
            self.holders[index].value(self.moves, &self.instruments);
        }
        Valued(self)
    }

    fn change(&mut self, (strategy, symbol): (StrategyId, Symbol), to: impl FnOnce(&mut Stake)) {
        let place = self.place_or_new(symbol);
        let index = self.find(strategy).unwrap_or_else(|index| {
            self.holders.insert(index, Holder::new(strategy, self.moves));
            index
        });
        let (instrument, holder) =
            (&mut self.instruments[usize::from(place)], &mut self.holders[index]);
        let stake = holder.at_mut(place);
        let before = *stake;
        to(stake);
        let after = *stake;
        let price = instrument.price;
        // Where prices have moved since it was valued, it will be valued anew before it is used.
        if holder.valued_at == self.moves {
            holder.gross.replace(gross_at(&before, price), gross_at(&after, price));
        }
        instrument.crowd.replace(&before, &after);
        self.revalue(place);
    }

    /// Carries what an instrument is worth now into the sums over all.
    fn revalue(&mut self, place: u16) {
        let instrument = &mut self.instruments[usize::from(place)];
        let worth = instrument.crowd.worth(instrument.price);
        self.worth.replace(&instrument.worth, &worth);
        instrument.worth = worth;
    }

    fn find(&self, strategy: StrategyId) -> Result<usize, usize> {
        self.holders.binary_search_by_key(&strategy, |holder| holder.strategy)
    }

    fn holder(&self, strategy: StrategyId) -> Option<&Holder> {
        self.find(strategy).ok().map(|index| &self.holders[index])
    }

    fn place(&self, symbol: Symbol) -> Option<u16> {
        self.places.get(symbol).copied()
    }

    #[inline]
    fn place_or_new(&mut self, symbol: Symbol) -> u16 {
        self.place(symbol).unwrap_or_else(|| {
            let place = self.instruments.len() as u16;
            self.places.insert(symbol, place);
            self.instruments.push(Held::new(symbol));
            place
        })
    }
}

impl Held {
    const fn new(symbol: Symbol) -> Self {
        let (price, crowd, worth) = (None, Crowd::NONE, Worth::NOTHING);
        Self { symbol, price, crowd, worth, moved: false }
    }
}

impl Holder {
    fn new(strategy: StrategyId, moves: u64) -> Self {
        Self { strategy, stakes: Vec::new(), gross: Sum::ZERO, valued_at: moves }
    }

    /// Values every stake anew where prices have moved since it was done.
    fn value(&mut self, moves: u64, instruments: &[Held]) {
        if self.valued_at == moves {
            return;
        }
        (self.valued_at, self.gross) = (moves, Sum::ZERO);
        for (place, stake) in &self.stakes {
            self.gross.add(gross_at(stake, instruments[usize::from(*place)].price));
        }
    }

    fn at(&self, place: u16) -> Stake {
        let found = self.stakes.binary_search_by_key(&place, |(held, _)| *held);
        found.map_or(Stake::default(), |index| self.stakes[index].1)
    }

    fn at_mut(&mut self, place: u16) -> &mut Stake {
        let found = self.stakes.binary_search_by_key(&place, |(held, _)| *held);
        let index = found.unwrap_or_else(|index| {
            self.stakes.insert(index, (place, Stake::default()));
            index
        });
        &mut self.stakes[index].1
    }
}

impl Valued<'_> {
    /// The stake of a strategy in an instrument.
    pub(crate) fn stake(self, strategy: StrategyId, symbol: Symbol) -> Stake {
        let held = self.0.holder(strategy).zip(self.0.place(symbol));
        held.map_or(Stake::default(), |(holder, place)| holder.at(place))
    }

    /// What the whole account has of an instrument.
    pub(crate) fn account(self, symbol: Symbol) -> Result<Stake, OutOfRange> {
        self.0.account(symbol)
    }

    /// The figures if this strategy's open orders on this side grew by `extra`; it must be the one for
    /// which the exposure was valued.
    ///
    /// Where anything has a stake and no price there are no figures, and nothing is decided by them.
    pub(crate) fn totals_with(
        self,
        (strategy, symbol): (StrategyId, Symbol),
        side: Side,
        extra: Qty,
    ) -> Result<Totals, OutOfRange> {
        let nothing = Held::new(symbol);
        let instrument = self.0.held(symbol).unwrap_or(&nothing);
        let before = self.stake(strategy, symbol);
        let mut after = before;
        *after.open_mut(side) = before.open(side).plus(extra)?;

        let mut crowd = instrument.crowd;
        crowd.replace(&before, &after);
        let worth = crowd.worth(instrument.price);
        let mut all = self.0.worth;
        all.replace(&instrument.worth, &worth);
        let mut own = self.0.holder(strategy).map_or(Sum::ZERO, |holder| holder.gross);
        own.replace(gross_at(&before, instrument.price), gross_at(&after, instrument.price));
        Ok(Totals {
            symbol_gross: Money::from_yocto(worth.gross?),
            strategy_gross: own.money()?,
            portfolio_gross: all.gross.money()?,
            portfolio_net: all.up.money()?.abs().max(all.down.money()?.abs()),
        })
    }
}

/// What one stake is worth at its larger extreme; without a price nobody can tell.
fn gross_at(stake: &Stake, price: Option<Price>) -> Part {
    match (stake.gross()?, price) {
        (Qty::ZERO, _) => Ok(0),
        (gross, Some(price)) => Ok(price.cost(gross)?.yocto()),
        (_, None) => Err(OutOfRange),
    }
}

impl From<Exposure> for Saved {
    fn from(exposure: Exposure) -> Self {
        let priced = exposure.instruments.iter();
        let prices = priced.filter_map(|held| Some((held.symbol, held.price?))).collect();
        let mut stakes = SymbolMap::new();
        for (symbol, place) in exposure.places.iter() {
            let of = |holder: &Holder| (holder.strategy, holder.at(*place));
            let held = exposure.holders.iter().map(of);
            let held: Vec<_> = held.filter(|(_, stake)| *stake != Stake::default()).collect();
            if !held.is_empty() {
                stakes.insert(symbol, held);
            }
        }
        Self { prices, stakes }
    }
}

impl From<Saved> for Exposure {
    fn from(saved: Saved) -> Self {
        let mut exposure = Self::default();
        for (symbol, price) in saved.prices.iter() {
            exposure.mark(symbol, *price);
        }
        for (symbol, stakes) in saved.stakes.iter() {
            for (strategy, stake) in stakes {
                exposure.change((*strategy, symbol), |held| *held = *stake);
            }
        }
        exposure
    }
}
