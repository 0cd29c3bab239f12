//! The writer: takes records in order, chains them, and brings them to disk.
//!
//! It never waits, never starts a thread and never reads a clock. After an error of the disk it stops for
//! good: what is safe is then unknown, and only recovery can tell.

use std::path::PathBuf;
use std::sync::Arc;

use contracts::{Delivery, Envelope, Epoch, Span, Ts, codec};
use kernel::Tap;
use serde::Serialize;

use crate::fault::Fault;
use crate::files::{Files, Growing, Lock, is_full};
use crate::line::Pen;
use crate::record::{Anchor, FORMAT, JournalId, Kind, Note, Seal, SegmentHead};
use crate::reserve::Reserve;
use crate::segment::{live, name};
use crate::state::State;
use crate::watermark::{Ticket, Watermark};

/// The sizes of a journal.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From this size on a segment wants to be closed with a snapshot; at twice this size it is closed
    /// without one.
    pub segment_bytes: u64,
    /// The room that is kept for a full disk; must hold what is on its way plus all cancels.
    pub reserve_bytes: u64,
    /// At most so much is written and not synced, however unimportant.
    pub unsynced_bytes: u64,
    /// And for at most so long, by the times of the records themselves.
    pub unsynced_span: Span,
    /// Records are gathered up to this size before they are written.
    pub gather_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            reserve_bytes: 8 << 20,
            unsynced_bytes: 4 << 20,
            unsynced_span: Span::SECOND,
            gather_bytes: 64 << 10,
        }
    }
}

/// What an input is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever comes.
    Anything,
    /// Getting out: cancels, trips of the kill switch, and what the venue says about them. Taken as long
    /// as a byte can be written.
    GetOut,
}

/// A journal, open for writing. Made by [`Recovered::begin`](crate::Recovered::begin).
pub struct Journal {
    pub(crate) files: Arc<dyn Files>,
    pub(crate) root: PathBuf,
    pub(crate) file: Box<dyn Growing>,
    pub(crate) pen: Pen,
    pub(crate) id: JournalId,
    pub(crate) epoch: Epoch,
    pub(crate) broken: bool,
    pub(crate) limits: Limits,
    pub(crate) reserve: Reserve,
    /// What is encoded and not written.
    pub(crate) gathered: Vec<u8>,
    /// How long the file is, whole records only.
    pub(crate) written: u64,
    /// How much of it is not synced.
    pub(crate) unsynced: u64,
    /// Records of the open segment.
    pub(crate) records: u64,
    /// Envelopes taken since the start.
    pub(crate) taken: u64,
    pub(crate) at: Ts,
    /// When the oldest record that is not safe was taken.
    pub(crate) unsafe_since: Option<Ts>,
    pub(crate) stopped: bool,
    /// Whether it must still be said that the reserve was used.
    pub(crate) owes_note: bool,
    pub(crate) watermark: Arc<Watermark>,
    pub(crate) _lock: Box<dyn Lock>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = self.pen.last();
        f.debug_struct("Journal").field("id", &self.id).field("last", &last).finish_non_exhaustive()
    }
}

/// One input and everything that follows from it, on its way into the journal. Give it to the sequencer
/// as its tap, then [`commit`](Turn::commit) it.
#[must_use = "a turn that is not committed may never reach the disk"]
pub struct Turn<'a> {
    journal: &'a mut Journal,
    durable: bool,
    fault: Option<Fault>,
}

