//! A single order of an instrument that has such a limit is not for more than that.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::OrderQty,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let allowed = *case.limits.order_qty_max.get(case.spec.symbol())?;
    let found = case.spec.qty();
    (found > allowed).then_some(Figures::Qty { found, allowed })
}
