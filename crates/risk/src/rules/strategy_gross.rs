//! A strategy's hands hold no more than this, open orders included.

use contracts::Reason;

use super::{Broken, HoldsFor, Rule, total};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::StrategyGross, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    total(case, |totals| totals.strategy_gross, case.limits.strategy_gross_max)
}
