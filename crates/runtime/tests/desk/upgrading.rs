//! Another build over the same journal: what an older one kept is carried over, what a newer one kept is
//! refused, and whoever is refused has changed nothing.

use std::path::Path;

use contracts::{Envelope, Epoch, RunId, Source, Ts};
use journal::testing::FaultyDisk;
use journal::verify::{Ask, Verdict};
use journal::{Entry, JournalKey, Reader, Start};
use kernel::{
    Layout, Machine, Outbox, Replay, Sequencer, Snapshot, StateError, Step, Topics, load_state,
    save_state,
};
use runtime::{Difference, NoSeat, Seat, Whole, replay_whole, take_seat};
use serde::{Deserialize, Serialize};

use crate::rig::{Asker, bring, place, run_seat, small, trade};

/// What a newer build keeps of an [`Asker`]: by names, and how often it has asked.
#[derive(Serialize, Deserialize)]
struct Kept {
    heard: u64,
    ticks: u64,
    gaps: u64,
    asked: u64,
}

fn named(state: &[u8], asked: impl FnOnce(u64) -> u64) -> Result<Vec<u8>, StateError> {
    let (heard, ticks, gaps, _): (_, _, _, u64) = load_state(state)?;
    let mut state = Vec::new();
    save_state(&Kept { heard, ticks, gaps, asked: asked(heard) }, &mut state);
    Ok(state)
}

/// It has asked about each trade that it heard, so nothing is lost.
const KNOWS: &[Step] = &[|state| named(state, |heard| heard)];
/// This one counts from now on.
const FORGETS: &[Step] = &[|state| named(state, |_| 0)];
/// And this one would rather not guess.
const REFUSES: &[Step] = &[|_| Err(StateError::Contradiction("nobody knows what it had asked"))];

/// Asks as it always did, and keeps more.
struct Newer {
    asker: Asker,
    asked: u64,
    steps: &'static [Step],
}

impl Newer {
    fn by(steps: &'static [Step]) -> Self {
        Self { asker: Asker::default(), asked: 0, steps }
    }
}

impl Machine for Newer {
    fn source(&self) -> Source {
        self.asker.source()
    }
    fn interests(&self) -> Topics {
        self.asker.interests()
    }
    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        let before = self.asker.heard;
        self.asker.step(now, input, out);
        self.asked += self.asker.heard - before;
    }
    fn layout(&self) -> Layout {
        Layout::after(self.steps)
    }
    fn save(&self, out: &mut Vec<u8>) {
        let Asker { heard, ticks, gaps, .. } = self.asker;
        save_state(&Kept { heard, ticks, gaps, asked: self.asked }, out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let Kept { heard, ticks, gaps, asked } = load_state(state)?;
        (self.asker, self.asked) = (Asker { heard, ticks, gaps, forgets: 0 }, asked);
        Ok(())
    }
}

fn older() -> Box<dyn Machine> {
    Box::new(Asker::default())
}

fn newer(steps: &'static [Step]) -> Box<dyn Machine> {
    Box::new(Newer::by(steps))
}

fn build(name: &str) -> Start {
    Start::new(RunId::new(1), name, "settings", contracts::testing::secs(1_000))
}

fn sit(disk: &FaultyDisk, machine: Box<dyn Machine>, name: &str) -> Result<Seat, NoSeat> {
    take_seat(place(disk, small()), build(name), vec![machine])
}

fn refused(disk: &FaultyDisk, machine: Box<dyn Machine>, name: &str) -> NoSeat {
    let everything = || {
        let folder = Path::new("/journal");
        let files = [disk.paths(&folder.join("live")), disk.paths(folder)].concat();
        let looked: Vec<_> = files.iter().map(|path| (path.clone(), disk.look(path))).collect();
        looked
    };
    let before = everything();
    let why = sit(disk, machine, name).err().unwrap();
    assert!(before == everything(), "a start that was refused has changed something");
    why
}

/// What the older build leaves behind: starts that ended in peace, and one that was killed.
fn left_by_the_older() -> FaultyDisk {
    let disk = FaultyDisk::new();
    for from in [100, 200] {
        run_seat(sit(&disk, older(), "old").unwrap(), |doors, _| bring(doors, from..from + 40));
    }
    let mut seat = sit(&disk, older(), "old").unwrap();
    for number in 300..340 {
        let mut turn = seat.journal.turn(journal::Purpose::GetOut).unwrap();
        seat.sequencer.take(Ts::ZERO, trade(number), &mut turn).unwrap();
        turn.commit().unwrap();
    }
    drop(seat);
    disk.kill_process();
    disk
}

fn reader(disk: &FaultyDisk) -> Reader {
    Reader::open(disk.files(), Path::new("/journal"), &JournalKey::new([7; 32])).unwrap()
}

/// The state to which a machine comes that takes every input from the first record on, and no state at all.
fn from_the_first_record(disk: &FaultyDisk, machine: Box<dyn Machine>) -> Snapshot {
    let mut sequencer = Sequencer::new(Epoch(1), vec![machine]);
    let mut replay = Replay::new(&mut sequencer);
    reader(disk)
        .read(1, |record| {
            if let Some(step) = record.entry.for_replay() {
                replay.feed(&step).unwrap();
            }
            Ok(())
        })
        .unwrap();
    assert!(replay.finish().is_empty());
    sequencer.snapshot()
}

