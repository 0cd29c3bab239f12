//! The only way between floats and amounts.
//!
//! Indicators compute with floats; orders carry amounts. An amount becomes a float by [`Approx`],
//! good to the last bit or two. A float becomes an amount only here, onto a tick or a lot and with a
//! stated rounding; what is not a number, infinite, negative or out of range becomes nothing.
//!
//! A float stands for the nearest tick if it is as near to it as floats go: the price 61207.3 as a
//! float is a hair below that number, and rounding that down must not give 61207.2. So an amount
//! that goes to a float and back is the same, with every rounding.

#![allow(clippy::cast_precision_loss, reason = "the bridge is where precision is given up")]

use contracts::{Money, Net, Price, Qty, Rounding};

/// Units of 1e-12 in one.
const PICOS: f64 = 1e12;
/// Units of 1e-24 in one.
const YOCTOS: f64 = 1e24;
/// A float and a tick this near, as a share of two to this power, are the same: eight times the
/// precision of a float, for the few roundings a value has gone through on its way.
const SAME_BITS: u32 = 50;

/// An amount as a float, near enough for a signal and never for an account.
pub trait Approx {
    /// The nearest float or one beside it.
    fn approx(self) -> f64;
}

#[inline]
fn approx_pico(pico: i128) -> f64 {
    // Conversion from 64 bits is one instruction, and nearly every amount fits.
    let float = match i64::try_from(pico) {
        Ok(short) => short as f64,
        Err(_) => long(pico),
    };
    float / PICOS
}

/// The conversion from 128 bits, apart: side by side the compiler would do this one for all.
#[cold]
#[inline(never)]
fn long(pico: i128) -> f64 {
    pico as f64
}

impl Approx for Price {
    #[inline]
    fn approx(self) -> f64 {
        approx_pico(self.pico() as i128)
    }
}

impl Approx for Qty {
    #[inline]
    fn approx(self) -> f64 {
        approx_pico(self.pico() as i128)
    }
}

impl Approx for Net {
    #[inline]
    fn approx(self) -> f64 {
        approx_pico(self.pico())
    }
}

impl Approx for Money {
    #[inline]
    fn approx(self) -> f64 {
        self.yocto() as f64 / YOCTOS
    }
}

/// The price of that value on a tick; `None` for what is no price there, zero included.
pub fn price_from(value: f64, tick: Price, rounding: Rounding) -> Option<Price> {
    let exact = Price::from_pico(nearest_pico(value)?)?;
    match exact.round_to(tick, Rounding::HalfEven) {
        Some(near) if is_same(exact.pico(), near.pico()) => Some(near),
        _ => exact.round_to(tick, rounding),
    }
}

/// The quantity of that value in lots; `None` for what is no quantity, and for a lot of zero.
pub fn qty_from(value: f64, lot: Qty, rounding: Rounding) -> Option<Qty> {
    let exact = Qty::from_pico(nearest_pico(value)?)?;
    match exact.round_to(lot, Rounding::HalfEven) {
        Some(near) if is_same(exact.pico(), near.pico()) => Some(near),
        _ => exact.round_to(lot, rounding),
    }
}

/// The value in units of 1e-12; what is below half of one is nothing.
fn nearest_pico(value: f64) -> Option<u128> {
    let pico = libm::rint(value * PICOS);
    // A cast would turn what is not a number into zero, and what is too large into the largest.
    (0.0..=u128::MAX as f64).contains(&pico).then_some(pico as u128)
}

fn is_same(exact: u128, near: u128) -> bool {
    exact.abs_diff(near) <= exact >> SAME_BITS
}

#[cfg(test)]
mod tests {
    use contracts::testing::{money, net, price, qty};
    use proptest::prelude::*;

    use super::*;

    const ALL: [Rounding; 4] =
        [Rounding::Floor, Rounding::Ceil, Rounding::HalfUp, Rounding::HalfEven];

