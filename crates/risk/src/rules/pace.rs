//! Rules of pace: how many orders are open, and how many come in a minute.

use contracts::{Breach, Figures, Reason};

use crate::case::Case;
use crate::limits::Limits;

/// The gate's memory has a bound, for reducing orders too.
pub(super) fn tracked_orders(case: &Case<'_>) -> Option<Breach> {
    count(Reason::OpenOrders, open_after(case), Limits::TRACKED_ORDERS_MAX as u32)
}

pub(super) fn open_orders(case: &Case<'_>) -> Option<Breach> {
    count(Reason::OpenOrders, open_after(case), case.limits.open_orders_max)
}

pub(super) fn symbol_rate(case: &Case<'_>) -> Option<Breach> {
    let allowed = case.limits.symbol_orders_per_minute;
    let found = case.symbol_rate.used(case.now, allowed).saturating_add(1);
    count(Reason::SymbolRate, found, allowed)
}

pub(super) fn strategy_rate(case: &Case<'_>) -> Option<Breach> {
    let allowed = case.limits.strategy_orders_per_minute;
    let found = case.strategy_rate.used(case.now, allowed).saturating_add(1);
    count(Reason::StrategyRate, found, allowed)
}

fn open_after(case: &Case<'_>) -> u32 {
    let new = usize::from(case.standing.is_none());
    u32::try_from(case.claims.len() + new).unwrap_or(u32::MAX)
}

fn count(reason: Reason, found: u32, allowed: u32) -> Option<Breach> {
    (found > allowed).then_some(Breach { reason, figures: Figures::Count { found, allowed } })
}
