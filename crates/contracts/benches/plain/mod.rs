//! The textbook decimal: a mantissa and a count of decimals. A rival, not a part of the product: as
//! short as it can be while being as careful as the others.
//!
//! Prices and quantities have mantissas of 64 bits. Money has one of 128: the product of a price with
//! ten decimals and a quantity with five leaves 64 bits at nine thousand dollars.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

macro_rules! decimal {
    ($name:ident, $mantissa:ty) => {
        /// `mantissa` times 10 to the power of minus `decimals`.
        #[derive(Clone, Copy)]
        pub(crate) struct $name {
            mantissa: $mantissa,
            decimals: u8,
        }

        impl $name {
            /// Without trailing zeros: equal amounts must hash equally.
            fn shortest(mut self) -> Self {
                while self.decimals > 0 && self.mantissa % 10 == 0 {
                    self.mantissa /= 10;
                    self.decimals -= 1;
                }
                self
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { mantissa, decimals } = self.shortest();
                let scale = (10 as $mantissa).unsigned_abs().pow(u32::from(decimals));
                let (whole, rest) =
                    (mantissa.unsigned_abs() / scale, mantissa.unsigned_abs() % scale);
                let sign = if mantissa < 0 { "-" } else { "" };
                match decimals {
                    0 => write!(f, "{sign}{whole}"),
                    _ => write!(f, "{sign}{whole}.{rest:0width$}", width = decimals as usize),
                }
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                if self.decimals == other.decimals {
                    return self.mantissa.cmp(&other.mantissa);
                }
                let decimals = self.decimals.max(other.decimals);
                let wide = |of: &Self| {
                    i128::from(of.mantissa) * 10_i128.pow(u32::from(decimals - of.decimals))
                };
                wide(self).cmp(&wide(other))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                let Self { mantissa, decimals } = self.shortest();
                (mantissa, decimals).hash(state);
            }
        }
    };
}

decimal!(Plain, i64);
decimal!(PlainMoney, i128);

impl Plain {
    pub(crate) fn times(self, other: Self) -> PlainMoney {
        let mantissa = i128::from(self.mantissa) * i128::from(other.mantissa);
        PlainMoney { mantissa, decimals: self.decimals + other.decimals }
    }
}

impl PlainMoney {
    pub(crate) const ZERO: Self = Self { mantissa: 0, decimals: 0 };

    fn scaled_to(self, decimals: u8) -> Option<i128> {
        match u32::from(decimals - self.decimals) {
            0 => Some(self.mantissa),
            missing => self.mantissa.checked_mul(10_i128.checked_pow(missing)?),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        let mantissa = self.scaled_to(decimals)?.checked_add(other.scaled_to(decimals)?)?;
        Some(Self { mantissa, decimals })
    }
}

impl FromStr for Plain {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (mut mantissa, mut decimals, mut point) = (0_i64, 0_u8, false);
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    let digit = i64::from(byte - b'0');
                    mantissa =
                        mantissa.checked_mul(10).and_then(|m| m.checked_add(digit)).ok_or(())?;
                    decimals += u8::from(point);
                }
                b'.' if !point => point = true,
                _ => return Err(()),
            }
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        if digits.is_empty() { Err(()) } else { Ok(Self { mantissa, decimals }) }
    }
}
