//! The synthetic market: the same bytes from the same seed, a book that can be replayed, and the
//! statistics of a real one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper fails its test"
)]

mod fills;
mod saved;
mod statistics;
mod stream;
mod wild;

use contracts::testing::secs;
use simvenue::synthetic::{
    Market, MarketConfig, Streams, SymbolConfig, btc_usd, doge_usd, eth_usd, sol_usd,
};

/// Some moment in 2026.
const START_SECS: i64 = 1_790_000_000;

fn config(streams: Streams, symbols: &[SymbolConfig]) -> MarketConfig {
    MarketConfig { start: secs(START_SECS), streams, symbols: symbols.to_vec() }
}

fn market(streams: Streams, symbols: &[SymbolConfig], seed: u64) -> Market {
    Market::new(config(streams, symbols), seed).unwrap()
}

fn all_four() -> [SymbolConfig; 4] {
    [btc_usd(), doge_usd(), eth_usd(), sol_usd()]
}
