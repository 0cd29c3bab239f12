//! The trait of everything that decides.

use std::any::Any;

use contracts::{Envelope, Source, Topic, TopicKind, Ts};

use crate::layout::Layout;
use crate::outbox::Outbox;
use crate::state::StateError;

/// A synchronous state machine.
///
/// Its whole state is a function of the messages it was given, in their order, with their `now`. It
/// does no IO, reads no clock, starts no thread, draws no random number and keeps no float for money.
pub trait Machine: Any + Send {
    /// In whose name its messages are said.
    fn source(&self) -> Source;

    /// What it listens to. Asked when the roster is put together, and again when a state was taken back.
    fn interests(&self) -> Topics;

    /// Takes one message. What it wants goes into `out`.
    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>);

    /// The layout of its state. Whoever changes what [`Machine::save`] writes adds the step that makes it of
    /// what was written before.
    fn layout(&self) -> Layout;

    /// Appends its whole state as canonical JSON (see [`crate::save_state`]).
    fn save(&self, out: &mut Vec<u8>);

    /// Takes back a state that [`Machine::save`] wrote, so that it would write the same again.
    fn load(&mut self, state: &[u8]) -> Result<(), StateError>;

    /// The machine inside, for one that is wrapped around another.
    fn inner(&self) -> Option<&dyn Machine> {
        None
    }
}

/// A set of kinds of topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics(u32);

impl Topics {
    /// No topic.
    pub const NONE: Self = Self(0);

    /// The set of those kinds.
    pub const fn of(kinds: &[TopicKind]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < kinds.len() {
            bits |= 1 << kinds[index] as u32;
            index += 1;
        }
        Self(bits)
    }

    /// Whether the kind is in the set.
    pub const fn contains(self, kind: TopicKind) -> bool {
        self.0 >> kind as u32 & 1 == 1
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a message on that topic is in the set.
    pub const fn covers(self, topic: &Topic) -> bool {
        self.contains(topic.kind())
    }
}

const _: () = assert!(TopicKind::ALL.len() <= 32, "a set of topics is 32 bits");
