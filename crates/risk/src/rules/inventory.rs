//! A sale needs inventory of this strategy that no other open sale has claimed; a sibling's is not
//! touched.

use contracts::{Figures, Qty, Reason, Side};

use super::{Broken, HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::Inventory, holds_for: HoldsFor::Everybody, broken };

fn broken(case: &Case<'_>) -> Broken {
    if !case.spot || case.side() == Side::Buy {
        return Ok(None);
    }
    let stake = case.own;
    let allowed = match stake.net.side() {
        Some(Side::Buy) => stake.net.size(),
        _ => Qty::ZERO,
    };
    let found = stake.sells.plus(case.extra())?;
    Ok((found > allowed).then_some(Figures::Qty { found, allowed }))
}
