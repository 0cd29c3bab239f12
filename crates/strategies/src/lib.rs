//! The bundled strategies, one file each: to learn from, to test with, to measure.
//!
//! They show how a strategy is written, not how money is made; whether one has an edge on some market
//! is for a backtest to say. Each is an ordinary user of [`strategy`]: nothing here can do what a
//! strategy in a crate of its own could not. They hold long positions only, since a spot account has nothing else: what
//! tells them to sell closes what they hold, and is no intent where they hold nothing.

mod ema_cross;
mod follow_signals;
mod market_maker;
mod rsi_tema_bb;
mod trendline_break;

pub use ema_cross::EmaCross;
pub use follow_signals::FollowSignals;
pub use market_maker::MarketMaker;
pub use rsi_tema_bb::RsiTemaBb;
pub use trendline_break::TrendlineBreak;

use contracts::{Qty, Symbol};
use strategy::{Cx, Invalid, Registry};

/// Every bundled strategy; one's own are added with [`Registry::with`].
pub fn registry() -> Result<Registry, Invalid> {
    Registry::new()
        .with::<EmaCross>()?
        .with::<FollowSignals>()?
        .with::<MarketMaker>()?
        .with::<RsiTemaBb>()?
        .with::<TrendlineBreak>()
}

/// A period, as a parameter gives it.
fn period(name: &str, values: u32) -> Result<indicators::Period, Invalid> {
    indicators::Period::new(values).map_err(|wrong| Invalid::new(wrong.to_string()).at(name))
}

/// Whether the venue takes so little; a rest of the inventory below that is kept.
fn is_enough(qty: Qty, symbol: Symbol, cx: &Cx<'_>) -> bool {
    let Some(rules) = cx.instrument(symbol) else { return false };
    let cost = cx.last(symbol).and_then(|price| price.cost(qty).ok());
    qty >= rules.qty_min && cost.is_none_or(|cost| cost >= rules.cost_min)
}
