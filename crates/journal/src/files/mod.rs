//! The few things that a journal asks of a disk, so that a test can put a failing one in its place.
//!
//! What was synced survives a loss of power; of the rest any part may survive, in any order.

mod real;

use std::io;
use std::path::Path;

pub use real::RealFiles;

/// What stands in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name, without the folder.
    pub name: String,
    /// How long it is, in bytes; of a folder, nothing meaningful.
    pub bytes: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// A disk.
pub trait Files: Send + Sync {
    /// Makes a folder, and those above it; one that is there is left alone.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// What stands in a folder, by name; nothing where there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>>;
    /// Makes a new file; one that is there is an error.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>>;
    /// Opens a file to go on at its end.
    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>>;
    /// Opens a file to be read from its beginning.
    fn read(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>>;
    /// Gives a file or a folder another name; safe once both folders are synced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file; safe once its folder is synced.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes what was created, renamed and removed in a folder safe.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Takes a lock that nobody else can hold, or says what its holder wrote about itself.
    fn lock(&self, path: &Path, holder: &str) -> io::Result<Result<Box<dyn Lock>, String>>;
    /// How much may still be written, in bytes.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
}

/// A file that grows at its end.
pub trait Growing: Send {
    /// Writes at the end. After an error any part of it may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything that was written safe.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to that length.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

/// Held as long as it lives.
pub trait Lock: Send {}

/// Whether an error says that the disk is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Removes a file, or finds that there is none.
pub(crate) fn remove_if_there(files: &dyn Files, path: &Path) -> io::Result<()> {
    match files.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that is still there after a loss of power; the one above it must be.
pub(crate) fn make_safe_folder(files: &dyn Files, folder: &Path) -> io::Result<()> {
    files.make_folder(folder)?;
    match folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        Some(above) => files.sync_folder(above),
        None => Ok(()),
    }
}
