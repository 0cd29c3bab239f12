//! The clock of the machine, read here and nowhere else; and one for tests that somebody turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::Ts;
use telemetry::Clock;

/// The clock of the machine, of which this process never sees an earlier time than it has seen.
///
/// A clock that was set back stands still until it has caught up: timers fire late, and nothing is
/// ordered wrongly.
pub fn wall_clock() -> Clock {
    let latest = AtomicI64::new(0);
    Arc::new(move || {
        let now = read();
        let before = latest.fetch_max(now, Ordering::Relaxed);
        Ts::from_nanos(now.max(before))
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn read() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// A clock that stands still until it is turned.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows that time.
    pub fn at(now: Ts) -> Self {
        let clock = Self::default();
        clock.turn_to(now);
        clock
    }

    /// Shows another time from now on.
    pub fn turn_to(&self, now: Ts) {
        self.0.store(now.nanos(), Ordering::SeqCst);
    }

    /// As it is handed to others.
    pub fn handle(&self) -> Clock {
        let shared = Arc::clone(&self.0);
        Arc::new(move || Ts::from_nanos(shared.load(Ordering::SeqCst)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clock_shows_this_century_and_never_goes_back() {
        let clock = wall_clock();
        let times: Vec<Ts> = (0..10_000).map(|_| clock()).collect();
        assert!(times.is_sorted());
        // 2026-01-01.
        assert!(times[0] > Ts::from_nanos(1_767_225_600_000_000_000));
    }
}
