//! Short constructors for tests: they panic on bad text, as a test should.
#![allow(clippy::unwrap_used, reason = "only tests call these; a bad literal is a bad test")]
#![allow(missing_docs, reason = "each function is named after the type it makes")]

use crate::{Asset, Instrument, MarketStatus, Money, Net, Price, Qty, StrategyId, Symbol, Ts};

pub fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

pub fn net(text: &str) -> Net {
    text.parse().unwrap()
}

pub fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

pub fn asset(text: &str) -> Asset {
    text.parse().unwrap()
}

pub fn strategy(text: &str) -> StrategyId {
    text.parse().unwrap()
}

/// So many seconds after the epoch.
pub fn secs(secs: i64) -> Ts {
    Ts::from_nanos(secs * 1_000_000_000)
}

/// An open market: tick 0.01, lot 0.0001, at least 0.001 and 0.5.
pub fn instrument(symbol: Symbol) -> Instrument {
    Instrument {
        symbol,
        tick: price("0.01"),
        lot: qty("0.0001"),
        qty_min: qty("0.001"),
        cost_min: money("0.5"),
        valid_from: Ts::ZERO,
        quote_decimals: 4,
        price_decimals: 2,
        qty_decimals: 8,
        status: MarketStatus::Online,
    }
}
