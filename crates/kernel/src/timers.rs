//! Timers as data: set, moved and taken back by machines, fired by whoever owns the time.

use std::collections::{BTreeMap, BTreeSet};

use contracts::Ts;
use serde::{Deserialize, Serialize};

/// The most timers that are pending at once in one process.
pub const TIMERS_MAX: usize = 65_536;

/// The pending timers. At equal times the order is that of the roster, then of the timer's name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Pending>", into = "Vec<Pending>")]
pub(crate) struct Timers {
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
        if self.by_name.len() >= TIMERS_MAX {
            return false;
        }
        self.by_name.insert((machine, timer), at);
        self.by_time.insert((at, machine, timer));
        true
    }

    /// Takes a timer back; whether it was pending.
    pub(crate) fn cancel(&mut self, machine: u8, timer: u32) -> bool {
        let Some(at) = self.by_name.remove(&(machine, timer)) else { return false };
        self.by_time.remove(&(at, machine, timer));
        true
    }

    /// The earliest pending timer.
    pub(crate) fn first(&self) -> Option<(Ts, u8, u32)> {
        self.by_time.first().copied()
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
        timers.by_time.into_iter().map(pending).collect()
    }
}
