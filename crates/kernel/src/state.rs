//! Snapshots: the whole state as canonical bytes with a hash, so that equal states are equal bytes.

use std::hash::Hasher as _;

use contracts::Ts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::stamps::Stamps;
use crate::timers::Timers;

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
    /// The state contradicts the machine's own configuration.
    #[error("saved state does not fit: {0}")]
    Contradiction(&'static str),
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
}

impl Snapshot {
    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A snapshot read back from storage.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes }
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

#[derive(Deserialize)]
pub(crate) struct Loaded {
    pub(crate) now: Ts,
    pub(crate) stamps: Stamps,
    pub(crate) timers: Timers,
    pub(crate) machines: Vec<Box<RawValue>>,
}

impl Snapshot {
    pub(crate) fn write(saved: &Saved<'_>) -> Self {
        let mut bytes = Vec::new();
        save_state(saved, &mut bytes);
        Self { bytes }
    }
}
