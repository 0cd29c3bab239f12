//! A copy of the repository in which things are broken and mended again. Its own `scripts/check.sh` runs there, with the
//! environment of this process: `scripts/broken.sh` names the tools of the repository and the folder of what is built.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use super::How;
use crate::{Fault, Repository};

/// The copy.
#[derive(Debug)]
pub struct Room {
    copy: Repository,
    /// When each file was changed last, in the repository.
    times: BTreeMap<String, SystemTime>,
}

/// How a command ended, and what it said, in the order in which it said it.
#[derive(Debug)]
pub struct Run {
    /// Whether it succeeded.
    pub passed: bool,
    /// What it said.
    pub said: String,
}

impl Run {
    /// Its last line.
    pub fn last(&self) -> &str {
        self.said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default()
    }

    /// Its last lines.
    pub fn end(&self, lines: usize) -> String {
        let from = self.said.lines().count().saturating_sub(lines);
        self.said.lines().skip(from).collect::<Vec<_>>().join("\n")
    }
}

impl Room {
    /// A fresh copy in that folder, with everything in one commit.
    pub fn of(whole: &Repository, folder: &Path) -> Result<Self, Fault> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(Fault::io(folder))?;
        }
        fs::create_dir_all(folder).map_err(Fault::io(folder))?;
        let mut room = Self { copy: Repository::at(folder), times: BTreeMap::new() };
        for path in whole.files()? {
            whole.copy(&path, folder)?;
            let from = whole.root().join(&path);
            let changed = fs::metadata(&from).and_then(|about| about.modified());
            room.times.insert(path.clone(), changed.map_err(Fault::io(&from))?);
            room.set_time(&path)?;
        }
        room.copy.git(&["init", "--quiet", "--initial-branch=main"])?;
        room.copy.git(&["add", "--all"])?;
        room.commit("chore: everything as it is", &["--no-verify"])?;
        Ok(room)
    }

    /// Breaks something. For a commit: how the hook took it.
    pub fn break_it(&self, how: &How) -> Result<Option<Run>, Fault> {
        match how {
            How::Swap { path, from, to } => {
                let held = self.copy.read(path)?;
                if !held.contains(from) {
                    return Err(Fault::form(
                        *path,
                        format!("does not hold {from:?}, to be broken"),
                    ));
                }
                self.copy.write(path, &held.replacen(from, to, 1))?;
            }
            How::Append { path, text } => {
                let held = self.copy.read(path).unwrap_or_default();
                self.copy.write(path, &(held + text))?;
            }
            How::Remove { path } => {
                let path = self.copy.root().join(path);
                fs::remove_file(&path).map_err(Fault::io(&path))?;
            }
            How::Commit { message } => {
                let run = self.commit(message, &[])?;
                if !run.passed {
                    self.commit(message, &["--no-verify"])?;
                }
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// Makes everything as it was: commits, and files with their times.
    pub fn mend(&self) -> Result<(), Fault> {
        let first = self.copy.git(&["rev-list", "--max-parents=0", "HEAD"])?;
        self.copy.git(&["reset", "--quiet", "--soft", first.trim_end()])?;
        let changed = self.copy.git(&["diff", "HEAD", "--name-only", "--no-renames", "-z"])?;
        let added = self.copy.git(&["ls-files", "-z", "--others", "--exclude-standard"])?;
        for path in changed.split('\0').filter(|path| !path.is_empty()) {
            self.copy.git(&["checkout", "--quiet", "HEAD", "--", path])?;
            self.set_time(path)?;
        }
        for path in added.split('\0').filter(|path| !path.is_empty()) {
            let path = self.copy.root().join(path);
            fs::remove_file(&path).map_err(Fault::io(&path))?;
        }
        Ok(())
    }

    /// How many files are not as they were.
    pub fn changed(&self) -> Result<usize, Fault> {
        Ok(self.copy.git(&["status", "--porcelain"])?.lines().count())
    }

    /// Gives a file the time of the one that it is a copy of, by which `cargo` tells whether it has to build anything.
    fn set_time(&self, path: &str) -> Result<(), Fault> {
        let Some(time) = self.times.get(path) else { return Ok(()) };
        let path = self.copy.root().join(path);
        let file = fs::File::options().append(true).open(&path);
        file.and_then(|file| file.set_modified(*time)).map_err(Fault::io(&path))
    }

    /// Runs those gates of the copy.
    pub fn check(&self, gates: &[&str]) -> Result<Run, Fault> {
        self.run("scripts/check.sh", gates)
    }

    fn commit(&self, message: &str, words: &[&str]) -> Result<Run, Fault> {
        let who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"];
        let hook = ["-c", "core.hooksPath=.githooks", "-c", "commit.gpgSign=false"];
        let commit = ["commit", "--quiet", "--allow-empty", "-m", message];
        self.run("git", &[&who[..], &hook, &commit, words].concat())
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<Run, Fault> {
        // One stream, so that the last line is the last.
        let mut command = Command::new("bash");
        command.args(["-c", "exec \"$@\" 2>&1", "bash", program]).args(words);
        let output = command.current_dir(self.copy.root()).output();
        let output = output
            .map_err(|why| Fault::Program { command: program.into(), said: why.to_string() })?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Run { passed: output.status.success(), said })
    }
}
