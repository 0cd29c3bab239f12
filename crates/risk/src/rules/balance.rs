//! A purchase needs its cost at the worst price plus the highest fee, beside what the strategy's other
//! open purchases may still cost; a sibling's cash is not touched.

use contracts::{Money, OutOfRange, Reason, Side};

use super::{Broken, HoldsFor, Rule, at_most};
use crate::case::Case;
use crate::claims::Claim;

pub(super) const RULE: Rule =
    Rule { reason: Reason::Balance, holds_for: HoldsFor::Increases, broken };

fn broken(case: &Case<'_>) -> Broken {
    if !case.spot || case.side() == Side::Sell {
        return Ok(None);
    }
    at_most(cash_needed(case)?, case.books.cash(case.corr.strategy))
}

/// Everything that the strategy's open purchases may cost, this one included.
fn cash_needed(case: &Case<'_>) -> Result<Money, OutOfRange> {
    let fee_max = case.limits.fee_max;
    let others = case.claims.cash(case.corr.strategy)?;
    match case.standing {
        Some(claim) => {
            others.minus(claim.cash(fee_max)?)?.plus(claim.cash_with(&case.spec, fee_max)?)
        }
        None => others.plus(Claim::new(case.corr, case.spec).cash(fee_max)?),
    }
}
