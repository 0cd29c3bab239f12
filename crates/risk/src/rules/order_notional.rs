//! A single order is not worth more than this.

use contracts::Reason;

use super::{Broken, HoldsFor, Rule, at_most};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::OrderNotional, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    // Without a price another rule refuses.
    let Some(price) = case.judged_price() else { return Ok(None) };
    at_most(price.cost(case.spec.qty())?, case.limits.order_notional_max)
}
