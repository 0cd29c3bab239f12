//! The reserve: room on the disk that is taken at the start and given up when the disk is full, so that
//! cancels can still be written.

use std::io;
use std::path::{Path, PathBuf};

use crate::fault::Fault;
use crate::files::{Files, is_full, remove_if_there};

/// The reserve is written in pieces of this size.
const PIECE_BYTES: usize = 64 << 10;

/// The file that holds the room.
#[derive(Debug)]
pub(crate) struct Reserve {
    folder: PathBuf,
    path: PathBuf,
    /// Whether the room stands.
    stands: bool,
    /// Whether none is wanted at all.
    unwanted: bool,
}

impl Reserve {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let path = folder.join("reserve");
        Self { folder: folder.to_path_buf(), path, stands: false, unwanted: false }
    }

    /// Whether the room was needed and is gone.
    pub(crate) fn is_used(&self) -> bool {
        !self.stands && !self.unwanted
    }

    /// Takes the room, anew; `false` where the disk is too full for it.
    pub(crate) fn make(&mut self, files: &dyn Files, bytes: u64) -> Result<bool, Fault> {
        self.unwanted = bytes == 0;
        if self.stands || self.unwanted {
            return Ok(true);
        }
        let fault = |error: io::Error| Fault::disk("reserving", &self.path, &error);
        let held = files.list(&self.folder).map_err(fault)?;
        let held = held.iter().find(|file| self.path.ends_with(&file.name));
        if held.is_some_and(|file| file.bytes == bytes) {
            self.stands = true;
            return Ok(true);
        }
        let unfinished = self.path.with_extension("part");
        for path in [&self.path, &unfinished] {
            remove_if_there(files, path).map_err(fault)?;
        }
        match self.fill(files, &unfinished, bytes) {
            Ok(()) => self.stands = true,
            Err(error) if is_full(&error) => remove_if_there(files, &unfinished).map_err(fault)?,
            Err(error) => return Err(fault(error)),
        }
        Ok(self.stands)
    }

    /// The name says that the room is there in full, so it is given last.
    fn fill(&self, files: &dyn Files, unfinished: &Path, bytes: u64) -> io::Result<()> {
        let mut file = files.create(unfinished)?;
        // Noise, not zeros: a file system that squeezes files would give no room for zeros.
        let mut noise = kernel::Seeded::new(bytes);
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        while piece.len() < PIECE_BYTES {
            piece.extend_from_slice(&noise.next_u64().to_le_bytes());
        }
        let mut left = bytes;
        while left > 0 {
            let part = left.min(PIECE_BYTES as u64);
            file.append(&piece[..part as usize])?;
            left -= part;
        }
        file.sync()?;
        files.rename(unfinished, &self.path)?;
        files.sync_folder(&self.folder)
    }

    /// Gives the room up; `false` where there was none.
    pub(crate) fn give_up(&mut self, files: &dyn Files) -> bool {
        if !self.stands {
            return false;
        }
        self.stands = false;
        // Some file systems hand room out again only once the removal is on disk. Should either fail,
        // the write that follows says so.
        files.remove(&self.path).is_ok() && files.sync_folder(&self.folder).is_ok()
    }
}
