//! Reading a journal with its key: for replay, export and search. It needs no lock and may read what is
//! being written.
//!
//! It hands out nothing that it has not checked, and stops at the first record that does not belong.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::chain::{Chain, JournalKey};
use crate::fault::{Fault, Why};
use crate::files::Files;
use crate::judge::is_torn;
use crate::record::{Anchor, Record};
use crate::recover::record;
use crate::segment::{Segment, live, segments};
use crate::walk::Walk;

/// A journal to be read.
pub struct Reader {
    files: Arc<dyn Files>,
    folder: PathBuf,
    chain: Chain,
    segments: Vec<Segment>,
}

/// How far a reading came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadTo {
    /// The last record, if there is one.
    pub last: Option<Anchor>,
    /// Whether something stands behind it that is not whole: it is being written, or the power went.
    pub torn: bool,
}

impl Reader {
    /// The journal in that folder.
    pub fn open(files: Arc<dyn Files>, root: &Path, key: &JournalKey) -> Result<Self, Fault> {
        Self::of_folder(files, live(root), key)
    }

    /// The segments in that folder itself, such as one that was put aside or archived.
    pub fn of_folder(
        files: Arc<dyn Files>,
        folder: PathBuf,
        key: &JournalKey,
    ) -> Result<Self, Fault> {
        let segments = segments(files.as_ref(), &folder)?;
        Ok(Self { files, folder, chain: Chain::new(key), segments })
    }

    /// The segments, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The first record of the latest segments that together have so many bytes: of so many, because the last one
    /// may have been begun a moment ago and hold nothing. Nothing where there is none.
    pub fn latest(&self, bytes: u64) -> Option<u64> {
        let mut left = bytes;
        let mut first = None;
        for segment in self.segments.iter().rev() {
            if first.is_some() && left == 0 {
                break;
            }
            // A compressed one holds some ten times of what it weighs.
            let times = if segment.compressed { 10 } else { 1 };
            left = left.saturating_sub(segment.bytes.saturating_mul(times));
            first = Some(segment.first);
        }
        first
    }

    /// Hands out every record from that number on, in order.
    pub fn read(
        &self,
        from: u64,
        mut visit: impl FnMut(Record) -> Result<(), Fault>,
    ) -> Result<ReadTo, Fault> {
        let walk = Walk {
            files: self.files.as_ref(),
            folder: &self.folder,
            chain: &self.chain,
            segments: &self.segments,
        };
        let holds = |segment: &Segment| segment.first <= from;
        let begin = self.segments.iter().rposition(holds).unwrap_or(0);
        if let Some(segment) = self.segments.first().filter(|segment| segment.first > from.max(1)) {
            let why = Why::Place("it is missing: the journal begins later");
            return Err(Fault::Broken { seq: from.max(1), place: segment.name(), why });
        }
        let reached = walk.from(begin, |line, segment| {
            if line.seq >= from { visit(record(line, segment)?) } else { Ok(()) }
        })?;
        let mut torn = false;
        if let Some(stop) = &reached.stop {
            torn = is_torn(&walk, stop)?;
            if !torn {
                let (seq, why) = (stop.seq, stop.why.clone());
                return Err(Fault::Broken { seq, place: self.segments[stop.segment].name(), why });
            }
        }
        let journal = reached.journal.filter(|_| reached.records > 0);
        let last = journal.map(|journal| Anchor { journal, seq: reached.seq, tag: reached.tag });
        Ok(ReadTo { last, torn })
    }
}
