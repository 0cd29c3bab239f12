//! The simple moving average.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, Period, usable};
use crate::window::Window;

/// The mean of the last `period` values; warmed up after as many. Does not drift.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sma {
    window: Window<f64>,
    ignored: u32,
}

impl Sma {
    /// The mean over that many values.
    pub fn new(period: Period) -> Self {
        Self { window: Window::new(period), ignored: 0 }
    }
}

impl Indicator for Sma {
    type Input = f64;
    type Value = f64;

    #[inline]
    fn push(&mut self, input: f64) -> Option<f64> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        let sum = self.window.push(input);
        self.window.is_full().then(|| sum / f64::from(self.window.period()))
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
