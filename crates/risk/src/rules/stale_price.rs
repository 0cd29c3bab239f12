//! Every price that an increase is judged by is fresh, each by its own age.

use contracts::{Figures, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;
use crate::sight;

pub(super) const RULE: Rule = Rule {
    reason: Reason::StalePrice,
    holds_for: HoldsFor::Increases,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let from = case.mark.and_then(|mark| sight::judged_since(mark, case.side()))?;
    let (found, allowed) = (case.now.since(from), case.limits.price_age_max);
    (found > allowed).then_some(Figures::Span { found, allowed })
}
