//! The instrument must take such orders now.

use contracts::{Figures, Lifetime, MarketStatus, Reason};

use super::{HoldsFor, Rule};
use crate::case::Case;

pub(super) const RULE: Rule = Rule {
    reason: Reason::MarketClosed,
    holds_for: HoldsFor::Everybody,
    broken: |case| Ok(figures(case)),
};

fn figures(case: &Case<'_>) -> Option<Figures> {
    let open = match case.instrument.status {
        MarketStatus::Online => true,
        MarketStatus::PostOnly => case.spec.lifetime() == Lifetime::PostOnly,
        MarketStatus::CancelOnly | MarketStatus::Maintenance => false,
    };
    (!open).then_some(Figures::None)
}
