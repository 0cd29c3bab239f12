//! What the journal gives back is what was said, wherever memory begins and wherever segments end.

use std::path::Path;

use contracts::testing::secs;
use contracts::{Alert, AlertCode, Epoch, Event, RunId, Seq, Source, TopicKind, Trip};
use contracts::{KillLevel, KillTrigger};
use journal::testing::FaultyDisk;
use journal::{Journal, Limits, Place, Purpose, Start, State, recover};
use kernel::{Sequencer, Tap as _};
use proptest::prelude::*;

use super::*;

const KEY: [u8; 32] = [7; 32];

fn alerts() -> Stream {
    Stream::new(TopicKind::Alerts, Source::RiskEngine).unwrap()
}

/// A message of the stream that is looked at, or of another one.
fn message(ours: bool, epoch: u32, seq: u64) -> Envelope {
    let alert = Alert { code: AlertCode::BoundReached, symbol: None, order: None };
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
    let event = if ours { Event::Alert(alert) } else { Event::Trip(trip) };
    let said = Envelope::input(Source::RiskEngine, secs(1), event);
    Envelope { epoch: Epoch(epoch), seq: Seq::new(seq), ..said }
}

fn begin(disk: &FaultyDisk) -> Journal {
    let place = Place {
        files: disk.files(),
        folder: PathBuf::from("/journal"),
        key: JournalKey::new(KEY),
        limits: Limits::default(),
        anchors: Vec::new(),
        holder: "a test".to_owned(),
    };
    let start = Start::new(RunId::new(1), "test", "test", secs(1));
    recover(place).unwrap().begin(start, &[]).unwrap()
}

/// Everything behind a place, asked for as often as it takes; and what stood before the first of it.
fn all_behind(past: &mut Past, after: Position, most: usize) -> (Position, Vec<Envelope>) {
    let (mut at, mut before, mut said) = (after, None, Vec::new());
    loop {
        let tail = past.after(alerts(), at, most).unwrap();
        assert!(tail.said.len() <= most);
        assert!(before.is_none() || tail.before == at, "a hole behind {at}");
        before = before.or(Some(tail.before));
        let Some(last) = tail.said.back() else { return (before.unwrap(), said) };
        at = Position::of(last);
        said.extend(tail.said);
    }
}

/// What is done to a journal.
#[derive(Clone, Copy, Debug)]
enum Done {
    Says { ours: bool },
    Rotates,
    Restarts,
}

/// Does it, with so many of the last messages in memory; gives back what was said on the stream.
fn play(done: &[Done], disk: &FaultyDisk) -> (Past, Vec<Envelope>) {
    let (mut journal, mut reach, mut said) = (begin(disk), Reach::default(), Vec::new());
    let mut latest = Latest::behind(&reach, [alerts()].into_iter());
    let mut numbers = [0, 0];
    for done in done {
        match *done {
            Done::Says { ours } => {
                let number = &mut numbers[usize::from(ours)];
                *number += 1;
                let said_now = message(ours, journal.epoch().0, *number);
                let mut turn = journal.turn(Purpose::GetOut).unwrap();
                turn.output(&said_now);
                turn.commit().unwrap();
                journal.sync().unwrap();
                reach.output(&said_now);
                if ours {
                    latest.keep(alerts(), &said_now);
                    // What is told a second time changes nothing.
                    latest.keep(alerts(), &said_now);
                    said.push(said_now);
                }
            }
            Done::Rotates => rotate(&mut journal, &reach),
            Done::Restarts => {
                drop(journal);
                journal = begin(disk);
                rotate(&mut journal, &reach);
                numbers = [0, 0];
                latest = Latest::behind(&reach, [alerts()].into_iter());
            }
        }
    }
    let past =
        Past::of(Epoch(1), latest, disk.files(), PathBuf::from("/journal"), JournalKey::new(KEY));
    (past, said)
}

fn rotate(journal: &mut Journal, reach: &Reach) {
    let machines = Sequencer::new(journal.epoch(), Vec::new()).snapshot();
    let shell = format!("{{\"reach\":{}}}", reach.write()).into_bytes();
    let state = State::of(&machines).unwrap().with_shell(shell).unwrap();
    journal.rotate(Some(&state), secs(1)).unwrap();
}

fn done() -> impl Strategy<Value = Done> {
    prop_oneof![
        12 => any::<bool>().prop_map(|ours| Done::Says { ours }),
        1 => Just(Done::Rotates),
        1 => Just(Done::Restarts),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn past_gives_back_what_was_said_behind_any_place(
        done in prop::collection::vec(done(), 1..60),
        most in 1_usize..9,
    ) {
        let disk = FaultyDisk::new();
        let (mut past, said) = play(&done, &disk);
        let last = said.last().map_or(Position::START, Position::of);
        prop_assert_eq!(past.last(alerts()).unwrap(), last);
        prop_assert_eq!(past.reaches_back(alerts()).unwrap(), Position::START);
        let mut places: Vec<Position> = said.iter().map(Position::of).collect();
        places.extend([Position::START, Position::new(1, 1_000), Position::new(99, 1)]);
        for after in places {
            let from = said.partition_point(|said| Position::of(said) <= after);
            let before = from.checked_sub(1).map_or(Position::START, |at| Position::of(&said[at]));
            let found = all_behind(&mut past, after, most);
            prop_assert_eq!(found, (before, said[from..].to_vec()), "behind {}", after);
        }
    }
}

#[test]
fn past_of_a_journal_that_begins_late_begins_behind_what_its_first_state_knows() {
    let disk = FaultyDisk::new();
    let says = Done::Says { ours: true };
    let (mut past, said) = play(&[says, says, Done::Rotates, says, Done::Restarts, says], &disk);
    let live = Path::new("/journal/live");
    let first = disk.paths(live).into_iter().min().unwrap();
    disk.pluck(&first);
    let found = all_behind(&mut past, Position::START, 9);
    assert_eq!(found, (Position::of(&said[1]), said[2..].to_vec()));
    assert_eq!(past.reaches_back(alerts()).unwrap(), Position::of(&said[1]));
}

#[test]
fn past_keeps_so_much_in_memory_and_the_rest_on_the_disk() {
    let disk = FaultyDisk::new();
    let done = vec![Done::Says { ours: true }; KEPT_MAX + 5];
    let (mut past, said) = play(&done, &disk);
    assert_eq!(past.latest.held()[&alerts()].said.len(), KEPT_MAX);
    assert_eq!(all_behind(&mut past, Position::START, 1_000), (Position::START, said));
}
