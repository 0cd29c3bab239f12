//! The changelog: what wants more words is written by hand under `Unreleased`; every change that users notice is listed
//! from its commit message when a release is cut. Nobody has to keep a list.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::{Fault, Finding, Repository, commits};

/// Where it lies.
pub const FILE: &str = "CHANGELOG.md";
const UNRELEASED: &str = "## Unreleased";
/// What is said first: what somebody has to do something about.
const BREAKING: &str = "Read this first";
/// The types of commits that users notice, and what each is called there.
const KINDS: &[(&str, &str)] =
    &[("feat", "New"), ("fix", "Mended"), ("perf", "Faster"), ("revert", "Taken back")];

/// A version `X.Y.Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version([u32; 3]);

impl Version {
    /// Reads one.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = Self([parts.next()??, parts.next()??, parts.next()??]);
        (parts.next().is_none() && version.to_string() == text).then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(to, "{major}.{minor}.{patch}")
    }
}

/// The changes since the last release that users notice, as Markdown.
pub fn changes(repository: &Repository) -> Result<String, Fault> {
    let tag = last_tag(repository)?;
    let range = tag.map_or_else(|| "HEAD".to_owned(), |tag| format!("{tag}..HEAD"));
    let said = repository.git(&["log", "--no-merges", "--format=%s", &range])?;
    Ok(listed(said.lines()))
}

/// The last release that this commit follows.
fn last_tag(repository: &Repository) -> Result<Option<String>, Fault> {
    let tags = repository.git(&["tag", "--list", "v*", "--merged", "HEAD"])?;
    let versions = tags.lines().filter_map(|tag| Version::read(tag.strip_prefix('v')?));
    Ok(versions.max().map(|version| format!("v{version}")))
}

/// First lines of commits, the newest first, as lists by kind. What was taken back before anybody had it is left out.
fn listed<'a>(subjects: impl Iterator<Item = &'a str>) -> String {
    let mut taken_back: Vec<&str> = Vec::new();
    let mut kept: Vec<(&str, String)> = Vec::new();
    for subject in subjects {
        if let Some(of) = subject.strip_prefix("Revert \"").and_then(|rest| rest.strip_suffix('"'))
        {
            taken_back.push(of);
        } else if let Some(place) = taken_back.iter().position(|of| *of == subject) {
            taken_back.remove(place);
        } else if let Some((kind, line)) = line(subject) {
            kept.push((kind, line));
        }
    }
    // Older than what is listed here, so somebody may have had it.
    kept.extend(taken_back.into_iter().filter_map(|of| Some((KINDS[3].1, line(of)?.1))));
    let mut text = String::new();
    for heading in [BREAKING].into_iter().chain(KINDS.iter().map(|(_, heading)| *heading)) {
        let lines: Vec<&str> =
            kept.iter().filter(|(of, _)| *of == heading).map(|(_, line)| line.as_str()).collect();
        if !lines.is_empty() {
            let _ = writeln!(text, "### {heading}\n\n{}", lines.join("\n"));
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}

/// The heading under which a commit is listed, and its line; nothing where users do not notice it.
fn line(subject: &str) -> Option<(&'static str, String)> {
    let (kind, scopes, said) = commits::parts(subject)?;
    let heading = KINDS.iter().find(|(of, _)| *of == kind)?.1;
    let breaks = subject.split_once(": ").is_some_and(|(head, _)| head.ends_with('!'));
    let of = if scopes.is_empty() { "repository".to_owned() } else { scopes.join(", ") };
    Some((if breaks { BREAKING } else { heading }, format!("- {of}: {said}")))
}

/// Makes what is unreleased a release: its words by hand first, then every change. The day is that of the commit.
pub fn release(repository: &Repository, version: Version) -> Result<String, Fault> {
    let text = repository.read(FILE)?;
    let wrong = check(repository)?;
    if let Some(finding) = wrong.first() {
        return Err(Fault::form(&finding.at, &finding.what));
    }
    let last = released(&text).map(|(version, _)| version).max();
    if last.is_some_and(|last| version <= last) {
        return Err(Fault::form(FILE, format!("{version} is not above what was released last")));
    }
    let (head, rest) = text.split_once(UNRELEASED).unwrap_or((&text, ""));
    let end = rest.find("\n## ").unwrap_or(rest.len());
    let (by_hand, older) = (rest[..end].trim(), rest[end..].trim());
    let every = changes(repository)?;
    if by_hand.is_empty() && every.is_empty() {
        return Err(Fault::form(FILE, "nothing has changed that anybody would notice"));
    }
    let day = repository.git(&["log", "-1", "--format=%cs"])?;
    let heading = format!("## {version} - {}", day.trim());
    let parts = [head.trim(), UNRELEASED, &heading, by_hand, &every, older];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    repository.write(FILE, &(parts.join("\n\n") + "\n"))?;
    Ok(heading)
}

/// The releases that it lists, as they stand, with their days.
fn released(text: &str) -> impl Iterator<Item = (Version, &str)> {
    text.lines().filter_map(|line| {
        let (version, day) = line.strip_prefix("## ")?.split_once(" - ")?;
        Some((Version::read(version)?, day))
    })
}

/// What is wrong with its form: unreleased first, then releases downwards, each with its day, each tag among them.
pub fn check(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let text = repository.read(FILE)?;
    let hint = "scripts/workbench.sh changelog --release X.Y.Z writes it";
    let mut found = Vec::new();
    let mut object = |line: usize, what: String| {
        found.push(Finding::new(format!("{FILE}:{line}"), what, hint));
    };
    let headings = text.lines().enumerate().filter(|(_, line)| line.starts_with("## "));
    for (place, (line, heading)) in headings.enumerate() {
        let release = released(heading).next();
        let is_day = |day: &str| {
            let digits = |at: usize| day.as_bytes()[at].is_ascii_digit();
            day.len() == 10
                && day.is_ascii()
                && (0..10).all(|at| digits(at) != (at == 4 || at == 7))
        };
        if (place == 0) != (heading == UNRELEASED) {
            object(line + 1, format!("{UNRELEASED:?} stands first, and once"));
        } else if place > 0 && !release.is_some_and(|(_, day)| is_day(day)) {
            object(line + 1, format!("{heading:?} is not `## X.Y.Z - YYYY-MM-DD`"));
        }
    }
    if !text.contains(UNRELEASED) {
        object(1, format!("{UNRELEASED:?} stands first, and once"));
    }
    let releases: Vec<(Version, &str)> = released(&text).collect();
    if !releases.is_sorted_by_key(|release| Reverse(*release)) {
        object(1, "the releases do not stand from the newest to the oldest".to_owned());
    }
    let tags = repository.git(&["tag", "--list", "v*"])?;
    for version in tags.lines().filter_map(|tag| Version::read(tag.strip_prefix('v')?)) {
        if !releases.iter().any(|(held, _)| *held == version) {
            object(1, format!("there is a tag v{version}, and nothing is said of it"));
        }
    }
    Ok(found)
}
