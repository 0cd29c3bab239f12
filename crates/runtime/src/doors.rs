//! The doors of a process: bounded lanes by which everything comes in, the important before the rest.
//!
//! Controls come before reports of the venue, and those before the market. Who brings a control or a
//! report waits while its lane is full; the market does not wait for anybody: what finds no room is
//! lost, its gap is said at once and again at its place, and who brought it knows. While the disk is full
//! the market is shut out as a whole.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{Envelope, Event, Feed, FeedState, Source, Symbol, Ts};

use crate::losses::Losses;

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
    /// The doors themselves: a market is not to be trusted.
    Loss,
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
    /// How many have left the market lane: the number of the first that waits there.
    passed: u64,
    losses: Losses,
    lost: u64,
    /// No market is taken at all.
    shut: bool,
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

    /// Brings a control that says again what was said before, such as a poll; never waits, and leaves half
    /// of the lane to those that are said once.
    pub fn poll(&self, envelope: Envelope) -> Offered {
        self.offer(envelope, self.0.limits.controls / 2, |lanes| &mut lanes.controls)
    }

    /// Brings a control; never waits. For those who must not hang with the process.
    pub fn offer_control(&self, envelope: Envelope) -> Offered {
        self.offer(envelope, self.0.limits.controls, |lanes| &mut lanes.controls)
    }

    /// Brings a report; never waits. For those on whom the process itself may wait.
    pub fn offer_report(&self, envelope: Envelope) -> Offered {
        self.offer(envelope, self.0.limits.reports, |lanes| &mut lanes.reports)
    }

    fn offer(
        &self,
        envelope: Envelope,
        most: usize,
        lane: fn(&mut Lanes) -> &mut VecDeque<Envelope>,
    ) -> Offered {
        let mut lanes = self.0.lanes();
        if lanes.closed {
            return Offered::Closed;
        }
        if lane(&mut lanes).len() >= most {
            return Offered::Lost;
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
        let offered = if lanes.shut || lanes.market.len() >= self.0.limits.market {
            lanes.lost += 1;
            if let Some(symbol) = envelope.topic().symbol() {
                lanes.note(symbol, FeedState::Gap);
            }
            Offered::Lost
        } else {
            lanes.market.push_back(envelope);
            Offered::Taken
        };
        drop(lanes);
        self.0.came.notify_one();
        offered
    }

    /// Says that a market is not to be trusted any more: at once, whatever waits, and again behind that.
    pub fn breaks(&self, symbol: Symbol, state: FeedState) {
        self.0.lanes().note(symbol, state);
        self.0.came.notify_one();
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

    /// Whether market is taken and its lane is at most half full.
    pub fn has_room(&self) -> bool {
        let lanes = self.0.lanes();
        !lanes.shut && lanes.market.len() <= self.0.limits.market / 2
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

    /// No market is taken from now on: what waits of it is lost, and so is `also`.
    pub(crate) fn shut_market(&self, also: Option<Symbol>) {
        self.0.lanes().shut_market(also);
    }

    /// Market is taken again. Whoever brings it begins anew.
    pub(crate) fn open_market(&self) {
        self.0.lanes().shut = false;
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
            && !self.losses.is_due(self.passed, self.shut)
    }

    /// Something of that market is missing behind everything that waits.
    fn note(&mut self, symbol: Symbol, state: FeedState) {
        self.losses.note(symbol, state, self.passed + self.market.len() as u64);
    }

    fn shut_market(&mut self, also: Option<Symbol>) {
        self.shut = true;
        let waits = std::mem::take(&mut self.market);
        self.passed += waits.len() as u64;
        self.lost += waits.len() as u64 + u64::from(also.is_some());
        let lost = waits.iter().filter_map(|envelope| envelope.topic().symbol());
        for symbol in lost.chain(also) {
            self.note(symbol, FeedState::Gap);
        }
    }

    fn take(&mut self, now: Ts) -> Next {
        if let Some(control) = self.controls.pop_front() {
            return Next::Input(Lane::Control, control);
        }
        if let Some(report) = self.reports.pop_front() {
            return Next::Input(Lane::Report, report);
        }
        loop {
            if let Some((symbol, state)) = self.losses.tell(self.passed, self.shut) {
                let broken = Event::Feed(Feed { symbol, state });
                return Next::Input(Lane::Loss, Envelope::input(Source::MdIngest, now, broken));
            }
            let Some(market) = self.market.pop_front() else {
                return if self.closed { Next::Closed } else { Next::Nothing };
            };
            let number = self.passed;
            self.passed += 1;
            if self.losses.passes(number, &market) {
                return Next::Input(Lane::Market, market);
            }
            self.lost += 1;
        }
    }
}
