//! An order costs at least the smallest amount that the venue takes, at its own price.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::CostMin,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let allowed = case.instrument.cost_min;
    let found = case.counted_price()?.cost(case.spec.qty()).ok()?;
    (found < allowed).then_some(Figures::Money { found, allowed })
}
