//! Links: what a page points to is there, the heading too. Addresses elsewhere are not called, but must be `https`.

use std::collections::BTreeMap;

use crate::docs::Doc;
use crate::{Finding, Repository};

pub(super) fn check(repository: &Repository, docs: &[Doc]) -> Vec<Finding> {
    let pages: BTreeMap<&str, &Doc> = docs.iter().map(|doc| (doc.path.as_str(), doc)).collect();
    let mut found = Vec::new();
    for doc in docs {
        for (line, to) in &doc.page.links {
            if let Some(what) = objection(repository, &pages, doc, to) {
                found.push(doc.finding(
                    *line,
                    what,
                    "the path from this page to a file that is kept",
                ));
            }
        }
    }
    found
}

fn objection(
    repository: &Repository,
    pages: &BTreeMap<&str, &Doc>,
    doc: &Doc,
    to: &str,
) -> Option<String> {
    let to = to.split(" \"").next().unwrap_or(to).trim_matches(['<', '>']);
    if to.contains("://") || to.starts_with("mailto:") {
        return (!to.starts_with("https://")).then(|| format!("{to} is not https"));
    }
    let (path, anchor) = to.split_once('#').map_or((to, None), |(path, at)| (path, Some(at)));
    let Some(path) = resolved(&doc.path, path) else {
        return Some(format!("{to} leads out of the repository"));
    };
    if !repository.has(&path) {
        return Some(format!("{to} leads nowhere: there is no {path}"));
    }
    let anchor = anchor?;
    let heads = pages.get(path.as_str()).is_some_and(|page| page.page.anchors.contains(anchor));
    (!heads).then(|| format!("{to} leads nowhere: {path} has no heading #{anchor}"))
}

/// A path from a page, seen from the top of the repository.
pub(crate) fn resolved(page: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
