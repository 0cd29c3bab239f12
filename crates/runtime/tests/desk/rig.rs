//! A process to try: one machine that asks the venue about every trade it hears, and counts.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use contracts::testing::{price, qty, secs, symbol};
use contracts::{
    Envelope, Event, FeedState, KillLevel, KillTrigger, OrderId, QueryOrder, RosterStep, RunId,
    Side, Source, Span, TopicKind, Trade, TradeId, Trip, Ts,
};
use journal::testing::FaultyDisk;
use journal::{JournalKey, Limits, Place, Start};
use kernel::{Layout, Machine, Outbox, StateError, Topics, load_state, save_state};
use runtime::{
    DoorLimits, Doors, Ended, ManualClock, NoSeat, Outlet, ProcessConfig, Seat, take_seat,
    take_seat_to_get_out,
};

/// Asks about an order for each trade, once more for each second that has passed, and says a trip on.
#[derive(Default)]
pub(crate) struct Asker {
    pub(crate) heard: u64,
    pub(crate) ticks: u64,
    pub(crate) gaps: u64,
    /// How often it was told that something is lost to it.
    pub(crate) forgets: u64,
}

const TICK: u32 = 1;

impl Machine for Asker {
    fn source(&self) -> Source {
        Source::ExecutionGateway
    }

    fn interests(&self) -> Topics {
        Topics::of(&[
            TopicKind::Trades,
            TopicKind::ControlKill,
            TopicKind::ControlStrategy,
            TopicKind::Feed,
        ])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        match input.event {
            Event::Trade(trade) if trade.id.get() == 13 => out.halt("thirteen"),
            Event::Trade(trade) => {
                self.heard += 1;
                let id = OrderId::from_bits(u128::from(trade.id.get())).unwrap();
                out.emit(Event::QueryOrder(QueryOrder { id }));
                out.wake_at(TICK, now + Span::SECOND);
            }
            Event::Trip(_) => out.emit(Event::Feed(contracts::Feed {
                symbol: symbol("BTC/USD"),
                state: FeedState::Down,
            })),
            Event::Wake(_) => self.ticks += 1,
            Event::Feed(feed) if feed.state == FeedState::Gap => self.gaps += 1,
            Event::Roster(told) if told.step == RosterStep::Forget => self.forgets += 1,
            _ => {}
        }
    }

    fn layout(&self) -> Layout {
        Layout::FIRST
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(&(self.heard, self.ticks, self.gaps, self.forgets), out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.heard, self.ticks, self.gaps, self.forgets) = load_state(state)?;
        Ok(())
    }
}

/// Keeps what it is to carry.
#[derive(Clone, Default)]
pub(crate) struct Basket(Arc<Mutex<Vec<Envelope>>>);

impl Outlet for Basket {
    fn carry(&mut self, said: &Envelope) {
        self.0.lock().unwrap().push(*said);
    }
}

impl Basket {
    pub(crate) fn said(&self) -> Vec<Envelope> {
        self.0.lock().unwrap().clone()
    }

    /// How much that is.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The orders that the venue was asked about.
    pub(crate) fn asked(&self) -> Vec<u128> {
        let said = self.said();
        let asked = said.iter().filter_map(|said| match said.event {
            Event::QueryOrder(query) => Some(query.id.bits()),
            _ => None,
        });
        asked.collect()
    }
}

pub(crate) fn trade(number: u64) -> Envelope {
    let event = Event::Trade(Trade {
        symbol: symbol("BTC/USD"),
        price: price("100"),
        qty: qty("1"),
        id: TradeId::new(number),
        at: secs(1_000),
        taker: Side::Buy,
    });
    Envelope::input(Source::MdIngest, secs(1_000), event)
}

/// Brings those trades; the lane holds them all.
pub(crate) fn bring(doors: &Doors, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        doors.market(trade(number));
    }
}

pub(crate) fn trip() -> Envelope {
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
    Envelope::input(Source::Operator, secs(1_000), Event::Trip(trip))
}

pub(crate) fn seat(disk: &FaultyDisk, limits: Limits) -> Result<Seat, NoSeat> {
    take_seat(place(disk, limits), start(), vec![Box::new(Asker::default())])
}

