//! The account has no more of an instrument than this, open orders included.

use contracts::Reason;

use super::{Broken, HoldsFor, Rule, total};
use crate::case::Case;

pub(super) const RULE: Rule =
    Rule { reason: Reason::SymbolGross, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    total(case, |totals| totals.symbol_gross, case.limits.symbol_gross_max)
}
