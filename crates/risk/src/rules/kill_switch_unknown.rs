//! A kill switch whose state is not known counts as tripped.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;
use crate::latch::Verdict;

pub(super) const RULE: Rule = Rule {
    reason: Reason::KillSwitchUnknown,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    (case.verdict == Verdict::Unknown && !case.is_way_out()).then_some(Figures::None)
}
