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
