//! The textbook decimal: a mantissa of 64 bits and a count of decimals. A rival, not a part of the
//! product: as short as it can be while being as careful as the others.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// `mantissa` times 10 to the power of minus `decimals`.
#[derive(Clone, Copy)]
pub(crate) struct Plain {
    mantissa: i64,
    decimals: u8,
}

impl Plain {
    pub(crate) const ZERO: Self = Self { mantissa: 0, decimals: 0 };

    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        Some(Self { mantissa, decimals: self.decimals + other.decimals })
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        let mantissa = self.scaled_to(decimals)?.checked_add(other.scaled_to(decimals)?)?;
        Some(Self { mantissa, decimals })
    }

    fn scaled_to(self, decimals: u8) -> Option<i64> {
        let missing = u32::from(decimals - self.decimals);
        if missing == 0 {
            return Some(self.mantissa);
        }
        self.mantissa.checked_mul(10_i64.checked_pow(missing)?)
    }

    /// Without trailing zeros: equal amounts must hash equally.
    fn shortest(mut self) -> Self {
        while self.decimals > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.decimals -= 1;
        }
        self
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

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mantissa, decimals } = self.shortest();
        let scale = 10_u64.pow(u32::from(decimals));
        let (whole, rest) = (mantissa.unsigned_abs() / scale, mantissa.unsigned_abs() % scale);
        let sign = if mantissa < 0 { "-" } else { "" };
        match decimals {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{rest:0width$}", width = decimals as usize),
        }
    }
}

impl Ord for Plain {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.decimals == other.decimals {
            return self.mantissa.cmp(&other.mantissa);
        }
        let decimals = self.decimals.max(other.decimals);
        let wide =
            |of: &Self| i128::from(of.mantissa) * 10_i128.pow(u32::from(decimals - of.decimals));
        wide(self).cmp(&wide(other))
    }
}

impl PartialOrd for Plain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Plain {}

impl Hash for Plain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { mantissa, decimals } = self.shortest();
        (mantissa, decimals).hash(state);
    }
}
