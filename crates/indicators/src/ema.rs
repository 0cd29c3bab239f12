//! The exponential moving average, and the triple one that lags less.
//!
//! Both are seeded with the first value. That weighs it more than a long average would, which is
//! what the warm-up is for.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, Period, usable};

/// The bare recurrence, shared by everything exponential; the input is checked by its owner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Exponential {
    #[serde(with = "crate::exact_float")]
    alpha: f64,
    #[serde(with = "crate::exact_float")]
    value: f64,
    seeded: bool,
}

impl Exponential {
    /// Smoothing by `2 / (period + 1)`.
    pub(crate) fn new(period: Period) -> Self {
        Self { alpha: 2.0 / (f64::from(period.get()) + 1.0), value: 0.0, seeded: false }
    }

    #[inline]
    pub(crate) fn next(&mut self, input: f64) -> f64 {
        self.value = if self.seeded {
            // Only one product and one sum wait for the value before.
            self.alpha * input + (1.0 - self.alpha) * self.value
        } else {
            self.seeded = true;
            input
        };
        self.value
    }

    pub(crate) fn reset(&mut self) {
        (self.value, self.seeded) = (0.0, false);
    }
}

/// Exponential moving average; warmed up after `period` values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ema {
    period: Period,
    line: Exponential,
    seen: u32,
    ignored: u32,
}

impl Ema {
    /// The average that weighs each new value by `2 / (period + 1)`.
    pub fn new(period: Period) -> Self {
        Self { period, line: Exponential::new(period), seen: 0, ignored: 0 }
    }
}

impl Indicator for Ema {
    type Input = f64;
    type Value = f64;

    #[inline]
    fn push(&mut self, input: f64) -> Option<f64> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        let value = self.line.next(input);
        (self.seen >= self.warm_up()).then_some(value)
    }

    fn warm_up(&self) -> u32 {
        self.period.get()
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        self.line.reset();
        (self.seen, self.ignored) = (0, 0);
    }
}

/// Triple exponential moving average: `3 a - 3 b + c` of the average `a`, its average `b`, and the
/// average `c` of that, each seeded with the first value. Warmed up after `3 period - 2` values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tema {
    period: Period,
    lines: [Exponential; 3],
    seen: u32,
    ignored: u32,
}

impl Tema {
    /// The triple average of that period.
    pub fn new(period: Period) -> Self {
        Self { period, lines: [Exponential::new(period); 3], seen: 0, ignored: 0 }
    }
}

impl Indicator for Tema {
    type Input = f64;
    type Value = f64;

    #[inline]
    fn push(&mut self, input: f64) -> Option<f64> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        let [first, second, third] = &mut self.lines;
        let a = first.next(input);
        let b = second.next(a);
        let c = third.next(b);
        (self.seen >= self.warm_up()).then_some(3.0 * (a - b) + c)
    }

    fn warm_up(&self) -> u32 {
        3 * self.period.get() - 2
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        self.lines.iter_mut().for_each(Exponential::reset);
        (self.seen, self.ignored) = (0, 0);
    }
}
