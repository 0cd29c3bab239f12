//! Only so many orders of an instrument are placed or changed in a minute.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule, count};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::SymbolRate,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let allowed = case.limits.symbol_orders_per_minute;
    let found = case.symbol_rate.used(case.now, allowed).saturating_add(1);
    count(found, allowed)
}
