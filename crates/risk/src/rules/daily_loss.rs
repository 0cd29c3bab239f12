//! Once the day's loss has gone beyond the cap, the rest of the day only shrinks positions.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::DailyLoss,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let found = case.books.losses().day;
    let figures = Figures::Money { found, allowed: case.limits.daily_loss_cap };
    case.loss_capped.then_some(figures)
}
