//! A strategy's state, one per symbol: made when it is first asked for, found in constant time.

use contracts::{Symbol, SymbolMap};

/// State per symbol. One symbol never sees another's.
///
/// [`PerSymbol::states`] is what a strategy saves, [`PerSymbol::restore`] takes it back; how a fresh
/// state is made is never saved.
pub struct PerSymbol<T> {
    states: SymbolMap<T>,
    make: Box<dyn Fn(Symbol) -> T + Send>,
}

impl<T> PerSymbol<T> {
    /// Fresh state for each of `symbols`, and for others once they are asked for.
    pub fn new(symbols: &[Symbol], make: impl Fn(Symbol) -> T + Send + 'static) -> Self {
        let states = symbols.iter().map(|symbol| (*symbol, make(*symbol))).collect();
        Self { states, make: Box::new(make) }
    }

    /// The state of `symbol`, made where there is none yet.
    #[inline]
    pub fn of(&mut self, symbol: Symbol) -> &mut T {
        let make = &self.make;
        self.states.get_or_insert_with(symbol, || make(symbol))
    }

    /// The state of `symbol`, if there is one yet.
    #[inline]
    pub fn get(&self, symbol: Symbol) -> Option<&T> {
        self.states.get(symbol)
    }

    /// All states, by symbol.
    pub fn states(&self) -> &SymbolMap<T> {
        &self.states
    }

    /// Takes saved states. A symbol that was not saved begins afresh.
    pub fn restore(&mut self, states: SymbolMap<T>) {
        let fresh = std::mem::replace(&mut self.states, states);
        for (symbol, _) in fresh.iter() {
            self.of(symbol);
        }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for PerSymbol<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.states.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::symbol;

    use super::*;

    #[test]
    fn per_symbol_states_are_made_on_demand_and_apart() {
        let (btc, eth, sol) = (symbol("BTC/USD"), symbol("ETH/USD"), symbol("SOL/USD"));
        let mut counts = PerSymbol::new(&[btc], |_| 10_u32);
        assert_eq!((counts.get(btc), counts.get(eth)), (Some(&10), None));
        *counts.of(eth) += 1;
        assert_eq!((*counts.of(btc), *counts.of(eth)), (10, 11));

        let saved = [(btc, 5), (sol, 6)].into_iter().collect();
        counts.restore(saved);
        assert_eq!((*counts.of(btc), *counts.of(eth), *counts.of(sol)), (5, 10, 6));
    }
}
