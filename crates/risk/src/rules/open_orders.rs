//! Open orders are limited in number; for orders that reduce only by the memory of the gate.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule, count};
use crate::case::Case;
use crate::limits::Limits;

pub(super) const RULE: Rule = Rule {
    reason: Reason::OpenOrders,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let new = usize::from(case.standing.is_none());
    let found = u32::try_from(case.claims.len() + new).unwrap_or(u32::MAX);
    let memory = Limits::TRACKED_ORDERS_MAX as u32;
    let allowed = if case.reducing { memory } else { memory.min(case.limits.open_orders_max) };
    count(found, allowed)
}
