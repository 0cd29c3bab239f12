//! Which files a change touches: everything between a base and the working copy, what is not committed included.

use std::collections::BTreeSet;

use crate::{Fault, Repository};

/// A change against a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The commit it is compared with; none where there is nothing to compare with.
    pub base: Option<String>,
    /// Every file that was added, changed or deleted. A file that was moved stands with both names.
    pub files: BTreeSet<String>,
}

/// What has changed since a base: the one asked for, else where this branch left `origin/main` or `main`, else the
/// last commit. Where there is none of these, everything is new.
pub fn since(repository: &Repository, asked: Option<&str>) -> Result<Changes, Fault> {
    let base = base(repository, asked)?;
    let mut files = BTreeSet::new();
    let mut add = |listed: &str| {
        files.extend(listed.split('\0').filter(|path| !path.is_empty()).map(ToOwned::to_owned));
    };
    match &base {
        Some(base) => {
            add(&repository.git(&["diff", "--name-only", "--no-renames", "-z", base, "--"])?);
            add(&repository.git(&["ls-files", "--others", "--exclude-standard", "-z"])?);
        }
        None => add(&repository.files()?.join("\0")),
    }
    Ok(Changes { base, files })
}

/// The commit to compare with.
pub fn base(repository: &Repository, asked: Option<&str>) -> Result<Option<String>, Fault> {
    let commit = |name: &str| {
        let spec = format!("{name}^{{commit}}");
        repository.git(&["rev-parse", "--verify", "--quiet", &spec]).map(|id| id.trim().to_owned())
    };
    if let Some(name) = asked {
        let fault = |_| Fault::form(format!("--base {name}"), "there is no such commit");
        return commit(name).map_err(fault).map(|id| Some(forked(repository, &id)));
    }
    let Ok(head) = commit("HEAD") else { return Ok(None) };
    if let Ok(main) = commit("origin/main") {
        return Ok(Some(forked(repository, &main)));
    }
    match commit("main") {
        Ok(main) if main != head => Ok(Some(forked(repository, &main))),
        _ => Ok(commit("HEAD~1").ok()),
    }
}

/// Where the working copy left that commit; the commit itself where the two have nothing in common.
fn forked(repository: &Repository, from: &str) -> String {
    let found = repository.git(&["merge-base", from, "HEAD"]);
    found.map_or_else(|_| from.to_owned(), |id| id.trim().to_owned())
}
