//! A price: quote currency per unit of base, always above zero.

use core::num::NonZeroU128;

use super::{Money, Net, OutOfRange, PICO_DECIMALS, Qty, Rounding, amount_text, divide};

/// A price, from 1e-12 up; zero and below are not prices, so no order can carry one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct Price(NonZeroU128);

impl Price {
    const DECIMALS: u32 = PICO_DECIMALS;
    /// The smallest price.
    pub const MIN: Self = Self(NonZeroU128::MIN);

    fn raw(self) -> i128 {
        self.0.get() as i128
    }

    fn from_raw(raw: i128) -> Option<Self> {
        u128::try_from(raw).ok().and_then(NonZeroU128::new).map(Self)
    }

    /// The price in units of 1e-12.
    pub fn pico(self) -> u128 {
        self.0.get()
    }

    /// The price of that many units of 1e-12; `None` for zero or beyond 1.7e26.
    pub fn from_pico(pico: u128) -> Option<Self> {
        i128::try_from(pico).ok().and_then(Self::from_raw)
    }

    /// What `qty` costs at this price, exactly.
    pub fn cost(self, qty: Qty) -> Result<Money, OutOfRange> {
        self.value(Net::from(qty))
    }

    /// What a position is worth at this price, exactly; negative for a short one.
    pub fn value(self, position: Net) -> Result<Money, OutOfRange> {
        let (price, units) = (self.raw(), position.raw());
        if let (Ok(price), Ok(units)) = (i64::try_from(price), i64::try_from(units)) {
            return Ok(Money::from_yocto(i128::from(price) * i128::from(units)));
        }
        price.checked_mul(units).map(Money::from_yocto).ok_or(OutOfRange)
    }

    /// The nearest multiple of `tick` in the given direction; `None` where that would be zero.
    pub fn round_to(self, tick: Self, rounding: Rounding) -> Option<Self> {
        let ticks = divide(self.raw(), tick.raw(), rounding)?;
        Self::from_raw(ticks.checked_mul(tick.raw())?)
    }

    /// Whether the price is a whole number of ticks.
    pub fn is_multiple_of(self, tick: Self) -> bool {
        self.pico().is_multiple_of(tick.pico())
    }

    /// The price moved up (or, for a negative number, down) by basis points of itself.
    pub fn shifted(self, bps: super::Bps, rounding: Rounding) -> Option<Self> {
        let scaled = self.raw().checked_mul(i128::from(bps.get()) + 10_000)?;
        Self::from_raw(divide(scaled, 10_000, rounding)?)
    }

    /// The price moved by a signed number of ticks; `None` where that is no longer a price.
    pub fn plus_ticks(self, tick: Self, count: i64) -> Option<Self> {
        let step = tick.raw().checked_mul(i128::from(count))?;
        Self::from_raw(self.raw().checked_add(step)?)
    }

    /// Half way between two prices, rounded down to a pico.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self(NonZeroU128::new(self.pico().midpoint(other.pico())).unwrap_or(self.0))
    }

    /// How far two prices lie apart, in basis points of this one, rounded up.
    pub fn distance(self, other: Self) -> super::Bps {
        let gap = self.raw().abs_diff(other.raw());
        let bps = gap.saturating_mul(10_000).div_ceil(self.pico());
        super::Bps::new(i32::try_from(bps).unwrap_or(i32::MAX))
    }
}

amount_text!(Price, "^[0-9]+(\\.[0-9]{1,12})?$");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Bps;
    use crate::testing::{money, price, qty};

    #[test]
    fn price_zero_and_negative_are_not_prices() {
        assert!("0".parse::<Price>().is_err());
        assert!("-1".parse::<Price>().is_err());
        assert_eq!(Price::from_pico(0), None);
        assert_eq!(size_of::<Option<Price>>(), 16);
    }

    #[test]
    fn cost_is_exact_at_every_precision() {
        assert_eq!(price("61207.3").cost(qty("0.004")), Ok(money("244.8292")));
        assert_eq!(
            price("0.0000000089").cost(qty("123456789.12345678")),
            Ok(money("1.098765423198765342"))
        );
        assert_eq!(
            price("0.000000000001").cost(qty("0.000000000001")),
            Ok(money("0.000000000000000000000001"))
        );
        assert_eq!(price("100000").cost(qty("1000000000000000")), Err(OutOfRange));
    }

    #[test]
    fn round_to_tick_never_reaches_zero() {
        let tick = price("0.1");
        assert_eq!(price("0.26").round_to(tick, Rounding::Floor), Some(price("0.2")));
        assert_eq!(price("0.26").round_to(tick, Rounding::Ceil), Some(price("0.3")));
        assert_eq!(price("0.05").round_to(tick, Rounding::HalfUp), Some(price("0.1")));
        assert_eq!(price("0.04").round_to(tick, Rounding::Floor), None);
        assert!(price("0.3").is_multiple_of(tick) && !price("0.35").is_multiple_of(tick));
    }

    #[test]
    fn shifted_and_distance_count_basis_points() {
        assert_eq!(price("100").shifted(Bps::new(-250), Rounding::Floor), Some(price("97.5")));
        assert_eq!(price("100").shifted(Bps::new(-10_000), Rounding::Floor), None);
        assert_eq!(price("100").distance(price("101")), Bps::new(100));
        assert_eq!(price("100").distance(price("99.999")), Bps::new(1));
    }
}
