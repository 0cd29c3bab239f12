//! Rates: basis points for distances, parts per million for fees.

use serde::{Deserialize, Serialize};

/// Basis points (1e-4), signed: a collar, a stop distance, a spread.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Bps(i32);

impl Bps {
    /// So many basis points.
    pub const fn new(bps: i32) -> Self {
        Self(bps)
    }

    /// The number.
    pub const fn get(self) -> i32 {
        self.0
    }
}

/// Parts per million (1e-6), signed: fee rates, where the venue's 0.23 % is 2300 and a rebate is negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Ppm(i32);

impl Ppm {
    /// So many parts per million.
    pub const fn new(ppm: i32) -> Self {
        Self(ppm)
    }

    /// The number.
    pub const fn get(self) -> i32 {
        self.0
    }
}
