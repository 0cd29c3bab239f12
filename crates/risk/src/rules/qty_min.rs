//! An order is for at least the smallest quantity that the venue takes.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::QtyMin,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let (found, allowed) = (case.spec.qty(), case.instrument.qty_min);
    (found < allowed).then_some(Figures::Qty { found, allowed })
}
