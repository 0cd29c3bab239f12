//! A strategy that is paused only reduces.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::StrategyPaused,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    case.paused.then_some(Figures::None)
}
