//! What can go wrong with a journal, and what then remains to be done.

use std::io;
use std::path::Path;

/// Why a record is not what the chain says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No line of a journal.
    #[error("it is not a whole line of a journal")]
    Shape,
    /// The checksum does not fit: bytes were changed, or never reached the disk.
    #[error("its checksum does not fit")]
    Checksum,
    /// Another number than the next one.
    #[error("it is numbered {found}")]
    Sequence {
        /// The number that stands there.
        found: u64,
    },
    /// The tag does not fit: it, or one before it, was changed by somebody without the key.
    #[error("its tag does not fit: it was changed, or stands in another place than it was written")]
    Tag,
    /// A record where it may not be.
    #[error("{0}")]
    Place(&'static str),
    /// The journal ends, although an anchor has seen more.
    #[error("it is missing: an anchor has seen the journal up to record {anchored}")]
    Cut {
        /// The highest record that an anchor names.
        anchored: u64,
    },
    /// An anchor has seen another record with this number.
    #[error("an anchor has seen another record in its place")]
    Anchored,
}

/// What to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing that the program can do; a person must look.
    Person,
    /// The same call may succeed later, and does no harm.
    Retry,
    /// Cancel what is open at the venue first; then restart, recover and reconcile.
    CancelThenRestart,
}

/// A journal that cannot do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Somebody else has the folder.
    #[error("journal {folder} is in use by {holder}; stop that process, or choose another folder")]
    InUse {
        /// Which folder.
        folder: String,
        /// What the holder wrote about itself.
        holder: String,
    },
    /// The folder belongs to another key.
    #[error(
        "journal {folder} was written with key {theirs}, this is key {ours}; nothing was touched"
    )]
    WrongKey {
        /// Which folder.
        folder: String,
        /// The name of its key.
        theirs: String,
        /// The name of the key handed in.
        ours: String,
    },
    /// The folder belongs to another session.
    #[error("journal {folder} is of session {theirs}, not {ours}; nothing was touched")]
    WrongSession {
        /// Which folder.
        folder: String,
        /// The session it is of.
        theirs: String,
        /// The session that was to start.
        ours: String,
    },
    /// Written by a build that is newer than this one.
    #[error(
        "{place} is in format {found}, this build reads {}; use the build that wrote it",
        crate::FORMAT
    )]
    NewerFormat {
        /// Which file.
        place: String,
        /// Its format.
        found: u32,
    },
    /// The disk said no.
    #[error("{doing} {place}: {detail}")]
    Disk {
        /// What was attempted.
        doing: &'static str,
        /// Where.
        place: String,
        /// What the system said.
        detail: String,
    },
    /// The disk is full, and the reserve is for cancels.
    #[error("the disk is full; the reserve is kept for cancels, free some space to go on")]
    Full,
    /// The disk is full, and the reserve is used up as well.
    #[error("the disk is full and the reserve is used up: cancel first, reconcile after")]
    FullForGood,
    /// Nothing more is taken after an earlier fault.
    #[error("the journal has stopped after an earlier fault; restart to recover")]
    Stopped,
    /// The chain is broken.
    #[error("chain broken at record {seq} in {place}: {why}")]
    Broken {
        /// The first bad record.
        seq: u64,
        /// Which file.
        place: String,
        /// What is wrong with it.
        why: Why,
    },
    /// A record of the chain says something that this build does not understand.
    #[error("record {seq} in {place} cannot be read: {detail}; use the build that wrote it")]
    Unreadable {
        /// Which record.
        seq: u64,
        /// Which file.
        place: String,
        /// What exactly.
        detail: String,
    },
    /// A state handed in as a snapshot is not one line of JSON.
    #[error("a snapshot must be one line of JSON: {0}")]
    NotAState(String),
    /// A record, or a folder, is larger than anything that is written.
    #[error("{0}")]
    Bound(&'static str),
}

impl Fault {
    /// What to do about it.
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::Full | Self::InUse { .. } => Remedy::Retry,
            Self::Disk { .. } | Self::FullForGood | Self::Stopped => Remedy::CancelThenRestart,
            Self::WrongKey { .. }
            | Self::WrongSession { .. }
            | Self::NewerFormat { .. }
            | Self::Broken { .. }
            | Self::Unreadable { .. }
            | Self::NotAState(_)
            | Self::Bound(_) => Remedy::Person,
        }
    }

    pub(crate) fn disk(doing: &'static str, place: &Path, error: &io::Error) -> Self {
        Self::Disk { doing, place: place.display().to_string(), detail: error.to_string() }
    }
}
