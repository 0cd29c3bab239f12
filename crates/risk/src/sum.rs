//! A running sum that can always be taken back to what it was.
//!
//! Parts are added and later replaced, millions of times, so a sum that stuck at the end of its range,
//! or dropped a part that did not fit, would be wrong for ever after. This one counts beyond its range
//! and counts the parts that have no amount; while either is so, it has no total, and nothing may be
//! decided by it.

use contracts::{Money, OutOfRange};

/// An amount in its smallest unit, where it is in range.
pub(crate) type Part = Result<i128, OutOfRange>;

/// An exact sum of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    low: i128,
    /// How often the sum has left the range upwards, less how often downwards.
    high: i64,
    /// How many parts have no amount.
    unmeasured: u32,
}

impl Sum {
    /// No parts.
    pub(crate) const ZERO: Self = Self { low: 0, high: 0, unmeasured: 0 };

    /// Adds a part.
    #[inline]
    pub(crate) fn add(&mut self, part: Part) {
        let Ok(part) = part else {
            self.unmeasured += 1;
            return;
        };
        let (low, left) = self.low.overflowing_add(part);
        self.low = low;
        if left {
            self.high += if part > 0 { 1 } else { -1 };
        }
    }

    /// Takes a part away that was added before.
    #[inline]
    pub(crate) fn take(&mut self, part: Part) {
        let Ok(part) = part else {
            self.unmeasured -= 1;
            return;
        };
        let (low, left) = self.low.overflowing_sub(part);
        self.low = low;
        if left {
            self.high += if part > 0 { -1 } else { 1 };
        }
    }

    /// Puts one part in the place of another.
    #[inline]
    pub(crate) fn replace(&mut self, before: Part, after: Part) {
        self.take(before);
        self.add(after);
    }

    /// The sum, where it is in range and every part has an amount.
    #[inline]
    pub(crate) fn total(&self) -> Part {
        if self.high == 0 && self.unmeasured == 0 { Ok(self.low) } else { Err(OutOfRange) }
    }

    /// The sum of parts that are money.
    pub(crate) fn money(&self) -> Result<Money, OutOfRange> {
        self.total().map(Money::from_yocto)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part() -> impl Strategy<Value = Part> {
        let edges = prop_oneof![Just(i128::MAX), Just(i128::MIN), Just(0), -9_i128..9];
        prop_oneof![6 => any::<i128>().prop_map(Ok), 6 => edges.prop_map(Ok), 1 => Just(Err(OutOfRange))]
    }

    /// The sum of the parts in halves of 64 bits, which cannot overflow.
    fn naive(parts: &[Part]) -> Part {
        let amounts: Result<Vec<i128>, OutOfRange> = parts.iter().copied().collect();
        let amounts = amounts?;
        let low: i128 = amounts.iter().map(|amount| i128::from(*amount as u64)).sum();
        let high: i128 = amounts.iter().map(|amount| amount >> 64).sum::<i128>() + (low >> 64);
        let fits = i64::try_from(high).map_err(|_| OutOfRange)?;
        Ok(i128::from(fits) << 64 | i128::from(low as u64))
    }

    proptest! {
        #[test]
        fn sum_is_that_of_the_parts_that_are_in_it(
            kept in prop::collection::vec(part(), 0..12),
            replaced in prop::collection::vec((part(), part()), 0..12),
        ) {
            let mut sum = Sum::ZERO;
            let mut parts = kept.clone();
            for part in kept.iter().chain(replaced.iter().map(|(before, _)| before)) {
                sum.add(*part);
            }
            for (before, after) in replaced {
                sum.replace(before, after);
                parts.push(after);
            }
            prop_assert_eq!(sum.total(), naive(&parts));
            for part in parts {
                sum.take(part);
            }
            prop_assert_eq!(sum, Sum::ZERO);
        }
    }

    #[test]
    fn sum_beyond_the_range_has_no_total_and_comes_back() {
        let mut sum = Sum::ZERO;
        sum.add(Ok(i128::MAX));
        sum.add(Ok(1));
        assert_eq!(sum.total(), Err(OutOfRange));
        sum.take(Ok(1));
        assert_eq!(sum.total(), Ok(i128::MAX));
        sum.replace(Ok(i128::MAX), Err(OutOfRange));
        assert_eq!(sum.money(), Err(OutOfRange));
        sum.replace(Err(OutOfRange), Ok(2));
        assert_eq!(sum.money(), Ok(Money::from_yocto(2)));
    }
}
