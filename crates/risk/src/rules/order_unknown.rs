//! While an order of the instrument has an unknown fate, nothing new is risked on it.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::OrderUnknown,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    case.claims.has_unknown(case.spec.symbol()).then_some(Figures::None)
}
