//! A market that never was: seeded, exact, the same on every machine.
//!
//! Volatility comes in clusters, prices jump, trend and revert, spread and depth react, symbols move
//! together: enough like the real one to build, show and measure with. It is no forecast, and nobody
//! should tune a strategy on it.
//!
//! Whole numbers only; every figure is a function of the configuration and the seed. It does no IO,
//! reads no clock, and allocates only when it is made. How it works, from the inside out: `draw` makes
//! random numbers, `mood` the volatility, `tape` the orders and the fair price, `shown` the book
//! around it, `pit` puts one symbol together, and [`Market`] merges the symbols.

mod batch;
mod climate;
mod config;
mod draw;
mod grid;
mod law;
mod market;
mod mood;
mod pit;
mod presets;
mod shown;
mod sweep;
mod tape;

pub use config::{MarketConfig, MarketError, RegimeLengths, Streams, SymbolConfig};
pub use market::Market;
pub use mood::Regime;
pub use presets::{btc_usd, doge_usd, eth_usd, sol_usd};
