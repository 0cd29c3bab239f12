//! All positions together are worth no more than this, open orders included.

use contracts::Reason;

use super::{Broken, HoldsFor, Rule, total};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::PortfolioGross, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    total(case, |totals| totals.portfolio_gross, case.limits.portfolio_gross_max)
}
