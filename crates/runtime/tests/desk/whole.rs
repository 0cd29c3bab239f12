//! Whole journals, replayed from their first record to their last across starts, kills and settings.

use contracts::testing::secs;
use contracts::{Envelope, Event, Feed, FeedState, RunId, Source, Ts};
use journal::testing::FaultyDisk;
use journal::{JournalKey, Reader, Start};
use kernel::{Layout, Machine, Outbox, StateError, Topics};
use runtime::{Difference, PassedOver, Seat, Whole, replay_whole, take_seat};

use crate::rig::{Asker, bring, place, run_seat, seat_to_get_out, small};

/// Asks as it always did, until a trade that it does not answer as before.
#[derive(Default)]
struct Changed {
    asker: Asker,
    /// The trade to which it says something more.
    at: u64,
    /// Whether it only counts that trade twice, and says nothing.
    in_silence: bool,
}

impl Machine for Changed {
    fn source(&self) -> Source {
        self.asker.source()
    }
    fn interests(&self) -> Topics {
        self.asker.interests()
    }
    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        self.asker.step(now, input, out);
        match input.event {
            Event::Trade(trade) if trade.id.get() == self.at && self.in_silence => {
                self.asker.heard += 1;
            }
            Event::Trade(trade) if trade.id.get() == self.at => {
                out.emit(Event::Feed(Feed { symbol: trade.symbol, state: FeedState::Gap }));
            }
            _ => {}
        }
    }
    fn layout(&self) -> Layout {
        self.asker.layout()
    }
    fn save(&self, out: &mut Vec<u8>) {
        self.asker.save(out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.asker.load(state)
    }
}

fn start(settings: &str, build: &str) -> Start {
    Start::new(RunId::new(1), build, settings, secs(1_000))
}

fn sit(disk: &FaultyDisk, settings: &str, build: &str) -> Seat {
    let machines: Vec<Box<dyn Machine>> = vec![Box::new(Asker::default())];
    take_seat(place(disk, small()), start(settings, build), machines).unwrap()
}

/// A start of those settings and that build, and its end in peace.
fn live(disk: &FaultyDisk, settings: &str, build: &str, trades: std::ops::Range<u64>) {
    run_seat(sit(disk, settings, build), |doors, _| bring(doors, trades));
}

fn replayed(disk: &FaultyDisk, machine: impl Machine, these: &Start) -> Whole {
    let place = place(disk, small());
    let key = JournalKey::new([7; 32]);
    let reader = Reader::open(place.files, &place.folder, &key).unwrap();
    replay_whole(&reader, vec![Box::new(machine)], these).unwrap()
}

#[test]
fn whole_journal_repeats_across_starts_kills_and_rotations() {
    let disk = FaultyDisk::new();
    live(&disk, "s", "b", 100..200);
    for number in 2..6 {
        live(&disk, "s", "b", number * 100..number * 100 + 10);
        // Killed as soon as it sits, too.
        drop(sit(&disk, "s", "b"));
        disk.kill_process();
    }
    let whole = replayed(&disk, Asker::default(), &start("s", "b"));
    assert!(whole.parted.is_none(), "{:?}", whole.parted);
    assert_eq!((whole.starts, whole.outputs, whole.unwritten), (9, 140, 0));
    assert!(whole.states >= 9 && whole.inputs >= 149, "{whole:?}");
    assert_eq!((whole.changes.len(), whole.passed_over), (0, PassedOver::default()));
    let seat = sit(&disk, "s", "b");
    drop(seat);
    let again = replayed(&disk, Asker::default(), &start("s", "b"));
    assert_eq!((again.starts, again.parted.is_none()), (10, true));
}

#[test]
fn machine_that_says_something_else_parts_at_the_record_and_says_what() {
    let disk = FaultyDisk::new();
    live(&disk, "s", "b", 100..110);
    live(&disk, "s", "b", 200..210);
    let changed = Changed { at: 205, ..Changed::default() };
    let whole = replayed(&disk, changed, &start("s", "c"));
    let parting = whole.parted.unwrap();
    assert_eq!((parting.start.0, parting.other_build.as_deref()), (2, Some("b")));
    assert_eq!(whole.outputs, 16);
    let said = parting.why.to_string();
    assert!(matches!(parting.why, Difference::Said(_)), "{said}");
    assert!(said.contains("recorded") && said.contains("\"gap\""), "{said}");
}

#[test]
fn machine_that_only_remembers_something_else_parts_at_the_next_state() {
    let disk = FaultyDisk::new();
    live(&disk, "s", "b", 100..110);
    live(&disk, "s", "b", 200..201);
    let changed = Changed { at: 105, in_silence: true, ..Changed::default() };
    let parting = replayed(&disk, changed, &start("s", "b")).parted.unwrap();
    assert!(matches!(parting.why, Difference::State { .. }), "{parting:?}");
    assert_eq!(parting.other_build, None);
}

#[test]
fn start_with_other_settings_is_passed_over_and_said() {
    let disk = FaultyDisk::new();
    live(&disk, "s", "b", 100..110);
    live(&disk, "t", "b", 200..220);
    live(&disk, "s", "c", 300..330);
    for (settings, outputs, over) in [("s", 40, 20), ("t", 20, 40)] {
        let whole = replayed(&disk, Asker::default(), &start(settings, "b"));
        assert!(whole.parted.is_none(), "{:?}", whole.parted);
        assert_eq!(whole.outputs, outputs, "{settings}");
        assert!(whole.passed_over.other_settings >= over * 2, "{whole:?}");
        let changes: Vec<_> = whole.changes.iter().map(|it| it.start.0).collect();
        assert_eq!(changes, [2, 3]);
        assert_eq!(whole.changes[0].settings, Some(("s".to_owned(), "t".to_owned())));
        assert_eq!(whole.changes[0].build, None);
        assert_eq!(whole.changes[1].build, Some(("b".to_owned(), "c".to_owned())));
    }
    let strange = replayed(&disk, Asker::default(), &start("u", "b"));
    assert_eq!((strange.inputs, strange.outputs, strange.parted.is_none()), (0, 0, true));
}

#[test]
fn turn_that_a_start_left_out_is_passed_over_and_said() {
    let disk = FaultyDisk::new();
    live(&disk, "test", "test", 10..15);
    let parting = replayed(&disk, Asker::default(), &crate::rig::start()).parted.unwrap();
    assert!(parting.why.to_string().contains("thirteen"), "{parting:?}");
    run_seat(seat_to_get_out(&disk, small()).unwrap(), |doors, _| bring(doors, 20..25));
    let whole = replayed(&disk, Asker::default(), &crate::rig::start());
    assert!(whole.parted.is_none(), "{:?}", whole.parted);
    assert!(whole.passed_over.left_out > 0 && whole.outputs > 8, "{whole:?}");
}
