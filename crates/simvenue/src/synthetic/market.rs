//! Several symbols as one stream: by time, and at the same time by symbol.

use contracts::{Event, Symbol, Ts};
use kernel::Seeded;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::config::{MarketConfig, MarketError};
use super::law::Law;
use super::mood::Regime;
use super::pit::Pit;

/// A synthetic market: an endless iterator of what is said, and when.
///
/// For each symbol it begins with the rules and, where the book is shown, a snapshot and the best
/// prices. Times never fall; those of one symbol's steps rise strictly.
/// It ends only where time does, in the year 2262. A market that was saved goes on as if it had not been.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Market {
    config: MarketConfig,
    seed: u64,
    pits: Vec<Pit>,
    batch: Batch,
    /// What follows from the configuration.
    #[serde(skip)]
    laws: Vec<Law>,
    /// When the next step of each symbol is due.
    #[serde(skip)]
    due: Vec<Due>,
}

/// When a symbol's next step is due, in microseconds, and which symbol it is, in one number: finding
/// the least of them needs no branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due(u64);

/// The end of time, in microseconds: what is due then never happens.
pub(super) const NEVER: u64 = i64::MAX.unsigned_abs() / 1_000;

/// A market as it is saved, not yet believed.
#[derive(Deserialize)]
struct Saved {
    config: MarketConfig,
    seed: u64,
    pits: Vec<Pit>,
    batch: Batch,
}

impl Market {
    /// The market of that configuration and seed. Adding a symbol leaves the others as they are.
    pub fn new(config: MarketConfig, seed: u64) -> Result<Self, MarketError> {
        let mut config = config;
        let laws = config.lower(seed)?;
        let root = Seeded::new(seed);
        let start = config.start.nanos().unsigned_abs() / 1_000;
        let pits = laws.iter().map(|law| Pit::new(law, &root, start)).collect();
        Ok(Self { config, seed, pits, batch: Batch::default(), laws, due: Vec::new() }.ready())
    }

    /// What was asked for, the symbols in their order.
    pub fn config(&self) -> &MarketConfig {
        &self.config
    }

    /// What the market of a symbol is doing: what no trader is ever told.
    pub fn regime(&self, symbol: Symbol) -> Option<Regime> {
        let index = self.laws.iter().position(|law| law.instrument.symbol == symbol)?;
        Some(self.pits[index].tape.mood.regime)
    }

    /// Derives what is not saved, and makes all the room that will ever be needed.
    fn ready(mut self) -> Self {
        for (pit, law) in self.pits.iter_mut().zip(&self.laws) {
            pit.reserve(law);
            self.batch.reserve(law.levels);
        }
        let pits = self.pits.iter().enumerate();
        self.due = pits.map(|(index, pit)| Due::new(pit.due_at(), index)).collect();
        self
    }

    /// Does the step that is due next; `None` at the end of time.
    fn step(&mut self) -> Option<()> {
        let next = self.due.iter().copied().min()?;
        let (at, index) = next.parts()?;
        self.batch.begin(Ts::from_nanos(at as i64 * 1_000), index);
        let pit = &mut self.pits[index];
        pit.step(&self.laws[index], &mut self.batch);
        self.due[index] = Due::new(pit.due_at(), index);
        Some(())
    }
}

impl Due {
    fn new(at: u64, index: usize) -> Self {
        Self(at.min(NEVER) * MarketConfig::SYMBOLS_MAX as u64 + index as u64)
    }

    /// The time and the symbol; `None` at the end of time.
    fn parts(self) -> Option<(u64, usize)> {
        let symbols = MarketConfig::SYMBOLS_MAX as u64;
        let (at, index) = (self.0 / symbols, (self.0 % symbols) as usize);
        (at < NEVER).then_some((at, index))
    }
}

impl Iterator for Market {
    type Item = (Ts, Event);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (at, speaker) = loop {
            if !self.batch.is_taken() {
                break (self.batch.at(), self.batch.speaker());
            }
            self.step()?;
        };
        let said = self.batch.take()?;
        Some((at, said.event(&self.laws[speaker], at)))
    }
}

impl TryFrom<Saved> for Market {
    type Error = MarketError;

    fn try_from(saved: Saved) -> Result<Self, MarketError> {
        let Saved { mut config, seed, pits, batch } = saved;
        let laws = config.lower(seed)?;
        if pits.len() != laws.len() || !batch.fits(laws.len()) {
            return Err(MarketError::Contradiction("not as many parts as symbols"));
        }
        if !pits.iter().zip(&laws).all(|(pit, law)| pit.fits(law)) {
            return Err(MarketError::Contradiction("a symbol is where it can never be"));
        }
        Ok(Self { config, seed, pits, batch, laws, due: Vec::new() }.ready())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{Streams, SymbolConfig, btc_usd, doge_usd, sol_usd};

    /// The wildest markets there can be, one level deep and very deep.
    fn wild(levels: u16) -> MarketConfig {
        let symbols = [btc_usd(), sol_usd(), doge_usd()].map(|preset| SymbolConfig {
            levels,
            daily_volatility: contracts::Bps::new(2_000),
            jumps_per_week: 200,
            ..preset
        });
        MarketConfig { start: Ts::ZERO, streams: Streams::CheckedBook, symbols: symbols.into() }
    }

    #[test]
    fn market_after_it_is_made_never_grows() {
        for levels in [1, 10, 100] {
            let mut market = Market::new(wild(levels), 5).unwrap();
            let room = market.batch.room();
            for _ in 0..300_000 {
                market.next().unwrap();
            }
            assert_eq!(market.batch.room(), room, "{levels} levels");
            assert!(market.pits.iter().all(|pit| !pit.has_grown(levels.into())));
        }
    }

    #[test]
    fn due_orders_by_time_then_symbol_and_ends_with_time() {
        assert!(Due::new(5, 63) < Due::new(6, 0));
        assert!(Due::new(5, 0) < Due::new(5, 1));
        assert_eq!(Due::new(NEVER - 1, 63).parts(), Some((NEVER - 1, 63)));
        assert_eq!(Due::new(NEVER, 0).parts(), None);
        assert_eq!(Due::new(u64::MAX, 3), Due::new(NEVER, 3));
    }
}
