//! What the tests share: a key, a place on a disk that fails, and things to write.

use std::path::{Path, PathBuf};

use contracts::testing::{price, qty, secs, symbol};
use contracts::{
    Alert, AlertCode, Envelope, Event, RunId, Seq, Side, Source, Span, Trade, TradeId, Ts,
};
use journal::testing::FaultyDisk;
use journal::{
    Anchor, Entry, Fault, Journal, JournalKey, Limits, Place, Purpose, Reader, Record, Start,
    State, Ticket, recover,
};
use kernel::{Snapshot, Tap as _};

pub(crate) const ROOT: &str = "/j";

pub(crate) fn key() -> JournalKey {
    JournalKey::new([7; 32])
}

/// Small, so that a few records fill a segment.
pub(crate) fn limits() -> Limits {
    Limits {
        segment_bytes: 4096,
        reserve_bytes: 8192,
        unsynced_bytes: 1024,
        unsynced_span: Span::DAY,
        gather_bytes: 512,
    }
}

pub(crate) fn place(disk: &FaultyDisk) -> Place {
    Place {
        files: disk.files(),
        folder: PathBuf::from(ROOT),
        key: key(),
        limits: limits(),
        anchors: Vec::new(),
        holder: "a test".to_owned(),
    }
}

pub(crate) fn start(at: i64) -> Start {
    Start::new(RunId::new(7), "njord-0.1.0", "5e771465", secs(at))
}

/// Recovers and begins, owing nothing.
pub(crate) fn open(disk: &FaultyDisk) -> Result<Journal, Fault> {
    recover(place(disk))?.begin(start(1), &[])
}

/// A message that may be lost.
pub(crate) fn trade(number: u64) -> Envelope {
    let event = Event::Trade(Trade {
        symbol: symbol("BTC/USD"),
        price: price("61207.3"),
        qty: qty("0.01234567"),
        id: TradeId::new(number),
        at: secs(1_700_000_000),
        taker: Side::Buy,
    });
    numbered(Source::MdIngest, number, event)
}

/// A message that must not be lost.
pub(crate) fn alert(number: u64) -> Envelope {
    let event = Event::Alert(Alert { code: AlertCode::BoundReached, symbol: None, order: None });
    numbered(Source::RiskEngine, number, event)
}

fn numbered(source: Source, number: u64, event: Event) -> Envelope {
    let at = Ts::from_nanos(1_700_000_000_000_000_000 + i64::try_from(number).unwrap());
    Envelope { seq: Seq::new(number), ..Envelope::input(source, at, event) }
}

/// One turn: an input, and outputs.
pub(crate) fn turn(
    journal: &mut Journal,
    input: Envelope,
    outputs: &[Envelope],
) -> Result<Ticket, Fault> {
    let mut turn = journal.turn(Purpose::Anything)?;
    turn.input(&input);
    for output in outputs {
        turn.output(output);
    }
    turn.commit()
}

pub(crate) fn state(number: u64) -> State {
    let bytes = format!("{{\"heard\":{number}}}").into_bytes();
    State::of(&Snapshot::from_bytes(bytes)).unwrap()
}

/// Everything in the journal, from its beginning.
pub(crate) fn records(disk: &FaultyDisk) -> Result<Vec<Record>, Fault> {
    let mut records = Vec::new();
    Reader::open(disk.files(), Path::new(ROOT), &key())?.read(1, |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

/// The messages in the journal, from its beginning.
pub(crate) fn messages(disk: &FaultyDisk) -> Vec<Envelope> {
    records(disk).unwrap().iter().filter_map(envelope).collect()
}

pub(crate) fn envelope(record: &Record) -> Option<Envelope> {
    match &record.entry {
        Entry::Input(envelope) | Entry::Output(envelope) => Some(*envelope),
        _ => None,
    }
}

pub(crate) fn live() -> PathBuf {
    Path::new(ROOT).join("live")
}

/// The segments on the disk, with what they hold.
pub(crate) fn files(disk: &FaultyDisk) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = disk.paths(&live());
    paths.into_iter().map(|path| (path.clone(), disk.look(&path).unwrap())).collect()
}

/// The last segment on the disk.
pub(crate) fn last_file(disk: &FaultyDisk) -> (PathBuf, Vec<u8>) {
    files(disk).pop().unwrap()
}

/// A journal of several segments, some snapshots and two starts.
pub(crate) fn written() -> (FaultyDisk, Anchor) {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    for number in 1..=12 {
        turn(&mut journal, trade(number), &[]).unwrap();
        if number % 3 == 0 {
            turn(&mut journal, trade(100 + number), &[alert(number)]).unwrap();
        }
        if number % 5 == 0 {
            journal.rotate(Some(&state(number)), secs(20)).unwrap();
        }
    }
    journal.close().unwrap();
    let mut journal = open(&disk).unwrap();
    turn(&mut journal, trade(13), &[alert(13)]).unwrap();
    turn(&mut journal, trade(14), &[alert(14)]).unwrap();
    let head = journal.close().unwrap();
    (disk, head)
}
