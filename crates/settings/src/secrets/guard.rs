//! Files that hold secrets: read only if nobody else could have read or replaced them, made only where
//! nothing is.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::origin::Origin;
use crate::problem::{Problem, ProblemKind};

fn problem(kind: ProblemKind, path: &Path, what: impl Into<String>) -> Problem {
    Problem::new(kind, Origin::whole_file(&path.display().to_string()), what)
}

/// The bytes of a file that its owner alone can read, and that is no link.
pub(crate) fn read_guarded(path: &Path, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
    guard_folder_of(path)?;
    // Without following a link, and without waiting where it is a pipe; the checks are on what was opened.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    let file = File::from(opened.map_err(|error| unopened(path, &error.into()))?);
    let failed = |error: std::io::Error| problem(ProblemKind::Unreadable, path, error.to_string());
    check_owner(path, &file.metadata().map_err(failed)?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(bytes_max).unwrap_or(0) + 1));
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(problem(
            ProblemKind::TooBig,
            path,
            format!("is larger than {bytes_max} bytes"),
        )
        .advice("whether it is the right file"));
    }
    Ok(bytes)
}

fn unopened(path: &Path, error: &std::io::Error) -> Problem {
    let link = fs::symlink_metadata(path).is_ok_and(|held| held.is_symlink());
    match error.kind() {
        _ if link => {
            problem(ProblemKind::NotOurs, path, "is a link, which can be turned elsewhere")
                .advice("the path of the file itself")
        }
        ErrorKind::NotFound => problem(ProblemKind::MissingFile, path, "there is no such file")
            .advice("`njord init` to make keys, or another path"),
        ErrorKind::PermissionDenied => {
            problem(ProblemKind::Unreadable, path, "this user may not read it")
                .advice("running as the owner of the file")
        }
        ErrorKind::NotADirectory => {
            problem(ProblemKind::Unreadable, path, "a part of the path is a file, and no folder")
                .advice("another run.state, or another path")
        }
        _ => problem(ProblemKind::Unreadable, path, error.to_string())
            .advice("a disk that works, or another path"),
    }
}

fn check_owner(path: &Path, held: &Metadata) -> Result<(), Problem> {
    let shown = path.display();
    if !held.is_file() {
        return Err(problem(ProblemKind::NotOurs, path, "is no ordinary file")
            .advice("the path of an ordinary file"));
    }
    let us = rustix::process::geteuid().as_raw();
    if held.uid() != us && held.uid() != 0 {
        let what = format!("belongs to user {}, and we are user {us}", held.uid());
        return Err(problem(ProblemKind::NotOurs, path, what).advice(format!("chown {us} {shown}")));
    }
    if held.mode() & 0o077 != 0 {
        let what = format!("others can open it: its mode is {:04o}", held.mode() & 0o7777);
        return Err(problem(ProblemKind::TooOpen, path, what)
            .advice(format!("chmod 600 {shown}, and new secrets if others may have read it")));
    }
    Ok(())
}

fn guard_folder_of(path: &Path) -> Result<(), Problem> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => guard_folder(parent),
        _ => guard_folder(Path::new(".")),
    }
}

/// In such a folder only the owner of a file replaces it.
const STICKY: u32 = 0o1000;

/// Refuses a folder in which others could put a file of theirs in the place of ours.
fn guard_folder(folder: &Path) -> Result<(), Problem> {
    let Ok(held) = fs::metadata(folder) else { return Ok(()) }; // opening the file will say it
    let us = rustix::process::geteuid().as_raw();
    if held.uid() != us && held.uid() != 0 {
        let what = format!("belongs to user {}, who can replace files in it", held.uid());
        return Err(problem(ProblemKind::NotOurs, folder, what)
            .advice(format!("chown {us} {}", folder.display())));
    }
    if held.mode() & 0o022 != 0 && held.mode() & STICKY == 0 {
        let mode = held.mode() & 0o7777;
        let what = format!("others can replace files in it: its mode is {mode:04o}");
        return Err(problem(ProblemKind::TooOpen, folder, what)
            .advice(format!("chmod go-w {}", folder.display())));
    }
    Ok(())
}

/// Refuses a folder that others can open: which keys there are, and when they change, is the owner's business.
pub(crate) fn guard_own_folder(folder: &Path) -> Result<(), Problem> {
    guard_folder(folder)?;
    let Ok(held) = fs::metadata(folder) else { return Ok(()) }; // opening a file in it will say it
    if held.mode() & 0o077 != 0 {
        let what = format!("others can open it: its mode is {:04o}", held.mode() & 0o7777);
        return Err(problem(ProblemKind::TooOpen, folder, what)
            .advice(format!("chmod 700 {}", folder.display())));
    }
    Ok(())
}

/// Makes a file that only its owner can open, whole or not at all, and never in the place of another.
pub(crate) fn create_guarded(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    create(path, bytes, 0o600)
}

/// Makes a file whole or not at all, and never in the place of another.
pub(crate) fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Problem> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => problem(ProblemKind::Exists, path, "is there already")
            .advice("another folder, or moving it away yourself"),
        _ => problem(ProblemKind::Unwritable, path, error.to_string())
            .advice("whether the folder can be written and the disk has room"),
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write_draft(&draft, bytes, mode).and_then(|()| fs::hard_link(&draft, path));
    // A draft that is left over is wiped by name only: the next one has another.
    let cleaned = fs::remove_file(&draft);
    written.map_err(failed)?;
    cleaned.and_then(|()| File::open(folder)?.sync_all()).map_err(failed)
}

fn write_draft(draft: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn create_never_replaces_what_came_in_the_meantime_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.key");
        create_guarded(&path, b"first").unwrap();
        let refused = create_guarded(&path, b"second").unwrap_err();
        assert_eq!(refused.kind, ProblemKind::Exists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
