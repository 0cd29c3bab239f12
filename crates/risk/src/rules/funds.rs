//! Rules of funds: nobody spends what he does not have, nobody sells what he does not own.
//!
//! Cash and inventory belong to a strategy; its siblings' are not touched.

use contracts::{Breach, Figures, Money, OutOfRange, Reason, Side};

use super::plain;
use crate::case::Case;
use crate::claims::Claim;

/// A purchase needs its cost at the worst price plus the highest fee, beside what the strategy's other
/// open purchases may still cost.
pub(super) fn balance(case: &Case<'_>) -> Option<Breach> {
    if !case.spot || case.side() == Side::Sell {
        return None;
    }
    match cash_needed(case) {
        Ok(found) => {
            let allowed = case.books.cash(case.corr.strategy);
            let figures = Figures::Money { found, allowed };
            (found > allowed).then_some(Breach { reason: Reason::Balance, figures })
        }
        Err(OutOfRange) => Some(plain(Reason::OutOfRange)),
    }
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

/// A sale needs inventory of this strategy that no other open sale has claimed.
pub(super) fn inventory(case: &Case<'_>) -> Option<Breach> {
    if !case.spot || case.side() == Side::Buy {
        return None;
    }
    let stake = case.own;
    let Ok(found) = stake.sells.plus(case.extra()) else { return Some(plain(Reason::OutOfRange)) };
    let allowed = match stake.net.side() {
        Some(Side::Buy) => stake.net.size(),
        _ => contracts::Qty::ZERO,
    };
    let figures = Figures::Qty { found, allowed };
    (found > allowed).then_some(Breach { reason: Reason::Inventory, figures })
}
