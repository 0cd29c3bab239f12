//! The sequencer's promises: order, time, timers, halts, snapshots, replay.

use contracts::testing::{price, qty, secs, symbol};
use contracts::{
    Alert, AlertCode, Envelope, Epoch, Event, Side, Source, Ticker, Trade, TradeId, Ts,
};
use contracts::{Span, Topic, TopicKind};
use kernel::{
    Collected, Digest, Layout, Machine, Outbox, Record, Replay, Sequencer, StateError, Tap, Topics,
    load_state, save_state,
};

/// Answers each trade with a ticker and each ticker, up to a depth, with another one; counts all.
struct Echo {
    heard: u64,
    depth: u32,
    halt_at: u64,
}

impl Echo {
    fn new(depth: u32) -> Self {
        Self { heard: 0, depth, halt_at: u64::MAX }
    }
}

fn trade(at: Ts) -> Event {
    Event::Trade(Trade {
        symbol: symbol("BTC/USD"),
        price: price("100"),
        qty: qty("1"),
        id: TradeId::new(1),
        at,
        taker: Side::Buy,
    })
}

fn ticker(level: u32) -> Event {
    let (bid_qty, ask_qty) = (qty(&level.to_string()), qty("0"));
    let symbol = symbol("BTC/USD");
    Event::Ticker(Ticker {
        symbol,
        bid: None,
        ask: None,
        last: None,
        bid_qty,
        ask_qty,
        at: Ts::ZERO,
    })
}

fn alert() -> Event {
    Event::Alert(Alert { code: AlertCode::BoundReached, symbol: None, order: None })
}

impl Machine for Echo {
    fn source(&self) -> Source {
        Source::RiskEngine
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades, TopicKind::Ticker, TopicKind::Wake])
    }
    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        self.heard += 1;
        if self.heard >= self.halt_at {
            out.halt("heard too much");
        }
        match &input.event {
            Event::Trade(_) => {
                out.emit(ticker(1));
                out.wake_at(7, now + Span::SECOND);
            }
            Event::Ticker(said) => {
                let level = (said.bid_qty.pico() / 1_000_000_000_000) as u32;
                if level < self.depth {
                    out.emit(ticker(level + 1));
                }
            }
            Event::Wake(wake) => {
                assert_eq!(wake.timer, 7);
                out.emit_alone(alert());
            }
            _ => {}
        }
    }
    fn layout(&self) -> Layout {
        Layout::FIRST
    }
    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.heard, out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.heard = load_state(state)?;
        Ok(())
    }
}

fn sequencer(machines: Vec<Echo>) -> Sequencer {
    let boxed = machines.into_iter().map(|machine| Box::new(machine) as Box<dyn Machine>);
    Sequencer::new(Epoch(1), boxed.collect())
}

fn input(at: Ts) -> Envelope {
    Envelope::input(Source::MdIngest, at, trade(at))
}

#[derive(Default)]
struct Journal(Vec<Record>);

impl Tap for Journal {
    fn input(&mut self, envelope: &Envelope) {
        self.0.push(Record::Input(*envelope));
    }
    fn output(&mut self, envelope: &Envelope) {
        self.0.push(Record::Output(*envelope));
    }
}

#[test]
fn messages_travel_first_in_first_out() {
    // Two machines answer each other: breadth first, not depth first.
    let mut sequencer = sequencer(vec![Echo::new(3), Echo::new(3)]);
    let mut said = Collected::default();
    sequencer.take(secs(1), input(secs(1)), &mut said).unwrap();
    let levels: Vec<String> = said
        .0
        .iter()
        .map(|envelope| match &envelope.event {
            Event::Ticker(ticker) => ticker.bid_qty.to_string(),
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    assert_eq!(levels.join(""), format!("11{}{}", "2".repeat(4), "3".repeat(8)));
    let numbers: Vec<u64> = said.0.iter().map(|envelope| envelope.seq.get()).collect();
    assert_eq!(numbers, (1..=14).collect::<Vec<_>>());
}

#[test]
fn every_message_names_its_cause() {
    let mut sequencer = sequencer(vec![Echo::new(2)]);
    let mut said = Collected::default();
    sequencer.take(secs(1), input(secs(1)), &mut said).unwrap();
    let (first, second) = (&said.0[0], &said.0[1]);
    let cause = first.cause.unwrap();
    assert_eq!((cause.src, cause.topic), (Source::MdIngest, Topic::Trades(symbol("BTC/USD"))));
    assert_eq!(second.cause, Some(first.as_cause()));
}

#[test]
fn time_never_goes_back() {
    let mut sequencer = sequencer(vec![Echo::new(1)]);
    sequencer.take(secs(5), input(secs(5)), &mut ()).unwrap();
    let mut said = Collected::default();
    sequencer.take(secs(3), input(secs(3)), &mut said).unwrap();
    assert_eq!((sequencer.now(), said.0[0].ts), (secs(5), secs(5)));
}

#[test]
fn timers_fire_in_time_and_moving_one_replaces_it() {
    let mut sequencer = sequencer(vec![Echo::new(1)]);
    sequencer.take(secs(1), input(secs(1)), &mut ()).unwrap();
    sequencer.take(secs(2), input(secs(2)), &mut ()).unwrap();
    assert_eq!(sequencer.next_wake(), Some(secs(3)));
    assert!(!sequencer.wake(secs(2), &mut ()).unwrap());
    let mut said = Collected::default();
    assert!(sequencer.wake(secs(3), &mut said).unwrap());
    assert_eq!(said.0[0].event, alert());
    assert!(!sequencer.wake(secs(9), &mut ()).unwrap());
}

#[test]
fn halt_stops_everything_after_it() {
    let mut sequencer = sequencer(vec![Echo { halt_at: 2, ..Echo::new(1) }]);
    let stopped = sequencer.take(secs(1), input(secs(1)), &mut ()).unwrap_err();
    assert_eq!(stopped.0.reason, "heard too much");
    assert_eq!(sequencer.take(secs(2), input(secs(2)), &mut ()), Err(stopped));
}

#[test]
fn endless_talk_halts() {
    let mut sequencer = sequencer(vec![Echo::new(u32::MAX)]);
    let stopped = sequencer.take(secs(1), input(secs(1)), &mut ()).unwrap_err();
    assert_eq!(stopped.0.reason, "machines talk without end");
}

/// Answers every word with a thousand.
struct Crowd;
impl Machine for Crowd {
    fn source(&self) -> Source {
        Source::RiskEngine
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades, TopicKind::Ticker])
    }
    fn step(&mut self, _: Ts, _: &Envelope, out: &mut Outbox<'_>) {
        let word = ticker(1);
        (0..1_000).for_each(|_| out.emit(word));
    }
    fn layout(&self) -> Layout {
        Layout::FIRST
    }
    fn save(&self, _: &mut Vec<u8>) {}
    fn load(&mut self, _: &[u8]) -> Result<(), StateError> {
        Ok(())
    }
}

