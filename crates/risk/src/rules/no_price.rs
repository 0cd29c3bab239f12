//! There is a price to judge by; a way out needs one only to have a worst price.
//!
//! Nothing is sent without a worst price. A market order is given one by the market, and one that still has
//! none has no market. Only a stop that leads out may trade at any price; one that rests and is changed into
//! more than that cannot be given one any more.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::NoPrice,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let leads_out = case.reducing && case.spec.trigger().is_some();
    let boundless = case.spec.limit().is_none() && !leads_out;
    let blind = case.touch.is_none() && !case.reducing;
    (boundless || blind).then_some(Figures::None)
}
