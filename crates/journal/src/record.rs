//! What stands in a journal besides envelopes: heads of segments, starts, snapshots, notes, anchors.
//!
//! These are data and nothing else. Within a format fields are only added, and unknown ones ignored.

use std::fmt;
use std::str::FromStr;

use contracts::{Envelope, Epoch, RunId, Ts};
use kernel::{PartLayout, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::chain::Tag;

/// The version of the format, as each segment's head carries it.
pub const FORMAT: u32 = 1;

/// Declares the kinds of record with their names in the file.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What a line is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// The name in the file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
            /// The kind of that name.
            pub(crate) fn named(name: &[u8]) -> Option<Self> {
                $(if name == $name.as_bytes() { return Some(Self::$kind); })*
                None
            }
        }
    };
}
kinds! {
    /// The head of a segment.
    Segment = "segment",
    /// The beginning of a journal, and the first start.
    Genesis = "genesis",
    /// A further start.
    Began = "began",
    /// An input from outside.
    Input = "in",
    /// What a machine said.
    Output = "out",
    /// The whole state after everything before it.
    Snapshot = "snapshot",
    /// Something that befell the journal itself.
    Note = "note",
    /// The head of somebody's journal at some moment, kept here so that it cannot be denied there.
    Anchor = "anchor",
    /// The end of a closed segment.
    Seal = "seal",
}

/// Which journal: the session, and the start at which it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalId {
    /// The session, kept across restarts.
    pub run: RunId,
    /// The start at which this journal was begun; 1 unless one before it was put aside.
    pub epoch: Epoch,
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.epoch.0)
    }
}

/// A record that was seen: which journal, which number, and its tag. Kept where the journal's own
/// machine cannot reach, it proves later that the journal still holds everything up to there.
///
/// As text it is `{run}-{epoch}:{seq}:{tag}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Anchor {
    /// Of which journal.
    pub journal: JournalId,
    /// Of which record.
    pub seq: u64,
    /// The tag of that record.
    pub tag: Tag,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.journal, self.seq, self.tag)
    }
}

/// The text is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an anchor: run-epoch:sequence:tag, such as 7-1:48211:00112233445566778899aabbccddeeff"
)]
pub struct NotAnAnchor;

impl FromStr for JournalId {
    type Err = NotAnAnchor;
    fn from_str(text: &str) -> Result<Self, NotAnAnchor> {
        let (run, epoch) = text.split_once('-').ok_or(NotAnAnchor)?;
        let run = run.parse().map_err(|_| NotAnAnchor)?;
        Ok(Self { run, epoch: Epoch(epoch.parse().map_err(|_| NotAnAnchor)?) })
    }
}
impl FromStr for Anchor {
    type Err = NotAnAnchor;
    fn from_str(text: &str) -> Result<Self, NotAnAnchor> {
        let mut parts = text.split(':');
        let (Some(journal), Some(seq), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAnAnchor);
        };
        let seq = seq.parse().map_err(|_| NotAnAnchor)?;
        Ok(Self { journal: journal.parse()?, seq, tag: tag.parse().map_err(|_| NotAnAnchor)? })
    }
}

/// Writes and reads a type as its text.
macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
as_text!(JournalId);
as_text!(Anchor);

/// Numbers above 2^53 lose digits in many readers of JSON, so they are texts.
pub(crate) mod number_text {
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(crate) fn serialize<S: Serializer>(number: &u64, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(number)
    }
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The head of a segment. It names the tag before it, so that a segment can be checked alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHead {
    /// The version of the format.
    pub format: u32,
    /// Which journal this is a part of.
    pub journal: JournalId,
    /// A name for the key of the chain.
    pub key: String,
    /// The start under which the segment was opened.
    pub epoch: Epoch,
    /// The tag of the last record before this one.
    pub before: Tag,
    /// When it was opened.
    pub at: Ts,
    /// Whether a break of an earlier chain has not been accepted by anybody yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
}

/// Who writes: named at each start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The session, kept across restarts.
    pub run: RunId,
    /// Which start this is; given by the journal, one up each time. Whoever asks for a start says here the last
    /// one that others know of: a journal that has to be begun is begun behind it.
    #[serde(default = "no_epoch")]
    pub epoch: Epoch,
    /// The build, as it calls itself.
    pub build: String,
    /// The hash of the settings in force.
    pub settings: String,
    /// When.
    pub at: Ts,
    /// The last good record of the journal that was put aside for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<Anchor>,
}

