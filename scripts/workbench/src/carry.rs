//! Runs the commands of targets, one after the other, and says at the end which failed. Nothing is swallowed.

use std::io::Write;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::targets::{Target, Targets};
use crate::{Fault, Repository};

/// What to do with targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Build them.
    Build,
    /// Run their tests.
    Test,
    /// Lint them.
    Lint,
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Test => "test",
            Self::Lint => "lint",
        }
    }

    fn command(self, target: &Target) -> &str {
        match self {
            Self::Build => &target.commands.build,
            Self::Test => &target.commands.test,
            Self::Lint => &target.commands.lint,
        }
    }
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What was done.
    pub deed: &'static str,
    /// Targets whose command succeeded.
    pub passed: Vec<String>,
    /// Targets whose command failed.
    pub failed: Vec<String>,
}

impl Outcome {
    /// One line that says it all.
    pub fn line(&self) -> String {
        let passed = format!("{}: {} passed", self.deed, self.passed.len());
        if self.failed.is_empty() {
            return passed;
        }
        format!("{passed}, {} failed: {}", self.failed.len(), self.failed.join(" "))
    }
}

/// Runs one command for each of those targets. What they say goes where this process says things; in the place of
/// standard output, to standard error, where that is kept free for a document.
pub fn out(
    repository: &Repository,
    manifest: &Targets,
    names: &[String],
    deed: Deed,
    note: &mut dyn Write,
) -> Result<Outcome, Fault> {
    let mut outcome = Outcome { deed: deed.name(), passed: Vec::new(), failed: Vec::new() };
    for name in names {
        let command = manifest.targets.get(name).map_or("", |target| deed.command(target));
        // A note that cannot be written is no reason not to go on.
        let _ = writeln!(note, "── {name}: {command}");
        let kept =
            if run(repository, command)? { &mut outcome.passed } else { &mut outcome.failed };
        kept.push(name.clone());
    }
    Ok(outcome)
}

fn run(repository: &Repository, command: &str) -> Result<bool, Fault> {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(command).current_dir(repository.root());
    shell.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
    let status = shell.status();
    let fault =
        |why: std::io::Error| Fault::Program { command: command.into(), said: why.to_string() };
    Ok(!command.is_empty() && status.map_err(fault)?.success())
}
