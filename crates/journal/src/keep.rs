//! Keeping a journal for years: old segments are compressed, then moved to an archive. Nothing is ever deleted.
//!
//! What a start needs (everything from the latest snapshot on) is left alone. What stays names the last tag of what
//! has left, so that a piece that was taken out of the archive is missed. Each step can be cut short anywhere and be
//! taken again, and none takes the place of a file that says something else.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use contracts::{Span, Ts};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::fault::Fault;
use crate::files::{Files, Growing, make_safe_folder, remove_if_there};
use crate::record::SegmentHead;
use crate::recover::head_of;
use crate::segment::{Segment, live, name, segments};

const BUFFER_BYTES: usize = 1 << 16;

/// When segments are compressed and moved.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// A closed segment is compressed when it was opened so long ago; never where nothing is said.
    pub compress_after: Option<Span>,
    /// And moved to the archive when it was opened so long ago.
    pub archive_after: Span,
    /// Where the archive is.
    pub archive: PathBuf,
}

/// A segment, and what its head says, which nobody has checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The file.
    pub segment: Segment,
    /// When it was opened.
    pub opened: Ts,
    /// Whether a start can begin at it.
    pub has_snapshot: bool,
}

/// Something to be done with an old segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Compress it where it stands.
    Compress(Segment),
    /// Move it to the archive.
    Archive(Segment),
}

/// The segments of a journal with their age.
pub fn survey(files: &dyn Files, root: &Path) -> Result<Vec<Held>, Fault> {
    let folder = live(root);
    let with_age = |segment: Segment| {
        let (head, has_snapshot) = head_of(files, &folder, &segment)?;
        let opened = head.map_or(Ts::MAX, |head: SegmentHead| head.at);
        Ok(Held { segment, opened, has_snapshot })
    };
    segments(files, &folder)?.into_iter().map(with_age).collect()
}

/// What is to be done at `now`, oldest first.
pub fn plan(held: &[Held], keeping: &Keeping, now: Ts) -> Vec<Step> {
    let needed = held.iter().rposition(|held| held.has_snapshot).unwrap_or(0);
    let is_old = |held: &Held, after| held.opened <= now && now.since(held.opened) >= after;
    let mut steps = Vec::new();
    let mut all_before_moved = true;
    for this in held.iter().take(needed) {
        let is_packed = match keeping.compress_after {
            Some(after) if !this.segment.compressed => {
                if is_old(this, after) {
                    steps.push(Step::Compress(this.segment.clone()));
                }
                false
            }
            _ => true,
        };
        // In order, so that what remains is one piece.
        all_before_moved &= is_packed && is_old(this, keeping.archive_after);
        if all_before_moved {
            steps.push(Step::Archive(this.segment.clone()));
        }
    }
    steps
}

/// Takes one step. It is safe when this returns; cut short, it can be taken again.
pub fn take(files: &dyn Files, root: &Path, keeping: &Keeping, step: &Step) -> Result<(), Fault> {
    let folder = live(root);
    let (from, to_folder, to) = match step {
        Step::Compress(segment) => (segment, folder.clone(), name(segment.first, true)),
        Step::Archive(segment) => (segment, keeping.archive.clone(), segment.name()),
    };
    let (source, target) = (from.path(&folder), to_folder.join(&to));
    let unfinished = to_folder.join(format!("{to}.part"));
    let fault = |error: io::Error| Fault::disk("keeping", &target, &error);
    make_safe_folder(files, &to_folder).map_err(fault)?;
    remove_if_there(files, &unfinished).map_err(fault)?;
    let is_compressing = matches!(step, Step::Compress(_));
    let names = files.list(&to_folder).map_err(fault)?;
    if names.iter().any(|file| file.name == to) {
        // This step was cut short when all but its end was done; or that file is of another journal.
        if !is_same(files, &source, &target, is_compressing).unwrap_or(false) {
            let what = "a file of this name says something else; move it elsewhere";
            return Err(fault(io::Error::new(io::ErrorKind::AlreadyExists, what)));
        }
    } else {
        write_copy(files, &source, &unfinished, is_compressing).map_err(fault)?;
        if !is_same(files, &source, &unfinished, is_compressing).map_err(fault)? {
            return Err(fault(io::Error::other("what was written reads back otherwise")));
        }
        files.rename(&unfinished, &target).map_err(fault)?;
    }
    files.sync_folder(&to_folder).map_err(fault)?;
    files.remove(&source).map_err(fault)?;
    files.sync_folder(&folder).map_err(fault)
}

