//! A position: a quantity with a direction.

use core::ops::{Add, AddAssign, Neg, Sub};

use super::{OutOfRange, PICO_DECIMALS, Qty, amount_text};
use crate::order::Side;

/// A signed quantity: above zero is long, below is short.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct Net(i128);

impl Net {
    const DECIMALS: u32 = PICO_DECIMALS;
    /// Flat.
    pub const ZERO: Self = Self(0);

    pub(super) fn raw(self) -> i128 {
        self.0
    }

    #[expect(clippy::unnecessary_wraps, reason = "the shared text code asks every amount")]
    fn from_raw(raw: i128) -> Option<Self> {
        Some(Self(raw))
    }

    /// The position in units of 1e-12.
    pub fn pico(self) -> i128 {
        self.0
    }

    /// The position of that many units of 1e-12.
    pub fn from_pico(pico: i128) -> Self {
        Self(pico)
    }

    /// What buying (or selling) `qty` changes a position by.
    pub fn of(side: Side, qty: Qty) -> Self {
        match side {
            Side::Buy => Self::from(qty),
            Side::Sell => -Self::from(qty),
        }
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_add(other.0).map(Self).ok_or(OutOfRange)
    }

    /// The size without the direction.
    pub fn size(self) -> Qty {
        Qty::from(self)
    }

    /// Whether there is no position.
    pub fn is_flat(self) -> bool {
        self.0 == 0
    }

    /// The side of the position; `None` when flat.
    pub fn side(self) -> Option<Side> {
        match self.0.signum() {
            1 => Some(Side::Buy),
            -1 => Some(Side::Sell),
            _ => None,
        }
    }
}

impl From<Qty> for Net {
    fn from(qty: Qty) -> Self {
        Self(qty.pico() as i128)
    }
}

impl Neg for Net {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

// The operators are for sums whose range was checked before (positions of accepted fills); leaving
// it is a bug and halts. Where the input is a stranger's, use `plus`.
impl Add for Net {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Net {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Net {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

amount_text!(Net, "^-?[0-9]+(\\.[0-9]{1,12})?$");
