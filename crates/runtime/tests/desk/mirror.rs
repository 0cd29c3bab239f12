//! A process that says everything on a bus too: whatever becomes of the bus, it works as if there were none, and
//! the bus ends up with all that it has said.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bus::{Bus as _, Channel, MemoryBus, Mouth, RawId, Room, Stream};
use contracts::{Event, Source, TopicKind, codec};
use execution::VenueCommand;
use launch::{Deps, NoStaff, Rank, Seated, ServiceSpec, Site, Staff, launch_mirrored};
use runtime::{Answer, Doors, Ended, NoAnswer, Stop, Unaided, entropy, wall_clock};
use settings::{Init, Loaded, Sources, init, load};

use crate::rig::{Asker, bring};

/// Whoever is at the venue has nothing to cancel.
struct Nobody;

impl Unaided for Nobody {
    fn ask(&mut self, _command: VenueCommand) -> Result<Answer, NoAnswer> {
        Ok(Answer::default())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the staff of a service may be missing")]
fn staff(_site: &Site<'_>) -> Result<Staff, NoStaff> {
    Ok(Staff { unaided: Some(Box::new(Nobody)), ..Staff::default() })
}

/// Asks the venue about every trade, in the name of the gateway.
const GATEWAY: ServiceSpec = ServiceSpec {
    name: "execution-gateway",
    machines: |_| Ok(vec![Seated::new(Rank::Gateway, Asker::default())]),
    staff,
};

fn home() -> (tempfile::TempDir, Loaded) {
    let home = tempfile::tempdir().unwrap();
    let wanted = Init { home: home.path().to_owned(), keys: None, keep_existing: false };
    init(&wanted, &mut |bytes| entropy(bytes)).unwrap();
    let loaded = load(&Sources::in_home(home.path())).unwrap();
    fs::create_dir_all(&loaded.places().state).unwrap();
    (home, loaded)
}

/// Runs a start on that bus while `act` brings it things.
fn start(loaded: &Loaded, bus: &MemoryBus, act: impl FnOnce(&Doors, &Mouth)) {
    let registry = strategies::registry().unwrap();
    let deps = Deps {
        loaded,
        registry: &registry,
        files: Arc::new(journal::files::RealFiles),
        clock: wall_clock(),
        build: "test",
        operator: None,
        asked: launch::Asked::default(),
    };
    let launched = launch_mirrored(&[GATEWAY], &deps, Arc::new(bus.clone())).unwrap();
    let (doors, mouth) = (launched.doors().clone(), launched.mouth().unwrap().clone());
    let stop = launched.stop().clone();
    let report = thread::scope(|threads| {
        let working = threads.spawn(|| {
            launched.run(Duration::from_secs(10), |who| panic!("{who:?} did not end in time"))
        });
        let ending = Ending(stop);
        act(&doors, &mouth);
        drop(ending);
        working.join().unwrap().unwrap()
    });
    assert_eq!((report.ended, report.died), (Ended::InPeace, vec![]));
}

/// Ends the process, also where a test fails: it would be waited for.
struct Ending(Stop);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.say();
    }
}

#[track_caller]
fn until(what: &str, done: impl FnMut() -> bool) {
    let (nobody_says_stop, mut done) = (Stop::default(), done);
    let in_time = (0..5_000).any(|_| done() || nobody_says_stop.wait(Duration::from_millis(5)));
    assert!(in_time, "not in time: {what}");
}

/// The orders about which the venue was asked, as the stream has them.
fn asked(bus: &MemoryBus) -> Vec<u64> {
    let stream = Stream::new(TopicKind::VenueRequest, Source::ExecutionGateway).unwrap();
    let mut reader = bus.reader().unwrap();
    let found = reader.fetch(&[(stream, RawId::default())], 10_000, Duration::ZERO).unwrap();
    let number = |text: &[u8]| match codec::read(text).unwrap().event {
        Event::QueryOrder(query) => u64::try_from(query.id.bits()).unwrap(),
        other => panic!("{other:?}"),
    };
    found.iter().map(|(_, entry)| number(&entry.text)).collect()
}

#[test]
fn mirror_ends_up_with_everything_whatever_becomes_of_the_bus() {
    let (_home, loaded) = home();
    let bus = MemoryBus::new(wall_clock());
    bus.stop();
    start(&loaded, &bus, |doors, mouth| {
        // Nobody is there at all.
        bring(doors, 100..200);
        until("behind", || mouth.trouble().is_some());
        assert_eq!(mouth.room(), Room::Away);
        bus.start(true);
        until("told", || mouth.room() == Room::Plenty && asked(&bus).len() == 100);
        let mut hearing = bus.listener(&[Channel::Kind(TopicKind::VenueRequest)]).unwrap();
        bring(doors, 200..300);
        until("heard", || hearing.hear(Duration::ZERO).unwrap().is_some());
        until("told", || asked(&bus).len() == 200);
        // It is killed in the middle of it, and comes back with nothing.
        bring(doors, 300..350);
        bus.stop();
        bring(doors, 350..400);
        bus.start(false);
        until("told anew", || asked(&bus).len() == 300);
        bus.stop();
        bring(doors, 400..500);
    });
    // What was said while nobody was there comes with the next start, behind what stands there.
    bus.start(true);
    start(&loaded, &bus, |doors, _| {
        bring(doors, 500..600);
        until("told", || asked(&bus).len() == 500);
    });
    let all: Vec<u64> = (100..600).collect();
    assert_eq!(asked(&bus), all);
}
