//! An operator beside services that read, on a bus in memory.

use bus::{Bounds, Confirmed, MemoryBus, News, Reader, ReaderSetup};
use contracts::{ClearKill, KillLevel, KillTrigger, RunId, Signal, Trip};
use journal::files::RealFiles;
use runtime::{entropy, wall_clock};
use settings::Mode;
use tempfile::TempDir;

use super::*;
use crate::known::{BELIEVED_MAX, last_start};
use crate::source_key;

const SHORT: Span = Span::from_millis(200);
const LONG: Span = Span::from_secs(20);
const READERS: [&str; 2] = ["risk-engine", "execution-gateway"];

/// Where the journal of those words is.
fn journal_of(loaded: &Loaded, name: &str) -> PathBuf {
    loaded.places().state.join(name).join("journal")
}

struct Rig {
    _home: TempDir,
    loaded: Loaded,
    server: MemoryBus,
}

/// A service that reads what an operator says about the kill switch, or another stream.
struct Service {
    stream: Stream,
    reader: Reader,
    confirmed: Confirmed,
    taken: Vec<Event>,
}

fn kill() -> Stream {
    Stream::new(TopicKind::ControlKill, Source::Operator).unwrap()
}

fn trip(level: KillLevel) -> Event {
    Event::Trip(Trip { level, trigger: KillTrigger::Command })
}

const CLEAR: Event = Event::ClearKill(ClearKill::by(7));

impl Rig {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let wanted =
            settings::Init { home: home.path().to_owned(), keys: None, keep_existing: false };
        settings::init(&wanted, &mut |bytes| entropy(bytes)).unwrap();
        let loaded = settings::load(&settings::Sources::in_home(home.path())).unwrap();
        Self { _home: home, loaded, server: MemoryBus::new(wall_clock()) }
    }

    fn bus(&self) -> Arc<dyn Bus> {
        Arc::new(self.server.clone())
    }

    fn word(&self) -> Word<'_> {
        Word {
            source: Source::Operator,
            loaded: &self.loaded,
            bus: self.bus(),
            files: Arc::new(RealFiles),
            folder: journal_of(&self.loaded, parties::OPERATOR),
            start: Start::new(RunId::new(1), "test", "0", wall_clock()()),
            clock: wall_clock(),
        }
    }

    fn service(&self, name: &str) -> Service {
        self.service_of(name, kill())
    }

    fn service_of(&self, name: &str, stream: Stream) -> Service {
        let keys = KeyFolder::at(&self.loaded.places().keys);
        let reader = Reader::new(ReaderSetup {
            bus: self.bus(),
            name: parties::reader(name).unwrap(),
            from: vec![(stream, Position::START)],
            verifier: Verifier::new(source_keys(&self.loaded, &keys, &[stream.source()]).unwrap()),
            bounds: Bounds { every: Span::from_millis(20), ..Bounds::default() },
            clock: wall_clock(),
            seed: 1,
        });
        let confirmed = reader.confirmed();
        Service { stream, reader, confirmed, taken: Vec::new() }
    }
}

impl Service {
    /// Reads on until it has so many.
    fn reads(&mut self, count: usize) {
        let began = wall_clock()();
        while self.taken.len() < count {
            assert!(wall_clock()().since(began) < Span::from_secs(20), "not in time");
            if let News::Said(said) = self.reader.next(Duration::from_millis(5)) {
                self.confirmed.up_to(self.stream, Position::of(&said));
                self.taken.push(said.event);
            }
        }
        // It says how far it is.
        for _ in 0..10 {
            self.reader.next(Duration::from_millis(5));
        }
    }
}

#[test]
fn word_that_nobody_could_hear_is_not_written_down() {
    let rig = Rig::new();
    assert!(matches!(rig.word().say(&[(None, CLEAR)], SHORT), Err(NotSaid::Nobody)));
    rig.server.stop();
    assert!(matches!(rig.word().say(&[(None, CLEAR)], SHORT), Err(NotSaid::Bus(_))));
    assert!(!journal_of(&rig.loaded, parties::OPERATOR).exists());
}

#[test]
fn word_is_waited_for_until_everybody_has_it() {
    let rig = Rig::new();
    let mut services = READERS.map(|name| rig.service(name));
    for service in &mut services {
        service.reads(0);
    }
    let said = std::thread::scope(|threads| {
        for service in &mut services {
            threads.spawn(|| service.reads(2));
        }
        rig.word().say(&[(None, trip(KillLevel::Entries)), (None, CLEAR)], LONG).unwrap()
    });
    assert_eq!(said, READERS.into_iter().map(|name| (name, true)).collect());
    for service in services {
        assert_eq!(service.taken, [trip(KillLevel::Entries), CLEAR]);
    }
}

