//! The files of a journal, found by their names and read whole, one at a time.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::report::Cannot;

/// Larger segments are not written by anybody.
const SEGMENT_BYTES_MAX: u64 = 1 << 30;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File {
    pub(super) first: u64,
    is_packed: bool,
    path: PathBuf,
}

/// The segments in a folder, or in its folder `live`, in order.
pub(super) fn segments(folder: &Path) -> Result<Vec<File>, Cannot> {
    let within = folder.join("live");
    let folder = if within.is_dir() { within.as_path() } else { folder };
    let cannot = |error: std::io::Error| Cannot::Read(folder.to_path_buf(), error.to_string());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let unpacked = name.strip_suffix(".gz");
        let is_packed = unpacked.is_some();
        let plain = unpacked.unwrap_or(name).strip_suffix(".ndjson");
        let first =
            plain.filter(|digits| digits.len() == 20).and_then(|digits| digits.parse().ok());
        if let Some(first) = first {
            files.push(File { first, is_packed, path });
        }
    }
    files.sort();
    files.dedup_by_key(|file| file.first);
    if files.is_empty() {
        return Err(Cannot::Empty(folder.to_path_buf()));
    }
    Ok(files)
}

impl File {
    pub(super) fn read(&self) -> Result<Vec<u8>, Cannot> {
        let cannot = |error: std::io::Error| Cannot::Read(self.path.clone(), error.to_string());
        let file = fs::File::open(&self.path).map_err(cannot)?;
        let mut bytes = Vec::new();
        let read = if self.is_packed {
            flate2::read::MultiGzDecoder::new(file)
                .take(SEGMENT_BYTES_MAX + 1)
                .read_to_end(&mut bytes)
        } else {
            file.take(SEGMENT_BYTES_MAX + 1).read_to_end(&mut bytes)
        };
        match read {
            Ok(_) => {}
            // What could be unpacked is judged: the chain says where it ends.
            Err(_) if self.is_packed => {}
            Err(error) => return Err(cannot(error)),
        }
        if bytes.len() as u64 > SEGMENT_BYTES_MAX {
            return Err(Cannot::Read(self.path.clone(), "larger than a segment can be".to_owned()));
        }
        Ok(bytes)
    }
}
