//! Commit messages: `type(scope): subject`, where a scope is the name of a target, a path below one, or a folder at
//! the top of the repository that holds none.

use std::collections::BTreeSet;

use crate::affected::within;
use crate::targets::Targets;
use crate::{Fault, Finding, Repository, changes};

const TYPES: &[&str] =
    &["build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"];
/// Types that say something about one part, and so name it.
const SCOPED: &[&str] = &["feat", "fix", "perf", "refactor"];
/// Scopes beside the targets.
const FOLDERS: &[&str] = &[
    "ci",
    "config",
    "deploy",
    "docs",
    "repository",
    "roadmap",
    "rules",
    "scripts",
    "services",
    "skills",
];
/// Footers that say who, where a message should say why.
const WHO: &[&str] = &[
    "assisted-by",
    "authored-by",
    "co-authored-by",
    "created-by",
    "generated-by",
    "generated with",
    "signed-off-by",
];
/// A first line longer than this is cut off where it is listed.
const SUBJECT_MAX: usize = 110;
/// How many commits are looked at where there is no branch to compare with.
const RECENT: &str = "-n30";
/// After this commit, each one names every target that it changes. What came before was not held to it and cannot be
/// said again; a history without this commit, or cut off after it, is held to it as a whole.
const NAMED_SINCE: &str = "a5b9e2edd1191cfc815e2ca1388d06f23c022f21";

/// What is wrong with a message. With the targets that the commit touches, all of them must be named.
pub fn objections(
    repository: &Repository,
    targets: &Targets,
    message: &str,
    touched: &BTreeSet<String>,
) -> Vec<String> {
    let mut lines = message.lines().filter(|line| !line.starts_with('#'));
    let subject = lines.next().unwrap_or_default();
    if subject.starts_with("Revert \"") {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let Some((kind, scopes, said)) = parts(subject) else {
        return vec![format!("{subject:?} is not `type(scope): subject`")];
    };
    if !TYPES.contains(&kind) {
        wrong.push(format!("{kind:?} is no type; there are {}", TYPES.join(" ")));
    }
    if scopes.is_empty() && SCOPED.contains(&kind) {
        wrong.push(format!("`{kind}` needs a scope: the target that it changes"));
    }
    let page = |scope: &str| kind == "docs" && is_page(repository, scope);
    let strangers =
        scopes.iter().filter(|scope| !page(scope) && !is_scope(repository, targets, scope));
    wrong.extend(strangers.map(|scope| format!("{scope:?} is no target, nor a path below one")));
    if said.is_empty() || said.ends_with('.') || subject.chars().count() > SUBJECT_MAX {
        wrong.push(format!(
            "the subject is empty, ends in a full stop or is over {SUBJECT_MAX} long"
        ));
    }
    if lines.next().is_some_and(|line| !line.trim().is_empty()) {
        wrong.push("the second line must be empty".to_owned());
    }
    wrong.extend(footers(message, targets, &scopes, touched));
    wrong
}

/// Type, scopes and subject of a first line.
pub(crate) fn parts(subject: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (head, said) = subject.split_once(": ")?;
    let head = head.strip_suffix('!').unwrap_or(head);
    let (kind, scopes) = match head.split_once('(') {
        Some((kind, rest)) => (kind, rest.strip_suffix(')')?.split(',').map(str::trim).collect()),
        None => (head, Vec::new()),
    };
    Some((kind, scopes, said.trim()))
}

/// Whether a scope is a page below `docs`, with or without its case.
fn is_page(repository: &Repository, scope: &str) -> bool {
    [scope.to_owned(), scope.to_uppercase()]
        .iter()
        .any(|name| repository.has(&format!("docs/{name}.md")))
}

fn is_scope(repository: &Repository, targets: &Targets, scope: &str) -> bool {
    let (name, below) = scope.split_once('/').unwrap_or((scope, ""));
    let Some(target) = targets.targets.get(name) else { return FOLDERS.contains(&name) };
    let path = &target.path;
    below.is_empty()
        || ["", "src/"].iter().any(|folder| repository.has(&format!("{path}/{folder}{below}")))
        || repository.has(&format!("{path}/src/{below}.rs"))
}

fn footers(
    message: &str,
    targets: &Targets,
    scopes: &[&str],
    touched: &BTreeSet<String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut named: BTreeSet<&str> =
        scopes.iter().map(|scope| scope.split('/').next().unwrap_or(scope)).collect();
    for line in message.lines() {
        let lower = line.to_lowercase();
        if WHO
            .iter()
            .any(|who| lower.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with(who))
        {
            wrong.push(format!("{line:?} says who; a message says why"));
        }
        if let Some(list) = line.strip_prefix("Affects:") {
            let list: Vec<&str> = list.split(',').map(str::trim).collect();
            let strangers = list.iter().filter(|name| !targets.targets.contains_key(**name));
            wrong.extend(strangers.map(|name| format!("Affects: {name:?} is no target")));
            named.extend(list);
        }
    }
    let missing: Vec<&str> =
        touched.iter().map(String::as_str).filter(|name| !named.contains(name)).collect();
    if touched.len() > 1 && !missing.is_empty() {
        wrong.push(format!(
            "several targets change: add the footer `Affects: {}`",
            missing.join(", ")
        ));
    }
    wrong
}

/// The targets in whose folders those files lie.
pub fn touched(targets: &Targets, files: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let holds = targets.targets.iter().filter(|(_, target)| within(file, &target.path));
        found.extend(holds.map(|(name, _)| name.clone()));
    }
    found
}

