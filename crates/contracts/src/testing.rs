//! Short constructors for tests: they panic on bad text, as a test should.
#![allow(clippy::unwrap_used, reason = "only tests call these; a bad literal is a bad test")]
#![allow(missing_docs, reason = "each function is named after the type it makes")]

use crate::{Asset, Money, Net, Price, Qty, StrategyId, Symbol, Ts};

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
