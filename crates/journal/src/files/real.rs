//! The real disk. It never retries: after a failed sync nobody knows what is safe, and the caller stops.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::{Files, Growing, Listed, Lock};

/// The longest word of a holder about itself that is read.
const HOLDER_BYTES_MAX: u64 = 256;

/// The file system of this machine. Files are made for their owner alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFiles;

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl Files for RealFiles {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut listed = Vec::new();
        for entry in entries {
            let entry = entry?;
            let about = entry.metadata()?;
            // A name that is no text is none of ours.
            if let Ok(name) = entry.file_name().into_string() {
                listed.push(Listed { name, bytes: about.len(), is_folder: about.is_dir() });
            }
        }
        listed.sort_unstable();
        Ok(listed)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(RealFile(private().write(true).create_new(true).open(path)?)))
    }

    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        let mut file = private().write(true).open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Box::new(RealFile(file)))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    #[cfg(not(unix))]
    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, path: &Path, holder: &str) -> io::Result<Result<Box<dyn Lock>, String>> {
        let mut file = private().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.write_all(holder.as_bytes())?;
                Ok(Ok(Box::new(RealLock(file))))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                (&mut file).take(HOLDER_BYTES_MAX).read_to_string(&mut holder)?;
                Ok(Err(if holder.is_empty() { "somebody unnamed".to_owned() } else { holder }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    #[cfg(unix)]
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        let about = rustix::fs::statvfs(folder)?;
        Ok(about.f_bavail.saturating_mul(about.f_frsize))
    }

    #[cfg(not(unix))]
    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

struct RealFile(File);

impl Growing for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)?;
        self.0.seek(SeekFrom::Start(bytes)).map(drop)
    }
}

/// The lock lives as long as the open file; the system lets go of it when the process ends.
struct RealLock(#[expect(dead_code, reason = "held, not used")] File);

impl Lock for RealLock {}
