//! Paths between backticks: one that begins with a folder of this repository, or ends as its sources do, is there: from
//! the top, from the page, or as the end of the path of a file that is kept, as pages of packages shorten them.

use std::collections::BTreeSet;

use crate::docs::{Doc, resolved};
use crate::{Fault, Finding, Repository};

/// How files end that are nobody's but ours, where a page names them without a folder.
const OURS: &[&str] = &["md", "py", "rs", "sh", "ts", "yml"];

pub(super) fn check(repository: &Repository, docs: &[Doc]) -> Result<Vec<Finding>, Fault> {
    let kept = Kept::of(repository)?;
    let mut found = Vec::new();
    for doc in docs {
        for (line, span) in &doc.page.spans {
            let lost = kept.lost(&doc.path, span);
            let hint = "the path of a file or a folder that is kept";
            found
                .extend(lost.map(|path| doc.finding(*line, format!("there is no `{path}`"), hint)));
        }
    }
    Ok(found)
}

/// Everything that is kept.
struct Kept {
    /// Files and folders.
    all: BTreeSet<String>,
    /// Every end of the path of one of them, by whole parts.
    ends: BTreeSet<String>,
    /// Folders at the top.
    top: BTreeSet<String>,
}

impl Kept {
    fn of(repository: &Repository) -> Result<Self, Fault> {
        let (mut all, mut ends, mut top) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for file in repository.files()? {
            let parts: Vec<&str> = file.split('/').collect();
            if parts.len() > 1 {
                top.insert(parts[0].to_owned());
            }
            for end in 1..=parts.len() {
                all.insert(parts[..end].join("/"));
                ends.extend((0..end).map(|start| parts[start..end].join("/")));
            }
        }
        Ok(Self { all, ends, top })
    }

    /// The path that a span names and that is not there.
    fn lost<'a>(&self, page: &str, span: &'a str) -> Option<&'a str> {
        let path = span.split(':').next()?.trim_end_matches('/');
        if !is_path(path) {
            return None;
        }
        let (first, last) = (path.split('/').next()?, path.rsplit('/').next()?);
        let kind = last.rsplit_once('.').filter(|(name, _)| !name.is_empty()).map(|(_, kind)| kind);
        let below = path.contains('/') && self.top.contains(first);
        let ours = below || kind.is_some_and(|kind| OURS.contains(&kind));
        let beside = resolved(page, path).is_some_and(|path| self.all.contains(&path));
        let there = self.all.contains(path) || self.ends.contains(path) || beside;
        (ours && !there).then_some(path)
    }
}

/// Whether a text can be a path of a file here: without room for others, and not of the machine. A part in capitals
/// stands for any; pages are called so, too.
fn is_path(text: &str) -> bool {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "._-/".contains(sign);
    let any = |part: &str| match part.split_once('.') {
        None | Some((_, "rs" | "toml")) => {
            let word = part.split('.').next().unwrap_or(part);
            word.len() > 1 && word.bytes().all(|sign| sign.is_ascii_uppercase())
        }
        Some(_) => false,
    };
    let absolute = text.starts_with(['/', '-']);
    !text.is_empty() && !absolute && text.chars().all(plain) && !text.split('/').any(any)
}
