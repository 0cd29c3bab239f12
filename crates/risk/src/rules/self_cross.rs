//! No order crosses an open order of the same account, the strategy's own or a sibling's.
//!
//! A waiting stop crosses nothing; one that has woken waits in the book like any limit order. Only an
//! order that says it reduces, and does, may cross: its strategy cannot cancel a sibling's order, and
//! nobody is held inside a risk. The venue then cancels the order that rests (`docs/adr/0005`).

use contracts::{Figures, Price, Reason, Side};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::SelfCross,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    if case.waits() || case.is_way_out() {
        return None;
    }
    let best = case.claims.best(case.spec.symbol(), case.side().opposite(), case.id)?;
    match case.spec.limit() {
        Some(found) if !crosses(case.side(), found, best) => None,
        Some(found) => Some(Figures::Price { found, allowed: best }),
        None => Some(Figures::None),
    }
}

fn crosses(side: Side, price: Price, other: Price) -> bool {
    match side {
        Side::Buy => price >= other,
        Side::Sell => price <= other,
    }
}
