//! There is a price to judge by; a way out needs one only to have a worst price.
//!
//! Nothing is sent without a worst price, not even to get out: a market order is given one by the
//! market, and one that still has none has no market.

use contracts::{Figures, OrderKind, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::NoPrice,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let boundless = case.spec.kind() == OrderKind::Market;
    let blind = case.touch.is_none() && !case.reducing;
    (boundless || blind).then_some(Figures::None)
}
