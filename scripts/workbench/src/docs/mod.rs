//! Docs that cannot lie: links and paths lead somewhere, commands exist and take what they are given, names of settings,
//! flags, metrics and variables are those of the code, and every word is the one in the glossary.

mod commands;
mod links;
mod names;
mod paths;
mod run;
mod scripts;
mod words;

pub(crate) use links::resolved;
pub use run::run;

use crate::markdown::Page;
use crate::{Fault, Finding, Repository};

/// A page of the repository.
pub(crate) struct Doc {
    /// Where it lies.
    pub(crate) path: String,
    /// What stands in it.
    pub(crate) page: Page,
}

impl Doc {
    /// A finding at one of its lines.
    pub(crate) fn finding(&self, line: usize, what: String, hint: &str) -> Finding {
        Finding::new(format!("{}:{line}", self.path), what, hint)
    }
}

/// Every page, taken apart.
pub(crate) fn all(repository: &Repository) -> Result<Vec<Doc>, Fault> {
    let read = |path: String| Ok(Doc { page: Page::of(&repository.read(&path)?), path });
    repository.pages()?.into_iter().map(read).collect()
}

/// Everything that is wrong with the docs, without running anything.
pub fn check(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let docs = all(repository)?;
    let mut found = links::check(repository, &docs);
    found.extend(commands::check(repository, &docs)?);
    found.extend(names::check(repository, &docs)?);
    found.extend(paths::check(repository, &docs)?);
    found.extend(words::check(repository, &docs)?);
    found.sort();
    Ok(found)
}
