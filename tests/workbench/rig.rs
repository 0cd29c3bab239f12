//! A throw-away repository: a small workspace with everything that the checks want of one, all of it as it should be.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use workbench::{Finding, Repository};

/// This repository.
pub(crate) fn ours() -> Repository {
    Repository::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
}

/// A throw-away repository.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// One with nothing in it.
    pub(crate) fn empty() -> Self {
        let scratch = Self { folder: TempDir::new().unwrap() };
        scratch.git(&["init", "--quiet", "--initial-branch=main"]);
        scratch
    }

    /// A copy of this repository, to plant things in.
    pub(crate) fn of_ours() -> Self {
        let (scratch, ours) = (Self::empty(), ours());
        for path in ours.files().unwrap() {
            let to = scratch.folder.path().join(&path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(ours.root().join(&path), to).unwrap();
        }
        scratch
    }

    pub(crate) fn repository(&self) -> Repository {
        Repository::at(self.folder.path())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a text into a file.
    pub(crate) fn put(&self, path: &str, text: &str) -> &Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Puts a text into the place of another one, which must be there.
    pub(crate) fn swap(&self, path: &str, from: &str, to: &str) -> &Self {
        let held = self.repository().read(path).unwrap();
        assert!(held.contains(from), "{path} does not hold {from:?}");
        self.put(path, &held.replacen(from, to, 1))
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.folder.path().join(path)).unwrap();
        self
    }

    pub(crate) fn git(&self, words: &[&str]) -> &Self {
        let mut command = Command::new("git");
        command.current_dir(self.folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]);
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        self
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "--all"]).git(&["commit", "--quiet", "--allow-empty", "-m", message])
    }
}

/// Findings as text.
pub(crate) fn told(found: &[Finding]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}
