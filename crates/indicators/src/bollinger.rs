//! Bollinger bands: the mean, and so many standard deviations to either side.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, InvalidSetting, Period, usable};
use crate::window::{Moments, Window};

/// What [`Bollinger`] says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    /// The mean less the width.
    pub lower: f64,
    /// The mean.
    pub middle: f64,
    /// The mean plus the width.
    pub upper: f64,
}

/// The bands over the last `period` values, by the deviation of the population (divided by the
/// count, not by one less); warmed up after `period` values. Does not drift.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bollinger {
    window: Window<Moments>,
    #[serde(with = "crate::exact_float")]
    width: f64,
    ignored: u32,
}

impl Bollinger {
    /// The bands over that many values, `width` standard deviations to either side; 20 and 2 are the
    /// usual ones.
    pub fn new(period: Period, width: f64) -> Result<Self, InvalidSetting> {
        if !(0.0..=1_000.0).contains(&width) {
            return Err(InvalidSetting::Width);
        }
        Ok(Self { window: Window::new(period), width, ignored: 0 })
    }
}

impl Indicator for Bollinger {
    type Input = f64;
    type Value = Bands;

    #[inline]
    fn push(&mut self, input: f64) -> Option<Bands> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        let moments = self.window.push(input);
        if !self.window.is_full() {
            return None;
        }
        let (middle, reach) = (moments.mean, self.width * (moments.squares / moments.count).sqrt());
        Some(Bands { lower: middle - reach, middle, upper: middle + reach })
    }

    fn warm_up(&self) -> u32 {
        self.window.period()
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        self.window.reset();
        self.ignored = 0;
    }
}
