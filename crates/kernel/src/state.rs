//! Snapshots: the whole state as canonical bytes with a hash, so that equal states are equal bytes.

use std::hash::Hasher as _;

use contracts::Ts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::layout::{Layout, PartLayout};
use crate::stamps::Stamps;
use crate::timers::Timers;

/// The version of what says none: there was no other.
pub(crate) const FIRST: u32 = 1;
/// So much of two states is shown on either side of where they part.
const SHOWN: usize = 40;

/// A saved state that cannot be taken back.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The bytes are not what `save` writes.
    #[error("saved state cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The roster is another one than that which was saved.
    #[error("saved state is of {saved} machines, the roster has {roster}")]
    Roster {
        /// Machines in the snapshot.
        saved: usize,
        /// Machines here.
        roster: usize,
    },
    /// Somebody else sits there.
    #[error("saved state is of {saved}, and {here} sits there")]
    Another {
        /// Whose state it is.
        saved: String,
        /// Who would have to take it.
        here: &'static str,
    },
    /// The state contradicts the machine's own configuration.
    #[error("saved state does not fit: {0}")]
    Contradiction(&'static str),
    /// Another build wrote it, and this one has never heard of such a layout.
    #[error(
        "its layout is version {found}, and this build knows versions 1 to {known}; a newer build wrote it, and reads it"
    )]
    Unknown {
        /// The version of the saved state.
        found: u32,
        /// The version of this build.
        known: u32,
    },
    /// An older build wrote it, and what this one needs cannot be made of it.
    #[error(
        "its layout is version {found}, this build's is {known}, and there is no way on from version {from}: {why}; the build that wrote it reads it"
    )]
    NoWay {
        /// The version of the saved state.
        found: u32,
        /// The version from which there is no step on.
        from: u32,
        /// The version of this build.
        known: u32,
        /// Why not.
        why: Box<StateError>,
    },
    /// It was read, and is not what this build would have written: something in it was not understood.
    #[error(
        "it says that its layout is version {version}, and this build writes that version otherwise: {parting}; the build that wrote it reads it"
    )]
    NotAsWritten {
        /// The version of this build.
        version: u32,
        /// Where what was saved and what was understood of it part.
        parting: String,
    },
    /// What is wrong with which part of it.
    #[error("{part}: {why}")]
    Part {
        /// The sequencer, or in whose name a machine speaks.
        part: &'static str,
        /// What is wrong.
        why: Box<StateError>,
    },
}

impl StateError {
    /// The same, of that part of a state.
    #[must_use]
    pub fn of(self, part: &'static str) -> Self {
        Self::Part { part, why: Box::new(self) }
    }

    /// What was saved in this layout, read and written again, came out as something else.
    pub fn not_as_written(layout: Layout, saved: &[u8], again: &[u8]) -> Self {
        let at = saved.iter().zip(again).take_while(|(one, other)| one == other).count();
        let around = |state: &[u8]| {
            let (from, to) = (at.saturating_sub(SHOWN), (at + SHOWN).min(state.len()));
            String::from_utf8_lossy(&state[from..to]).into_owned()
        };
        let parting = format!("saved …{}…, understood …{}…", around(saved), around(again));
        Self::NotAsWritten { version: layout.version(), parting }
    }
}

/// Appends `state` as canonical JSON.
pub fn save_state<T: Serialize>(state: &T, out: &mut Vec<u8>) {
    // Plain data into memory: the only possible failure is a map key that is not a string, which the
    // restore test of each machine would show at once.
    let _ = serde_json::to_writer(out, state);
}

/// Reads what [`save_state`] wrote.
pub fn load_state<T: DeserializeOwned>(state: &[u8]) -> Result<T, StateError> {
    Ok(serde_json::from_slice(state)?)
}

/// The whole state of a sequencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    bytes: Vec<u8>,
    layouts: Vec<PartLayout>,
}

impl Snapshot {
    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// In which version each part was written: the sequencer's own, then the machines'. None are told by
    /// builds from before there was more than one version.
    pub fn layouts(&self) -> &[PartLayout] {
        &self.layouts
    }

    /// Whether every part is in the version in which that one has it.
    pub fn has_layouts_of(&self, other: &Self) -> bool {
        let version = |layouts: &[PartLayout], place: usize| {
            layouts.get(place).map_or(FIRST, |part| part.version)
        };
        let parts = self.layouts.len().max(other.layouts.len());
        (0..parts).all(|place| version(&self.layouts, place) == version(&other.layouts, place))
    }

    /// A snapshot read back from storage, every part in its first version.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, layouts: Vec::new() }
    }

    /// The same, with its parts in these versions.
    #[must_use]
    pub fn in_layouts(self, layouts: Vec<PartLayout>) -> Self {
        Self { layouts, ..self }
    }

    /// A hash of the state; equal on every machine for equal states.
    pub fn hash(&self) -> u128 {
        let mut hasher = SipHasher24::new_with_keys(0x7374_6174_6531_0000, 0x6e6a_6f72_6400_0000);
        hasher.write(&self.bytes);
        hasher.finish128().as_u128()
    }
}

#[derive(Serialize)]
pub(crate) struct Saved<'a> {
    pub(crate) now: Ts,
    pub(crate) stamps: &'a Stamps,
    pub(crate) timers: &'a Timers,
    pub(crate) machines: Vec<&'a RawValue>,
}

/// The same, each part as it was written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Loaded<'a> {
    #[serde(borrow)]
    pub(crate) now: &'a RawValue,
    #[serde(borrow)]
    pub(crate) stamps: &'a RawValue,
    #[serde(borrow)]
    pub(crate) timers: &'a RawValue,
    #[serde(borrow)]
    pub(crate) machines: Vec<&'a RawValue>,
}

/// What the sequencer itself keeps.
pub(crate) struct Head {
    pub(crate) now: Ts,
    pub(crate) stamps: Stamps,
    pub(crate) timers: Timers,
}

impl Snapshot {
    pub(crate) fn write(saved: &Saved<'_>, layouts: Vec<PartLayout>) -> Self {
        let mut bytes = Vec::new();
        save_state(saved, &mut bytes);
        Self { bytes, layouts }
    }
}
