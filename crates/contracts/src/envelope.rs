//! The envelope: an event with who said it, when, in what order, and because of what.

use crate::event::Event;
use crate::ids::{Corr, Epoch, Seq, Source};
use crate::time::Ts;
use crate::topic::Topic;
use crate::wire::wire;

/// An event on its way. The version is a constant of the build and not carried in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who says it.
    pub src: Source,
    /// The how-manieth start of that source.
    pub epoch: Epoch,
    /// Its position among the messages of this source, epoch and topic.
    pub seq: Seq,
    /// When it was said, by the speaker's clock.
    pub ts: Ts,
    /// When it came in, by the receiver's clock; equal to `ts` inside one process.
    pub rx: Ts,
    /// The message that it answers.
    pub cause: Option<Cause>,
    /// What it belongs to.
    pub corr: Option<Corr>,
    /// What is said.
    pub event: Event,
}

const _: () =
    assert!(size_of::<Envelope>() <= 256, "an envelope must stay within four cache lines");

impl Envelope {
    /// The version of the wire format.
    pub const VERSION: u8 = 1;

    /// An input from outside, not yet numbered: where it came from is `src`, and it was received `at`.
    pub const fn input(src: Source, at: Ts, event: Event) -> Self {
        Self {
            src,
            epoch: Epoch(0),
            seq: Seq::new(0),
            ts: at,
            rx: at,
            cause: None,
            corr: None,
            event,
        }
    }

    /// The same with a correlation.
    #[must_use]
    pub const fn with_corr(mut self, corr: Corr) -> Self {
        self.corr = Some(corr);
        self
    }

    /// The topic it is said on.
    #[inline]
    pub fn topic(&self) -> Topic {
        self.event.topic()
    }

    /// How a later message refers to this one.
    #[inline]
    pub fn as_cause(&self) -> Cause {
        Cause { src: self.src, epoch: self.epoch, topic: self.topic(), seq: self.seq }
    }
}

wire! {
    /// A message, named by its place.
    #[derive(PartialOrd, Ord, Hash)]
    pub struct Cause {
        /// Who said it.
        pub src: Source,
        /// In which epoch.
        pub epoch: Epoch,
        /// On which topic.
        pub topic: Topic,
        /// At which position.
        pub seq: Seq,
    }
}
