//! A tripped kill switch lets only orders pass that say they reduce, and do.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;
use crate::latch::Verdict;

pub(super) const RULE: Rule = Rule {
    reason: Reason::KillSwitch,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let tripped = matches!(case.verdict, Verdict::Tripped(_));
    (tripped && !case.is_way_out()).then_some(Figures::None)
}
