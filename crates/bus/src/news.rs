//! What somebody who reads or listens is told.

use std::fmt;

use contracts::{Alert, AlertCode, DeadLetter, DecodeFault, Envelope, Event, Gap};

/// What is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody said this.
    Said(Envelope),
    /// Messages that may be lost were lost.
    Gap(Gap),
    /// Something is wrong; what it was about was left aside.
    Alarm(Alarm),
    /// The line broke, or something is missing on a stream: others may have said what was not heard.
    Away(String),
    /// The line is there. Whoever reads streams has been given everything that stood there; that is said after
    /// the first connection too.
    Back,
    /// Nothing came in time.
    Nothing,
}

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What.
    pub kind: AlarmKind,
    /// The stream or channel, and the entry.
    pub place: String,
    /// What exactly.
    pub detail: String,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// A durable message or a head whose code does not fit: its source has not written it, or not there; or more
    /// was said in its name than it has said.
    Forged,
    /// A genuine message under another name than its own, or a head of long ago.
    Replayed,
    /// A message of an epoch that is over.
    OldEpoch,
    /// A message of another source or topic than those of its stream.
    WrongSource,
    /// A message that this build cannot read.
    Unreadable(DecodeFault),
    /// Entries of a durable stream are missing; they are waited for.
    Hole,
    /// Somebody else with the same key has said more than we have: two processes are one source.
    Fenced,
    /// A stream does not stand as its writer left it, and is written anew.
    Tampered,
    /// The journal of the writer does not reach back as far as somebody needs.
    Unhealable,
    /// The journal of the writer cannot be read.
    NoHistory,
    /// More topics than can be followed.
    TooMany,
}

impl AlarmKind {
    /// Its name, as metrics show it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Replayed => "replayed",
            Self::OldEpoch => "old_epoch",
            Self::WrongSource => "wrong_source",
            Self::Unreadable(_) => "unreadable",
            Self::Hole => "hole",
            Self::Fenced => "fenced",
            Self::Tampered => "tampered",
            Self::Unhealable => "unhealable",
            Self::NoHistory => "no_history",
            Self::TooMany => "too_many",
        }
    }
}

impl Alarm {
    pub(crate) fn new(
        kind: AlarmKind,
        place: impl fmt::Display,
        detail: impl Into<String>,
    ) -> Self {
        Self { kind, place: place.to_string(), detail: detail.into() }
    }

    /// The same as an event, where the vocabulary has a word for it. `bytes` is how long the message was.
    pub fn event(&self, bytes: u32) -> Option<Event> {
        let code = match self.kind {
            AlarmKind::Unreadable(fault) => {
                let intent = self.place.starts_with(contracts::TopicKind::Intent.prefix());
                let letter = DeadLetter { fault, order: None, intent, bytes };
                return Some(Event::DeadLetter(letter));
            }
            AlarmKind::Forged | AlarmKind::Tampered => AlertCode::ForgedSeal,
            AlarmKind::Replayed | AlarmKind::OldEpoch | AlarmKind::Fenced => {
                AlertCode::ConflictingId
            }
            AlarmKind::WrongSource => AlertCode::WrongSource,
            AlarmKind::TooMany => AlertCode::BoundReached,
            AlarmKind::Hole | AlarmKind::Unhealable | AlarmKind::NoHistory => return None,
        };
        Some(Event::Alert(Alert { code, symbol: None, order: None }))
    }
}

impl std::error::Error for Alarm {}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.kind.name(), self.place, self.detail)
    }
}
