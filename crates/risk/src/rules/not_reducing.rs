//! An order that says it only reduces must do so: a tripped switch lets such orders pass.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::NotReducing,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let untrue = case.spec.is_reduce_only() && !case.reducing;
    let (found, allowed) = case.reduction();
    untrue.then_some(Figures::Qty { found, allowed })
}
