//! The truth on disk: what a process was told and what it said, in order, so that it can be recovered,
//! replayed, and shown to an auditor.
//!
//! A journal is a folder of segments. Each record is one line of JSON that a person can read, with a number, a
//! checksum, and a keyed tag that covers the tag before it. Opening is recovering: [`recover`] checks from the
//! latest snapshot on, the caller replays, [`Recovered::begin`] goes on. Writing is either synchronous
//! ([`Journal::turn`]) or grouped on a thread of the runtime ([`group()`]); effects that must not outrun the disk
//! are [`Held`] until the [`Watermark`] has passed their ticket.
//!
//! The crate reads no clock, starts no thread, draws nothing random and keeps no key on disk. It relies on
//! `contracts` for the one codec, on `kernel` for taps and snapshots, and on a disk behind [`files::Files`]. The
//! room `verify` shares nothing with the rest: it knows the published format only.
//!
//! [`files::Files`]: crate::files::Files

mod begin;
mod chain;
mod fault;
mod group;
mod judge;
mod line;
mod parse;
mod reader;
mod record;
mod recover;
mod reserve;
mod segment;
mod starts;
mod state;
mod walk;
mod watermark;
mod writer;

pub mod files;
pub mod keep;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

pub use chain::{JournalKey, NotATag, Tag};
pub use fault::{Fault, Remedy, Why};
pub use group::{Appender, Committer, GroupLimits, HandedTurn, group};
pub use reader::{ReadTo, Reader};
pub use record::{
    Anchor, Entry, FORMAT, JournalId, Kind, NotAnAnchor, Note, Record, Seal, SegmentHead, Start,
    StateRecord,
};
pub use recover::{Found, Place, Recovered, is_begun, recover};
pub use segment::{Segment, segments};
pub use state::State;
pub use watermark::{Held, Ticket, Watermark};
pub use writer::{Journal, Limits, Purpose, Turn};
