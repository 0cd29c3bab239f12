//! A repository on disk: its files, and what `git` says of it. Paths are relative to its root, with `/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Fault, Finding};

/// A working copy.
#[derive(Debug, Clone)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The one whose root is that folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The one in which the process was started.
    pub fn here() -> Result<Self, Fault> {
        let said = git(Path::new("."), &["rev-parse", "--show-toplevel"])?;
        Ok(Self::at(said.trim_end()))
    }

    /// The folder at its top.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Result<String, Fault> {
        let path = self.root.join(path);
        fs::read_to_string(&path).map_err(Fault::io(&path))
    }

    /// Puts a text into a file, and leaves one alone that holds it already.
    pub fn write(&self, path: &str, text: &str) -> Result<bool, Fault> {
        if self.read(path).is_ok_and(|held| held == text) {
            return Ok(false);
        }
        let full = self.root.join(path);
        if let Some(folder) = full.parent() {
            fs::create_dir_all(folder).map_err(Fault::io(folder))?;
        }
        fs::write(&full, text).map_err(Fault::io(&full)).map(|()| true)
    }

    /// Copies a file to the same path below that folder.
    pub(crate) fn copy(&self, path: &str, folder: &Path) -> Result<(), Fault> {
        let (from, to) = (self.root.join(path), folder.join(path));
        if let Some(above) = to.parent() {
            fs::create_dir_all(above).map_err(Fault::io(above))?;
        }
        fs::copy(&from, &to).map_err(Fault::io(&from)).map(drop)
    }

    /// Whether there is such a file or folder.
    pub fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// Every file that is kept or about to be, without what is ignored and what is deleted.
    pub fn files(&self) -> Result<Vec<String>, Fault> {
        let listed = self.git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|path| self.root.join(path).is_file())
            .map(Into::into)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Every file whose name ends in a dot and that.
    pub fn files_of(&self, kind: &str) -> Result<Vec<String>, Fault> {
        let ends = |path: &String| Path::new(path).extension().is_some_and(|held| held == kind);
        Ok(self.files()?.into_iter().filter(ends).collect())
    }

    /// The pages: every Markdown file, but for parts of pages that programs are made with.
    pub fn pages(&self) -> Result<Vec<String>, Fault> {
        let pages = self.files_of("md")?.into_iter();
        Ok(pages.filter(|path| !path.contains("/src/")).collect())
    }

    /// What `git` says to these words.
    pub fn git(&self, words: &[&str]) -> Result<String, Fault> {
        git(&self.root, words)
    }

    /// A made file that is not as it would be made now, if it is not.
    pub(crate) fn stale(&self, path: &str, fresh: &str) -> Option<Finding> {
        let held = self.read(path).unwrap_or_default();
        let differs = held.lines().zip(fresh.lines()).position(|(held, fresh)| held != fresh);
        let line = differs.map_or(held.lines().count().min(fresh.lines().count()), |at| at) + 1;
        (held != fresh).then(|| {
            Finding::new(
                format!("{path}:{line}"),
                "is not what would be made of the rest of the repository now",
                "mise run reindex (scripts/reindex.sh)",
            )
        })
    }
}

fn git(root: &Path, words: &[&str]) -> Result<String, Fault> {
    let command = || format!("git {}", words.join(" "));
    let output = Command::new("git").current_dir(root).args(words).output();
    let output =
        output.map_err(|why| Fault::Program { command: command(), said: why.to_string() })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(Fault::Program { command: command(), said: text(&output.stderr).trim_end().to_owned() })
    }
}