#[test]
fn talk_that_multiplies_halts_before_it_fills_the_memory() {
    let mut sequencer = Sequencer::new(Epoch(1), vec![Box::new(Crowd)]);
    let mut said = Collected::default();
    let stopped = sequencer.take(secs(1), input(secs(1)), &mut said).unwrap_err();
    assert_eq!(stopped.0.reason, "machines talk without end");
    assert!(said.0.len() <= 200_000, "{}", said.0.len());
}

#[test]
fn snapshot_restored_continues_byte_for_byte() {
    let mut original = sequencer(vec![Echo::new(2), Echo::new(1)]);
    for second in 1..5 {
        original.take(secs(second), input(secs(second)), &mut ()).unwrap();
    }
    let snapshot = original.snapshot();
    let mut restored = sequencer(vec![Echo::new(2), Echo::new(1)]);
    restored.restore(&snapshot).unwrap();
    assert_eq!(restored.snapshot().hash(), snapshot.hash());
    let run = |sequencer: &mut Sequencer| {
        let mut said = Collected::default();
        sequencer.take(secs(5), input(secs(5)), &mut said).unwrap();
        while sequencer.wake(secs(9), &mut said).unwrap() {}
        (said.0, sequencer.snapshot())
    };
    assert_eq!(run(&mut original), run(&mut restored));
    assert!(sequencer(vec![Echo::new(1)]).restore(&snapshot).is_err());
}

#[test]
fn replay_repeats_the_record_and_finds_any_change() {
    let mut journal = Journal::default();
    let mut original = sequencer(vec![Echo::new(2)]);
    for second in 1..4 {
        original.take(secs(second), input(secs(second)), &mut journal).unwrap();
    }
    original.wake(secs(4), &mut journal).unwrap();
    let replayed = |records: &[Record]| {
        let mut again = sequencer(vec![Echo::new(2)]);
        let mut replay = Replay::new(&mut again);
        let fed = records.iter().try_for_each(|record| replay.feed(record));
        fed.map(|()| replay.finish().len())
    };
    assert_eq!(replayed(&journal.0).unwrap(), 0);
    // Cut short in the middle of an input: the rest is owed.
    assert_eq!(replayed(&journal.0[..2]).unwrap(), 1);
    for index in 0..journal.0.len() {
        let mut changed = journal.0.clone();
        if let Record::Output(envelope) = &mut changed[index] {
            envelope.ts = secs(999);
            assert!(replayed(&changed).is_err(), "a changed record {index} went unnoticed");
        }
        let mut cut = journal.0.clone();
        cut.remove(index);
        let owed = replayed(&cut);
        let last = index + 1 == journal.0.len();
        assert!(owed.is_err() || last && owed.is_ok_and(|owed| owed > 0), "missing {index}");
    }
}

#[test]
fn digest_counts_decisions_not_their_numbers_or_times() {
    let digest = |at: Ts, epoch| {
        let mut digest = Digest::default();
        let mut envelope = Envelope::input(Source::RiskEngine, at, alert());
        envelope.epoch = epoch;
        digest.add(&envelope);
        digest.add(&Envelope::input(Source::MdIngest, at, trade(at)));
        (digest.result(), digest.messages())
    };
    assert_eq!(digest(secs(1), Epoch(1)), digest(secs(2), Epoch(9)));
    assert_eq!(digest(secs(1), Epoch(1)).1, 1);
    assert_ne!(digest(secs(1), Epoch(1)).0, Digest::default().result());
}
