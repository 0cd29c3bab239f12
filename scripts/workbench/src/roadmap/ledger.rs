//! The ledger of evidence: every capability with the tests that show it, each with its file and line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::roadmap::{Capability, Status, phases};
use crate::targets::Targets;
use crate::{Fault, Repository};

/// Where a test stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its file.
    pub path: String,
    /// The line of its name.
    pub line: usize,
}

/// Every test of the repository, by package and name.
pub(super) struct Tests {
    held: BTreeMap<(String, String), Evidence>,
}

impl Tests {
    pub(super) fn read(repository: &Repository) -> Result<Self, Fault> {
        let targets = Targets::fresh(repository)?;
        let mut held = BTreeMap::new();
        for path in repository.files_of("rs")? {
            let owns =
                |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            let owner = targets.targets.iter().find(|(_, target)| owns(&target.path));
            let Some((package, _)) = owner else { continue };
            for (line, name) in tests(&repository.read(&path)?) {
                held.insert((package.clone(), name), Evidence { path: path.clone(), line });
            }
        }
        Ok(Self { held })
    }

    fn find(&self, named: &str) -> Option<&Evidence> {
        let (package, name) = named.split_once('/')?;
        self.held.get(&(package.to_owned(), name.to_owned()))
    }

    /// What is wrong with the evidence of a capability.
    pub(super) fn objections(&self, of: &Capability) -> Vec<String> {
        let mut wrong = Vec::new();
        let lost = of.tests.iter().filter(|test| self.find(test).is_none());
        wrong.extend(
            lost.map(|test| format!("{} names the test {test}, which is not there", of.id)),
        );
        if of.status == Status::Done && of.tests.is_empty() {
            wrong.push(format!("{} is done, and no test shows it", of.id));
        }
        if of.status == Status::Partial && of.note.is_empty() {
            wrong.push(format!("{} is partial, and does not say what is missing", of.id));
        }
        if of.status == Status::Open && !of.tests.is_empty() {
            wrong.push(format!("{} is open, and has tests", of.id));
        }
        wrong
    }
}

/// The names of the tests of a file, with their lines.
fn tests(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut marked) = (Vec::new(), false);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let test = ["#[test]", "#[tokio::test"].iter().any(|mark| line.starts_with(mark));
        let head = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let (true, Some(rest)) = (marked, head) {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            found.push((number, name.to_owned()));
            marked = false;
        } else {
            marked = test || marked && (line.is_empty() || line.starts_with(['#', '/']));
        }
    }
    found
}

/// The ledger, in Markdown.
pub fn ledger(repository: &Repository) -> Result<String, Fault> {
    let tests = Tests::read(repository)?;
    let mut text = "# Evidence\n\n| feature | status | evidence | file and line | id |\n|---|---|---|---|---|\n".to_owned();
    for held in phases(repository)?.into_iter().flat_map(|phase| phase.capabilities) {
        for test in &held.tests {
            let place = tests
                .find(test)
                .map_or("missing".to_owned(), |at| format!("{}:{}", at.path, at.line));
            let _ = writeln!(
                text,
                "| {} | {} | `{test}` | {place} | {} |",
                held.name, held.status, held.id
            );
        }
        if held.tests.is_empty() {
            let _ = writeln!(text, "| {} | {} | none | | {} |", held.name, held.status, held.id);
        }
    }
    Ok(text)
}
