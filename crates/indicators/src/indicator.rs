//! What all indicators have in common: the trait, the period, and what they do with bad input.

use serde::{Deserialize, Serialize};

/// A stream of values turned into another one.
///
/// Input that is not a number, infinite, or beyond [`INPUT_MAX`] is ignored: nothing changes but the
/// count of ignored ones, and the answer is `None`. One bad price can therefore never poison what
/// comes after it.
pub trait Indicator {
    /// What goes in.
    type Input;
    /// What comes out.
    type Value;

    /// Takes the next value; `None` until warmed up, and for input that is ignored.
    fn push(&mut self, input: Self::Input) -> Option<Self::Value>;

    /// How many values it takes until the first answer.
    fn warm_up(&self) -> u32;

    /// How much input was ignored; the count stops at its largest number.
    fn ignored(&self) -> u32;

    /// Forgets everything, as if newly made.
    fn reset(&mut self);
}

/// The largest input: far beyond any price, and small enough that no sum of squares overflows.
pub const INPUT_MAX: f64 = 1e100;

/// Whether a number may enter an indicator.
pub(crate) fn usable(input: f64) -> bool {
    // False for what is not a number, too.
    input.abs() <= INPUT_MAX
}

/// Over how many values an indicator reaches: from 1 to [`Period::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Period(u32);

impl Period {
    /// The longest period: ten weeks of minutes. It bounds the memory of an indicator.
    pub const MAX: u32 = 100_000;

    /// The period of that many values.
    pub fn new(values: u32) -> Result<Self, InvalidSetting> {
        match values {
            1..=Self::MAX => Ok(Self(values)),
            _ => Err(InvalidSetting::Period),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Period {
    type Error = InvalidSetting;
    fn try_from(values: u32) -> Result<Self, InvalidSetting> {
        Self::new(values)
    }
}

impl From<Period> for u32 {
    fn from(period: Period) -> Self {
        period.0
    }
}

/// Why there is no such indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    /// A period of zero, or a very long one.
    #[error("a period is from 1 to {} values", Period::MAX)]
    Period,
    /// A line through fewer than three points says nothing.
    #[error("a trend line needs a period of at least 3")]
    TooFewPoints,
    /// The fast line must be the faster one.
    #[error("the fast period must be shorter than the slow one")]
    FastNotFaster,
    /// The width of the bands is negative, not a number, or very large.
    #[error("the width of the bands is from 0 to 1000 standard deviations")]
    Width,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn period_has_bounds_even_when_read() {
        assert_eq!(Period::new(0), Err(InvalidSetting::Period));
        assert_eq!(Period::new(Period::MAX + 1), Err(InvalidSetting::Period));
        assert_eq!(Period::new(Period::MAX).map(Period::get), Ok(Period::MAX));
        assert!(serde_json::from_str::<Period>("0").is_err());
        assert_eq!(serde_json::from_str::<Period>("14").ok(), Period::new(14).ok());
    }

    #[test]
    fn usable_refuses_what_would_poison() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e100, f64::MIN] {
            assert!(!usable(bad), "{bad}");
        }
        assert!(usable(0.0) && usable(-1e100) && usable(f64::MIN_POSITIVE));
    }
}
