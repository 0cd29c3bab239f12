//! How figures are made and shown.

use std::time::Duration;

/// How long half of them took at most, and ninety-nine hundredths, in microseconds.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) of: usize,
}

impl Spread {
    /// Nothing where nothing was measured.
    pub(crate) fn of(took: &[Duration]) -> Option<Self> {
        let mut took = took.to_vec();
        took.sort_unstable();
        let last = took.len().checked_sub(1)?;
        let at = |hundredths: usize| {
            let place = (took.len() * hundredths / 100).min(last);
            took[place].as_nanos() as f64 / 1_000.0
        };
        Some(Self { p50: at(50), p99: at(99), of: took.len() })
    }

    pub(crate) fn text(self) -> String {
        format!("{:>8.1} us   {:>8.1} us", self.p50, self.p99)
    }
}

pub(crate) fn a_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
