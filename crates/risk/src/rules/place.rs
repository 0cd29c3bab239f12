//! Rules of place in the book: no order may trade with one of our own.

use contracts::{Breach, Figures, Price, Reason, Side};

use super::plain;
use crate::case::Case;
use crate::claims::Claim;

/// An order must not cross an open order of the same account on the other side, the strategy's own or
/// a sibling's. Waiting stops do not count: what they meet when they wake is the venue's to prevent.
pub(super) fn self_cross(case: &Case<'_>) -> Option<Breach> {
    let opposite = case.side().opposite();
    let others = case.claims.of_symbol(case.spec.symbol(), case.id);
    let resting = others.filter(|claim| claim.side() == opposite && claim.spec.trigger().is_none());
    let best = match opposite {
        Side::Sell => resting.filter_map(Claim::worst_price).min(),
        Side::Buy => resting.filter_map(Claim::worst_price).max(),
    }?;
    if case.spec.trigger().is_some() {
        return None;
    }
    match case.spec.limit() {
        Some(found) if !crosses(case.side(), found, best) => None,
        Some(found) => {
            let figures = Figures::Price { found, allowed: best };
            Some(Breach { reason: Reason::SelfCross, figures })
        }
        None => Some(plain(Reason::SelfCross)),
    }
}

fn crosses(side: Side, price: Price, other: Price) -> bool {
    match side {
        Side::Buy => price >= other,
        Side::Sell => price <= other,
    }
}
