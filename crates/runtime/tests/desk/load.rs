//! Trading for a while on a real disk, while the disk fills up and empties, is slow and quick again, and
//! the venue is slow, and gone, and back: in the end the books are those of the venue, and the journal holds
//! all of it and repeats it.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::{ClearKill, Envelope, Epoch, Event, KillLevel, KillTrigger, Source, Trip};
use execution::Gateway;
use journal::files::{Files, Growing, Listed, Lock, RealFiles};
use journal::verify::{Ask, Verdict};
use journal::{JournalKey, Reader};
use kernel::{Replay, Seeded, Sequencer};
use risk::Gate;
use runtime::{Doors, Ended, Link, Stop};
use simvenue::SimVenue;
use telemetry::Clock;

use crate::trading::{
    Beside, Told, Venue, at_a_venue, desk, fast_clock, machines, nets, seat_in, trade_on, traded,
    wait_until,
};

const WITHOUT_BOUNDS: i64 = i64::MAX;

/// The real disk, with what befalls it.
#[derive(Clone)]
struct Troubled {
    /// How many bytes may still be written.
    room: Arc<AtomicI64>,
    /// How long everything takes.
    slow_ms: Arc<AtomicU64>,
}

struct TroubledFile(Mutex<Box<dyn Growing>>, Troubled);

impl Troubled {
    fn new() -> Self {
        Self { room: Arc::new(AtomicI64::new(WITHOUT_BOUNDS)), slow_ms: Arc::default() }
    }

    fn takes_its_time(&self) {
        match self.slow_ms.load(Ordering::SeqCst) {
            0 => {}
            slow => drop(Stop::default().wait(Duration::from_millis(slow))),
        }
    }

    fn takes(&self, bytes: i64) -> io::Result<()> {
        self.takes_its_time();
        let take = |room: i64| match room {
            WITHOUT_BOUNDS => Some(room),
            _ => (room >= bytes).then_some(room - bytes),
        };
        let took = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        took.map(drop).map_err(|_| io::ErrorKind::StorageFull.into())
    }

    fn file(&self, file: Box<dyn Growing>) -> Box<dyn Growing> {
        Box::new(TroubledFile(Mutex::new(file), self.clone()))
    }
}

impl Growing for TroubledFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.1.takes(bytes.len() as i64)?;
        self.0.get_mut().unwrap().append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.takes_its_time();
        self.0.get_mut().unwrap().sync()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.0.get_mut().unwrap().cut(bytes)
    }
}

impl Files for Troubled {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        RealFiles.make_folder(folder)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealFiles.list(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        RealFiles.create(path).map(|file| self.file(file))
    }
    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        RealFiles.extend(path).map(|file| self.file(file))
    }
    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        RealFiles.read(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFiles.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        // Whatever goes gives its room back.
        let bytes = fs::metadata(path).map_or(0, |about| about.len() as i64);
        RealFiles.remove(path)?;
        let give = |room: i64| (room != WITHOUT_BOUNDS).then(|| room + bytes);
        let _ = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, give);
        Ok(())
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealFiles.sync_folder(folder)
    }
    fn lock(&self, path: &Path, holder: &str) -> io::Result<Result<Box<dyn Lock>, String>> {
        RealFiles.lock(path, holder)
    }
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        RealFiles.free_bytes(folder)
    }
}

/// A trader in trouble, and who makes it.
struct Trouble<'a> {
    disk: &'a Troubled,
    venue: &'a Venue,
    clock: &'a Clock,
    doors: &'a Doors,
    link: &'a Link,
    told: &'a Told,
}

impl Trouble<'_> {
    fn control(&self, event: Event) {
        self.doors.control(Envelope::input(Source::Operator, (self.clock)(), event));
    }

    fn trades_on(&self, fills: usize) {
        let before = self.told.fills();
        wait_until(|| self.told.fills() >= before + fills);
    }

    /// The disk is full for a while: it stops, gets out while nothing can be written but that, and goes on
    /// when somebody says so.
    fn full_disk(&self) {
        wait_until(|| self.link.is_up());
        let ups = self.link.ups();
        self.disk.room.store(0, Ordering::SeqCst);
        wait_until(|| !self.doors.has_room());
        wait_until(|| self.told.is_at_rest());
        // Only the market was shut out: the line by which orders go is the one that there was.
        assert!(self.link.is_up() && self.link.ups() == ups, "the line to the venue broke");
        self.disk.room.store(WITHOUT_BOUNDS, Ordering::SeqCst);
        wait_until(|| self.doors.has_room());
        self.control(Event::ClearKill(ClearKill::by(1)));
        wait_until(|| !self.told.is_tripped());
    }

    fn slow_disk(&self) {
        self.disk.slow_ms.store(4, Ordering::SeqCst);
        self.trades_on(2);
        self.disk.slow_ms.store(0, Ordering::SeqCst);
    }

    fn slow_venue(&self) {
        self.venue.shown.slow(true);
        self.trades_on(2);
        self.venue.shown.slow(false);
    }

    fn any(&self, dice: &mut Seeded) {
        match dice.between(0, 3) {
            0 => self.full_disk(),
            1 => self.slow_disk(),
            2 => self.slow_venue(),
            _ => self.link.down(),
        }
        self.trades_on(2);
    }

    fn ends(&self) {
        self.venue.stands_still();
        let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
        self.control(Event::Trip(trip));
        wait_until(|| self.told.is_at_rest());
    }
}

/// Repeats the whole journal, from its first record on: how many inputs that was.
fn repeat(folder: &Path, ended: &Sequencer) -> usize {
    let mut again = Sequencer::new(Epoch(1), machines(&desk()));
    let key = JournalKey::new([7; 32]);
    let reader = Reader::open(Arc::new(RealFiles), folder, &key).unwrap();
    let (mut replay, mut inputs) = (Replay::new(&mut again), 0);
    let read = reader.read(1, |record| {
        if let Some(step) = record.entry.for_replay() {
            inputs += usize::from(matches!(step, kernel::Record::Input(_)));
            replay.feed(&step).unwrap();
        }
        Ok(())
    });
    assert!(!read.unwrap().torn);
    assert_eq!(replay.finish(), []);
    assert_eq!(again.snapshot().hash(), ended.snapshot().hash());
    inputs
}

#[test]
fn trader_in_all_kinds_of_trouble_keeps_its_books_and_its_journal() {
    let (clock, disk) = (fast_clock(), Troubled::new());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_path_buf();
    let ((machines, open), venue) = at_a_venue(&clock, |venue| {
        let files = Arc::new(disk.clone());
        let seat = seat_in(path.clone(), files, clock(), machines(&desk()));
        let (ended, machines) =
            trade_on(seat, venue.address, &clock, Beside::default(), |doors, link, told| {
                let trouble = Trouble { disk: &disk, venue, clock: &clock, doors, link, told };
                let mut dice = Seeded::new(3);
                trouble.trades_on(3);
                trouble.full_disk();
                (0..8).for_each(|_| trouble.any(&mut dice));
                trouble.ends();
            });
        assert_eq!(ended, Ended::InPeace);
        let open = machines.machine::<Gateway>().unwrap().open_orders();
        (machines, open)
    });
    let venue: &SimVenue = venue.machine().unwrap();
    assert_eq!((open, venue.open_orders().len()), (0, 0));
    assert_eq!(nets(machines.machine::<Gate>().unwrap()), traded(venue));
    let report = Ask::with_key([7; 32]).folder(&path).unwrap();
    assert_eq!(report.verdict, Verdict::Intact, "{report}");
    let inputs = repeat(&path, &machines);
    assert!(inputs > 2_000, "{inputs}");
}