pub(crate) fn seat_to_get_out(disk: &FaultyDisk, limits: Limits) -> Result<Seat, NoSeat> {
    take_seat_to_get_out(place(disk, limits), start(), vec![Box::new(Asker::default())])
}

pub(crate) fn start() -> Start {
    Start::new(RunId::new(1), "test", "test", secs(1_000))
}

pub(crate) fn place(disk: &FaultyDisk, limits: Limits) -> Place {
    Place {
        files: disk.files(),
        folder: PathBuf::from("/journal"),
        key: JournalKey::new([7; 32]),
        limits,
        anchors: Vec::new(),
        holder: "a test".to_owned(),
    }
}

pub(crate) fn small() -> Limits {
    Limits { segment_bytes: 8 << 10, reserve_bytes: 4 << 10, ..Limits::default() }
}

/// A process that has run to its end.
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    pub(crate) basket: Basket,
    pub(crate) heard: u64,
    pub(crate) ticks: u64,
    pub(crate) gaps: u64,
    pub(crate) replayed: u64,
}

/// Runs a process while `act` brings it things; it ends when `act` has, or when it must.
pub(crate) fn run(
    disk: &FaultyDisk,
    limits: Limits,
    act: impl FnOnce(&Doors, &Live),
) -> Result<Ran, NoSeat> {
    run_with(disk, limits, Duration::from_millis(1), |_| {}, act)
}

/// The same; it never finds that there is nothing to do.
pub(crate) fn run_never_idle(
    disk: &FaultyDisk,
    limits: Limits,
    act: impl FnOnce(&Doors, &Live),
) -> Result<Ran, NoSeat> {
    run_with(disk, limits, Duration::from_hours(1), |_| {}, act)
}

/// Runs a process that finds what `before` has brought, and nothing more.
pub(crate) fn run_after(
    disk: &FaultyDisk,
    limits: Limits,
    before: impl FnOnce(&Doors),
) -> Result<Ran, NoSeat> {
    run_with(disk, limits, Duration::from_millis(1), before, |_, _| {})
}

fn run_with(
    disk: &FaultyDisk,
    limits: Limits,
    idle: Duration,
    before: impl FnOnce(&Doors),
    act: impl FnOnce(&Doors, &Live),
) -> Result<Ran, NoSeat> {
    Ok(run_seat_with(seat(disk, limits)?, idle, before, act))
}

/// Runs a seat that somebody has taken.
pub(crate) fn run_seat(seat: Seat, act: impl FnOnce(&Doors, &Live)) -> Ran {
    run_seat_with(seat, Duration::from_millis(1), |_| {}, act)
}

fn run_seat_with(
    seat: Seat,
    idle: Duration,
    before: impl FnOnce(&Doors),
    act: impl FnOnce(&Doors, &Live),
) -> Ran {
    let replayed = seat.replayed;
    let (doors, inbox) = Doors::open(DoorLimits::default());
    before(&doors);
    let (basket, clock) = (Basket::default(), ManualClock::at(secs(1_000)));
    let config = ProcessConfig {
        outlets: vec![Box::new(basket.clone())],
        idle,
        ..ProcessConfig::new(clock.handle())
    };
    let live = Live { basket: basket.clone(), clock };
    let (ended, sequencer) = thread::scope(|threads| {
        let working = threads.spawn(|| runtime::run(seat, inbox, config));
        let closing = Closing(&doors);
        act(&doors, &live);
        drop(closing);
        working.join().unwrap()
    });
    let asker = sequencer.machine::<Asker>();
    let (heard, ticks, gaps) =
        asker.map_or((0, 0, 0), |asker| (asker.heard, asker.ticks, asker.gaps));
    Ran { ended, basket, heard, ticks, gaps, replayed }
}

/// Ends the process, also where a test fails: it would be waited for.
struct Closing<'a>(&'a Doors);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What a test sees of a process while it runs.
pub(crate) struct Live {
    pub(crate) basket: Basket,
    pub(crate) clock: ManualClock,
}
