//! A sequencer and its journal: crashes at random places, and every recovery is the state that the records say.

use contracts::testing::secs;
use contracts::{Alert, AlertCode, Envelope, Epoch, Event, Source, Span, TopicKind, Ts};
use journal::testing::{Failure, FaultyDisk};
use journal::{Fault, Journal, Purpose, Recovered, State, recover};
use kernel::{
    Layout, Machine, Outbox, Replay, Seeded, Sequencer, StateError, Topics, load_state, save_state,
};
use proptest::prelude::*;

use crate::rig::*;

/// Counts trades, says something about every third one, and once more when its timer fires.
#[derive(Default)]
struct Counter {
    heard: u64,
    woken: u64,
}

impl Machine for Counter {
    fn source(&self) -> Source {
        Source::RiskEngine
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades, TopicKind::Wake])
    }
    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        let alert = |code| Event::Alert(Alert { code, symbol: None, order: None });
        match &input.event {
            Event::Trade(_) => {
                self.heard += 1;
                if self.heard.is_multiple_of(3) {
                    out.emit(alert(AlertCode::BoundReached));
                    out.emit(alert(AlertCode::BoundReached));
                    out.wake_at(1, now + Span::SECOND);
                }
            }
            Event::Wake(_) => {
                self.woken += 1;
                out.emit_alone(alert(AlertCode::BoundReached));
            }
            _ => {}
        }
    }
    fn layout(&self) -> Layout {
        Layout::FIRST
    }
    fn save(&self, out: &mut Vec<u8>) {
        save_state(&(self.heard, self.woken), out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.heard, self.woken) = load_state(state)?;
        Ok(())
    }
}

fn sequencer() -> Sequencer {
    Sequencer::new(Epoch(0), vec![Box::new(Counter::default())])
}

/// The state that the records say, and what was still owed to them.
fn rebuilt(found: &Recovered) -> Result<(Sequencer, Vec<Envelope>), Fault> {
    let mut sequencer = sequencer();
    if let Some(state) = found.snapshot()? {
        let snapshot = state.snapshot();
        assert_eq!(format!("{:032x}", snapshot.hash()), state.hash);
        sequencer.restore(&snapshot).unwrap();
    }
    let mut replay = Replay::new(&mut sequencer);
    found.replay(|record| {
        if let Some(record) = record.entry.for_replay() {
            replay.feed(&record).unwrap();
        }
        Ok(())
    })?;
    let owed = replay.finish();
    Ok((sequencer, owed))
}

/// The same from the very first record.
fn rebuilt_from_nothing(disk: &FaultyDisk) -> Sequencer {
    let mut sequencer = sequencer();
    let mut replay = Replay::new(&mut sequencer);
    for record in records(disk).unwrap() {
        if let Some(record) = record.entry.for_replay() {
            replay.feed(&record).unwrap();
        }
    }
    replay.finish();
    sequencer
}

/// One life: recover, then take trades until the disk or the count ends it. Returns the last safe state.
fn live(disk: &FaultyDisk, trades: u64, clock: &mut i64) -> Result<(), Fault> {
    let found = recover(place(disk))?;
    let (mut sequencer, owed) = rebuilt(&found)?;
    let mut journal: Journal = found.begin(start(1), &owed)?;
    sequencer.begin_epoch(journal.epoch());
    for _ in 0..trades {
        *clock += 1;
        while sequencer.next_wake().is_some_and(|at| at <= secs(*clock)) {
            let mut turn = journal.turn(Purpose::Anything)?;
            sequencer.wake(secs(*clock), &mut turn).unwrap();
            turn.commit()?;
        }
        let mut turn = journal.turn(Purpose::Anything)?;
        let input = Envelope::input(Source::MdIngest, secs(*clock), trade(1).event);
        sequencer.take(secs(*clock), input, &mut turn).unwrap();
        turn.commit()?;
        if journal.watermark().snapshot_due() {
            journal.rotate(Some(&State::of(&sequencer.snapshot())?), secs(*clock))?;
        }
    }
    journal.close().map(drop)
}

#[test]
fn snapshot_and_tail_give_the_state_of_the_whole_record() {
    let (disk, mut clock) = (FaultyDisk::new(), 1_700_000_000);
    for _ in 0..3 {
        live(&disk, 40, &mut clock).unwrap();
    }
    assert!(files(&disk).len() > 3);
    let found = recover(place(&disk)).unwrap();
    let (short, owed) = rebuilt(&found).unwrap();
    assert!(owed.is_empty());
    assert!(found.snapshot().unwrap().is_some());
    let whole = rebuilt_from_nothing(&disk);
    assert_eq!(short.snapshot().hash(), whole.snapshot().hash());
    assert_eq!(short.machine::<Counter>().unwrap().heard, 120);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn crashes_anywhere_leave_a_record_that_replays_byte_for_byte(
        crashes in prop::collection::vec((0_u64..120, any::<u64>()), 1..5),
    ) {
        let (disk, mut clock) = (FaultyDisk::new(), 1_700_000_000);
        for (at, seed) in crashes {
            disk.fail_at(disk.operations() + at, Failure::Power);
            let _ = live(&disk, 60, &mut clock);
            disk.lose_power(&mut Seeded::new(seed));
            let found = recover(place(&disk)).unwrap();
            prop_assert!(!found.must_halt());
            let (short, _) = rebuilt(&found).unwrap();
            drop(found);
            let whole = rebuilt_from_nothing(&disk);
            prop_assert_eq!(short.snapshot().hash(), whole.snapshot().hash());
        }
        live(&disk, 10, &mut clock).unwrap();
    }
}
