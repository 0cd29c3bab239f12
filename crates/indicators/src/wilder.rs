//! Wilder's smoothing: seeded with the mean of the first `period` values, then `1 / period` of each
//! new one. What his strength index and true range are made of.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, Period, usable};

/// The bare recurrence; the input is checked by its owner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Smoothed {
    period: Period,
    /// The mean; while warming up, the sum.
    #[serde(with = "crate::exact_float")]
    value: f64,
    /// How many values, counted up to the period.
    seen: u32,
}

impl Smoothed {
    pub(crate) fn new(period: Period) -> Self {
        Self { period, value: 0.0, seen: 0 }
    }

    #[inline]
    pub(crate) fn next(&mut self, input: f64) -> Option<f64> {
        let count = self.period.get();
        if self.seen < count {
            self.seen += 1;
            self.value += input;
            if self.seen < count {
                return None;
            }
            self.value /= f64::from(count);
            return Some(self.value);
        }
        let count = f64::from(count);
        self.value = (self.value * (count - 1.0) + input) / count;
        Some(self.value)
    }

    pub(crate) fn period(&self) -> Period {
        self.period
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.period);
    }
}

/// Wilder's moving average; warmed up after `period` values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wilder {
    line: Smoothed,
    ignored: u32,
}

impl Wilder {
    /// The average that weighs each new value by `1 / period`.
    pub fn new(period: Period) -> Self {
        Self { line: Smoothed::new(period), ignored: 0 }
    }
}

impl Indicator for Wilder {
    type Input = f64;
    type Value = f64;

    #[inline]
    fn push(&mut self, input: f64) -> Option<f64> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        self.line.next(input)
    }

    fn warm_up(&self) -> u32 {
        self.line.period().get()
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        self.line.reset();
        self.ignored = 0;
    }
}
