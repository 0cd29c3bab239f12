//! Where a machine puts what it wants.

use contracts::{Corr, Envelope, Event, Source, Topic, Ts};

use crate::mailbox::Mailbox;
use crate::sequencer::{MESSAGES_PER_INPUT_MAX, WITHOUT_END};
use crate::stamps::Stamps;
use crate::timers::Timers;

/// A machine met a state that must not be. The process stops; starting again is recovering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt {
    /// The machine's place in the roster.
    pub machine: u8,
    /// What must not be.
    pub reason: &'static str,
}

/// Takes the effects of one step. There are three: a message, a timer, a halt.
pub struct Outbox<'a> {
    pub(crate) queue: &'a mut Mailbox,
    pub(crate) stamps: &'a mut Stamps,
    pub(crate) timers: &'a mut Timers,
    pub(crate) halt: &'a mut Option<Halt>,
    pub(crate) cause: &'a Envelope,
    pub(crate) source: Source,
    pub(crate) machine: u8,
    pub(crate) now: Ts,
}

impl Outbox<'_> {
    /// Says something that belongs to the same correlation as the message being answered.
    #[inline]
    pub fn emit(&mut self, event: Event) {
        self.push(self.cause.corr, event);
    }

    /// Says something that belongs to `corr`.
    #[inline]
    pub fn emit_for(&mut self, corr: Corr, event: Event) {
        self.push(Some(corr), event);
    }

    /// Says something that belongs to no strategy.
    #[inline]
    pub fn emit_alone(&mut self, event: Event) {
        self.push(None, event);
    }

    /// Asks to be woken at `at` (or at once, where that has passed). One timer of a name exists at a
    /// time: asking again moves it.
    pub fn wake_at(&mut self, timer: u32, at: Ts) {
        if !self.timers.set(self.machine, timer, at) {
            self.halt("more timers than a machine may have");
        }
    }

    /// Takes a timer back.
    pub fn cancel_wake(&mut self, timer: u32) {
        self.timers.cancel(self.machine, timer);
    }

    /// Stops the process: this state must not be.
    pub fn halt(&mut self, reason: &'static str) {
        self.halt.get_or_insert(Halt { machine: self.machine, reason });
    }

    /// An event is written where it will be read, and nowhere before.
    #[inline]
    fn push(&mut self, corr: Option<Corr>, event: Event) {
        if let Some(slot) = self.slot(corr, event.topic()) {
            *slot = event;
        }
    }

    /// The place of the next message, addressed; nothing where there are too many.
    fn slot(&mut self, corr: Option<Corr>, topic: Topic) -> Option<&mut Event> {
        if self.queue.said().len() >= MESSAGES_PER_INPUT_MAX {
            self.halt(WITHOUT_END);
            return None;
        }
        let (epoch, seq) = self.stamps.next(self.source, &topic);
        let message = self.queue.next();
        message.src = self.source;
        (message.epoch, message.seq) = (epoch, seq);
        (message.ts, message.rx) = (self.now, self.now);
        message.cause = Some(self.cause.as_cause());
        message.corr = corr;
        Some(&mut message.event)
    }
}