fn no_epoch() -> Epoch {
    Epoch(0)
}

impl Start {
    /// A start of that session; number and predecessor are the journal's to give.
    pub fn new(run: RunId, build: &str, settings: &str, at: Ts) -> Self {
        let (build, settings) = (build.to_owned(), settings.to_owned());
        Self { run, epoch: no_epoch(), build, settings, at, predecessor: None }
    }

    /// Others know of that start: where no journal does, this one comes behind it.
    #[must_use]
    pub fn behind(self, epoch: Epoch) -> Self {
        Self { epoch, ..self }
    }
}

/// The whole state after every record before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StateRecord {
    /// The hash of the machines' state, 32 hexadecimal digits.
    pub hash: String,
    /// In which version each part of it was written; builds from before there was a second one say nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layouts: Vec<PartLayout>,
    /// The state of the machines.
    pub machines: Box<RawValue>,
    /// What the shell keeps beside them, such as its positions in streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<Box<RawValue>>,
}

impl StateRecord {
    /// The state of the machines, for them to take back.
    pub fn snapshot(&self) -> Snapshot {
        let bytes = self.machines.get().as_bytes().to_vec();
        Snapshot::from_bytes(bytes).in_layouts(self.layouts.clone())
    }
}

/// Something that befell the journal itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Note {
    /// The power went in the middle of a write: what was not whole has been cut off.
    TornTail {
        /// How many bytes were cut.
        #[serde(with = "number_text")]
        bytes: u64,
        /// When it was found.
        at: Ts,
    },
    /// The disk was full; the reserve has been given up so that cancels can still be written.
    ReserveUsed {
        /// When, as of the last start or rotation.
        at: Ts,
    },
    /// The disk has room again and the reserve stands.
    ReserveRestored {
        /// When.
        at: Ts,
    },
    /// An operator has accepted that the chain before this journal was broken.
    BreakAccepted {
        /// When.
        at: Ts,
    },
}

/// The end of a closed segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// How many records stand in the segment before this one.
    #[serde(with = "number_text")]
    pub records: u64,
    /// When it was closed.
    pub at: Ts,
}

/// A record, read and checked.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its number; the first of a journal is 1.
    pub seq: u64,
    /// Its tag.
    pub tag: Tag,
    /// What it holds.
    pub entry: Entry,
}

/// What a record holds.
#[derive(Clone, Debug)]
pub enum Entry {
    /// The head of a segment.
    Segment(SegmentHead),
    /// The beginning of a journal.
    Genesis(Start),
    /// A further start.
    Began(Start),
    /// An input from outside.
    Input(Envelope),
    /// What a machine said.
    Output(Envelope),
    /// The whole state.
    Snapshot(StateRecord),
    /// Something that befell the journal.
    Note(Note),
    /// The head of a journal at some moment.
    Anchor(Anchor),
    /// The end of a segment.
    Seal(Seal),
}

impl Entry {
    /// What a replay needs of it, if anything.
    pub fn for_replay(&self) -> Option<kernel::Record> {
        match self {
            Self::Genesis(start) | Self::Began(start) => Some(kernel::Record::Began(start.epoch)),
            Self::Input(envelope) => Some(kernel::Record::Input(*envelope)),
            Self::Output(envelope) => Some(kernel::Record::Output(*envelope)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchor_text_round_trips_and_refuses_the_rest() {
        let text = "7-1:48211:00112233445566778899aabbccddeeff";
        let anchor: Anchor = text.parse().unwrap();
        assert_eq!((anchor.to_string().as_str(), anchor.seq), (text, 48211));
        let long = format!("{text}:1");
        for bad in ["", "7-1", "7:1:2", "7-1:x:00112233445566778899aabbccddeeff", long.as_str()] {
            assert_eq!(bad.parse::<Anchor>(), Err(NotAnAnchor), "{bad:?}");
        }
    }
}
