//! What goes wrong with the workbench itself (a fault), and what it finds wrong in a repository (a finding).

use std::fmt;
use std::path::{Path, PathBuf};

/// The workbench could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program refused, or is not there.
    #[error("`{command}`: {said}")]
    Program {
        /// The command line.
        command: String,
        /// What it said.
        said: String,
    },
    /// A file is not in the form that it should have.
    #[error("{at}: {what}")]
    Form {
        /// Where.
        at: String,
        /// What is wrong.
        what: String,
    },
}

impl Fault {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn form(at: impl Into<String>, what: impl fmt::Display) -> Self {
        Self::Form { at: at.into(), what: what.to_string() }
    }
}

/// Something in the repository is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// A file, with the line where one is known, or a commit.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What to try.
    pub hint: String,
}

impl Finding {
    /// A finding from its three parts.
    pub fn new(at: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at: at.into(), what: what.into(), hint: hint.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}", self.at, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(to, "\n  try: {}", self.hint) }
    }
}