impl Journal {
    /// Begins the turn of an input. On a full disk only what helps to get out is taken.
    pub fn turn(&mut self, purpose: Purpose) -> Result<Turn<'_>, Fault> {
        self.is_going()?;
        if purpose == Purpose::Anything && self.reserve.is_used() {
            return Err(Fault::Full);
        }
        Ok(Turn { journal: self, durable: false, fault: None })
    }

    /// Where to see how far the disk has come.
    pub fn watermark(&self) -> &Arc<Watermark> {
        &self.watermark
    }

    /// Which journal this is.
    pub fn id(&self) -> JournalId {
        self.id
    }

    /// The start under which it writes.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether a break of an earlier chain waits to be accepted by an operator.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Keeps the head of somebody's journal.
    pub fn keep_anchor(&mut self, anchor: &Anchor) -> Result<(), Fault> {
        self.own(Kind::Anchor, anchor)
    }

    /// An operator has looked at the break and accepts it.
    pub fn accept_break(&mut self, at: Ts) -> Result<(), Fault> {
        self.broken = false;
        self.own(Kind::Note, &Note::BreakAccepted { at })?;
        self.sync()
    }

    /// Closes the segment and opens the next one, with the state at this quiet moment if there is one.
    /// Everything is safe afterwards.
    pub fn rotate(&mut self, state: Option<&State>, at: Ts) -> Result<(), Fault> {
        self.at = self.at.max(at);
        let seal = Seal { records: self.records, at: self.at };
        self.own(Kind::Seal, &seal)?;
        self.sync()?;
        self.open_segment(state)
    }

    /// Tries to put the reserve back after the disk was full; `true` once everything is taken again.
    pub fn restore_reserve(&mut self, at: Ts) -> Result<bool, Fault> {
        self.is_going()?;
        self.note_reserve()?;
        let was_used = self.reserve.is_used();
        let stands = self.reserve.make(self.files.as_ref(), self.limits.reserve_bytes)?;
        self.watermark.set_low(!stands);
        if was_used && stands {
            self.own(Kind::Note, &Note::ReserveRestored { at })?;
        }
        Ok(stands)
    }

    /// Writes what was gathered; it is not safe yet.
    pub fn flush(&mut self) -> Result<(), Fault> {
        self.is_going()?;
        if self.gathered.is_empty() {
            return Ok(());
        }
        match self.file.append(&self.gathered) {
            Ok(()) => {}
            Err(error) if is_full(&error) => self.write_from_reserve()?,
            Err(error) => return Err(self.fails("writing", &error)),
        }
        let bytes = self.gathered.len() as u64;
        self.gathered.clear();
        self.written += bytes;
        self.unsynced += bytes;
        self.watermark.set_due(self.written >= self.limits.segment_bytes);
        Ok(())
    }

    /// Makes everything handed in so far safe.
    pub fn sync(&mut self) -> Result<(), Fault> {
        self.flush()?;
        if self.pen.unsafe_records() > 0 {
            if let Err(error) = self.file.sync() {
                return Err(self.fails("syncing", &error));
            }
            self.is_safe();
        }
        Ok(())
    }

    /// How much is written or gathered and not safe.
    pub fn unsafe_bytes(&self) -> u64 {
        self.unsynced + self.gathered.len() as u64
    }

    /// Whether too much is not safe, or for too long, however unimportant it is.
    pub(crate) fn is_overdue(&self) -> bool {
        self.unsafe_bytes() >= self.limits.unsynced_bytes
            || self
                .unsafe_since
                .is_some_and(|from| self.at.since(from) >= self.limits.unsynced_span)
    }

    /// Makes everything safe and lets go of the folder.
    pub fn close(mut self) -> Result<Anchor, Fault> {
        self.sync()?;
        Ok(self.watermark.head())
    }

    /// Takes one envelope, without a word about when it must be safe.
    pub(crate) fn take(&mut self, kind: Kind, envelope: &Envelope) -> Result<(), Fault> {
        self.is_going()?;
        self.pen.write(kind, &mut self.gathered, |out| codec::write(envelope, out));
        self.records += 1;
        self.taken += 1;
        self.at = self.at.max(envelope.rx);
        self.unsafe_since.get_or_insert(self.at);
        if self.gathered.len() >= self.limits.gather_bytes { self.flush() } else { Ok(()) }
    }

    /// Ends a turn: makes it safe if it must be, or if too much is not.
    pub(crate) fn end_turn(&mut self, durable: bool) -> Result<Ticket, Fault> {
        self.note_reserve()?;
        if durable || self.is_overdue() {
            self.sync()?;
        }
        self.keep_bounds()?;
        Ok(Ticket(self.taken))
    }

    /// A segment does not grow without end when nobody hands in a snapshot.
    pub(crate) fn keep_bounds(&mut self) -> Result<(), Fault> {
        let bytes = self.written + self.gathered.len() as u64;
        if bytes >= self.limits.segment_bytes.saturating_mul(2) {
            self.rotate(None, self.at)?;
        }
        Ok(())
    }

    /// Writes a record of our own.
    pub(crate) fn own(&mut self, kind: Kind, body: &impl Serialize) -> Result<(), Fault> {
        self.is_going()?;
        // Plain data into memory: this cannot fail, and a line cut short would be refused by all readers.
        self.pen.write(kind, &mut self.gathered, |out| drop(serde_json::to_writer(out, body)));
        self.records += 1;
        Ok(())
    }

    /// Opens the segment after the last record, and makes it safe with its folder.
    pub(crate) fn open_segment(&mut self, state: Option<&State>) -> Result<(), Fault> {
        let (last, before) = self.pen.last();
        let folder = live(&self.root);
        let path = folder.join(name(last + 1, false));
        self.file = match self.files.create(&path) {
            Ok(file) => file,
            Err(error) if is_full(&error) && self.give_up_reserve() => {
                self.files.create(&path).map_err(|error| self.fails("creating", &error))?
            }
            Err(error) => return Err(self.fails("creating", &error)),
        };
        (self.written, self.unsynced, self.records) = (0, 0, 0);
        self.own(Kind::Segment, &self.head(before))?;
        if let Some(state) = state {
            self.pen.write(Kind::Snapshot, &mut self.gathered, |out| state.write(out));
            self.records += 1;
        }
        self.note_reserve()?;
        self.sync()?;
        // A snapshot may have been large, and the next one is far away.
        self.gathered.shrink_to(2 * self.limits.gather_bytes);
        self.files.sync_folder(&folder).map_err(|error| self.fails("syncing the folder of", &error))
    }

    fn head(&self, before: crate::chain::Tag) -> SegmentHead {
        SegmentHead {
            format: FORMAT,
            journal: self.id,
            key: self.pen.key_name(),
            epoch: self.epoch,
            before,
            at: self.at,
            broken: self.broken,
        }
    }

    fn is_going(&self) -> Result<(), Fault> {
        if self.stopped { Err(Fault::Stopped) } else { Ok(()) }
    }

    fn is_safe(&mut self) {
        self.pen.all_safe();
        (self.unsynced, self.unsafe_since) = (0, None);
        let (seq, tag) = self.pen.last();
        self.watermark.is_safe(self.taken, Anchor { journal: self.id, seq, tag });
    }

    /// The disk is full: what was to be written goes where the reserve stood.
    fn write_from_reserve(&mut self) -> Result<(), Fault> {
        let whole = self.written;
        self.file.cut(whole).map_err(|error| self.fails("cutting", &error))?;
        if !self.give_up_reserve() {
            return Err(self.stop(Fault::FullForGood));
        }
        match self.file.append(&self.gathered) {
            Ok(()) => Ok(()),
            Err(error) if is_full(&error) => {
                // What is not whole must not stay behind; if even that fails, recovery cuts it.
                let _ = self.file.cut(whole);
                Err(self.stop(Fault::FullForGood))
            }
            Err(error) => Err(self.fails("writing", &error)),
        }
    }

    /// Gives the reserve up, if it still stands.
    fn give_up_reserve(&mut self) -> bool {
        let given = self.reserve.give_up(self.files.as_ref());
        self.owes_note |= given;
        self.watermark.set_low(true);
        given
    }

    /// Says that the reserve was used: not at once, because what was being written may close a segment.
    pub(crate) fn note_reserve(&mut self) -> Result<(), Fault> {
        if !std::mem::take(&mut self.owes_note) {
            return Ok(());
        }
        self.own(Kind::Note, &Note::ReserveUsed { at: self.at })
    }

    fn fails(&mut self, doing: &'static str, error: &std::io::Error) -> Fault {
        let fault = if is_full(error) {
            Fault::FullForGood
        } else {
            Fault::disk(doing, &live(&self.root), error)
        };
        self.stop(fault)
    }

    fn stop(&mut self, fault: Fault) -> Fault {
        self.stopped = true;
        self.watermark.has_failed(fault.clone());
        fault
    }
}

impl Drop for Journal {
    /// Nothing more is written: whoever still waits must not wait for ever.
    fn drop(&mut self) {
        self.watermark.has_failed(Fault::Stopped);
    }
}

impl Turn<'_> {
    /// Ends the turn. What it says that may not be lost is safe when this returns, and so is all before.
    pub fn commit(self) -> Result<Ticket, Fault> {
        match self.fault {
            Some(fault) => Err(fault),
            None => self.journal.end_turn(self.durable),
        }
    }

    fn take(&mut self, kind: Kind, envelope: &Envelope) {
        self.durable |= envelope.topic().delivery() == Delivery::Durable;
        if self.fault.is_none() {
            self.fault = self.journal.take(kind, envelope).err();
        }
    }
}

impl Tap for Turn<'_> {
    fn input(&mut self, envelope: &Envelope) {
        self.take(Kind::Input, envelope);
    }
    fn output(&mut self, envelope: &Envelope) {
        self.take(Kind::Output, envelope);
    }
}
