//! Timers as data: set, moved and taken back by machines, fired by whoever owns the time.

use std::collections::{BTreeMap, BTreeSet};

use contracts::Ts;
use serde::{Deserialize, Serialize};

/// The most timers that are pending at once in one process.
pub const TIMERS_MAX: usize = 65_536;

/// The pending timers. At equal times the order is that of the roster, then of the timer's name.
///
/// The one that was set last is kept apart: most are set, fire and are set again with nothing in between,
/// and so never reach the trees.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Pending>", into = "Vec<Pending>")]
pub(crate) struct Timers {
    last: Option<(Ts, u8, u32)>,
    /// The earliest of `by_time`: it is asked for with every input.
    earliest: Option<(Ts, u8, u32)>,
    by_time: BTreeSet<(Ts, u8, u32)>,
    by_name: BTreeMap<(u8, u32), Ts>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    at: Ts,
    machine: u8,
    timer: u32,
}

impl Timers {
    /// Sets or moves a timer; `false` when there are too many.
    pub(crate) fn set(&mut self, machine: u8, timer: u32, at: Ts) -> bool {
        self.cancel(machine, timer);
        if self.by_name.len() + usize::from(self.last.is_some()) >= TIMERS_MAX {
            return false;
        }
        if let Some(earlier) = self.last.replace((at, machine, timer)) {
            self.by_name.insert((earlier.1, earlier.2), earlier.0);
            self.by_time.insert(earlier);
            self.earliest = Some(self.earliest.map_or(earlier, |first| first.min(earlier)));
        }
        true
    }

    /// Takes a timer back; whether it was pending.
    pub(crate) fn cancel(&mut self, machine: u8, timer: u32) -> bool {
        if self.last.is_some_and(|last| (last.1, last.2) == (machine, timer)) {
            self.last = None;
            return true;
        }
        let Some(at) = self.by_name.remove(&(machine, timer)) else { return false };
        self.by_time.remove(&(at, machine, timer));
        self.earliest = self.by_time.first().copied();
        true
    }

    /// The earliest pending timer.
    #[inline]
    pub(crate) fn first(&self) -> Option<(Ts, u8, u32)> {
        match (self.last, self.earliest) {
            (Some(last), Some(first)) => Some(last.min(first)),
            (last, first) => last.or(first),
        }
    }
}

impl From<Vec<Pending>> for Timers {
    fn from(pending: Vec<Pending>) -> Self {
        let mut timers = Self::default();
        for Pending { at, machine, timer } in pending {
            timers.set(machine, timer, at);
        }
        timers
    }
}

impl From<Timers> for Vec<Pending> {
    fn from(timers: Timers) -> Self {
        let pending = |(at, machine, timer)| Pending { at, machine, timer };
        let mut all = timers.by_time;
        all.extend(timers.last);
        all.into_iter().map(pending).collect()
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;
    use crate::Seeded;

    /// The plainest timers there can be.
    #[derive(Default)]
    struct Naive(BTreeMap<(u8, u32), Ts>);

    impl Naive {
        fn first(&self) -> Option<(Ts, u8, u32)> {
            self.0.iter().map(|(&(machine, timer), &at)| (at, machine, timer)).min()
        }
    }

    #[test]
    fn timers_agree_with_their_twin_whatever_is_set_taken_back_fired_or_restored() {
        let mut dice = Seeded::new(11);
        let (mut timers, mut naive) = (Timers::default(), Naive::default());
        let mut fired = 0;
        for step in 0..100_000 {
            let (machine, timer) = (dice.below(3) as u8, dice.below(12) as u32);
            match dice.below(8) {
                0..=3 => {
                    let at = secs(dice.below(20) as i64);
                    assert!(timers.set(machine, timer, at));
                    naive.0.insert((machine, timer), at);
                }
                4 => {
                    let was_pending = naive.0.remove(&(machine, timer)).is_some();
                    assert_eq!(timers.cancel(machine, timer), was_pending, "step {step}");
                }
                5..=6 => {
                    if let Some((_, machine, timer)) = naive.first() {
                        assert!(timers.cancel(machine, timer), "step {step}");
                        naive.0.remove(&(machine, timer));
                        fired += 1;
                    }
                }
                _ => {
                    let kept = serde_json::to_string(&timers).unwrap();
                    timers = serde_json::from_str(&kept).unwrap();
                    assert_eq!(serde_json::to_string(&timers).unwrap(), kept, "step {step}");
                }
            }
            assert_eq!(timers.first(), naive.first(), "step {step}");
        }
        assert!(fired > 10_000);
    }

    #[test]
    fn timers_beyond_the_bound_are_refused_and_those_there_may_still_be_moved() {
        let mut timers = Timers::default();
        for timer in 0..TIMERS_MAX as u32 {
            assert!(timers.set(0, timer, secs(5)));
        }
        assert!(!timers.set(1, 0, secs(1)));
        assert_eq!(timers.first(), Some((secs(5), 0, 0)));
        assert!(timers.set(0, 7, secs(1)));
        assert_eq!(timers.first(), Some((secs(1), 0, 7)));
        assert!(timers.cancel(0, 7) && timers.set(1, 0, secs(2)));
    }
}
