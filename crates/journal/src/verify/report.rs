//! What the verifier has to say.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every record is what was written, in its place, from the first to the last.
    #[default]
    Intact,
    /// The same up to the last record before a tail that is not whole: a loss of power does that, and so does
    /// whoever changes the very end.
    Torn {
        /// The first bad record.
        seq: u64,
        /// How much stands there.
        bytes: u64,
    },
    /// It is not what was written.
    Broken {
        /// The first bad record.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// Records that no anchor covers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// Whether the chain was checked with its key; if not, only checksums and anchors speak.
    pub keyed: bool,
    /// Which journal, as `run-epoch`.
    pub journal: String,
    /// How many segments were looked at.
    pub segments: u64,
    /// The number of the first record; above 1 where older segments are kept elsewhere.
    pub first: u64,
    /// How many good records were found.
    pub records: u64,
    /// Inputs among them.
    pub inputs: u64,
    /// Outputs among them.
    pub outputs: u64,
    /// Starts among them.
    pub starts: u64,
    /// The last good record, as an anchor.
    pub last: Option<String>,
    /// The highest record that an anchor confirms.
    pub anchored: Option<u64>,
    /// What no anchor covers: had somebody cut off more behind it, nothing here would show it.
    pub unanchored: Option<Window>,
    /// The last good record of a broken journal that was put aside for this one.
    pub predecessor: Option<String>,
    /// Anchors of other journals that this one keeps.
    pub keeps: Vec<String>,
}

impl Report {
    /// The exit code of a program: 0 intact, 2 torn, 3 broken.
    pub const fn exit_code(&self) -> u8 {
        match self.verdict {
            Verdict::Intact => 0,
            Verdict::Torn { .. } => 2,
            Verdict::Broken { .. } => 3,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, segments, .. } = self;
        match &self.verdict {
            Verdict::Intact if self.keyed => write!(f, "chain intact")?,
            Verdict::Intact => write!(f, "checksums fit; the chain was not checked, no key given")?,
            Verdict::Torn { seq, bytes } => {
                write!(f, "TORN at record {seq}: {bytes} bytes at the end are not whole")?;
            }
            Verdict::Broken { seq, why } => write!(f, "BROKEN at record {seq}: {why}")?,
        }
        write!(f, "\njournal {}: {records} good records in {segments} segments", self.journal)?;
        if self.first > 1 {
            write!(f, ", from record {}", self.first)?;
        }
        if let Some(window) = self.unanchored {
            write!(f, "\nnot anchored: {} to {}", window.from, window.to)?;
        }
        if let Some(before) = &self.predecessor {
            write!(f, "\nfollows a broken journal, good up to {before}")?;
        }
        Ok(())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cannot {
    /// A file cannot be read.
    #[error("cannot read {path}: {detail}", path = .0.display(), detail = .1)]
    Read(PathBuf, String),
    /// There is no journal.
    #[error("no segments in {}; name the folder of a journal", .0.display())]
    Empty(PathBuf),
    /// Another key.
    #[error("the journal was written with key {theirs}, this is key {ours}; try the other one")]
    Key {
        /// The name of the key given.
        ours: String,
        /// The name that the journal gives.
        theirs: String,
    },
    /// A newer format.
    #[error("format {0} is newer than this verifier; use the one of the build that wrote it")]
    Format(u64),
    /// Not an anchor.
    #[error("{0:?} is no anchor; one reads like 7-1:48211:00112233445566778899aabbccddeeff")]
    Anchor(String),
    /// An anchor of another journal.
    #[error(
        "the anchor is record {seq} of journal {theirs}, and this is journal {ours}; \
         verify the one it belongs to, or leave it out"
    )]
    Another {
        /// The record that it has seen.
        seq: u64,
        /// The journal that it has seen.
        theirs: String,
        /// The journal that is verified.
        ours: String,
    },
}
