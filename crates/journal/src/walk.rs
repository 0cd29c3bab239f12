//! Walking along a chain: every line is checked against the one before it, until the end or the first
//! bad record. Recovery, replay and reading all walk here.

use std::path::Path;

use crate::chain::{Chain, Tag};
use crate::fault::{Fault, Why};
use crate::files::Files;
use crate::parse::{Line, Lines, parse};
use crate::record::{FORMAT, JournalId, Kind, SegmentHead};
use crate::segment::Segment;

/// How far a walk came.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    /// The last good record.
    pub(crate) seq: u64,
    pub(crate) tag: Tag,
    /// The segment in which it stands, and how much of it is good.
    pub(crate) segment: usize,
    pub(crate) bytes: u64,
    /// How many good records stand in that segment.
    pub(crate) records: u64,
    /// Whether that record closes its segment.
    pub(crate) sealed: bool,
    pub(crate) journal: Option<JournalId>,
    /// The first bad record, if there is one.
    pub(crate) stop: Option<Stop>,
}

/// Where a walk ended early.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) seq: u64,
    pub(crate) segment: usize,
    pub(crate) why: Why,
}

/// A chain in a folder.
pub(crate) struct Walk<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) folder: &'a Path,
    pub(crate) chain: &'a Chain,
    pub(crate) segments: &'a [Segment],
}

/// What a visitor says to end the walk.
pub(crate) type Visited = Result<(), Fault>;

impl Walk<'_> {
    /// Walks from the beginning of a segment; `visit` sees each good line.
    pub(crate) fn from(
        &self,
        segment: usize,
        mut visit: impl FnMut(&Line<'_>, &Segment) -> Visited,
    ) -> Result<Reached, Fault> {
        let first = self.segments.get(segment).map_or(1, |segment| segment.first);
        let mut reached = Reached {
            seq: first.saturating_sub(1),
            tag: Tag::NONE,
            segment,
            bytes: 0,
            records: 0,
            sealed: false,
            journal: None,
            stop: None,
        };
        for index in segment..self.segments.len() {
            reached.stop = self.through(index, index == segment, &mut reached, &mut visit)?;
            if reached.stop.is_some() {
                break;
            }
        }
        Ok(reached)
    }

    /// Walks through one segment.
    fn through(
        &self,
        index: usize,
        is_first: bool,
        reached: &mut Reached,
        visit: &mut impl FnMut(&Line<'_>, &Segment) -> Visited,
    ) -> Result<Option<Stop>, Fault> {
        let segment = &self.segments[index];
        let path = segment.path(self.folder);
        let fault = |error: std::io::Error| Fault::disk("reading", &path, &error);
        let stop = |seq, why| Ok(Some(Stop { seq, segment: index, why }));
        let next = reached.seq + 1;
        if segment.first != next {
            return stop(next, Why::Place("the segment that holds it is missing"));
        }
        if !is_first && !reached.sealed {
            return stop(next, Why::Place("the segment before was not closed"));
        }
        let mut lines = Lines::of(segment.open(self.files, self.folder).map_err(fault)?);
        let mut good = Reached { segment: index, bytes: 0, records: 0, ..reached.clone() };
        loop {
            let line = match lines.next() {
                Ok(line) => line,
                // A compressed file that cannot be unpacked is damage, not a fault of the disk.
                Err(_) if segment.compressed => return stop(good.seq + 1, Why::Shape),
                Err(error) => return Err(fault(error)),
            };
            let Some((line, whole)) = line else { break };
            let line = if whole { parse(line) } else { Err(Why::Shape) };
            let checked = line.and_then(|line| {
                self.check(&line, &mut good, is_first)?;
                Ok(line)
            });
            match checked {
                Ok(line) => visit(&line, segment)?,
                Err(why) => {
                    let seq = good.seq + 1;
                    if good.records > 0 || is_first {
                        *reached = good;
                    }
                    return stop(seq, why);
                }
            }
            good.bytes = lines.taken;
        }
        if good.records == 0 {
            // Made, and the power went before anything was written into it.
            return stop(good.seq + 1, Why::Shape);
        }
        *reached = good;
        Ok(None)
    }

    /// Checks a line against everything before it, and counts it.
    fn check(&self, line: &Line<'_>, good: &mut Reached, is_first: bool) -> Result<(), Why> {
        if line.seq != good.seq + 1 {
            return Err(Why::Sequence { found: line.seq });
        }
        if (line.kind == Kind::Segment) != (good.records == 0) {
            return Err(Why::Place("a segment has one head, and it comes first"));
        }
        if good.records > 0 && good.sealed {
            return Err(Why::Place("it stands after the end of its segment"));
        }
        let mut before = good.tag;
        if line.kind == Kind::Segment {
            let head: SegmentHead = line.own().map_err(|_| Why::Shape)?;
            let of_another = good.journal.is_some_and(|journal| journal != head.journal);
            if head.format == 0 || head.format > FORMAT || of_another {
                return Err(Why::Place("its segment belongs to another journal"));
            }
            // The walk may begin here: then the head itself says what came before, under its tag.
            if is_first && line.seq > 1 {
                before = head.before;
            }
            if head.before != before {
                return Err(Why::Tag);
            }
            good.journal = Some(head.journal);
        }
        if self.chain.tag(before, line.content) != line.tag {
            return Err(Why::Tag);
        }
        (good.seq, good.tag) = (line.seq, line.tag);
        good.records += 1;
        good.sealed = line.kind == Kind::Seal;
        Ok(())
    }
}

/// Looks at every line of a segment whose checksum fits, wherever it stands, and says whether it is
/// authentic beside the line before it: how what lies behind damage is still read.
pub(crate) fn glean(
    walk: &Walk<'_>,
    index: usize,
    mut visit: impl FnMut(&Line<'_>, bool),
) -> Result<(), Fault> {
    let segment = &walk.segments[index];
    let path = segment.path(walk.folder);
    let fault = |error: std::io::Error| Fault::disk("reading", &path, &error);
    let mut lines = Lines::of(segment.open(walk.files, walk.folder).map_err(fault)?);
    let mut before: Option<Tag> = None;
    loop {
        let line = match lines.next() {
            Ok(Some((line, _))) => line,
            Ok(None) => return Ok(()),
            Err(_) if segment.compressed => return Ok(()),
            Err(error) => return Err(fault(error)),
        };
        // A hole that was never written reads as zeros in front of the next line.
        let start = line.iter().position(|byte| *byte != 0).unwrap_or(0);
        let parsed = parse(&line[start..]).ok();
        if let Some(line) = &parsed {
            let own = (line.kind == Kind::Segment)
                .then(|| line.own::<SegmentHead>().ok().map(|head| head.before))
                .flatten();
            let authentic = [before, own]
                .into_iter()
                .flatten()
                .any(|before| walk.chain.tag(before, line.content) == line.tag);
            visit(line, authentic);
        }
        before = parsed.map(|line| line.tag);
    }
}
