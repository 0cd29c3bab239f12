//! A price is not worse than the market by more than the collar.
//!
//! Prices on the safe side of the market are not limited: they can only trade when the market comes to
//! them.

use contracts::{Figures, Reason, Side};

use super::{HoldsFor, Rule};
use crate::case::{Case, collar_price};

pub(super) const RULE: Rule = Rule {
    reason: Reason::PriceCollar,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let from = case.spec.trigger().or(case.touch)?;
    let found = case.spec.limit()?;
    let allowed = collar_price(from, case.side(), case.instrument, case.limits)?;
    let beyond = match case.side() {
        Side::Buy => found > allowed,
        Side::Sell => found < allowed,
    };
    beyond.then_some(Figures::Price { found, allowed })
}
