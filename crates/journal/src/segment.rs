//! Segments: the files that a journal consists of, named by their first record.
//!
//! ```text
//! folder/lock                                   who has it
//! folder/reserve                                room that is given up when the disk is full
//! folder/live/00000000000000000001.ndjson.gz    closed, compressed
//! folder/live/00000000000000210044.ndjson       the last one, being written
//! folder/aside-0001/…                           a journal whose chain was broken, as it was found
//! ```

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::fault::Fault;
use crate::files::Files;

/// The most segments of a journal that are looked at; at 64 MiB each, some terabytes.
pub(crate) const SEGMENTS_MAX: usize = 100_000;
const PLAIN: &str = ".ndjson";
const COMPRESSED: &str = ".ndjson.gz";
const ASIDE: &str = "aside-";

/// A file of a journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// The number of its first record.
    pub first: u64,
    /// Whether it was compressed.
    pub compressed: bool,
    /// How long the file is.
    pub bytes: u64,
}

impl Segment {
    /// Its name in the folder.
    pub fn name(&self) -> String {
        name(self.first, self.compressed)
    }

    pub(crate) fn path(&self, folder: &Path) -> PathBuf {
        folder.join(self.name())
    }

    /// Opens it, to be read as it was written, as far as it stood there when the folder was listed: who reads what is
    /// being written, and looks twice at its end, sees the same.
    pub(crate) fn open(
        &self,
        files: &dyn Files,
        folder: &Path,
    ) -> io::Result<Box<dyn Read + Send>> {
        let packed = |file| Box::new(MultiGzDecoder::new(file));
        match files.read(&self.path(folder)) {
            Ok(file) if self.compressed => Ok(packed(file)),
            // It may have been compressed since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.compressed => {
                Ok(packed(files.read(&folder.join(name(self.first, true)))?))
            }
            file => Ok(Box::new(file?.take(self.bytes))),
        }
    }
}

/// The name of the segment that begins with that record.
pub(crate) fn name(first: u64, compressed: bool) -> String {
    format!("{first:020}{}", if compressed { COMPRESSED } else { PLAIN })
}

fn segment(name: &str, bytes: u64) -> Option<Segment> {
    let (digits, compressed) = match name.strip_suffix(COMPRESSED) {
        Some(digits) => (digits, true),
        None => (name.strip_suffix(PLAIN)?, false),
    };
    let plain = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first = digits.parse().ok().filter(|_| plain)?;
    Some(Segment { first, compressed, bytes })
}

/// The segments of a folder in their order. Where a file stands both plain and compressed, compressing
/// was cut short, and the plain one counts.
pub fn segments(files: &dyn Files, folder: &Path) -> Result<Vec<Segment>, Fault> {
    let listed = files.list(folder).map_err(|error| Fault::disk("listing", folder, &error))?;
    let named = listed.iter().filter(|file| !file.is_folder);
    let mut found: Vec<Segment> =
        named.filter_map(|file| segment(&file.name, file.bytes)).collect();
    found.sort_unstable();
    found.dedup_by_key(|segment| segment.first);
    if found.len() > SEGMENTS_MAX {
        return Err(Fault::Bound("more segments than are looked at; archive old ones"));
    }
    Ok(found)
}

/// Where the segments stand.
pub(crate) fn live(root: &Path) -> PathBuf {
    root.join("live")
}

/// The folders of journals that were put aside, the latest last.
pub(crate) fn put_aside(files: &dyn Files, root: &Path) -> Result<Vec<(u32, PathBuf)>, Fault> {
    let listed = files.list(root).map_err(|error| Fault::disk("listing", root, &error))?;
    let number = |name: &str| name.strip_prefix(ASIDE)?.parse::<u32>().ok();
    let mut found: Vec<_> = listed
        .iter()
        .filter(|folder| folder.is_folder)
        .filter_map(|folder| Some((number(&folder.name)?, root.join(&folder.name))))
        .collect();
    found.sort_unstable();
    Ok(found)
}

/// The folder to which the next broken journal goes.
pub(crate) fn next_aside(root: &Path, held: &[(u32, PathBuf)]) -> PathBuf {
    let last = held.last().map_or(0, |(number, _)| *number);
    root.join(format!("{ASIDE}{:04}", last.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_names_round_trip_and_others_are_not_ours() {
        let found = segment("00000000000000210044.ndjson.gz", 5).unwrap();
        assert_eq!((found.first, found.compressed, found.bytes), (210_044, true, 5));
        assert_eq!(found.name(), "00000000000000210044.ndjson.gz");
        for name in ["1.ndjson", "reserve", "+0000000000000000001.ndjson", "lock", "a.ndjson"] {
            assert_eq!(segment(name, 0), None, "{name}");
        }
    }
}
