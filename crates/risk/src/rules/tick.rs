//! Every price of an order is a whole number of ticks.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::Tick, holds_for: HoldsFor::Everybody, broken: |case| Ok(figures(case)) };

fn figures(case: &Case<'_>) -> Option<Figures> {
    let allowed = case.instrument.tick;
    let prices = [case.spec.limit(), case.spec.trigger()];
    let found = prices.into_iter().flatten().find(|price| !price.is_multiple_of(allowed))?;
    Some(Figures::Price { found, allowed })
}
