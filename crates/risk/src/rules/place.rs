//! Rules of place in the book: no order may trade with one of our own.

use contracts::{Breach, Figures, Price, Reason, Side};

use super::plain;
use crate::case::Case;

/// An order must not cross an open order of the same account on the other side, the strategy's own or
/// a sibling's. Waiting stops do not count: what they meet when they wake is the venue's to prevent.
pub(super) fn self_cross(case: &Case<'_>) -> Option<Breach> {
    if case.spec.trigger().is_some() {
        return None;
    }
    let best = case.claims.best(case.spec.symbol(), case.side().opposite(), case.id)?;
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
