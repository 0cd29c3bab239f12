//! Gateways joined to a bus in memory, at work: when they may send what could open a position.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use bus::{MemoryBus, Position, Room};
use contracts::{Envelope, Event, KillLevel, KillTrigger, RunId, Seq, Span, Trip, Ts};
use journal::testing::FaultyDisk;
use journal::{Limits, Place, Start};
use runtime::{DoorLimits, Inbox, aside, take_seat, wall_clock};
use tempfile::TempDir;

use super::*;

/// So few entries make a stream full; the settings allow no fewer.
const ENTRIES_MAX: u32 = 1_000;

struct Rig {
    _home: TempDir,
    loaded: Loaded,
    server: MemoryBus,
}

/// A gateway that works. It has no machines: what they would say, the test does.
struct Gateway {
    holds: Holds,
    mouth: Mouth,
    outlet: Option<Box<dyn Outlet>>,
    epoch: contracts::Epoch,
    stop: Stop,
    workers: Vec<JoinHandle<()>>,
    _inbox: Inbox,
}

fn now() -> Ts {
    wall_clock()()
}

fn kills() -> Stream {
    Stream::new(TopicKind::ControlKill, Source::ExecutionGateway).unwrap()
}

impl Rig {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let wanted =
            settings::Init { home: home.path().to_owned(), keys: None, keep_existing: false };
        settings::init(&wanted, &mut |bytes| entropy(bytes)).unwrap();
        let few = home.path().join("few.toml");
        std::fs::write(&few, format!("[bus]\nstream_entries_max = {ENTRIES_MAX}\n")).unwrap();
        let sources = settings::Sources::in_home(home.path()).with_file(few);
        let loaded = settings::load(&sources).unwrap();
        Self { _home: home, loaded, server: MemoryBus::new(wall_clock()) }
    }

    /// A gateway of this home whose journal has had so many starts before this one.
    fn gateway(&self, starts: usize) -> Gateway {
        let disk = FaultyDisk::default();
        let keys = KeyFolder::at(&self.loaded.places().keys);
        let place = || Place {
            files: disk.files(),
            folder: PathBuf::from("/journal"),
            key: JournalKey::new(*keys.journal().unwrap().expose()),
            limits: Limits::default(),
            anchors: Vec::new(),
            holder: "a test".to_owned(),
        };
        let seat = || {
            let start = Start::new(RunId::new(1), "test", "test", now());
            take_seat(place(), start, Vec::new()).unwrap()
        };
        for _ in 0..starts {
            drop(seat());
        }
        let seat = seat();
        let (doors, inbox) = Doors::open(DoorLimits::default());
        let (holds, reopen, stop) = (Holds::default(), Reopen::default(), Stop::default());
        let joining = Joining {
            loaded: &self.loaded,
            keys: &keys,
            services: &[GATEWAY],
            interests: Topics::NONE,
            seat: &seat,
            files: disk.files(),
            folder: PathBuf::from("/journal"),
            doors: &doors,
            holds: &holds,
            reopen: &reopen,
            clock: &wall_clock(),
            stop: &stop,
        };
        let standing = Standing::One(GATEWAY, Arc::new(self.server.clone()));
        let Joined { outlet, workers, mouth, .. } = join(&standing, &joining).unwrap().unwrap();
        let workers = workers.into_iter().map(|worker| aside(worker.name, worker.work).unwrap());
        let workers = workers.collect();
        let (outlet, epoch) = (Some(outlet), seat.journal.epoch());
        Gateway { holds, mouth, outlet, epoch, stop, workers, _inbox: inbox }
    }
}

impl Gateway {
    /// Says so many words that somebody has to read.
    fn says(&mut self, count: u32) {
        let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
        for number in 1..=u64::from(count) {
            let said = Envelope::input(Source::ExecutionGateway, now(), Event::Trip(trip));
            let said = Envelope { epoch: self.epoch, seq: Seq::new(number), ..said };
            self.outlet.as_mut().unwrap().carry(&said);
        }
    }

    /// Whether it would send something that could open a position.
    fn may_send(&self) -> bool {
        !self.holds.any(now())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.say();
        drop(self.outlet.take());
        for worker in self.workers.drain(..) {
            worker.join().unwrap();
        }
    }
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let (began, pause) = (now(), Stop::default());
    while !holds() {
        assert!(now().since(began) < Span::from_secs(30), "not in time: {what}");
        pause.wait(Duration::from_millis(5));
    }
}

#[test]
fn gateway_opens_nothing_before_its_lease_nor_while_what_it_says_finds_no_room() {
    let rig = Rig::new();
    let began = now();
    let mut gateway = rig.gateway(0);
    until("everything finds its way", || gateway.mouth.room() == Room::Plenty);
    assert!(!gateway.may_send(), "without a lease");
    until("the lease is ours", || gateway.may_send());
    assert!(now().since(began) >= lending::TERM);
    // Whoever has to read it does not.
    gateway.says(ENTRIES_MAX);
    until("a stream is full", || gateway.mouth.room() == Room::Full);
    assert!(!gateway.may_send(), "a stream is full");
    let risk = parties::reader("risk-engine").unwrap();
    let last = Position { epoch: gateway.epoch, seq: Seq::new(u64::from(ENTRIES_MAX)) };
    rig.server.reader().unwrap().place(&risk, &[(kills(), last)]).unwrap();
    until("it was read", || gateway.may_send());
    rig.server.stop();
    until("nobody knows what is on the bus", || !gateway.may_send());
}

#[test]
fn gateway_that_finds_another_one_in_its_place_gives_the_lease_up_to_it() {
    let rig = Rig::new();
    let first = rig.gateway(0);
    until("the first may send", || first.may_send());
    // The same home somewhere else: its keys are the same, its journal a copy.
    let mut second = rig.gateway(1);
    until("the second speaks", || second.mouth.room() == Room::Plenty);
    assert!(first.may_send() && !second.may_send());
    second.says(1);
    until("the first is fenced", || first.mouth.room() == Room::Fenced);
    assert!(!first.may_send());
    until("the second may send", || {
        assert!(!first.may_send());
        second.may_send()
    });
}
