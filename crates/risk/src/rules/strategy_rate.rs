//! Only so many orders of a strategy are placed or changed in a minute.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule, count};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::StrategyRate,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let allowed = case.limits.strategy_orders_per_minute;
    let found = case.strategy_rate.used(case.now, allowed).saturating_add(1);
    count(found, allowed)
}
