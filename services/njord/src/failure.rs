//! Why a command could not be done: where, what happened, what to try. The one form of every error.

use std::fmt;

use journal::Fault;
use journal::verify::Cannot;
use serde_json::{Value, json};
use settings::{Origin, Problem, Problems};
use strategy::Invalid;

use crate::exit::Exit;

/// One thing that went wrong.
#[derive(Debug)]
struct Complaint {
    at: String,
    what: String,
    advice: String,
    /// The same for programs.
    json: Value,
}

/// Everything that went wrong.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    complaints: Vec<Complaint>,
    unlisted: usize,
}

impl Failure {
    /// Something could not be done. `kind` is a stable word for programs; `at` may be empty.
    pub(crate) fn new(kind: &str, at: impl Into<String>, what: impl Into<String>) -> Self {
        let (at, what) = (at.into(), what.into());
        let json = json!({ "kind": kind, "at": at, "what": what, "try": "" });
        let complaint = Complaint { at, what, advice: String::new(), json };
        Self { exit: Exit::Failed, complaints: vec![complaint], unlisted: 0 }
    }

    /// With what to try.
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        let advice = advice.into();
        for complaint in &mut self.complaints {
            complaint.json["try"] = Value::from(advice.as_str());
            complaint.advice.clone_from(&advice);
        }
        self
    }

    /// With another ending.
    pub(crate) fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// How the command ended.
    pub(crate) const fn ending(&self) -> Exit {
        self.exit
    }

    /// Whether the first thing that went wrong is of that kind.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.complaints.first().is_some_and(|complaint| complaint.json["kind"] == kind)
    }

    /// The first thing that went wrong, without what to try.
    pub(crate) fn first(&self) -> String {
        self.complaints.first().map_or(String::new(), |complaint| match complaint.at.as_str() {
            "" => complaint.what.clone(),
            at => format!("{at}: {}", complaint.what),
        })
    }

    /// How many things went wrong.
    pub(crate) fn problems(&self) -> u32 {
        u32::try_from(self.complaints.len() + self.unlisted).unwrap_or(u32::MAX)
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        let errors: Vec<&Value> = self.complaints.iter().map(|complaint| &complaint.json).collect();
        json!({ "errors": errors, "unlisted": self.unlisted })
    }
}

/// For people: a line of what happened and where, and one of what to try.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Complaint { at, what, advice, .. } in &self.complaints {
            let colon = if at.is_empty() { "" } else { ": " };
            writeln!(f, "error: {at}{colon}{what}")?;
            if !advice.is_empty() {
                writeln!(f, "  try: {advice}")?;
            }
        }
        match self.unlisted {
            0 => Ok(()),
            more => writeln!(f, "error: and {more} more; mend these first"),
        }
    }
}

/// Where a problem is; nothing where it stands nowhere.
fn place(problem: &Problem) -> String {
    match &problem.at {
        Origin::Default => String::new(),
        at => at.to_string(),
    }
}

fn what(problem: &Problem) -> String {
    let what = problem.what.trim_end_matches('.');
    match &problem.key {
        Some(key) => format!("{key}: {what}"),
        None => what.to_owned(),
    }
}

/// Where a problem is and what it is, without what to try.
pub(crate) fn said(problem: &Problem) -> String {
    match place(problem).as_str() {
        "" => what(problem),
        at => format!("{at}: {}", what(problem)),
    }
}

impl From<&Problem> for Complaint {
    fn from(problem: &Problem) -> Self {
        let (at, what) = (place(problem), what(problem));
        Self { at, what, advice: problem.advice.clone(), json: problem.to_json() }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Problems::from(problem).into()
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let complaints = problems.listed().iter().map(Complaint::from).collect();
        Self { exit: Exit::Failed, complaints, unlisted: problems.unlisted() }
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::new("strategy", invalid.place(), invalid.what()).advice(invalid.what_to_try())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let failure = Self::new("journal", "", fault.to_string());
        match fault {
            Fault::Broken { .. } => failure.advice(
                "njord audit verify, which names what is wrong; once you know who did it, njord up --accept-break",
            ),
            Fault::WrongKey { .. } => failure.advice("the folder of the keys that the journal was written with"),
            _ => failure,
        }
    }
}

impl From<Cannot> for Failure {
    fn from(cannot: Cannot) -> Self {
        let (at, what, advice) = match &cannot {
            Cannot::Read(path, why) => (
                path.display().to_string(),
                format!("cannot be read: {why}"),
                "the folder of a journal, as a user who may read it",
            ),
            Cannot::Empty(path) => (
                path.display().to_string(),
                "holds no journal".to_owned(),
                "the folder of a journal",
            ),
            Cannot::Key { ours, theirs } => (
                String::new(),
                format!("the journal was written with key {theirs}, this is key {ours}"),
                "--keys FOLDER, with the key that it was written with",
            ),
            Cannot::Format(newer) => (
                String::new(),
                format!("the journal has format {newer}, which is newer than this program"),
                "the build that wrote it",
            ),
            Cannot::Anchor(text) => (
                "--anchor".to_owned(),
                format!("{text:?} is no anchor"),
                "one such as 7-1:48211:00112233445566778899aabbccddeeff",
            ),
            Cannot::Another { seq, theirs, ours } => (
                "--anchor".to_owned(),
                format!(
                    "this is record {seq} of journal {theirs}, and the folder holds journal {ours}"
                ),
                "the folder of the journal that the anchor belongs to; if it was there, leave all as it is",
            ),
        };
        Self::new("journal", at, what).advice(advice)
    }
}

#[cfg(test)]
mod tests {
    use settings::ProblemKind;

    use super::*;

    #[test]
    fn failure_says_where_what_and_what_to_try() {
        let failure = Failure::new("x", "a.toml:3", "means nothing").advice("b");
        assert_eq!(failure.to_string(), "error: a.toml:3: means nothing\n  try: b\n");
        assert_eq!(
            failure.to_json(),
            json!({
                "errors": [{ "kind": "x", "at": "a.toml:3", "what": "means nothing", "try": "b" }],
                "unlisted": 0,
            })
        );
        assert_eq!(Failure::new("x", "", "no").to_string(), "error: no\n");
    }

    #[test]
    fn failure_lists_problems_and_counts_the_rest() {
        let mut problems = Problems::default();
        let problem = Problem::new(ProblemKind::UnknownKey, Origin::Flag("a".to_owned()), "no");
        problems.extend(std::iter::repeat_n(problem.about("k"), Problems::LISTED_MAX + 2));
        let text = Failure::from(problems).to_string();
        assert!(text.starts_with("error: --set a: k: no\nerror: "), "{text}");
        assert!(text.ends_with("error: and 2 more; mend these first\n"), "{text}");
    }
}
