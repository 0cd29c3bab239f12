//! How far the disk has come: what was handed in, what is safe, and effects that wait for it.
//!
//! A [`Held`] effect cannot be taken out before its record is safe: "written before it is done" is a
//! matter of types. The watermark is read by anybody and moved by the writer alone.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::fault::Fault;
use crate::record::Anchor;

/// A place in what was handed in since the start: everything up to it belongs together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub(crate) u64);

/// An effect that must not happen before the record of it is safe.
#[derive(Debug)]
#[must_use = "an effect that is held and never released does not happen"]
pub struct Held<T> {
    ticket: Ticket,
    effect: T,
}

impl<T> Held<T> {
    /// Holds an effect until everything up to `ticket` is safe.
    pub fn until(ticket: Ticket, effect: T) -> Self {
        Self { ticket, effect }
    }

    /// What it waits for.
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }
}

/// How far the disk has come. Shared; only the writer moves it.
#[derive(Debug)]
pub struct Watermark {
    safe: AtomicU64,
    low: AtomicBool,
    restoring: AtomicBool,
    due: AtomicBool,
    syncs: AtomicU64,
    told: Mutex<Told>,
    moved: Condvar,
}

#[derive(Debug)]
struct Told {
    fault: Option<Fault>,
    head: Anchor,
}

impl Watermark {
    pub(crate) fn new(head: Anchor) -> Arc<Self> {
        Arc::new(Self {
            safe: AtomicU64::new(0),
            low: AtomicBool::new(false),
            restoring: AtomicBool::new(false),
            due: AtomicBool::new(false),
            syncs: AtomicU64::new(0),
            told: Mutex::new(Told { fault: None, head }),
            moved: Condvar::new(),
        })
    }

    /// Up to where everything is safe.
    #[inline]
    pub fn safe(&self) -> Ticket {
        Ticket(self.safe.load(Ordering::Acquire))
    }

    /// Gives the effect out if its record is safe, and otherwise gives it back.
    pub fn release<T>(&self, held: Held<T>) -> Result<T, Held<T>> {
        if self.safe() >= held.ticket { Ok(held.effect) } else { Err(held) }
    }

    /// Waits until everything up to there is safe; for threads that carry effects, never for the
    /// sequencer.
    pub fn wait(&self, ticket: Ticket) -> Result<(), Fault> {
        let mut told = self.told();
        while self.safe() < ticket {
            if let Some(fault) = &told.fault {
                return Err(fault.clone());
            }
            told = self.moved.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    /// The last safe record: what is told to others as an anchor.
    pub fn head(&self) -> Anchor {
        self.told().head
    }

    /// Why nothing more is written, if that is so.
    pub fn fault(&self) -> Option<Fault> {
        self.told().fault.clone()
    }

    /// Whether the disk is full and only cancels are taken.
    #[inline]
    pub fn is_low(&self) -> bool {
        self.low.load(Ordering::Acquire)
    }

    /// Whether the segment has its size: the next quiet moment is one for a snapshot.
    #[inline]
    pub fn snapshot_due(&self) -> bool {
        self.due.load(Ordering::Acquire)
    }

    /// How often the disk was synced since the start.
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    pub(crate) fn is_safe(&self, taken: u64, head: Anchor) {
        let mut told = self.told();
        told.head = head;
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.safe.store(taken, Ordering::Release);
        drop(told);
        self.moved.notify_all();
    }

    pub(crate) fn has_failed(&self, fault: Fault) {
        self.told().fault.get_or_insert(fault);
        self.moved.notify_all();
    }

    pub(crate) fn set_low(&self, low: bool) {
        self.low.store(low, Ordering::Release);
    }

    /// Whether it was so before.
    pub(crate) fn set_restoring(&self, restoring: bool) -> bool {
        self.restoring.swap(restoring, Ordering::AcqRel)
    }

    pub(crate) fn set_due(&self, due: bool) {
        self.due.store(due, Ordering::Release);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // Nothing is left half done under this lock, so a panic elsewhere spoils nothing.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
