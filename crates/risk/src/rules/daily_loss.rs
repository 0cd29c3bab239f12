//! Once the day's loss has gone beyond the cap, the rest of the day only shrinks positions.

use contracts::Reason;

use super::{HoldsFor, Rule, at_most};

pub(super) const RULE: Rule = Rule {
    reason: Reason::DailyLoss,
    holds_for: HoldsFor::Increases,
    broken: |case| at_most(case.worst_loss, case.limits.daily_loss_cap),
};
