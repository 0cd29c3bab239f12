//! What this process has said, given back by its journal: the latest from memory, anything older from the
//! segments on the disk.
//!
//! It shows only what the disk has: what is kept here was synced before, and the segments are read no further
//! than to where memory begins.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bus::{History, HistoryFault, Position, Stream, Tail};
use contracts::{Envelope, Epoch};
use journal::files::Files;
use journal::{Entry, Fault, JournalKey, Reader, Record};
use runtime::Reach;

/// Messages of each stream that are kept in memory.
const KEPT_MAX: usize = 4_096;
/// Messages that are taken from the disk at once: for more of them it is read again.
const FOUND_MAX: usize = 16_384;
/// So much of the end of a journal is searched for what a stream begins with that nobody has to read.
const SEARCHED_BYTES: u64 = 64 << 20;

/// Where what was said is kept, once the disk has it; as many copies as there are users.
#[derive(Clone, Default)]
pub(super) struct Latest(Arc<Mutex<BTreeMap<Stream, Tail>>>);

impl Latest {
    /// Nothing is kept yet; a journal reaches so far.
    pub(super) fn behind(reach: &Reach, streams: impl Iterator<Item = Stream>) -> Self {
        let kept = |stream| (stream, Tail { before: reach.said(stream), ..Tail::default() });
        Self(Arc::new(Mutex::new(streams.map(kept).collect())))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Stream, Tail>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what the disk has. What is told again is there already.
    pub(super) fn keep(&self, stream: Stream, said: &Envelope) {
        self.held().entry(stream).or_default().keep(said, KEPT_MAX);
    }

    fn last(&self, stream: Stream) -> Position {
        self.held().get(&stream).map_or(Position::START, Tail::last)
    }

    /// What is behind a place, where memory reaches back so far; otherwise where it begins.
    fn after(&self, stream: Stream, after: Position, most: usize) -> Result<Tail, Position> {
        let held = self.held();
        let Some(kept) = held.get(&stream) else { return Ok(Tail::default()) };
        if after < kept.before { Err(kept.before) } else { Ok(kept.after(after, most)) }
    }
}

/// Everything that was said.
pub(super) struct Past {
    began: Epoch,
    latest: Latest,
    files: Arc<dyn Files>,
    folder: PathBuf,
    key: JournalKey,
    found: Option<Found>,
}

/// A part of a stream that was read from the disk.
struct Found {
    stream: Stream,
    tail: Tail,
}

impl Found {
    /// Whether what comes right behind that place is in it.
    fn holds(&self, stream: Stream, after: Position) -> bool {
        self.stream == stream && self.tail.before <= after && after < self.tail.last()
    }
}

impl Past {
    /// What the journal in that folder has, which began with that start, with the latest of it in memory.
    pub(super) fn of(
        began: Epoch,
        latest: Latest,
        files: Arc<dyn Files>,
        folder: PathBuf,
        key: JournalKey,
    ) -> Self {
        Self { began, latest, files, folder, key, found: None }
    }

    /// What the disk has of a stream between two places.
    fn find(&self, stream: Stream, after: Position, until: Position) -> Result<Tail, Fault> {
        let reader = self.reader()?;
        let from = begin(&reader, stream, after)?;
        let mut search = Search { stream, after, until, tail: Tail::default() };
        over(reader.read(from, |record| search.visit(&record)).map(drop))?;
        Ok(search.tail)
    }

    fn reader(&self) -> Result<Reader, Fault> {
        Reader::open(Arc::clone(&self.files), &self.folder, &self.key)
    }
}

impl History for Past {
    fn began(&self) -> Epoch {
        self.began
    }

    fn reaches_back(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        let reader = self.reader().map_err(|fault| unread(&fault))?;
        let Some(from) = reader.latest(SEARCHED_BYTES) else { return Ok(Position::START) };
        let known = known_at(&reader, from).map_err(|fault| unread(&fault))?;
        Ok(known.map_or(Position::START, |reach| reach.said(stream)))
    }

    fn last(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        Ok(self.latest.last(stream))
    }

    fn after(
        &mut self,
        stream: Stream,
        after: Position,
        most: usize,
    ) -> Result<Tail, HistoryFault> {
        let until = match self.latest.after(stream, after, most) {
            Ok(tail) => return Ok(tail),
            Err(until) => until,
        };
        let found =
            if let Some(found) = self.found.take().filter(|found| found.holds(stream, after)) {
                found
            } else {
                let tail = self.find(stream, after, until).map_err(|fault| unread(&fault))?;
                Found { stream, tail }
            };
        let tail = found.tail.after(after, most);
        self.found = Some(found);
        Ok(tail)
    }
}

/// A stream that is looked for in a journal.
struct Search {
    stream: Stream,
    after: Position,
    until: Position,
    tail: Tail,
}

impl Search {
    fn visit(&mut self, record: &Record) -> Result<(), Fault> {
        match &record.entry {
            Entry::Output(said) if Stream::of(said) == Some(self.stream) => {
                let position = Position::of(said);
                if position <= self.after {
                    self.tail.before = position.max(self.tail.before);
                } else if position <= self.until {
                    // What a start had still to write may stand behind what it said before.
                    self.tail.said.push_back(*said);
                }
                if position >= self.until || self.tail.said.len() >= FOUND_MAX {
                    return Err(ENOUGH);
                }
            }
            Entry::Snapshot(kept) if self.tail.said.is_empty() => {
                let reach = kept.shell.as_deref().map(Reach::read).transpose()?;
                let said = reach.map_or(Position::START, |reach| reach.said(self.stream));
                // Where the journal begins later than what is looked for, it begins here.
                self.tail.before = said.max(self.tail.before);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Said to end a reading before the end of the journal.
const ENOUGH: Fault = Fault::Stopped;

fn over(read: Result<(), Fault>) -> Result<(), Fault> {
    match read {
        Err(ENOUGH) => Ok(()),
        other => other,
    }
}

/// The record from which to read: that of the last kept state that knows nothing behind `after`.
fn begin(reader: &Reader, stream: Stream, after: Position) -> Result<u64, Fault> {
    let first = reader.segments().first().map_or(1, |segment| segment.first);
    for segment in reader.segments().iter().rev() {
        let known = known_at(reader, segment.first)?;
        if known.is_some_and(|reach| reach.said(stream) <= after) {
            return Ok(segment.first);
        }
    }
    Ok(first)
}

/// How far everything reached when the segment with that first record was begun, where it says so.
fn known_at(reader: &Reader, first: u64) -> Result<Option<Reach>, Fault> {
    let mut known = None;
    let looked = reader.read(first, |record| match record.entry {
        Entry::Segment(_) | Entry::Genesis(_) | Entry::Began(_) => Ok(()),
        Entry::Snapshot(kept) => {
            known = kept.shell.as_deref().map(Reach::read).transpose()?;
            Err(ENOUGH)
        }
        _ => Err(ENOUGH),
    });
    over(looked.map(drop))?;
    Ok(known)
}

fn unread(fault: &Fault) -> HistoryFault {
    HistoryFault(fault.to_string())
}

#[cfg(test)]
#[path = "past_tests.rs"]
mod tests;
