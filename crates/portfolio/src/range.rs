//! The one range that all booked amounts keep, so that reading them can never overflow.
//!
//! A booked amount is at most a quarter of what 128 bits hold. Sums and differences of up to four
//! of them, which is all that any read needs, therefore always fit, and every amount has a negative.

use contracts::{Money, Net};

use crate::fault::LedgerFault;

/// The largest booked amount, in the smallest unit of its type: 4.2e13 of money, 4.2e25 of a base.
const LIMIT: u128 = i128::MAX as u128 / 4;

/// Whether an amount may be booked.
pub(crate) fn holds(amount: Money) -> bool {
    amount.yocto().unsigned_abs() <= LIMIT
}

/// Whether an equity may be: the sum of two booked amounts.
pub(crate) fn holds_equity(amount: Money) -> bool {
    amount.yocto().unsigned_abs() <= 2 * LIMIT
}

/// Whether a position may be.
pub(crate) fn holds_net(position: Net) -> bool {
    position.pico().unsigned_abs() <= LIMIT
}

/// The sum, where it may be booked.
pub(crate) fn sum(a: Money, b: Money) -> Result<Money, LedgerFault> {
    let sum = a.plus(b)?;
    if holds(sum) { Ok(sum) } else { Err(LedgerFault::OutOfRange) }
}

/// The difference, where it may be booked.
pub(crate) fn difference(a: Money, b: Money) -> Result<Money, LedgerFault> {
    let difference = a.minus(b)?;
    if holds(difference) { Ok(difference) } else { Err(LedgerFault::OutOfRange) }
}

/// The position after a change, where it may be.
pub(crate) fn net_sum(a: Net, b: Net) -> Result<Net, LedgerFault> {
    let sum = a.plus(b)?;
    if holds_net(sum) { Ok(sum) } else { Err(LedgerFault::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_ends_at_a_quarter_both_ways() {
        let limit = LIMIT as i128;
        let one = Money::from_yocto(1);
        let (top, bottom) = (Money::from_yocto(limit), Money::from_yocto(-limit));
        assert_eq!(sum(Money::from_yocto(limit - 1), one), Ok(top));
        assert_eq!(sum(top, one), Err(LedgerFault::OutOfRange));
        assert_eq!(difference(bottom, one), Err(LedgerFault::OutOfRange));
        assert_eq!(
            difference(Money::ZERO, Money::from_yocto(i128::MIN)),
            Err(LedgerFault::OutOfRange)
        );
        assert_eq!(net_sum(Net::from_pico(limit), Net::from_pico(1)), Err(LedgerFault::OutOfRange));
        let _ = (top + top) - (bottom + bottom);
    }
}