    #[test]
    fn approx_is_the_float_one_would_write() {
        assert_eq!(price("61207.3").approx().to_bits(), 61_207.3_f64.to_bits());
        assert_eq!(qty("0.00000001").approx().to_bits(), 1e-8_f64.to_bits());
        assert_eq!(net("-2.5").approx().to_bits(), (-2.5_f64).to_bits());
        assert_eq!(money("-12.25").approx().to_bits(), (-12.25_f64).to_bits());
        assert_eq!(Money::ZERO.approx().to_bits(), 0.0_f64.to_bits());
        let huge = Price::from_pico(i128::MAX as u128).unwrap().approx();
        assert!((huge / 1.701_411_834_604_692_3e26 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn price_from_rounds_as_told() {
        let tick = price("0.1");
        let got = ALL.map(|rounding| price_from(100.26, tick, rounding));
        assert_eq!(got, ["100.2", "100.3", "100.3", "100.3"].map(|text| Some(price(text))));
        let got = ALL.map(|rounding| price_from(100.25, tick, rounding));
        assert_eq!(got, ["100.2", "100.3", "100.3", "100.2"].map(|text| Some(price(text))));
        // A sum of floats that is meant to be 0.3 is 0.3, whichever way it is rounded.
        let got = ALL.map(|rounding| price_from(0.1 + 0.2, tick, rounding));
        assert_eq!(got, [Some(price("0.3")); 4]);
    }

    #[test]
    fn bridge_refuses_what_is_no_amount() {
        let (tick, lot) = (price("0.1"), qty("0.1"));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -1e-3, 1.8e26, 1e300] {
            for rounding in ALL {
                assert_eq!(price_from(bad, tick, rounding), None, "{bad}");
                assert_eq!(qty_from(bad, lot, rounding), None, "{bad}");
            }
        }
        for nothing in [0.0, -0.0, 1e-13, f64::MIN_POSITIVE] {
            assert_eq!(price_from(nothing, tick, Rounding::Ceil), None);
            assert_eq!(qty_from(nothing, lot, Rounding::Ceil), Some(Qty::ZERO));
        }
        assert_eq!(price_from(0.04, tick, Rounding::Floor), None, "zero is no price");
        assert_eq!(qty_from(0.04, lot, Rounding::Floor), Some(Qty::ZERO));
        assert_eq!(qty_from(1.0, Qty::ZERO, Rounding::Floor), None);
        assert_eq!(
            price_from(
                1.7e26,
                price("1e".replace('e', "00000000000000000000000000").as_str()),
                Rounding::Ceil
            ),
            None
        );
    }

    proptest! {
        #[test]
        fn amount_to_float_and_back_is_the_same(
            ticks in 1_u64..1 << 48, unit in 1_u128..1 << 60, mode in 0_usize..4,
        ) {
            let pico = u128::from(ticks) * unit;
            let amount = Price::from_pico(pico).unwrap();
            let tick = Price::from_pico(unit).unwrap();
            prop_assert_eq!(price_from(amount.approx(), tick, ALL[mode]), Some(amount));
            let amount = Qty::from_pico(pico).unwrap();
            let lot = Qty::from_pico(unit).unwrap();
            prop_assert_eq!(qty_from(amount.approx(), lot, ALL[mode]), Some(amount));
        }

        #[test]
        fn price_from_stays_within_a_tick_on_the_right_side(
            value in 1e-6_f64..1e9, unit in 1_u128..1_000_000_000_000,
        ) {
            let tick = Price::from_pico(unit).unwrap();
            let slack = value * 1e-15 + 1e-12;
            if let Some(floor) = price_from(value, tick, Rounding::Floor) {
                prop_assert!(floor.is_multiple_of(tick));
                prop_assert!(floor.approx() <= value + slack);
                prop_assert!(floor.approx() > value - tick.approx() - slack);
            }
            let ceil = price_from(value, tick, Rounding::Ceil).unwrap();
            prop_assert!(ceil.approx() >= value - slack);
            prop_assert!(ceil.approx() < value + tick.approx() + slack);
        }

        #[test]
        fn bridge_survives_any_float(bits in any::<u64>(), unit in any::<u64>()) {
            let value = f64::from_bits(bits);
            let lot = Qty::from_pico(u128::from(unit)).unwrap();
            for rounding in ALL {
                let _ = qty_from(value, lot, rounding);
                if let Some(tick) = Price::from_pico(u128::from(unit)) {
                    let _ = price_from(value, tick, rounding);
                }
            }
        }
    }
}