/// What is wrong with a message that is about to be committed, with what is staged. `git` words the message of a merge,
/// which changes nothing by itself.
pub fn check_message(repository: &Repository, message: &str) -> Result<Vec<Finding>, Fault> {
    if repository.git(&["rev-parse", "-q", "--verify", "MERGE_HEAD"]).is_ok() {
        return Ok(Vec::new());
    }
    let targets = Targets::kept(repository)?;
    let staged = repository.git(&["diff", "--cached", "--name-only", "--no-renames", "-z"])?;
    let wrong = objections(repository, &targets, message, &touched(&targets, &staged));
    Ok(findings("the commit message", wrong))
}

/// What is wrong with the messages since a base; of the most recent ones, where there are none since, as on `main`.
pub fn check(repository: &Repository, asked: Option<&str>) -> Result<Vec<Finding>, Fault> {
    let targets = Targets::kept(repository)?;
    let branch =
        asked.is_some() || repository.git(&["rev-parse", "-q", "--verify", "origin/main"]).is_ok();
    let mut listed = Vec::new();
    if let (true, Some(base)) = (branch, changes::base(repository, asked)?) {
        listed = log(repository, &format!("{base}..HEAD"))?;
    }
    if listed.is_empty() && asked.is_none() {
        listed = log(repository, RECENT)?;
    }
    let since = repository.git(&["rev-list", &format!("{NAMED_SINCE}..HEAD")]).ok();
    let held = |commit: &Commit| since.as_ref().is_none_or(|ids| ids.contains(&commit.id));
    let mut found = Vec::new();
    for commit in listed {
        let files = if held(&commit) { commit.files.as_str() } else { "" };
        let wrong = objections(repository, &targets, &commit.message, &touched(&targets, files));
        found.extend(findings(&format!("commit {:.7}", commit.id), wrong));
    }
    Ok(found)
}

/// A commit: its message, and the files that it changes, each followed by a zero byte.
struct Commit {
    id: String,
    message: String,
    files: String,
}

/// The commits that these words choose, merges apart.
fn log(repository: &Repository, which: &str) -> Result<Vec<Commit>, Fault> {
    let form = "--format=%x01%H%x00%P%x00%B%x02";
    let listed = repository.git(&[
        "log",
        "--no-merges",
        "--no-renames",
        "--name-only",
        "-z",
        form,
        which,
    ])?;
    let read = |entry: &str| {
        let (id, rest) = entry.split_once('\0')?;
        let (parents, rest) = rest.split_once('\0')?;
        let (message, files) = rest.split_once('\u{2}')?;
        // Before the first commit there was nothing, and before the first one of a shallow clone nobody knows what:
        // all files of either look new.
        let files = if parents.is_empty() { "" } else { files.trim_start_matches(['\0', '\n']) };
        Some(Commit { id: id.to_owned(), message: message.to_owned(), files: files.to_owned() })
    };
    Ok(listed.split('\u{1}').filter_map(read).collect())
}

fn findings(at: &str, wrong: Vec<String>) -> Vec<Finding> {
    let hint = "feat(risk): a subject that says what, then an empty line, then why";
    wrong.into_iter().map(|what| Finding::new(at, what, hint)).collect()
}