fn replayed(disk: &FaultyDisk, machine: Box<dyn Machine>, name: &str) -> Whole {
    replay_whole(&reader(disk), vec![machine], &build(name)).unwrap()
}

fn versions(disk: &FaultyDisk) -> Vec<u32> {
    let mut versions = Vec::new();
    reader(disk)
        .read(1, |record| {
            if let Entry::Snapshot(kept) = record.entry {
                versions.push(kept.layouts[1].version);
            }
            Ok(())
        })
        .unwrap();
    versions
}

#[test]
fn newer_build_goes_on_from_what_an_older_one_kept_as_if_it_had_replayed_everything() {
    let disk = left_by_the_older();
    let seat = sit(&disk, newer(KNOWS), "new").unwrap();
    // It was killed, so that there is something behind the state that was kept.
    assert!(seat.replayed >= 40, "{}", seat.replayed);
    let machine: &Newer = seat.sequencer.machine().unwrap();
    assert_eq!((machine.asker.heard, machine.asked), (120, 120));
    assert_eq!(seat.sequencer.snapshot(), from_the_first_record(&disk, newer(KNOWS)));
    let ran = run_seat(seat, |doors, _| bring(doors, 400..410));
    assert_eq!(ran.basket.asked().len(), 10);
    assert_eq!(
        sit(&disk, newer(KNOWS), "new").unwrap().sequencer.snapshot(),
        from_the_first_record(&disk, newer(KNOWS))
    );
    let versions = versions(&disk);
    assert!(
        versions.is_sorted() && versions[0] == 1 && versions.ends_with(&[2, 2, 2]),
        "{versions:?}"
    );
}

#[test]
fn whole_journal_of_two_builds_repeats_and_verifies() {
    let disk = left_by_the_older();
    let before = replayed(&disk, newer(KNOWS), "new");
    assert!(before.parted.is_none(), "{:?}", before.parted);
    // What was kept in the old layout is, in the new one, the state of the replay.
    assert!(before.states >= 5 && before.raised == 0, "{before:?}");
    run_seat(sit(&disk, newer(KNOWS), "new").unwrap(), |doors, _| bring(doors, 400..410));
    let whole = replayed(&disk, newer(KNOWS), "new");
    assert!(whole.parted.is_none() && whole.raised == 0, "{whole:?}");
    assert_eq!((whole.outputs, whole.changes.len()), (130, 1));
    let live = Path::new("/journal/live");
    let segments: Vec<(u64, Vec<u8>)> = disk
        .paths(live)
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name[..20].parse().unwrap(), disk.look(path).unwrap())
        })
        .collect();
    let report = Ask::with_key([7; 32]).segments(&segments).unwrap();
    assert_eq!(report.verdict, Verdict::Intact, "{report}");
}

#[test]
fn state_that_loses_something_on_its_way_is_gone_on_with_in_a_replay_too() {
    let disk = left_by_the_older();
    let seat = sit(&disk, newer(FORGETS), "new").unwrap();
    let machine: &Newer = seat.sequencer.machine().unwrap();
    assert_eq!((machine.asker.heard, machine.asked), (120, 40), "it counts from what was kept on");
    let state = seat.sequencer.snapshot().hash();
    drop(seat);
    disk.kill_process();
    let whole = replayed(&disk, newer(FORGETS), "new");
    assert!(whole.parted.is_none(), "{:?}", whole.parted);
    assert!(whole.raised > 0 && whole.state == state, "{whole:?}");
}

#[test]
fn older_build_refuses_what_a_newer_one_kept_and_leaves_it_to_it() {
    let disk = left_by_the_older();
    run_seat(sit(&disk, newer(KNOWS), "new").unwrap(), |doors, _| bring(doors, 400..410));
    let why = refused(&disk, older(), "old");
    assert!(matches!(why, NoSeat::State(_)), "{why}");
    for part in ["execution-gateway", "version 2", "versions 1 to 1", "the build that wrote it"] {
        assert!(why.to_string().contains(part), "{part}: {why}");
    }
    let parting = replayed(&disk, older(), "old").parted.unwrap();
    assert!(matches!(parting.why, Difference::NoState(_)), "{parting:?}");
    assert!(parting.why.to_string().contains("version 2"), "{parting:?}");
    assert_eq!(
        sit(&disk, newer(KNOWS), "new").unwrap().sequencer.machine::<Newer>().unwrap().asked,
        130
    );
}

#[test]
fn state_without_a_way_on_is_refused_and_left_to_the_build_that_wrote_it() {
    let disk = left_by_the_older();
    let why = refused(&disk, newer(REFUSES), "new").to_string();
    for part in ["execution-gateway", "version 1", "nobody knows what it had asked"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let ran = run_seat(sit(&disk, older(), "old").unwrap(), |_, _| {});
    assert_eq!(ran.heard, 120);
}
