//! Convergence and divergence of two exponential averages.

use serde::{Deserialize, Serialize};

use crate::ema::Exponential;
use crate::indicator::{Indicator, InvalidSetting, Period, usable};

/// What [`Macd`] says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacdValue {
    /// The fast average less the slow one.
    pub line: f64,
    /// The average of the line.
    pub signal: f64,
    /// The line less its signal.
    pub histogram: f64,
}

/// Fast average less slow average, and the average of that. All three are seeded with their first
/// value and run from the start; warmed up after `slow + signal - 1` values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Macd {
    slow_period: Period,
    signal_period: Period,
    fast: Exponential,
    slow: Exponential,
    signal: Exponential,
    seen: u32,
    ignored: u32,
}

impl Macd {
    /// The indicator of those periods; 12, 26 and 9 are the usual ones.
    pub fn new(fast: Period, slow: Period, signal: Period) -> Result<Self, InvalidSetting> {
        if fast >= slow {
            return Err(InvalidSetting::FastNotFaster);
        }
        Ok(Self {
            slow_period: slow,
            signal_period: signal,
            fast: Exponential::new(fast),
            slow: Exponential::new(slow),
            signal: Exponential::new(signal),
            seen: 0,
            ignored: 0,
        })
    }
}

impl Indicator for Macd {
    type Input = f64;
    type Value = MacdValue;

    #[inline]
    fn push(&mut self, input: f64) -> Option<MacdValue> {
        if !usable(input) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        let line = self.fast.next(input) - self.slow.next(input);
        let signal = self.signal.next(line);
        let value = MacdValue { line, signal, histogram: line - signal };
        (self.seen >= self.warm_up()).then_some(value)
    }

    fn warm_up(&self) -> u32 {
        self.slow_period.get() + self.signal_period.get() - 1
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        for line in [&mut self.fast, &mut self.slow, &mut self.signal] {
            line.reset();
        }
        (self.seen, self.ignored) = (0, 0);
    }
}
