//! A quantity is a whole number of lots.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::Lot, holds_for: HoldsFor::Everybody, broken: |case| Ok(figures(case)) };

fn figures(case: &Case<'_>) -> Option<Figures> {
    let (found, allowed) = (case.spec.qty(), case.instrument.lot);
    (!found.is_multiple_of(allowed)).then_some(Figures::Qty { found, allowed })
}
