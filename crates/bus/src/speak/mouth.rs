//! Where a process says something: a queue of each class with a bound, and what is known of the way.
//!
//! Saying something never waits. What finds no room is lost if it may be, and waits in the journal if not.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{Envelope, Source, Topic};

use crate::counts::Counts;
use crate::line::Fault;
use crate::news::Alarm;
use crate::place::{Position, Stream};
use crate::policy::{Bounds, Offered, Refusal, Room};

/// Alarms that wait for somebody to take them; the oldest go first.
const ALARMS_MAX: usize = 64;

/// Where a process says something; as many copies as it likes.
#[derive(Clone)]
pub struct Mouth(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) bounds: Bounds,
    pub(super) counts: Arc<Counts>,
    queues: Mutex<Queues>,
    came: Condvar,
}

pub(super) struct Queues {
    pub(super) durable: VecDeque<Envelope>,
    pub(super) lossy: VecDeque<Envelope>,
    /// What was said last on each topic that may lose something, whether or not it was told.
    pub(super) heads: BTreeMap<(Source, Topic), Position>,
    pub(super) ways: BTreeMap<Stream, Way>,
    pub(super) is_away: bool,
    pub(super) trouble: Option<Fault>,
    pub(super) is_closed: bool,
    pub(super) is_nudged: bool,
    pub(super) alarms: VecDeque<Alarm>,
}

/// What is known of the way of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) room: Room,
    /// Not even what helps to get out fits any more.
    pub(super) is_held: bool,
    /// Something was refused: it has to be taken from the journal.
    pub(super) is_behind: bool,
}

impl Way {
    /// What waits in the journal has not found its way yet, whatever is known of the stream.
    fn seen(self) -> Room {
        if self.is_behind { self.room.max(Room::Full) } else { self.room }
    }
}

impl Shared {
    pub(super) fn new(bounds: Bounds, streams: impl Iterator<Item = Stream>) -> Self {
        let way = Way { room: Room::Away, is_held: false, is_behind: true };
        let queues = Queues {
            durable: VecDeque::with_capacity(bounds.queue),
            lossy: VecDeque::with_capacity(bounds.queue),
            heads: BTreeMap::new(),
            ways: streams.map(|stream| (stream, way)).collect(),
            is_away: true,
            trouble: None,
            is_closed: false,
            is_nudged: false,
            alarms: VecDeque::new(),
        };
        let (counts, came) = (Arc::new(Counts::default()), Condvar::new());
        Self { bounds, counts, queues: Mutex::new(queues), came }
    }

    pub(super) fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do, at most that long.
    pub(super) fn wait(&self, patience: Duration) {
        let idle = |queues: &mut Queues| {
            let quiet = queues.durable.is_empty() && queues.lossy.is_empty();
            quiet && !queues.is_nudged && !queues.is_closed
        };
        let waited = self.came.wait_timeout_while(self.queues(), patience, idle);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn alarm(&self, alarm: Alarm) {
        self.counts.alarms.add(1);
        let mut queues = self.queues();
        if queues.alarms.len() == ALARMS_MAX {
            queues.alarms.pop_front();
        }
        queues.alarms.push_back(alarm);
    }
}

impl Mouth {
    /// Says something that the disk has; never waits.
    pub fn publish(&self, said: &Envelope) -> Offered {
        let offered = match Stream::of(said) {
            Some(stream) => self.durable(stream, said),
            None => self.lossy(said),
        };
        match offered {
            Offered::Taken => {}
            Offered::Lost => self.0.counts.lost.add(1),
            Offered::Refused(_) => self.0.counts.refused.add(1),
        }
        offered
    }

    fn durable(&self, stream: Stream, said: &Envelope) -> Offered {
        let mut queues = self.0.queues();
        let (is_closed, is_away) = (queues.is_closed, queues.is_away);
        let is_full = queues.durable.len() >= self.0.bounds.queue;
        let Some(way) = queues.ways.get_mut(&stream) else {
            return Offered::Refused(Refusal::NotOurs);
        };
        let refusal = match way.room {
            _ if is_closed => Some(Refusal::Closed),
            Room::Fenced => Some(Refusal::Fenced),
            _ if is_away => Some(Refusal::Away),
            _ if way.is_held || is_full => Some(Refusal::Full),
            _ => None,
        };
        if let Some(refusal) = refusal {
            way.is_behind = true;
            return Offered::Refused(refusal);
        }
        queues.durable.push_back(*said);
        drop(queues);
        self.0.came.notify_one();
        Offered::Taken
    }

    fn lossy(&self, said: &Envelope) -> Offered {
        let mut queues = self.0.queues();
        let (topic, most) = (said.topic(), self.0.bounds.topics);
        let is_known = queues.heads.contains_key(&(said.src, topic));
        if is_known || queues.heads.len() < most {
            queues.heads.insert((said.src, topic), Position::of(said));
        }
        if queues.is_closed || queues.is_away || queues.lossy.len() >= self.0.bounds.queue {
            return Offered::Lost;
        }
        queues.lossy.push_back(*said);
        drop(queues);
        self.0.came.notify_one();
        Offered::Taken
    }

    /// Whether new risk may be taken: whether everything that is said finds its way to those who need it.
    pub fn room(&self) -> Room {
        let queues = self.0.queues();
        let worst = queues.ways.values().copied().map(Way::seen).max();
        let away = if queues.is_away { Room::Away } else { Room::Plenty };
        worst.unwrap_or(Room::Plenty).max(away)
    }

    /// The same of one stream; nothing if it is not ours.
    pub fn room_of(&self, stream: Stream) -> Option<Room> {
        self.0.queues().ways.get(&stream).copied().map(Way::seen)
    }

    /// The oldest alarm that nobody has taken yet.
    pub fn alarm(&self) -> Option<Alarm> {
        self.0.queues().alarms.pop_front()
    }

    /// Why the server is away, where it is.
    pub fn trouble(&self) -> Option<Fault> {
        self.0.queues().trouble.clone()
    }

    /// What was counted.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.0.counts)
    }

    /// Says heads and looks after the streams now, and not only when it is time.
    pub fn nudge(&self) {
        self.0.queues().is_nudged = true;
        self.0.came.notify_one();
    }

    /// It is over: what waits is still told where that is possible, and nothing more is taken.
    pub fn close(&self) {
        self.0.queues().is_closed = true;
        self.0.came.notify_one();
    }
}
