//! Orders a minute: a bucket that refills evenly.
//!
//! Orders that reduce pass an empty one, and count all the same. What they owe has a ceiling: otherwise those of an
//! hour would hold back whatever increases for hours after.

use contracts::{Span, Ts};
use serde::{Deserialize, Serialize};

/// Holds up to a minute's worth of orders. Each order takes one; one comes back every
/// `60 s / per_minute`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// How many were taken and have not come back, in nanoseconds of refill time.
    debt: Span,
    at: Ts,
}

impl Bucket {
    /// How many orders of this minute would be used up, `wanted` more included.
    pub(crate) fn used(&self, now: Ts, per_minute: u32) -> u32 {
        let each = Self::each(per_minute);
        let debt = self.debt_at(now).nanos();
        // A part of an order that has not come back yet still counts as one.
        u32::try_from(debt.div_euclid(each) + i64::from(debt % each != 0)).unwrap_or(u32::MAX)
    }

    /// Takes one; of an empty one nothing more can be taken.
    pub(crate) fn take(&mut self, now: Ts, per_minute: u32) {
        let each = Self::each(per_minute);
        let empty = each.saturating_mul(i64::from(per_minute.max(1)));
        let debt = self.debt_at(now).nanos().saturating_add(each).min(empty);
        (self.debt, self.at) = (Span::from_nanos(debt), now);
    }

    fn debt_at(&self, now: Ts) -> Span {
        Span::from_nanos(self.debt.nanos() - now.since(self.at).nanos())
    }

    fn each(per_minute: u32) -> i64 {
        Span::MINUTE.nanos() / i64::from(per_minute.max(1))
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    #[test]
    fn bucket_thirty_pass_then_one_every_two_seconds() {
        let mut bucket = Bucket::default();
        let passes = |bucket: &mut Bucket, now| {
            let passes = bucket.used(now, 30) < 30;
            if passes {
                bucket.take(now, 30);
            }
            passes
        };
        assert!((0..30).all(|_| passes(&mut bucket, secs(100))));
        assert!(!passes(&mut bucket, secs(100)));
        assert!(!passes(&mut bucket, secs(102) - Span::from_nanos(1)));
        assert!(passes(&mut bucket, secs(102)));
        assert!(!passes(&mut bucket, secs(102)));
        assert!((0..30).all(|_| passes(&mut bucket, secs(1_000))));
        assert!(!passes(&mut bucket, secs(1_000)));
    }

    #[test]
    fn bucket_that_is_overdrawn_is_full_again_after_a_minute() {
        for per_minute in [1, 7, 30, 60_000, u32::MAX] {
            let mut bucket = Bucket::default();
            (0..200_000).for_each(|_| bucket.take(secs(100), per_minute));
            assert!(bucket.used(secs(100), per_minute) <= per_minute);
            assert_eq!(bucket.used(secs(160), per_minute), 0, "{per_minute} a minute");
        }
    }
}
