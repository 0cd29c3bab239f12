//! Streaming indicators with explicit warm-up, exact bars, and the one bridge between floats and
//! amounts.
//!
//! An indicator takes one value after the other and gives `None` until it has seen
//! [`Indicator::warm_up`] of them. It repeats bit for bit on every machine: only `+ - * /` and the
//! square root are used, which IEEE 754 defines to the last bit. It can be stored and restored in
//! the middle, exactly. Nothing allocates after it was made.
//!
//! The crate never does IO, never reads a clock, and never turns a float into an amount except in
//! [`bridge`]. Bars are made of amounts only. It relies on `contracts`, and on `libm` for the one
//! rounding that the bridge needs.

mod atr;
mod bar_builder;
mod bar_merger;
mod bollinger;
mod cross;
mod ema;
mod indicator;
mod macd;
mod rsi;
mod sma;
mod trendline;
mod wilder;
mod window;

pub mod bridge;
pub mod exact_float;

pub use atr::{Atr, Range};
pub use bar_builder::{BarBuilder, Closed};
pub use bar_merger::BarMerger;
pub use bollinger::{Bands, Bollinger};
pub use cross::{Cross, CrossDetector};
pub use ema::{Ema, Tema};
pub use indicator::{INPUT_MAX, Indicator, InvalidSetting, Period};
pub use macd::{Macd, MacdValue};
pub use rsi::Rsi;
pub use sma::Sma;
pub use trendline::Trendline;
pub use wilder::Wilder;
