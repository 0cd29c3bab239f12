//! The straight line through the last prices, by least squares.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, InvalidSetting, Period, usable};
use crate::window::{Moments, Window};

/// Fits a line through up to `period` last values and says where it will be one step later. Begins
/// with three values; a line through fewer would fit anything. Does not drift.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trendline {
    window: Window<Moments>,
    ignored: u32,
}

impl Trendline {
    /// The fewest values a line is drawn through.
    pub const POINTS_MIN: u32 = 3;

    /// The line through that many values, at least [`Self::POINTS_MIN`].
    pub fn new(period: Period) -> Result<Self, InvalidSetting> {
        if period.get() < Self::POINTS_MIN {
            return Err(InvalidSetting::TooFewPoints);
        }
        Ok(Self { window: Window::new(period), ignored: 0 })
    }
}

impl Indicator for Trendline {
    type Input = f64;
    type Value = f64;

    #[inline]
    fn push(&mut self, input: f64) -> Option<f64> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        let Moments { count, mean, products, .. } = self.window.push(input);
        if count < f64::from(Self::POINTS_MIN) {
            return None;
        }
        // Positions 0..count have these squares about their middle; the next position lies
        // `(count + 1) / 2` behind that middle.
        let slope = products / (count * (count * count - 1.0) / 12.0);
        Some(mean + slope * (count + 1.0) / 2.0)
    }

    fn warm_up(&self) -> u32 {
        Self::POINTS_MIN
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        self.window.reset();
        self.ignored = 0;
    }
}
