//! The hard cap holds on every live order, at the worst price it may trade at.
//!
//! It holds whatever the other limits say, and whatever happens to the price.

use contracts::Reason;

use super::{Broken, HoldsFor, Rule, at_most};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::LiveCap, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    // Without a price another rule refuses.
    let (Some(cap), Some(price)) = (case.limits.live_cap, case.worst_price()) else {
        return Ok(None);
    };
    at_most(price.cost(case.spec.qty())?, cap)
}
