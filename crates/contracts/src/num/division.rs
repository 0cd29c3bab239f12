//! Division with a stated direction: the only operation that can lose a digit.

use serde::{Deserialize, Serialize};

/// Where a quotient goes when it falls between two representable amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceil,
    /// To the nearest; a tie goes away from zero, as the venue books its amounts.
    HalfUp,
    /// To the nearest; a tie goes to the even neighbour.
    HalfEven,
}

/// `numerator / denominator` with the given rounding; `None` for a zero or negative denominator.
pub(super) fn divide(numerator: i128, denominator: i128, rounding: Rounding) -> Option<i128> {
    if denominator <= 0 {
        return None;
    }
    // 64-bit division is several times faster and covers nearly every real amount.
    let (floor, rest) = match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(n), Ok(d)) => (i128::from(n.div_euclid(d)), i128::from(n.rem_euclid(d))),
        _ => (numerator.div_euclid(denominator), numerator.rem_euclid(denominator)),
    };
    if rest == 0 {
        return Some(floor);
    }
    let up = match rounding {
        Rounding::Floor => false,
        Rounding::Ceil => true,
        Rounding::HalfUp | Rounding::HalfEven => match rest.cmp(&(denominator - rest)) {
            core::cmp::Ordering::Less => false,
            core::cmp::Ordering::Greater => true,
            core::cmp::Ordering::Equal if rounding == Rounding::HalfEven => floor & 1 == 1,
            core::cmp::Ordering::Equal => numerator > 0,
        },
    };
    floor.checked_add(i128::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(numerator: i128, denominator: i128, expected: [i128; 4]) {
        use Rounding::{Ceil, Floor, HalfEven, HalfUp};
        let got = [Floor, Ceil, HalfUp, HalfEven].map(|r| divide(numerator, denominator, r));
        assert_eq!(got, expected.map(Some), "{numerator} / {denominator}");
    }

    #[test]
    fn divide_every_rounding_mode_both_signs() {
        check(6, 3, [2, 2, 2, 2]);
        check(7, 3, [2, 3, 2, 2]);
        check(8, 3, [2, 3, 3, 3]);
        check(5, 2, [2, 3, 3, 2]);
        check(7, 2, [3, 4, 4, 4]);
        check(-5, 2, [-3, -2, -3, -2]);
        check(-7, 2, [-4, -3, -4, -4]);
        check(-7, 3, [-3, -2, -2, -2]);
        let wide = 10_i128.pow(30);
        check(5 * wide, 2 * wide, [2, 3, 3, 2]);
        check(-5 * wide, 2 * wide, [-3, -2, -3, -2]);
    }

    #[test]
    fn divide_by_nothing_is_none() {
        assert_eq!(divide(1, 0, Rounding::Floor), None);
        assert_eq!(divide(1, -1, Rounding::Floor), None);
    }
}
