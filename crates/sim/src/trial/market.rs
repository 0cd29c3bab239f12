//! The market of a trial: two symbols that live faster and wilder than real ones.

use contracts::{Bps, Money, Ts};
use simvenue::synthetic::{Market, MarketConfig, Streams, SymbolConfig, btc_usd, eth_usd};

use super::Trial;
use crate::world::MarketFeed;

impl MarketFeed for Market {
    fn next_event(&mut self) -> Option<(Ts, contracts::Event)> {
        self.next()
    }
}

/// What the market of a trial is asked to be. Half of them show the whole book, half only its top.
pub(super) fn of(trial: &Trial) -> MarketConfig {
    let streams = if trial.seed.is_multiple_of(2) { Streams::Ticker } else { Streams::CheckedBook };
    let mut symbols = vec![lively(btc_usd(), 14_400), lively(eth_usd(), 7_200)];
    if trial.seed % 7 == 2 {
        // Otherwise what costs too little is always too small as well.
        for config in &mut symbols {
            config.instrument.cost_min = Money::from_units(15);
        }
    }
    MarketConfig { start: trial.start(), streams, symbols }
}

/// The same instrument, so hurried that a minute is worth looking at.
fn lively(preset: SymbolConfig, orders_per_hour: u32) -> SymbolConfig {
    SymbolConfig {
        orders_per_hour,
        daily_volatility: Bps::new(2_000),
        updates_per_order: 2,
        jumps_per_week: 1_000,
        ..preset
    }
}
