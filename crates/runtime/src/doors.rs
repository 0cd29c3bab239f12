//! The doors of a process: bounded lanes by which everything comes in, the important before the rest.
//!
//! Controls come before reports of the venue, and those before the market. Who brings a control or a
//! report waits while its lane is full; the market does not wait for anybody: what finds no room is
//! lost, its symbol is marked with a gap before anything later of it is taken, and who brought it knows.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{Envelope, Event, Feed, FeedState, Source, Symbol, Ts};

/// How much may wait in each lane.
#[derive(Clone, Copy, Debug)]
pub struct DoorLimits {
    /// Controls.
    pub controls: usize,
    /// Reports of the venue.
    pub reports: usize,
    /// Market data.
    pub market: usize,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self { controls: 256, reports: 4_096, market: 16_384 }
    }
}

/// By which door something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Operators, the kill switch, supervision.
    Control,
    /// The venue.
    Report,
    /// The market.
    Market,
}

/// What became of what was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It will be taken.
    Taken,
    /// There was no room. Whoever brings this market has to begin anew with it.
    Lost,
    /// The process is going down and takes nothing more.
    Closed,
}

/// What the sequencer is to do next.
#[expect(clippy::large_enum_variant, reason = "handed over and taken apart at once, never kept")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Take this.
    Input(Lane, Envelope),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

/// Where things are brought to; as many copies as there are bringers.
#[derive(Clone)]
pub struct Doors(Arc<Shared>);

/// Where the sequencer takes them from.
pub struct Inbox(Arc<Shared>);

struct Shared {
    limits: DoorLimits,
    lanes: Mutex<Lanes>,
    came: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct Lanes {
    controls: VecDeque<Envelope>,
    reports: VecDeque<Envelope>,
    market: VecDeque<Envelope>,
    /// Symbols of which something was lost and nothing has been said about it.
    gaps: BTreeSet<Symbol>,
    lost: u64,
    closed: bool,
}

impl Shared {
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors {
    /// Doors with nothing behind them yet, and where it will be taken.
    pub fn open(limits: DoorLimits) -> (Self, Inbox) {
        let lanes = Lanes {
            controls: VecDeque::with_capacity(limits.controls),
            reports: VecDeque::with_capacity(limits.reports),
            market: VecDeque::with_capacity(limits.market),
            ..Lanes::default()
        };
        let (came, room) = (Condvar::new(), Condvar::new());
        let shared = Arc::new(Shared { limits, lanes: Mutex::new(lanes), came, room });
        (Self(Arc::clone(&shared)), Inbox(shared))
    }

    /// Brings a control; waits while there is no room.
    pub fn control(&self, envelope: Envelope) -> Offered {
        self.bring(envelope, self.0.limits.controls, |lanes| &mut lanes.controls)
    }

    /// Brings a report of the venue; waits while there is no room.
    pub fn report(&self, envelope: Envelope) -> Offered {
        self.bring(envelope, self.0.limits.reports, |lanes| &mut lanes.reports)
    }

    fn bring(
        &self,
        envelope: Envelope,
        most: usize,
        lane: fn(&mut Lanes) -> &mut VecDeque<Envelope>,
    ) -> Offered {
        let mut lanes = self.0.lanes();
        while lane(&mut lanes).len() >= most && !lanes.closed {
            lanes = self.0.room.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
        if lanes.closed {
            return Offered::Closed;
        }
        lane(&mut lanes).push_back(envelope);
        drop(lanes);
        self.0.came.notify_one();
        Offered::Taken
    }

    /// Brings market data; never waits.
    pub fn market(&self, envelope: Envelope) -> Offered {
        let mut lanes = self.0.lanes();
        if lanes.closed {
            return Offered::Closed;
        }
        if lanes.market.len() >= self.0.limits.market {
            lanes.lost += 1;
            lanes.gaps.extend(envelope.topic().symbol());
            return Offered::Lost;
        }
        lanes.market.push_back(envelope);
        drop(lanes);
        self.0.came.notify_one();
        Offered::Taken
    }

    /// From now on nothing is taken; what waits still is.
    pub fn close(&self) {
        self.0.lanes().closed = true;
        self.0.came.notify_all();
        self.0.room.notify_all();
    }

    /// Whether nothing is taken any more.
    pub fn is_closed(&self) -> bool {
        self.0.lanes().closed
    }

    /// Whether the market lane is at most half full.
    pub fn has_room(&self) -> bool {
        self.0.lanes().market.len() <= self.0.limits.market / 2
    }

    /// How much market data found no room so far.
    pub fn lost(&self) -> u64 {
        self.0.lanes().lost
    }
}

impl Inbox {
    /// The next thing to do, waiting at most so long for it.
    pub fn next(&self, now: Ts, at_most: Duration) -> Next {
        let mut lanes = self.0.lanes();
        if lanes.is_empty() && !lanes.closed {
            let waited = self.0.came.wait_timeout(lanes, at_most);
            lanes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let next = lanes.take(now);
        drop(lanes);
        if let Next::Input(Lane::Control | Lane::Report, _) = next {
            self.0.room.notify_one();
        }
        next
    }
}

impl Drop for Inbox {
    /// Whoever waits at a door is not to wait for a process that is gone.
    fn drop(&mut self) {
        let mut lanes = self.0.lanes();
        (lanes.closed, lanes.market, lanes.reports) = (true, VecDeque::new(), VecDeque::new());
        drop(lanes);
        self.0.room.notify_all();
    }
}

impl Lanes {
    fn is_empty(&self) -> bool {
        self.controls.is_empty()
            && self.reports.is_empty()
            && self.market.is_empty()
            && self.gaps.is_empty()
    }

    fn take(&mut self, now: Ts) -> Next {
        if let Some(control) = self.controls.pop_front() {
            return Next::Input(Lane::Control, control);
        }
        if let Some(report) = self.reports.pop_front() {
            return Next::Input(Lane::Report, report);
        }
        // What waited before something was lost is whole; the gap is said at once all the same: an
        // hour-old backlog is no market to trade on.
        if let Some(symbol) = self.gaps.pop_first() {
            let gap = Event::Feed(Feed { symbol, state: FeedState::Gap });
            return Next::Input(Lane::Market, Envelope::input(Source::MdIngest, now, gap));
        }
        match self.market.pop_front() {
            Some(market) => Next::Input(Lane::Market, market),
            None if self.closed => Next::Closed,
            None => Next::Nothing,
        }
    }
}
