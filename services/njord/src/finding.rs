//! What a check found: ok, a warning, or something that has to be mended; a line each.

use std::fmt::Write as _;

use serde_json::{Value, json};
use settings::Problem;

use crate::exit::Exit;
use crate::failure::said;
use crate::output::Answer;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// It works, and is probably not meant.
    Warn,
    /// It does not work.
    Fail,
}

impl Level {
    /// As it stands at the beginning of a line.
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }

    /// For programs.
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) level: Level,
    /// What was looked at, in a word.
    pub(crate) about: &'static str,
    /// What was found.
    pub(crate) what: String,
    /// What to try; empty where nothing has to be done.
    pub(crate) advice: String,
}

impl Finding {
    /// As it should be.
    pub(crate) fn ok(about: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Ok, about, what: what.into(), advice: String::new() }
    }

    /// Works, and is probably not meant.
    pub(crate) fn warn(about: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Warn, ..Self::ok(about, what) }
    }

    /// Does not work.
    pub(crate) fn fail(about: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Fail, ..Self::ok(about, what) }
    }

    /// With what to try.
    pub(crate) fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: advice.into(), ..self }
    }

    /// A problem of the settings, keys or secrets, which has to be mended.
    pub(crate) fn problem(about: &'static str, problem: &Problem) -> Self {
        Self::fail(about, said(problem)).advice(problem.advice.as_str())
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "level": self.level.name(), "about": self.about, "what": self.what, "try": self.advice,
        })
    }
}

/// The findings, a line each.
pub(crate) fn to_text(findings: &[Finding]) -> String {
    let mut text = String::new();
    let width = findings.iter().map(|finding| finding.about.len()).fold(8, usize::max);
    for Finding { level, about, what, advice } in findings {
        let _ = write!(text, "{:<4} {about:<width$} {what}", level.word());
        let _ = match advice.as_str() {
            "" => writeln!(text),
            advice => writeln!(text, "; try: {advice}"),
        };
    }
    text
}

/// The findings for programs.
pub(crate) fn to_json(findings: &[Finding]) -> Value {
    findings.iter().map(Finding::to_json).collect()
}

/// The findings as an answer: done where nothing has to be mended.
pub(crate) fn to_answer(findings: &[Finding], json: Value) -> Answer {
    let exit = if worst(findings) < Level::Fail { Exit::Done } else { Exit::Failed };
    Answer { text: to_text(findings), json, exit }
}

/// The worst of them.
pub(crate) fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
}