fn write_copy(files: &dyn Files, from: &Path, to: &Path, compress: bool) -> io::Result<()> {
    let mut source = files.read(from)?;
    let mut target = files.create(to)?;
    if compress {
        let mut packer = GzEncoder::new(Appended(target.as_mut()), Compression::default());
        io::copy(&mut source, &mut packer)?;
        packer.finish()?;
    } else {
        io::copy(&mut source, &mut Appended(target.as_mut()))?;
    }
    target.sync()
}

fn is_same(files: &dyn Files, one: &Path, other: &Path, unpack: bool) -> io::Result<bool> {
    let mut one = files.read(one)?;
    let other = files.read(other)?;
    let mut other: Box<dyn Read> =
        if unpack { Box::new(MultiGzDecoder::new(other)) } else { other };
    let (mut left, mut right) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    loop {
        let (read, also) = (fill(&mut one, &mut left)?, fill(&mut other, &mut right)?);
        if left[..read] != right[..also] {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// A growing file as the standard library wants to write to it.
struct Appended<'a>(&'a mut dyn Growing);

impl io::Write for Appended<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes).map(|()| bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How long the disk will do at the pace of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// What a day writes, before anything is compressed.
    pub bytes_per_day: u64,
    /// What may still be written.
    pub free_bytes: u64,
    /// How many days that is; nothing where nothing is written.
    pub days: Option<u64>,
}

/// The forecast from the segments that are not compressed yet, at `now`; nothing before there is a span of
/// time to judge by.
pub fn forecast(held: &[Held], free_bytes: u64, now: Ts) -> Option<Forecast> {
    let recent: Vec<&Held> =
        held.iter().filter(|held| !held.segment.compressed && held.opened < now).collect();
    let span = now.since(recent.first()?.opened).nanos();
    let bytes: u64 = recent.iter().map(|held| held.segment.bytes).sum();
    let day = u128::from(bytes) * u128::from(Span::DAY.nanos().unsigned_abs());
    let bytes_per_day = u64::try_from(day / u128::from(span.unsigned_abs())).unwrap_or(u64::MAX);
    Some(Forecast { bytes_per_day, free_bytes, days: free_bytes.checked_div(bytes_per_day) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(first: u64, compressed: bool, day: i64, has_snapshot: bool) -> Held {
        let segment = Segment { first, compressed, bytes: 1000 };
        Held { segment, opened: Ts::ZERO + Span::DAY.times(day), has_snapshot }
    }

    fn names(steps: &[Step]) -> Vec<(char, u64)> {
        let name = |step: &Step| match step {
            Step::Compress(segment) => ('c', segment.first),
            Step::Archive(segment) => ('a', segment.first),
        };
        steps.iter().map(name).collect()
    }

    fn keeping() -> Keeping {
        let archive = PathBuf::from("/archive");
        Keeping { compress_after: Some(Span::DAY), archive_after: Span::DAY.times(90), archive }
    }

    #[test]
    fn plan_keeps_what_a_start_needs() {
        let all = [
            held(1, true, 0, false),
            held(100, true, 1, true),
            held(200, false, 2, false),
            held(300, false, 99, true),
            held(400, false, 100, false),
        ];
        let at = |day| Ts::ZERO + Span::DAY.times(day);
        assert_eq!(names(&plan(&all, &keeping(), at(100))), [('a', 1), ('a', 100), ('c', 200)]);
        assert_eq!(names(&plan(&all, &keeping(), at(90))), [('a', 1), ('c', 200)]);
        // A clock that went back makes nothing old.
        assert_eq!(names(&plan(&all, &keeping(), at(0))), []);
        let as_it_is = Keeping { compress_after: None, ..keeping() };
        assert_eq!(names(&plan(&all, &as_it_is, at(100))), [('a', 1), ('a', 100), ('a', 200)]);
    }

    #[test]
    fn forecast_follows_the_pace_of_late() {
        let all = [held(1, true, 0, false), held(2, false, 8, true), held(3, false, 9, true)];
        let now = Ts::ZERO + Span::DAY.times(10);
        let seen = forecast(&all, 31_500, now).unwrap();
        assert_eq!((seen.bytes_per_day, seen.days), (1000, Some(31)));
        assert_eq!(forecast(&all[..1], 1, now), None);
        assert_eq!(forecast(&all, 1, Ts::ZERO), None);
    }
}
