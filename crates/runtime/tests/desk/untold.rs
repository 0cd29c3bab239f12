//! What was synced and not carried before a crash is told by the next start, and no request is sent twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use contracts::testing::secs;
use contracts::{
    Alert, AlertCode, Cause, Envelope, Event, OrderId, QueryOrder, Source, TopicKind, Ts,
};
use journal::Limits;
use journal::testing::FaultyDisk;
use kernel::{Layout, Machine, Outbox, Seeded, StateError, Topics, load_state, save_state};
use runtime::{DoorLimits, Doors, ManualClock, Outlet, ProcessConfig, take_seat};

use crate::rig::{bring, place, run_seat, small, start};

/// Says an alert and a request for each trade.
#[derive(Default)]
struct Caller(u64);

impl Machine for Caller {
    fn source(&self) -> Source {
        Source::ExecutionGateway
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades])
    }
    fn step(&mut self, _: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        let Event::Trade(trade) = input.event else { return };
        self.0 += 1;
        let id = OrderId::from_bits(u128::from(trade.id.get())).unwrap();
        let (code, symbol) = (AlertCode::BoundReached, None);
        out.emit(Event::QueryOrder(QueryOrder { id }));
        out.emit(Event::Alert(Alert { code, symbol, order: Some(id) }));
    }
    fn layout(&self) -> Layout {
        Layout::FIRST
    }
    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.0, out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.0 = load_state(state)?;
        Ok(())
    }
}

/// Carries so much, and then the process dies.
#[derive(Clone)]
struct Mortal {
    carried: Arc<Mutex<Vec<Envelope>>>,
    dies_after: usize,
    disk: FaultyDisk,
}

impl Outlet for Mortal {
    fn carry(&mut self, said: &Envelope) {
        let mut carried = self.carried.lock().unwrap();
        if carried.len() < self.dies_after {
            carried.push(*said);
        } else {
            self.disk.kill_process();
        }
    }
}

/// One life: what it carried, and how many trades it knows of.
fn life(disk: &FaultyDisk, limits: Limits, dies_after: usize, trades: u64) -> (Vec<Envelope>, u64) {
    let seat = take_seat(place(disk, limits), start(), vec![Box::new(Caller::default())]).unwrap();
    let begun_with = seat.sequencer.machine::<Caller>().unwrap().0;
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let carried = Arc::new(Mutex::new(Vec::new()));
    let outlet = Mortal { carried: Arc::clone(&carried), dies_after, disk: disk.clone() };
    let clock = ManualClock::at(secs(1_000));
    let config = ProcessConfig {
        outlets: vec![Box::new(outlet)],
        idle: Duration::from_millis(1),
        ..ProcessConfig::new(clock.handle())
    };
    thread::scope(|threads| {
        let working = threads.spawn(|| runtime::run(seat, inbox, config));
        bring(&doors, 1_000 + begun_with..1_000 + begun_with + trades);
        doors.close();
        let _ = working.join().unwrap();
    });
    let carried = carried.lock().unwrap().clone();
    (carried, begun_with)
}

fn names(carried: &[Envelope], kind: TopicKind) -> Vec<Cause> {
    let of_kind = carried.iter().filter(|said| said.topic().kind() == kind);
    of_kind.map(Envelope::as_cause).collect()
}

fn alerts(carried: &[Envelope]) -> BTreeSet<u128> {
    let order = |said: &Envelope| match said.event {
        Event::Alert(alert) => alert.order.map(OrderId::bits),
        _ => None,
    };
    carried.iter().filter_map(order).collect()
}

/// Dies after so many messages in one life after the other, then lives in peace.
fn check(limits: Limits, dies_after: &[usize], mut crash: impl FnMut(&FaultyDisk)) {
    let disk = FaultyDisk::new();
    let mut told = Vec::new();
    for most in dies_after {
        told.extend(life(&disk, limits, *most, 20).0);
        crash(&disk);
    }
    let (carried, known) = life(&disk, limits, usize::MAX, 0);
    told.extend(carried);
    let expected: BTreeSet<u128> = (1_000..1_000 + u128::from(known)).collect();
    assert_eq!(alerts(&told), expected, "{dies_after:?}");
    let requests = names(&told, TopicKind::VenueRequest);
    let distinct: BTreeSet<Cause> = requests.iter().copied().collect();
    assert_eq!(requests.len(), distinct.len(), "{dies_after:?}: a request was sent twice");
    // In peace everything was told, and that is known.
    assert_eq!(life(&disk, limits, usize::MAX, 0).0, [], "{dies_after:?}");
}

#[test]
fn crash_anywhere_between_sync_and_carry_leaves_nothing_untold() {
    for dies_after in 0..41 {
        check(Limits::default(), &[dies_after], |_| {});
        check(small(), &[dies_after], |_| {});
    }
}

#[test]
fn crashes_one_after_the_other_leave_nothing_untold() {
    for dies_after in 0..12 {
        check(small(), &[3 * dies_after, dies_after, 0, 30], |_| {});
    }
}

#[test]
fn power_lost_between_sync_and_carry_leaves_nothing_untold() {
    let mut dice = Seeded::new(11);
    for dies_after in (0..41).step_by(3) {
        check(small(), &[dies_after, 5], |disk| disk.lose_power(&mut dice));
    }
}

#[test]
fn what_is_told_again_is_what_was_said_with_its_own_numbers() {
    let disk = FaultyDisk::new();
    let (first, _) = life(&disk, Limits::default(), 7, 20);
    let (again, _) = life(&disk, Limits::default(), usize::MAX, 0);
    let place = |said: &Envelope| (said.src, said.epoch, said.seq);
    for said in again.iter().filter(|said| said.topic().kind() == TopicKind::Alerts) {
        let same =
            first.iter().find(|told| told.topic() == said.topic() && place(told) == place(said));
        assert!(same.is_none_or(|told| told == said), "{said:?}");
    }
    assert!(!again.is_empty());
}

/// Raises an alarm whenever the shell speaks to the host of the strategies: somebody who finds that time has
/// passed.
struct Timely;

impl Machine for Timely {
    fn source(&self) -> Source {
        Source::ExecutionGateway
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::ControlStrategy])
    }
    fn step(&mut self, _now: Ts, _input: &Envelope, out: &mut Outbox<'_>) {
        out.emit(Event::Alert(Alert { code: AlertCode::ForeignOrder, symbol: None, order: None }));
    }
    fn layout(&self) -> Layout {
        Layout::FIRST
    }
    fn save(&self, out: &mut Vec<u8>) {
        save_state(&0_u8, out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        load_state::<u8>(state).map(drop)
    }
}

#[test]
fn what_is_said_while_a_start_takes_its_seat_is_told_like_everything_else() {
    let disk = FaultyDisk::new();
    let sit = || take_seat(place(&disk, small()), start(), vec![Box::new(Timely)]).unwrap();
    let told = |seat| -> Vec<(u32, u64)> {
        let said = run_seat(seat, |_, _| {}).basket.said();
        said.iter().map(|said| (said.epoch.0, said.seq.get())).collect()
    };
    // Killed as soon as it sits: the next start tells what it said.
    drop(sit());
    disk.kill_process();
    assert_eq!(told(sit()), [(1, 1), (2, 1), (2, 2), (2, 3)]);
    assert_eq!(told(sit()), [(3, 1), (3, 2), (3, 3)]);
}