#[test]
fn word_that_somebody_missed_comes_with_the_next_one_even_where_the_bus_has_forgotten_it() {
    let rig = Rig::new();
    let [mut risk, mut gateway] = READERS.map(|name| rig.service(name));
    risk.reads(0);
    gateway.reads(0);
    // One of them is away, and then everything that the server had.
    let said = std::thread::scope(|threads| {
        threads.spawn(|| risk.reads(1));
        rig.word().say(&[(None, trip(KillLevel::Cancel))], Span::from_secs(2)).unwrap()
    });
    assert_eq!(said, [(READERS[0], true), (READERS[1], false)].into_iter().collect());
    rig.server.stop();
    rig.server.start(false);
    gateway.reads(0);
    risk.reads(1);
    let said = std::thread::scope(|threads| {
        threads.spawn(|| risk.reads(2));
        threads.spawn(|| gateway.reads(2));
        rig.word().say(&[(None, CLEAR)], LONG).unwrap()
    });
    assert!(said.values().all(|has_it| *has_it), "{said:?}");
    assert_eq!(risk.taken, [trip(KillLevel::Cancel), CLEAR]);
    assert_eq!(gateway.taken, risk.taken);
    assert_eq!(rig.word().last(TopicKind::ControlKill, Source::Operator).unwrap(), Some(CLEAR));
}

/// Both services have a word; then the operator's journal is gone, and if wanted what the server had too.
fn lost_journal(forgets: bool) -> (Rig, [Service; 2]) {
    let rig = Rig::new();
    let mut services = READERS.map(|name| rig.service(name));
    for service in &mut services {
        service.reads(0);
    }
    rig.word().say(&[(None, trip(KillLevel::Cancel))], SHORT).unwrap();
    for service in &mut services {
        service.reads(1);
    }
    std::fs::rename(journal_of(&rig.loaded, parties::OPERATOR), kept(&rig)).unwrap();
    if forgets {
        rig.server.stop();
        rig.server.start(false);
    }
    for service in &mut services {
        service.reads(1);
    }
    (rig, services)
}

/// Where the journal went.
fn kept(rig: &Rig) -> PathBuf {
    rig.loaded.places().state.join("kept")
}

#[test]
fn word_of_a_lost_journal_is_heard_behind_what_is_known() {
    for forgets in [false, true] {
        let (rig, mut services) = lost_journal(forgets);
        for (count, word) in [(2, trip(KillLevel::Flatten)), (3, CLEAR)] {
            let said = std::thread::scope(|threads| {
                for service in &mut services {
                    threads.spawn(move || service.reads(count));
                }
                rig.word().say(&[(None, word)], LONG).unwrap()
            });
            assert_eq!(said, READERS.into_iter().map(|name| (name, true)).collect());
        }
        for service in services {
            assert_eq!(
                service.taken,
                [trip(KillLevel::Cancel), trip(KillLevel::Flatten), CLEAR],
                "{forgets}"
            );
        }
    }
}

#[test]
fn word_that_would_pass_for_an_old_one_is_not_said_and_nobody_is_said_to_have_it() {
    for forgets in [false, true] {
        let (rig, mut services) = lost_journal(forgets);
        std::thread::scope(|threads| {
            for service in &mut services {
                threads.spawn(|| service.reads(2));
            }
            rig.word().say(&[(None, trip(KillLevel::Flatten))], LONG).unwrap();
        });
        // The old one is put back, by somebody who means well.
        let journal = journal_of(&rig.loaded, parties::OPERATOR);
        std::fs::remove_dir_all(&journal).unwrap();
        std::fs::rename(kept(&rig), &journal).unwrap();
        let length = rig.server.length(kill());
        // However often it is tried, and however many starts it has had by then.
        for _ in 0..3 {
            let said = rig.word().say(&[(None, CLEAR)], SHORT);
            let Err(NotSaid::Elsewhere { stream, known, ours, .. }) = said else {
                panic!("{said:?}, {forgets}")
            };
            assert_eq!((stream, ours.epoch, known.epoch), (kill(), Epoch(1), Epoch(2)));
        }
        assert_eq!(rig.server.length(kill()), length);
        for service in &mut services {
            service.reads(2);
            assert_eq!(service.taken, [trip(KillLevel::Cancel), trip(KillLevel::Flatten)]);
        }
    }
}

#[test]
fn somebody_who_says_they_have_read_to_the_end_of_all_starts_uses_up_no_number() {
    for (epoch, says) in [(BELIEVED_MAX.0, Some(BELIEVED_MAX.0 + 1)), (BELIEVED_MAX.0 + 1, None)] {
        let rig = Rig::new();
        let name = parties::reader("risk-engine").unwrap();
        rig.bus().reader().unwrap().place(&name, &[(kill(), Position::new(epoch, 1))]).unwrap();
        let said = rig.word().say(&[(None, CLEAR)], SHORT);
        assert_eq!(matches!(said, Err(NotSaid::Elsewhere { .. })), says.is_none(), "{said:?}");
        let end = rig.bus().writer().unwrap().look(kill(), &[]).unwrap().end;
        let stands = match end {
            End::At(found) => found.id.position().map(|said| said.epoch.0),
            End::Nothing | End::Strange => None,
        };
        assert_eq!(stands, says);
    }
}

