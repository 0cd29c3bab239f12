//! A phase: its front matter, and the sections that each one has.

use std::fmt;

use crate::markdown::Page;
use crate::{Fault, Repository};

/// The sections of a phase, in this order.
const SECTIONS: &[&str] = &[
    "Dependencies",
    "Task",
    "Critical Architectural Requirements",
    "Deliverables/API",
    "Requirements",
    "Constraints",
    "Files",
    "Acceptance",
];

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it, and tests show it.
    Done,
    /// Some of it.
    Partial,
    /// None of it.
    Open,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Partial, Self::Open];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.to_string() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Open => "open",
        })
    }
}

/// Something that the product can do, or is to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// What it goes by.
    pub id: String,
    /// What it is.
    pub name: String,
    /// How far it is.
    pub status: Status,
    /// The tests that show it, as `package/name_of_the_test`.
    pub tests: Vec<String>,
    /// What is missing, where something is.
    pub note: String,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// Where its file lies.
    pub path: String,
    /// Its number, in two digits.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// How far it is as a whole.
    pub status: Status,
    /// What belongs to it.
    pub capabilities: Vec<Capability>,
    sections: Vec<String>,
    files: Vec<String>,
}

impl Phase {
    /// A phase from its file.
    pub fn parse(path: &str, text: &str) -> Result<Self, Fault> {
        let head = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let (head, body) =
            head.ok_or_else(|| Fault::form(path, "does not begin with front matter"))?;
        let page = Page::of(body);
        let mut phase = Self {
            path: path.to_owned(),
            number: String::new(),
            title: String::new(),
            status: Status::Open,
            capabilities: Vec::new(),
            sections: page.headings.iter().skip(1).map(|(_, heading)| heading.clone()).collect(),
            files: Vec::new(),
        };
        for (line, text) in (2..).zip(head.lines()) {
            phase.take(text).map_err(|what| Fault::form(format!("{path}:{line}"), what))?;
        }
        phase.files = files(&page);
        Ok(phase)
    }

    /// A line of the front matter.
    fn take(&mut self, line: &str) -> Result<(), String> {
        let (first, text) = (line.starts_with("  - "), line.trim().trim_start_matches("- "));
        let (key, value) = text.split_once(':').ok_or("is not `key: value`")?;
        let value = value.trim().trim_matches('"').to_owned();
        if first {
            let name = String::new();
            self.capabilities.push(Capability {
                id: String::new(),
                name,
                status: Status::Open,
                tests: Vec::new(),
                note: String::new(),
            });
        }
        let status =
            || Status::parse(&value).ok_or(format!("{value:?} is not done, partial or open"));
        if !line.starts_with(' ') {
            match key {
                "phase" => self.number = value,
                "title" => self.title = value,
                "status" => self.status = status()?,
                "capabilities" => {}
                _ => return Err(format!("`{key}` is not known")),
            }
            return Ok(());
        }
        let held = self.capabilities.last_mut().ok_or("belongs to nothing")?;
        match key {
            "id" => held.id = value,
            "name" => held.name = value,
            "status" => held.status = status()?,
            "note" => held.note = value,
            "tests" => {
                let list = value.trim_matches(['[', ']']).split(',').map(str::trim);
                held.tests = list.filter(|test| !test.is_empty()).map(ToOwned::to_owned).collect();
            }
            _ => return Err(format!("`{key}` is not known")),
        }
        Ok(())
    }

    /// How many of its capabilities are so far.
    pub fn count(&self, status: Status) -> usize {
        self.capabilities.iter().filter(|held| held.status == status).count()
    }

    /// What is wrong with it, its tests apart.
    pub(super) fn objections(&self, repository: &Repository) -> Vec<String> {
        let mut wrong = Vec::new();
        let all = self.capabilities.len();
        let holds = match (self.count(Status::Done), self.count(Status::Open)) {
            _ if all == 0 => Status::Open,
            (done, _) if done == all => Status::Done,
            (_, open) if open == all => Status::Open,
            _ => Status::Partial,
        };
        if holds != self.status {
            wrong
                .push(format!("says that it is {}, and its capabilities say {holds}", self.status));
        }
        if self.sections != SECTIONS {
            wrong.push(format!(
                "has the sections {:?}, and should have {SECTIONS:?}",
                self.sections
            ));
        }
        let begins = format!("roadmap/phases/phase-{}-", self.number);
        if self.number.is_empty() || self.title.is_empty() || !self.path.starts_with(&begins) {
            wrong.push(
                "its number and its title do not stand in its front matter and its name".to_owned(),
            );
        }
        let lost = self.files.iter().filter(|path| !repository.has(path));
        wrong.extend(lost.map(|path| format!("names the file {path}, which is not there")));
        wrong
    }
}

/// The files that the section of that name lists between backticks; what is to come stands there without them.
fn files(page: &Page) -> Vec<String> {
    let at = |name: &str| {
        page.headings.iter().find(|(_, heading)| heading == name).map(|(line, _)| *line)
    };
    let (Some(from), Some(to)) = (at("Files"), at("Acceptance")) else { return Vec::new() };
    let spans = page.spans.iter().filter(|(line, _)| (from..to).contains(line));
    spans.map(|(_, span)| span.clone()).collect()
}
