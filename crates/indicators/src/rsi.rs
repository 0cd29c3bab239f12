//! Wilder's relative strength index.
//!
//! Where nothing was lost it is 100, where nothing was won 0, and where nothing moved at all 50:
//! neither buyers nor sellers were stronger.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, Period, usable};
use crate::wilder::Smoothed;

/// Relative strength, from 0 to 100; warmed up after `period + 1` values, which is `period` changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rsi {
    ups: Smoothed,
    downs: Smoothed,
    #[serde(with = "crate::exact_float")]
    last: f64,
    started: bool,
    ignored: u32,
}

impl Rsi {
    /// The index over that many changes.
    pub fn new(period: Period) -> Self {
        let (ups, downs) = (Smoothed::new(period), Smoothed::new(period));
        Self { ups, downs, last: 0.0, started: false, ignored: 0 }
    }
}

impl Indicator for Rsi {
    type Input = f64;
    type Value = f64;

    #[inline]
    fn push(&mut self, input: f64) -> Option<f64> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        let change = input - self.last;
        self.last = input;
        if !self.started {
            self.started = true;
            return None;
        }
        // Both take part in every change, so neither may wait for the other's answer.
        let (up, down) = (self.ups.next(change.max(0.0)), self.downs.next((-change).max(0.0)));
        let (up, down) = (up?, down?);
        let moved = up + down;
        // Divided first: a share of everything is exactly one, and never a bit more.
        Some(if moved > 0.0 { 100.0 * (up / moved) } else { 50.0 })
    }

    fn warm_up(&self) -> u32 {
        self.ups.period().get() + 1
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        *self = Self::new(self.ups.period());
    }
}
