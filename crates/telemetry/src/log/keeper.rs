//! What happens to closed files: they are compressed, and in the end removed.
//!
//! Works in small steps on the writer's own thread, so that lines never wait for it long. Touches
//! only files whose names this crate made; journals and everything else in the folder stay.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use contracts::{Span, Ts};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::file::Folder;
use crate::calendar::Stamp;

/// How much is compressed before lines are looked at again.
const STEP_BYTES: usize = 64 * 1024;

/// Looks after the closed files of one name.
pub(crate) struct Keeper {
    folder: Folder,
    base: String,
    job: Option<Job>,
    due: bool,
}

/// A file that is being compressed.
struct Job {
    from: File,
    encoder: GzEncoder<File>,
    closed: PathBuf,
    part: PathBuf,
    whole: PathBuf,
}

/// A closed file.
#[derive(Debug)]
struct Closed {
    stamp: Stamp,
    path: PathBuf,
    compressed: bool,
}

impl Keeper {
    pub(crate) fn new(folder: Folder, base: &str) -> Self {
        Self { folder, base: base.to_owned(), job: None, due: true }
    }

    /// There may be something to do.
    pub(crate) fn call(&mut self) {
        self.due = true;
    }

    /// Does a little of what there is to do; `true` while there is more.
    pub(crate) fn step(&mut self, now: Ts) -> io::Result<bool> {
        if !self.due && self.job.is_none() {
            return Ok(false);
        }
        let result = match self.job.take() {
            Some(job) => self.compress(job),
            None => self.look(now),
        };
        if result.is_err() {
            self.due = false; // the next closed file is the next attempt
        }
        result
    }

    fn look(&mut self, now: Ts) -> io::Result<bool> {
        let mut closed = self.closed(now)?;
        self.remove_old(&mut closed, now)?;
        if let Some(next) = closed.iter().find(|file| !file.compressed)
            && self.folder.rotation.compress
        {
            self.job = Some(Job::begin(next)?);
            return Ok(true);
        }
        self.due = false;
        Ok(false)
    }

    fn compress(&mut self, mut job: Job) -> io::Result<bool> {
        let mut bytes = vec![0; STEP_BYTES];
        let outcome = job.advance(&mut bytes);
        match outcome {
            Ok(true) => self.job = Some(job),
            Ok(false) => job.finish()?,
            Err(error) => {
                let _ = fs::remove_file(&job.part);
                return Err(error);
            }
        }
        Ok(true)
    }

    /// All closed files of this name, the oldest first. What a crash left half done is removed.
    fn closed(&self, now: Ts) -> io::Result<Vec<Closed>> {
        let mut closed = Vec::new();
        for entry in fs::read_dir(&self.folder.path)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(rest) = name.strip_prefix(&self.base).and_then(|rest| rest.strip_prefix('.'))
            else {
                continue;
            };
            let (first, ending) = rest.split_once('.').unwrap_or((rest, ""));
            if !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit()) {
                self.remove_foreign(&path, now)?;
                continue;
            }
            let Some(stamp) = Stamp::parse(first) else { continue };
            match ending {
                "jsonl" => closed.push(Closed { stamp, path, compressed: false }),
                "jsonl.gz" => closed.push(Closed { stamp, path, compressed: true }),
                "jsonl.gz.part" => fs::remove_file(&path)?,
                _ => {}
            }
        }
        closed.sort_by_key(|file| (file.stamp, file.compressed));
        Ok(closed)
    }

    /// A log of a process that found the name taken: nobody else will ever remove it.
    fn remove_foreign(&self, path: &Path, now: Ts) -> io::Result<()> {
        let since_1970 = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH);
        let nanos = since_1970.map_or(0, |since| since.as_nanos());
        let changed = Ts::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        if now.since(changed) > self.folder.rotation.age_max {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    fn remove_old(&self, closed: &mut Vec<Closed>, now: Ts) -> io::Result<()> {
        let rotation = self.folder.rotation;
        let oldest = now - rotation.age_max;
        let beside_open = rotation.files_max.saturating_sub(1) as usize;
        let surplus = closed.len().saturating_sub(beside_open);
        let is_old = |file: &Closed| rotation.age_max > Span::ZERO && file.stamp.0 < oldest;
        let mut kept = Vec::with_capacity(closed.len());
        for (place, file) in closed.drain(..).enumerate() {
            if place < surplus || is_old(&file) {
                fs::remove_file(&file.path)?;
            } else {
                kept.push(file);
            }
        }
        *closed = kept;
        Ok(())
    }
}

impl Job {
    fn begin(file: &Closed) -> io::Result<Self> {
        let ending = |ending: &str| {
            let mut name = file.path.clone().into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        let (whole, part) = (ending(".gz"), ending(".gz.part"));
        let from = File::open(&file.path)?;
        let to = File::create(&part)?;
        let encoder = GzEncoder::new(to, Compression::fast());
        Ok(Self { from, encoder, closed: file.path.clone(), part, whole })
    }

    fn advance(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        let count = self.from.read(bytes)?;
        io::Write::write_all(&mut self.encoder, &bytes[..count])?;
        Ok(count > 0)
    }

    /// The plain file goes only when the compressed one is safely on the disk.
    fn finish(self) -> io::Result<()> {
        let written = self.encoder.finish()?;
        #[cfg(unix)]
        written.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o640))?;
        written.sync_all()?;
        fs::rename(&self.part, &self.whole)?;
        fs::remove_file(&self.closed)
    }
}
