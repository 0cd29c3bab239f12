//! All positions together lean no more in one direction than this, open orders included.

use contracts::Reason;

use super::{Broken, HoldsFor, Rule, total};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::PortfolioNet, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    total(case, |totals| totals.portfolio_net, case.limits.portfolio_net_max)
}
