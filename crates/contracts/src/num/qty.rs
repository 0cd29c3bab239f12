//! A quantity of base currency, never negative.

use super::{Net, OutOfRange, PICO_DECIMALS, Rounding, amount_text, divide};

/// A quantity from zero up. Zero means "nothing" (a book level that went away, nothing filled yet);
/// an order cannot be built with it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct Qty(u128);

impl Qty {
    const DECIMALS: u32 = PICO_DECIMALS;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    fn raw(self) -> i128 {
        self.0 as i128
    }

    fn from_raw(raw: i128) -> Option<Self> {
        u128::try_from(raw).ok().map(Self)
    }

    /// The quantity in units of 1e-12.
    pub fn pico(self) -> u128 {
        self.0
    }

    /// The quantity of that many units of 1e-12; `None` beyond 1.7e26.
    pub fn from_pico(pico: u128) -> Option<Self> {
        i128::try_from(pico).ok().and_then(Self::from_raw)
    }

    /// Whether there is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_add(other.0).and_then(Self::from_pico).ok_or(OutOfRange)
    }

    /// The difference; `None` where more is taken than there is.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, or nothing where more is taken than there is.
    #[must_use]
    pub fn saturating_minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The multiple of `lot` in the given direction; `None` for a lot of zero.
    pub fn round_to(self, lot: Self, rounding: Rounding) -> Option<Self> {
        let lots = divide(self.raw(), lot.raw(), rounding)?;
        Self::from_raw(lots.checked_mul(lot.raw())?)
    }

    /// Whether the quantity is a whole number of lots.
    pub fn is_multiple_of(self, lot: Self) -> bool {
        lot.0 != 0 && self.0.is_multiple_of(lot.0)
    }

    /// The share `numerator / denominator` of this quantity; `None` for a zero denominator.
    pub fn share(self, numerator: u64, denominator: u64, rounding: Rounding) -> Option<Self> {
        let scaled = self.raw().checked_mul(i128::from(numerator))?;
        Self::from_raw(divide(scaled, i128::from(denominator), rounding)?)
    }
}

impl From<Net> for Qty {
    /// The size of a position without its direction.
    fn from(position: Net) -> Self {
        Self(position.raw().unsigned_abs())
    }
}

amount_text!(Qty, "^[0-9]+(\\.[0-9]{1,12})?$");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::qty;

    #[test]
    fn qty_never_negative() {
        assert!("-0.1".parse::<Qty>().is_err());
        assert_eq!(qty("1").minus(qty("2")), None);
        assert_eq!(qty("1").saturating_minus(qty("2")), Qty::ZERO);
    }

    #[test]
    fn round_to_lot_floors_and_refuses_lot_zero() {
        let lot = qty("0.00000001");
        assert_eq!(qty("0.123456789").round_to(lot, Rounding::Floor), Some(qty("0.12345678")));
        assert_eq!(qty("1").round_to(Qty::ZERO, Rounding::Floor), None);
        assert!(!qty("1").is_multiple_of(Qty::ZERO));
    }

    #[test]
    fn share_splits_exactly() {
        assert_eq!(qty("3").share(1, 3, Rounding::Floor), Some(qty("1")));
        assert_eq!(qty("1").share(1, 0, Rounding::Floor), None);
    }
}
