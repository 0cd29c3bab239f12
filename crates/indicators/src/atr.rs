//! Wilder's average true range.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, Period, usable};
use crate::wilder::Smoothed;

/// The part of a bar that [`Atr`] looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
}

/// Average true range; the first range is high less low, as there is no close before it. Warmed up
/// after `period` bars. A bar whose high is below its low is ignored like one that is no number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Atr {
    line: Smoothed,
    #[serde(with = "crate::exact_float")]
    close: f64,
    started: bool,
    ignored: u32,
}

impl Atr {
    /// The average over that many bars.
    pub fn new(period: Period) -> Self {
        Self { line: Smoothed::new(period), close: 0.0, started: false, ignored: 0 }
    }
}

impl Indicator for Atr {
    type Input = Range;
    type Value = f64;

    #[inline]
    fn push(&mut self, bar: Range) -> Option<f64> {
        let Range { high, low, close } = bar;
        if !(usable(high) && usable(low) && usable(close) && low <= high) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        // The span that also reaches the close before: a gap counts as movement.
        let before = if self.started { self.close } else { high };
        let true_range = high.max(before) - low.min(before);
        (self.close, self.started) = (close, true);
        self.line.next(true_range)
    }

    fn warm_up(&self) -> u32 {
        self.line.period().get()
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        *self = Self::new(self.line.period());
    }
}
