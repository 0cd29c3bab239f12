//! The clock of the machine, read here and nowhere else; and one for tests that somebody turns.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use contracts::{Span, Ts};
use telemetry::Clock;

/// The clock of the machine, of which this process never sees an earlier time than it has seen.
///
/// It goes on where it was while the machine's was set back, and a little slower until that has caught up:
/// nothing is ordered wrongly, and no timer waits for hours. How far the two are apart says
/// [`ahead_of_machine`].
pub fn wall_clock() -> Clock {
    Arc::new(|| Ts::from_nanos(SHOWN.show(machine(), ticks)))
}

/// From now on no clock of this process shows an earlier time than that: it was seen by the one before it.
pub fn not_before(seen: Ts) {
    SHOWN.not_before(seen.nanos());
}

/// How far the time of this process is ahead of what the machine says.
pub fn ahead_of_machine() -> Span {
    let now = machine();
    Span::from_nanos(SHOWN.show(now, ticks).saturating_sub(now))
}

/// There is one machine, and so there is one time in a process.
static SHOWN: Shown = Shown::new();

/// A clock that was set back so little stands still until it has caught up.
const UNNOTICED: i64 = 1_000_000;

/// The time that was shown.
struct Shown {
    latest: AtomicI64,
    is_ahead: AtomicBool,
    /// While the machine is behind: from which time on we went by ourselves, and its count of ticks.
    ahead_from: Mutex<Option<(i64, i64)>>,
}

impl Shown {
    const fn new() -> Self {
        let (latest, is_ahead) = (AtomicI64::new(0), AtomicBool::new(false));
        Self { latest, is_ahead, ahead_from: Mutex::new(None) }
    }

    /// What is shown when the machine says that; `ticks` are nanoseconds that nobody can set.
    fn show(&self, machine: i64, ticks: impl FnOnce() -> i64) -> i64 {
        let before = self.latest.fetch_max(machine, Ordering::AcqRel);
        if before.saturating_sub(machine) > UNNOTICED {
            return self.go_on(ticks());
        }
        if self.is_ahead.load(Ordering::Acquire) {
            self.forget_how(&mut self.how());
        }
        machine.max(before)
    }

    /// Seven eighths of a second each second: an hour is caught up in eight.
    fn go_on(&self, ticks: i64) -> i64 {
        let mut how = self.how();
        let (from, since) =
            *how.get_or_insert_with(|| (self.latest.load(Ordering::Acquire), ticks));
        self.is_ahead.store(true, Ordering::Release);
        let now = from.saturating_add(ticks.saturating_sub(since).max(0) / 8 * 7);
        self.latest.fetch_max(now, Ordering::AcqRel).max(now)
    }

    fn not_before(&self, seen: i64) {
        let mut how = self.how();
        if self.latest.fetch_max(seen, Ordering::AcqRel) < seen {
            self.forget_how(&mut how);
        }
    }

    fn forget_how(&self, how: &mut Option<(i64, i64)>) {
        *how = None;
        self.is_ahead.store(false, Ordering::Release);
    }

    fn how(&self) -> MutexGuard<'_, Option<(i64, i64)>> {
        self.ahead_from.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// Nanoseconds since some moment of this process.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn ticks() -> i64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let passed = FIRST.get_or_init(Instant::now).elapsed();
    i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX)
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

    const SECOND: i64 = 1_000_000_000;

    /// A clock that shows the second 1 000, and what it shows at those ticks while the machine says that.
    struct Told(Shown);

    impl Told {
        fn new() -> Self {
            let told = Self(Shown::new());
            told.shows(1_000 * SECOND, 0, 1_000 * SECOND);
            told
        }

        fn shows(&self, machine: i64, ticks: i64, shown: i64) {
            assert_eq!(self.0.show(machine, || ticks), shown);
        }
    }

    #[test]
    fn clock_that_is_set_back_goes_on_slower_until_the_machine_has_caught_up() {
        let told = Told::new();
        for second in 0..73 {
            told.shows(
                (990 + second) * SECOND,
                second * SECOND,
                1_000 * SECOND + second * SECOND / 8 * 7,
            );
        }
        // Caught up: the machine leads again, and the next time is a time of its own.
        told.shows(1_063 * SECOND, 73 * SECOND, 1_063 * SECOND);
        told.shows(1_071 * SECOND, 81 * SECOND, 1_071 * SECOND);
        told.shows(1_050 * SECOND, 82 * SECOND, 1_071 * SECOND);
        told.shows(1_050 * SECOND, 90 * SECOND, 1_078 * SECOND);
    }

    #[test]
    fn clock_that_is_set_back_twice_or_forward_in_between_never_shows_an_earlier_time() {
        let told = Told::new();
        told.shows(900 * SECOND, 0, 1_000 * SECOND);
        told.shows(100 * SECOND, 8 * SECOND, 1_007 * SECOND);
        told.shows(5_000 * SECOND, 16 * SECOND, 5_000 * SECOND);
        told.shows(100 * SECOND, 24 * SECOND, 5_000 * SECOND);
        told.shows(100 * SECOND, 32 * SECOND, 5_007 * SECOND);
        // Before the epoch, or after all that can be said.
        told.shows(i64::MIN, 40 * SECOND, 5_014 * SECOND);
        told.shows(i64::MAX, 48 * SECOND, i64::MAX);
        told.shows(0, 56 * SECOND, i64::MAX);
        told.shows(0, 64 * SECOND, i64::MAX);
    }

    #[test]
    fn clock_that_hardly_lags_stands_still_for_that_moment() {
        let told = Told::new();
        told.shows(1_000 * SECOND - UNNOTICED, 1, 1_000 * SECOND);
        told.shows(1_000 * SECOND, 2, 1_000 * SECOND);
        assert!(!told.0.is_ahead.load(Ordering::SeqCst));
    }

    #[test]
    fn clock_goes_on_from_what_the_process_before_has_seen() {
        let told = Told::new();
        told.0.not_before(900 * SECOND);
        told.shows(1_001 * SECOND, SECOND, 1_001 * SECOND);
        told.0.not_before(2_000 * SECOND);
        told.shows(1_002 * SECOND, 2 * SECOND, 2_000 * SECOND);
        told.shows(1_010 * SECOND, 10 * SECOND, 2_007 * SECOND);
        told.0.not_before(3_000 * SECOND);
        told.shows(1_011 * SECOND, 11 * SECOND, 3_000 * SECOND);
        told.shows(1_019 * SECOND, 19 * SECOND, 3_007 * SECOND);
    }

    #[test]
    fn time_of_a_process_is_one_for_all_its_clocks() {
        let seen = wall_clock()() + Span::MINUTE.times(60);
        not_before(seen);
        assert!(wall_clock()() >= seen);
        let ahead = ahead_of_machine();
        assert!(ahead > Span::from_secs(3_590) && ahead <= Span::MINUTE.times(60), "{ahead:?}");
    }
}
