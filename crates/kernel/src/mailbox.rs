//! Messages in the order in which they were said, each written where it will be read.

use contracts::{Envelope, Event, Source, Ts, Wake};

/// A queue that is filled, then read, then emptied, and keeps its room: nothing in it ever moves, and
/// a message is not put together elsewhere first.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    slots: Vec<Envelope>,
    filled: usize,
}

impl Mailbox {
    /// Room for the usual number of messages; more is made where it is needed.
    pub(crate) fn with_capacity(messages: usize) -> Self {
        Self { slots: vec![blank(); messages], filled: 0 }
    }

    /// The place of the next message, to be written in full.
    #[inline]
    pub(crate) fn next(&mut self) -> &mut Envelope {
        if self.filled == self.slots.len() {
            self.slots.push(blank());
        }
        self.filled += 1;
        &mut self.slots[self.filled - 1]
    }

    /// What was said.
    #[inline]
    pub(crate) fn said(&self) -> &[Envelope] {
        &self.slots[..self.filled]
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }
}

fn blank() -> Envelope {
    Envelope::input(Source::Runtime, Ts::ZERO, Event::Wake(Wake { machine: 0, timer: 0 }))
}