#[test]
fn last_start_of_somebody_is_the_one_that_is_signed() {
    let rig = Rig::new();
    let known = || last_start(&rig.loaded, &rig.bus(), parties::OPERATOR).unwrap();
    assert_eq!(known(), Epoch(0));
    let name = parties::reader("risk-engine").unwrap();
    rig.bus().reader().unwrap().place(&name, &[(kill(), Position::new(9, 1))]).unwrap();
    assert_eq!(known(), Epoch(0), "somebody says that they have read so far");
    rig.word().say(&[(None, CLEAR)], SHORT).unwrap();
    assert_eq!(known(), Epoch(10));
    assert_eq!(last_start(&rig.loaded, &rig.bus(), "risk-engine").unwrap(), Epoch(0));
}

#[test]
fn word_is_not_written_down_where_it_cannot_be_signed() {
    let rig = Rig::new();
    rig.service("risk-engine").reads(0);
    std::fs::remove_file(rig.loaded.places().keys.join("source-operator.key")).unwrap();
    assert!(matches!(rig.word().say(&[(None, CLEAR)], SHORT), Err(NotSaid::NotJoined(_))));
    assert!(!journal_of(&rig.loaded, parties::OPERATOR).exists());
}

#[test]
fn more_words_than_a_door_has_room_for_are_all_said() {
    let rig = Rig::new();
    rig.service("risk-engine").reads(0);
    let words = vec![(None, CLEAR); DoorLimits::default().controls + 1];
    let said = rig.word().say(&words, SHORT).unwrap();
    assert_eq!(said, READERS.into_iter().map(|name| (name, false)).collect());
    assert_eq!(rig.server.length(kill()), words.len());
}

#[test]
fn last_word_is_believed_only_of_its_source() {
    let rig = Rig::new();
    let (kind, gate) = (TopicKind::ControlKill, Source::RiskEngine);
    assert_eq!(rig.word().last(kind, gate).unwrap(), None);
    let stream = Stream::new(kind, gate).unwrap();
    let somebody = Signer::new([(gate, bus::SourceKey::new([9; 32]))]);
    let (before, position) = (Position::START, Position::new(1, 1));
    let entry = somebody.sign(stream, before, position, b"{}".to_vec()).unwrap();
    rig.bus().writer().unwrap().append(stream, before, &[entry], 9).unwrap();
    assert!(matches!(rig.word().last(kind, gate), Err(NotSaid::NotGenuine(_))));
}

#[test]
fn what_was_said_in_another_session_or_mode_is_nobodys_word_in_this_one() {
    let rig = Rig::new();
    let keys = KeyFolder::at(&rig.loaded.places().keys);
    let key = |session, mode| {
        let key = source_key(&keys, RunId::new(session), mode, Source::Operator).unwrap();
        Signer::new([(Source::Operator, key)])
    };
    let (before, position) = (Position::START, Position::new(1, 1));
    let entry = |signer: Signer| signer.sign(kill(), before, position, b"{}".to_vec()).unwrap();
    // As this home has it.
    let ours = Verifier::new(source_keys(&rig.loaded, &keys, &[Source::Operator]).unwrap());
    let is_ours =
        |session, mode| ours.check(kill(), &bus::Found::from(&entry(key(session, mode)))).is_some();
    assert!(is_ours(1, Mode::Paper));
    assert!(!is_ours(2, Mode::Paper) && !is_ours(1, Mode::Live));
}

#[test]
fn signals_are_said_by_programs_outside_on_their_one_stream() {
    let rig = Rig::new();
    let stream = Stream::new(TopicKind::Signal, Source::External).unwrap();
    assert_eq!(parties::writes(Source::External).collect::<Vec<_>>(), [stream]);
    let everybody = Source::ALL.into_iter().filter(|source| *source != Source::External);
    assert!(everybody.flat_map(parties::writes).all(|stream| stream.kind() != TopicKind::Signal));
    let signal = Event::Signal(Signal {
        strategy: "follow_signals".parse().unwrap(),
        symbol: "BTC/USD".parse().unwrap(),
        target: contracts::Net::ZERO,
        limit: None,
        expires: Ts::MAX,
        why: contracts::Label::NONE,
    });
    let mut engine = rig.service_of("strategy-engine", stream);
    engine.reads(0);
    let folder = journal_of(&rig.loaded, parties::EXTERNAL);
    let word = Word { source: Source::External, folder: folder.clone(), ..rig.word() };
    let said = std::thread::scope(|threads| {
        threads.spawn(|| engine.reads(1));
        word.say(&[(None, signal)], LONG).unwrap()
    });
    assert_eq!(said, [("strategy-engine", true)].into_iter().collect());
    assert_eq!(engine.taken, [signal]);
    assert!(folder.exists() && !journal_of(&rig.loaded, parties::OPERATOR).exists());
}
