//! How many orders were approved in how long.

use std::collections::BTreeMap;

use contracts::{Span, StrategyId, Symbol, Ts};
use risk::Limits;

/// When orders were approved that were more than a way out.
#[derive(Default)]
pub(super) struct Pace {
    by_strategy: BTreeMap<StrategyId, Vec<Ts>>,
    by_symbol: BTreeMap<Symbol, Vec<Ts>>,
}

impl Pace {
    /// One more.
    pub(super) fn keeps(
        &mut self,
        at: Ts,
        strategy: StrategyId,
        symbol: Symbol,
        limits: &Limits,
    ) -> Result<(), String> {
        let of_strategy = self.by_strategy.entry(strategy).or_default();
        bursts(of_strategy, at, limits.strategy_orders_per_minute)?;
        let of_symbol = self.by_symbol.entry(symbol).or_default();
        bursts(of_symbol, at, limits.symbol_orders_per_minute)
    }
}

/// No stretch of time holds more than a minute's worth at once, and what its length adds evenly.
fn bursts(times: &mut Vec<Ts>, now: Ts, per_minute: u32) -> Result<(), String> {
    times.push(now);
    // What is older than this says nothing new.
    let old = times.len().saturating_sub(4 * per_minute as usize);
    times.drain(..old);
    let allowed = |since: Ts| {
        let more = now.since(since).nanos() * i64::from(per_minute) / Span::MINUTE.nanos();
        i64::from(per_minute) + more
    };
    let count = |from: usize| (times.len() - from) as i64;
    match (0..times.len()).find(|from| count(*from) > allowed(times[*from])) {
        None => Ok(()),
        Some(from) => Err(format!("{} orders of {per_minute} a minute", count(from))),
    }
}
