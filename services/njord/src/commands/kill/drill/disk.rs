//! A disk that can be made read-only under a process, whoever runs it: for the drill of the kill switch alone.
//! Below a folder with a certain file in it, nothing can be written any more, not even to files that are open,
//! as when the kernel has found an error on a disk. Modes would do for everybody but root, and for new files.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use journal::files::{Files, Growing, Listed, Lock, RealFiles};

/// The file that makes a folder read-only.
const MARK: &str = "read-only.mark";

/// Makes a folder read-only, or lets go of it.
pub(super) fn set_read_only(folder: &Path, is_read_only: bool) -> io::Result<()> {
    let mark = folder.join(MARK);
    if is_read_only { fs::write(mark, "drill\n") } else { fs::remove_file(mark) }
}

/// The disk of processes that drill.
pub(in super::super) struct DrillFiles;

fn writable(path: &Path) -> io::Result<()> {
    let is_read_only = path.ancestors().any(|folder| folder.join(MARK).exists());
    if is_read_only { Err(ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(()) }
}

impl Files for DrillFiles {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        writable(folder)?;
        RealFiles.make_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealFiles.list(folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        writable(path)?;
        Ok(Box::new(DrillFile { file: RealFiles.create(path)?, path: path.to_owned() }))
    }

    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        writable(path)?;
        Ok(Box::new(DrillFile { file: RealFiles.extend(path)?, path: path.to_owned() }))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        RealFiles.read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        writable(from).and_then(|()| writable(to))?;
        RealFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        writable(path)?;
        RealFiles.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealFiles.sync_folder(folder)
    }

    fn lock(&self, path: &Path, holder: &str) -> io::Result<Result<Box<dyn Lock>, String>> {
        writable(path)?;
        RealFiles.lock(path, holder)
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        RealFiles.free_bytes(folder)
    }
}

struct DrillFile {
    file: Box<dyn Growing>,
    path: PathBuf,
}

impl Growing for DrillFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        writable(&self.path)?;
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        writable(&self.path)?;
        self.file.cut(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_only_folder_takes_nothing_below_it_and_everything_once_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let (state, file) = (folder.path().join("state"), folder.path().join("state/journal/one"));
        DrillFiles.make_folder(&state.join("journal")).unwrap();
        let mut open = DrillFiles.create(&file).unwrap();
        open.append(b"before\n").unwrap();
        set_read_only(&state, true).unwrap();
        let refused = |done: io::Result<()>| {
            assert_eq!(done.unwrap_err().kind(), ErrorKind::ReadOnlyFilesystem);
        };
        refused(open.append(b"more\n"));
        refused(open.cut(0));
        refused(DrillFiles.create(&state.join("other")).map(drop));
        refused(DrillFiles.extend(&file).map(drop));
        refused(DrillFiles.rename(&file, &folder.path().join("away")));
        refused(DrillFiles.rename(&folder.path().join("away"), &file));
        refused(DrillFiles.remove(&file));
        refused(DrillFiles.lock(&state.join("lock"), "somebody").map(drop));
        refused(DrillFiles.make_folder(&state.join("folder")));
        // What lies elsewhere can be written, and what is there can be read.
        drop(DrillFiles.create(&folder.path().join("elsewhere")).unwrap());
        let mut text = String::new();
        DrillFiles.read(&file).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "before\n");
        set_read_only(&state, false).unwrap();
        open.append(b"after\n").unwrap();
    }
}
