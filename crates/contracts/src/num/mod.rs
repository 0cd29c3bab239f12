//! Exact amounts: prices, quantities, positions and money, never a float.
//!
//! Every amount is a whole number of a tiny fixed unit behind a newtype: prices, quantities and
//! positions count picos (1e-12), money counts yoctos (1e-24). A price times a quantity is
//! therefore *exactly* a money amount, with nothing to round. Division is the only place where
//! digits can be lost, and each division takes an explicit [`Rounding`].
//!
//! The types are aligned to 8 bytes, not to the 16 of a bare 128-bit integer: that is what lets every
//! event fit into two cache lines.
//!
//! The representation is private to this module; why it is what it is stands in
//! `docs/adr/0001-exact-amounts.md`, with the measurements.

mod decimal;
mod division;
mod money;
mod net;
mod price;
mod qty;
mod rate;

pub use decimal::{DecimalText, ParseAmountError};
pub use division::Rounding;
pub use money::Money;
pub use net::Net;
pub use price::Price;
pub use qty::Qty;
pub use rate::{Bps, Ppm};

use division::divide;

/// Decimals of prices, quantities and positions.
const PICO_DECIMALS: u32 = 12;
/// Decimals of money: exactly those of a price times a quantity.
const YOCTO_DECIMALS: u32 = 24;

/// A result left the range that 128 bits hold (about 1.7e14 units of money, 1.7e26 of anything else).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("amount out of range: the result does not fit in 128 bits")]
pub struct OutOfRange;

/// Text, JSON and schema for an amount type that has `const DECIMALS`, `raw` and `from_raw`.
macro_rules! amount_text {
    ($name:ident, $pattern:literal) => {
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(super::DecimalText::new(self.raw(), Self::DECIMALS).as_str())
            }
        }
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
        impl core::str::FromStr for $name {
            type Err = super::ParseAmountError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::from_raw(super::decimal::parse(text, Self::DECIMALS)?)
                    .ok_or(super::ParseAmountError::OutOfRange)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(super::DecimalText::new(self.raw(), Self::DECIMALS).as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::text::deserialize_parsed(d)
            }
        }
        crate::schema::text_schema!($name, Decimal, $pattern);
    };
}
use amount_text;
