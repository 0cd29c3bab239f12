//! Group commit: the sequencer hands records in and goes on; a thread of the runtime writes them, and one
//! sync serves everybody who waits.
//!
//! Nothing here starts a thread: [`Committer::run`] is to be run on one. The queue between the two has a
//! bound; where the disk cannot keep up, the sequencer waits, and the inputs wait where they come from.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use contracts::{Delivery, Envelope, Ts};
use kernel::Tap;

use crate::fault::Fault;
use crate::record::{Anchor, Kind};
use crate::state::State;
use crate::watermark::{Ticket, Watermark};
use crate::writer::{Journal, Purpose};

/// The sizes of group commit.
#[derive(Clone, Copy, Debug)]
pub struct GroupLimits {
    /// How many records may be on their way.
    pub queue_records: usize,
    /// How many records are taken before a sync that somebody waits for.
    pub batch_records: usize,
    /// After so much silence even what nobody waits for is synced.
    pub idle: Duration,
}

impl Default for GroupLimits {
    fn default() -> Self {
        Self { queue_records: 4_096, batch_records: 1_024, idle: Duration::from_millis(100) }
    }
}

/// What travels from the sequencer to the writer.
enum Handed {
    Input(Envelope),
    Output(Envelope),
    End { durable: bool },
    Rotate { state: Option<State>, at: Ts },
    Anchor(Anchor),
    AcceptBreak { at: Ts },
    RestoreReserve { at: Ts },
}

/// The sequencer's end.
#[derive(Debug)]
pub struct Appender {
    queue: SyncSender<Handed>,
    taken: u64,
    watermark: Arc<Watermark>,
}

/// The writer's end.
pub struct Committer {
    queue: Receiver<Handed>,
    journal: Journal,
    limits: GroupLimits,
}

/// Splits a journal into an end that hands in and an end that writes.
pub fn group(journal: Journal, limits: GroupLimits) -> (Appender, Committer) {
    let (sender, receiver) = sync_channel(limits.queue_records);
    let watermark = Arc::clone(journal.watermark());
    let appender = Appender { queue: sender, taken: journal.taken, watermark };
    (appender, Committer { queue: receiver, journal, limits })
}

impl Appender {
    /// Begins the turn of an input. On a full disk only what helps to get out is taken.
    pub fn turn(&mut self, purpose: Purpose) -> Result<HandedTurn<'_>, Fault> {
        if purpose == Purpose::Anything && self.watermark.is_low() {
            return Err(self.watermark.fault().unwrap_or(Fault::Full));
        }
        Ok(HandedTurn { appender: self, durable: false, refused: false })
    }

    /// How far the disk has come.
    pub fn watermark(&self) -> &Arc<Watermark> {
        &self.watermark
    }

    /// Closes the segment after everything handed in so far; see [`Journal::rotate`].
    pub fn rotate(&mut self, state: Option<State>, at: Ts) -> Result<(), Fault> {
        // Until the writer has come to it, it is not due a second time.
        self.watermark.set_due(false);
        self.hand(Handed::Rotate { state, at })
    }

    /// Keeps the head of somebody's journal.
    pub fn keep_anchor(&mut self, anchor: Anchor) -> Result<(), Fault> {
        self.hand(Handed::Anchor(anchor))
    }

    /// An operator accepts the break of an earlier chain.
    pub fn accept_break(&mut self, at: Ts) -> Result<(), Fault> {
        self.hand(Handed::AcceptBreak { at })
    }

    /// Asks the writer to put the reserve back; see [`Watermark::is_low`] for whether it could. It may try for
    /// long, and what helps to get out waits behind it: while it has not tried it is not asked again.
    pub fn restore_reserve(&mut self, at: Ts) -> Result<(), Fault> {
        if self.watermark.set_restoring(true) {
            return Ok(());
        }
        self.hand(Handed::RestoreReserve { at })
    }

    fn hand(&mut self, handed: Handed) -> Result<(), Fault> {
        let stopped = |_| self.watermark.fault().unwrap_or(Fault::Stopped);
        self.queue.send(handed).map_err(stopped)
    }
}

/// One input and everything that follows from it, on its way to the writer.
#[must_use = "a turn that is not committed may never reach the disk"]
pub struct HandedTurn<'a> {
    appender: &'a mut Appender,
    durable: bool,
    refused: bool,
}

impl HandedTurn<'_> {
    /// Ends the turn, without waiting. Effects that may not be lost wait for the ticket: see
    /// [`Held`](crate::Held).
    pub fn commit(self) -> Result<Ticket, Fault> {
        if self.refused {
            return Err(self.appender.watermark.fault().unwrap_or(Fault::Stopped));
        }
        self.appender.hand(Handed::End { durable: self.durable })?;
        Ok(Ticket(self.appender.taken))
    }

    fn take(&mut self, envelope: &Envelope, handed: Handed) {
        self.durable |= envelope.topic().delivery() == Delivery::Durable;
        self.appender.taken += 1;
        self.refused = self.refused || self.appender.hand(handed).is_err();
    }
}

impl Tap for HandedTurn<'_> {
    fn input(&mut self, envelope: &Envelope) {
        self.take(envelope, Handed::Input(*envelope));
    }
    fn output(&mut self, envelope: &Envelope) {
        self.take(envelope, Handed::Output(*envelope));
    }
}

impl Committer {
    /// Writes until the other end is dropped, then makes everything safe and gives the journal back. After a
    /// fault it returns at once; the watermark tells everybody.
    pub fn run(mut self) -> Result<Journal, Fault> {
        loop {
            let wanted = match self.queue.recv_timeout(self.limits.idle) {
                Ok(handed) => self.batch(handed)?,
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => {
                    self.journal.sync()?;
                    return Ok(self.journal);
                }
            };
            if wanted || self.journal.is_overdue() {
                self.journal.sync()?;
            }
            self.journal.keep_bounds()?;
        }
    }

    /// Takes what is there; says whether somebody waits for it.
    fn batch(&mut self, first: Handed) -> Result<bool, Fault> {
        let mut waited_for = self.one(first)?;
        for _ in 1..self.limits.batch_records {
            match self.queue.try_recv() {
                Ok(handed) => waited_for |= self.one(handed)?,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        Ok(waited_for)
    }

    fn one(&mut self, handed: Handed) -> Result<bool, Fault> {
        let journal = &mut self.journal;
        match handed {
            Handed::Input(envelope) => journal.take(Kind::Input, &envelope)?,
            Handed::Output(envelope) => journal.take(Kind::Output, &envelope)?,
            Handed::End { durable } => {
                journal.note_reserve()?;
                return Ok(durable);
            }
            Handed::Rotate { state, at } => journal.rotate(state.as_ref(), at)?,
            Handed::Anchor(anchor) => journal.keep_anchor(&anchor)?,
            Handed::AcceptBreak { at } => journal.accept_break(at)?,
            Handed::RestoreReserve { at } => {
                let stands = journal.restore_reserve(at)?;
                journal.watermark().set_restoring(false);
                return Ok(stands);
            }
        }
        Ok(false)
    }
}
