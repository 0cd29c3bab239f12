//! We see the market as it is: no gap, no silence, no broken line.

use contracts::{FeedState, Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::FeedUnsafe,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    (case.mark?.state != FeedState::Live).then_some(Figures::None)
}
