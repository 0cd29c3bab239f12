//! Money: an exact signed amount of some currency.

use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use super::{Net, OutOfRange, Ppm, Price, Qty, Rounding, YOCTO_DECIMALS, amount_text, divide};

/// A signed amount of one currency. Which currency is said beside it, by the field that holds it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct Money(i128);

impl Money {
    const DECIMALS: u32 = YOCTO_DECIMALS;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, about 1.7e14.
    pub const MAX: Self = Self(i128::MAX);

    fn raw(self) -> i128 {
        self.0
    }

    #[expect(clippy::unnecessary_wraps, reason = "the shared text code asks every amount")]
    fn from_raw(raw: i128) -> Option<Self> {
        Some(Self(raw))
    }

    /// The amount in units of 1e-24.
    pub fn yocto(self) -> i128 {
        self.0
    }

    /// The amount of that many units of 1e-24.
    pub const fn from_yocto(yocto: i128) -> Self {
        Self(yocto)
    }

    /// A whole number of units.
    pub const fn from_units(units: i32) -> Self {
        Self(units as i128 * 10_i128.pow(YOCTO_DECIMALS))
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_add(other.0).map(Self).ok_or(OutOfRange)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_sub(other.0).map(Self).ok_or(OutOfRange)
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Whether the amount is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// A rate of this amount, such as a fee, rounded once to `decimals` of the currency.
    pub fn at_rate(self, rate: Ppm, decimals: u8, rounding: Rounding) -> Result<Self, OutOfRange> {
        let unit = unit_of(decimals);
        let negative = (self.0 < 0) != (rate.get() < 0);
        // On sizes, so that a tie is a tie on either side of zero.
        let rounding = match rounding {
            Rounding::Floor if negative => Rounding::Ceil,
            Rounding::Ceil if negative => Rounding::Floor,
            other => other,
        };
        let amount = i128::try_from(self.0.unsigned_abs()).map_err(|_| OutOfRange)?;
        let rate = i128::from(rate.get()).abs();
        // Whole units of the result first, so that the product fits for every amount that money can
        // hold; of them only whether they are even matters for the rounding of the rest.
        let part = unit.checked_mul(1_000_000).ok_or(OutOfRange)?;
        let whole = (amount / part).checked_mul(rate).ok_or(OutOfRange)?;
        let rest = (amount % part).checked_mul(rate).ok_or(OutOfRange)?;
        let odd = whole & 1;
        let rest = rest.checked_add(odd * part).ok_or(OutOfRange)?;
        let rest = divide(rest, part, rounding).ok_or(OutOfRange)?;
        let units = (whole - odd).checked_add(rest).ok_or(OutOfRange)?;
        let size = units.checked_mul(unit).ok_or(OutOfRange)?;
        Ok(Self(if negative { -size } else { size }))
    }

    /// The amount rounded to so many decimals.
    pub fn round_to(self, decimals: u8, rounding: Rounding) -> Result<Self, OutOfRange> {
        let unit = unit_of(decimals);
        let units = divide(self.0, unit, rounding).ok_or(OutOfRange)?;
        units.checked_mul(unit).map(Self).ok_or(OutOfRange)
    }

    /// The price at which `qty` costs this amount; `None` for no quantity or no positive amount.
    pub fn per(self, qty: Qty, rounding: Rounding) -> Option<Price> {
        let pico = divide(self.0, Net::from(qty).raw(), rounding)?;
        Price::from_pico(u128::try_from(pico).ok()?)
    }

    /// The largest quantity that costs at most this amount at `price`; nothing for a debt.
    pub fn buys(self, price: Price) -> Qty {
        let pico = divide(self.0, price.pico() as i128, Rounding::Floor).unwrap_or(0);
        Qty::from_pico(u128::try_from(pico).unwrap_or(0)).unwrap_or(Qty::ZERO)
    }

    /// The share `numerator / denominator` of this amount, rounded down to 1e-24.
    ///
    /// `denominator` must be above zero and `numerator` at most `denominator`.
    pub fn share(self, numerator: Qty, denominator: Qty) -> Result<Self, OutOfRange> {
        share_of(self.0, numerator.pico(), denominator.pico()).map(Self).ok_or(OutOfRange)
    }
}

/// `floor(amount * numerator / denominator)` through 256 bits, for `numerator <= denominator`.
fn share_of(amount: i128, numerator: u128, denominator: u128) -> Option<i128> {
    if denominator == 0 || numerator > denominator {
        return None;
    }
    if let Some(product) = i128::try_from(numerator).ok().and_then(|n| amount.checked_mul(n)) {
        return divide(product, i128::try_from(denominator).ok()?, Rounding::Floor);
    }
    let (quotient, rest) = wide_mul_div(amount.unsigned_abs(), numerator, denominator);
    let quotient = i128::try_from(quotient).ok()?;
    Some(if amount >= 0 { quotient } else { -quotient - i128::from(rest) })
}

/// `(a * b / d, remainder is not zero)` by long division of the 256-bit product; needs `b <= d`.
fn wide_mul_div(a: u128, b: u128, d: u128) -> (u128, bool) {
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    for bit in (0..128).rev() {
        // `rest < d <= 2^127`, so doubling it cannot overflow; the same holds after adding b <= d.
        quotient <<= 1;
        rest <<= 1;
        if rest >= d {
            rest -= d;
            quotient += 1;
        }
        if a >> bit & 1 == 1 {
            if rest >= d - b {
                rest -= d - b;
                quotient += 1;
            } else {
                rest += b;
            }
        }
    }
    (quotient, rest != 0)
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

// The operators are for sums whose range was checked before (booked amounts); leaving it is a bug
// and halts. Where the input is a stranger's, use `plus` and `minus`.
impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

amount_text!(Money, "^-?[0-9]+(\\.[0-9]{1,24})?$");

/// How much of the smallest unit one of the last of so many decimals is.
fn unit_of(decimals: u8) -> i128 {
    10_i128.pow(YOCTO_DECIMALS.saturating_sub(u32::from(decimals)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{money, price, qty};

    #[test]
    fn fee_rounds_half_up_to_the_currency() {
        let fee = |cost: &str, ppm, decimals| {
            money(cost).at_rate(Ppm::new(ppm), decimals, Rounding::HalfUp).unwrap()
        };
        assert_eq!(fee("132.9995", 2_600, 4), money("0.3458"));
        assert_eq!(fee("200", 1_000, 2), money("0.2"));
        assert_eq!(fee("100", -200, 4), money("-0.02"));
        assert_eq!(fee("0.00005", 500_000, 4), money("0"));
        assert_eq!(fee("0.0001", 500_000, 4), money("0.0001"));
    }

    #[test]
    fn per_and_buys_invert_cost() {
        assert_eq!(money("244.8292").per(qty("0.004"), Rounding::Floor), Some(price("61207.3")));
        assert_eq!(money("1").per(Qty::ZERO, Rounding::Floor), None);
        assert_eq!(money("-1").per(qty("1"), Rounding::Floor), None);
        assert_eq!(money("100").buys(price("30")), qty("3.333333333333"));
        assert_eq!(money("-100").buys(price("30")), Qty::ZERO);
    }

    proptest! {
        #[test]
        fn share_parts_stay_within_the_whole(
            amount in any::<i128>(), a in 0_u128..=1 << 100, b in 1_u128..=1 << 100,
        ) {
            let (part, whole) = (a.min(b), b);
            let got = share_of(amount, part, whole).unwrap();
            let (quotient, inexact) = wide_mul_div(amount.unsigned_abs(), part, whole);
            let expected = if amount >= 0 { quotient as i128 }
                else { -(quotient as i128) - i128::from(inexact) };
            prop_assert_eq!(got, expected);
            prop_assert!(got.unsigned_abs() <= amount.unsigned_abs());
        }

        #[test]
        fn share_of_everything_is_everything(amount in any::<i128>(), whole in 1_u128..=1 << 100) {
            prop_assert_eq!(share_of(amount, whole, whole), Some(amount));
            prop_assert_eq!(share_of(amount, 0, whole), Some(0));
        }

        #[test]
        fn cost_then_buys_returns_the_quantity(p in 1_u128..1 << 50, q in 0_u128..1 << 60) {
            let (price, qty) = (Price::from_pico(p).unwrap(), Qty::from_pico(q).unwrap());
            prop_assert_eq!(price.cost(qty).unwrap().buys(price), qty);
        }
    }

    #[test]
    fn at_rate_rounds_once_on_either_side_of_zero() {
        let check = |yocto: i128, ppm: i32, rounding, expected: i128| {
            let rated = Money::from_yocto(yocto).at_rate(Ppm::new(ppm), 24, rounding).unwrap();
            assert_eq!(rated.yocto(), expected, "{yocto} at {ppm} {rounding:?}");
        };
        // Less than the smallest unit is still more than nothing.
        check(1, 500_000, Rounding::Ceil, 1);
        check(-1, 500_000, Rounding::Ceil, 0);
        check(-1, 500_000, Rounding::Floor, -1);
        check(1, -500_000, Rounding::Floor, -1);
        // Ties: away from zero, or to the even neighbour of the whole result.
        for (rounding, expected) in [(Rounding::HalfUp, 2), (Rounding::HalfEven, 2)] {
            check(3, 500_000, rounding, expected);
            check(-3, 500_000, rounding, -expected);
        }
        check(5, 500_000, Rounding::HalfEven, 2);
        check(1_000_001, 500_001, Rounding::HalfEven, 500_002);
        check(i128::MAX, 1_000_000, Rounding::Floor, i128::MAX);
    }
}
