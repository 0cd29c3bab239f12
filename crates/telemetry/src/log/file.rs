//! The file of the log: whole lines only, closed and renamed by size and by day, never shared.
//!
//! An error never travels further than the writer. After one the file is closed; it is opened again
//! at most once a second, and what a failed write or a loss of power tore off is cut away then.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use contracts::{Span, Ts};

use super::json::LINE_MAX;
use crate::calendar::{Stamp, day_of};

/// How large files grow and how long they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// A file of this size is closed.
    pub bytes_max: u64,
    /// A file is closed when the day ends.
    pub daily: bool,
    /// The most files, the open one included; the oldest goes first.
    pub files_max: u32,
    /// A closed file older than this goes.
    pub age_max: Span,
    /// Closed files are compressed.
    pub compress: bool,
}

const MEGABYTE: u64 = 1024 * 1024;

impl Rotation {
    /// For a developer's machine.
    pub const DEVELOPMENT: Self = Self {
        bytes_max: 10 * MEGABYTE,
        daily: false,
        files_max: 5,
        age_max: Span::DAY.times(7),
        compress: true,
    };
    /// For a machine that trades.
    pub const PRODUCTION: Self = Self {
        bytes_max: 100 * MEGABYTE,
        daily: true,
        files_max: 300,
        age_max: Span::DAY.times(30),
        compress: true,
    };
    /// For those who must keep them for a year.
    pub const COMPLIANCE: Self =
        Self { files_max: 4_000, age_max: Span::DAY.times(366), ..Self::PRODUCTION };
}

/// Where the log is written.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder; made where it is missing.
    pub path: PathBuf,
    /// How large files grow and how long they stay.
    pub rotation: Rotation,
}

/// What writing led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It was added to the file.
    Added,
    /// A file was closed before, and there is work for the keeper.
    Rotated,
}

pub(crate) struct LogFile {
    folder: Folder,
    /// The name without its ending; another one than the service's where that is taken.
    base: String,
    /// Held as long as this process writes files of that name.
    lock: Option<File>,
    open: Option<Open>,
    again_at: Ts,
}

struct Open {
    file: File,
    len: u64,
    /// The day of its first line.
    day: i64,
}

impl LogFile {
    pub(crate) fn new(folder: Folder, service: &str) -> Self {
        let base = service.to_owned();
        Self { folder, base, lock: None, open: None, again_at: Ts::ZERO }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path.join(format!("{}.jsonl", self.base))
    }

    /// Takes the name of the service for this process, or one with its id where another process has
    /// it. Says whether it has the name it wanted.
    pub(crate) fn claim(&mut self, pid: u32) -> io::Result<bool> {
        make_folder(&self.folder.path)?;
        let path = self.folder.path.join(format!("{}.lock", self.base));
        let lock = private(OpenOptions::new().create(true).append(true)).open(path)?;
        match lock.try_lock() {
            Ok(()) => {
                self.lock = Some(lock);
                Ok(true)
            }
            Err(fs::TryLockError::WouldBlock) => {
                self.base = format!("{}.{pid}", self.base);
                Ok(false)
            }
            // A file system without locks; two processes are then kept apart by their settings
            // alone.
            Err(fs::TryLockError::Error(_)) => Ok(true),
        }
    }

    /// Adds whole lines.
    pub(crate) fn append(&mut self, now: Ts, lines: &[u8]) -> io::Result<Written> {
        let result = self.try_append(now, lines);
        if result.is_err() {
            self.open = None;
            self.again_at = now + Span::SECOND;
        }
        result
    }

    fn try_append(&mut self, now: Ts, lines: &[u8]) -> io::Result<Written> {
        let rotation = self.folder.rotation;
        let mut written = Written::Added;
        let open = self.opened(now)?;
        if open.is_due(now, lines.len() as u64, rotation) {
            let full = open.len >= rotation.bytes_max.saturating_mul(2);
            match self.close(now) {
                Ok(()) => written = Written::Rotated,
                Err(error) if full => return Err(error),
                Err(_) => {} // it grows to twice its size, while somebody may still make room
            }
        }
        let open = self.opened(now)?;
        open.file.write_all(lines)?;
        open.len += lines.len() as u64;
        Ok(written)
    }

    fn opened(&mut self, now: Ts) -> io::Result<&mut Open> {
        if self.open.is_none() {
            if now < self.again_at {
                return Err(io::Error::other("the log could not be opened a moment ago"));
            }
            make_folder(&self.folder.path)?;
            self.open = Some(Open::at(&self.path(), now)?);
        }
        self.open.as_mut().ok_or_else(|| io::Error::other("the log is not open"))
    }

    /// Closes the file and gives it the name by which the keeper knows it.
    fn close(&mut self, now: Ts) -> io::Result<()> {
        let mut at = now;
        let closed = loop {
            let name = format!("{}.{}.jsonl", self.base, Stamp(at));
            let path = self.folder.path.join(&name);
            if !path.exists() && !self.folder.path.join(format!("{name}.gz")).exists() {
                break path;
            }
            at = at + Span::MILLI;
        };
        fs::rename(self.path(), closed)?;
        self.open = None;
        Ok(())
    }
}

impl Open {
    fn at(path: &Path, now: Ts) -> io::Result<Self> {
        let mut file =
            private(OpenOptions::new().read(true).append(true).create(true)).open(path)?;
        let len = cut_torn_line(&mut file)?;
        let mut beginning = [0; 27];
        let day = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.read_exact(&mut beginning))
            .ok()
            .and_then(|()| std::str::from_utf8(&beginning).ok())
            .and_then(|text| day_of(text.strip_prefix("{\"ts\":\"")?));
        Ok(Self { file, len, day: day.unwrap_or(now.day()) })
    }

    fn is_due(&self, now: Ts, more: u64, rotation: Rotation) -> bool {
        let full = self.len + more > rotation.bytes_max;
        self.len > 0 && (full || rotation.daily && now.day() > self.day)
    }
}

/// Cuts what follows the last whole line; the length that is left.
fn cut_torn_line(file: &mut File) -> io::Result<u64> {
    const STEP: u64 = 64 * 1024;
    let len = file.metadata()?.len();
    let mut end = len;
    while end > 0 && len - end <= LINE_MAX as u64 {
        let start = end.saturating_sub(STEP);
        let mut part = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut part)?;
        if let Some(newline) = part.iter().rposition(|byte| *byte == b'\n') {
            let whole = start + newline as u64 + 1;
            if whole < len {
                file.set_len(whole)?;
            }
            return Ok(whole);
        }
        end = start;
    }
    if end == 0 {
        if len > 0 {
            file.set_len(0)?;
        }
        return Ok(0);
    }
    // Longer than any line of ours; whose it is we do not know, so it is kept, and ended.
    file.write_all(b"\n")?;
    Ok(len + 1)
}

fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o750);
    builder.create(path)
}

/// Readable for the owner and the group, for nobody else.
fn private(options: &mut OpenOptions) -> &OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o640);
    options
}
