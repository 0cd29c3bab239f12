//! What can be wrong with settings, keys and secrets: what happened, where, and what to try.
//!
//! Problems are collected, so that a person mends a file once and not line by line. A problem never
//! holds the value of a secret.

use std::fmt;

use serde_json::{Value, json};

use crate::origin::Origin;

/// Declares the kinds with their names for programs.
macro_rules! kinds {
    ($( $(#[doc = $about:literal])* $kind:ident = $name:literal, )*) => {
        /// What kind of problem it is; the name is stable and stands in the JSON output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemKind {
            $( $(#[doc = $about])* $kind, )*
        }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$( Self::$kind, )*];

            /// The name for programs.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$kind => $name, )* }
            }
        }
    };
}

kinds! {
    /// A file that must be there is not.
    MissingFile = "missing_file",
    /// A file is there and cannot be read, or is no ordinary file.
    Unreadable = "unreadable",
    /// More bytes than such a file can have.
    TooBig = "too_big",
    /// The bytes are no UTF-8.
    NotUtf8 = "not_utf8",
    /// The text is no TOML.
    Syntax = "syntax",
    /// One file says the same key twice.
    DuplicateKey = "duplicate_key",
    /// Nobody knows the key.
    UnknownKey = "unknown_key",
    /// A value stands where a section is expected.
    NotASection = "not_a_section",
    /// A section stands where a value is expected.
    NotAValue = "not_a_value",
    /// The value is of another type.
    WrongType = "wrong_type",
    /// The value is below or above what it may be.
    OutOfRange = "out_of_range",
    /// The value is below zero where that has no meaning.
    Negative = "negative",
    /// Two settings cannot both hold.
    Contradiction = "contradiction",
    /// The key is known and may not stand in this place.
    Misplaced = "misplaced",
    /// A flag is no `key=value`.
    BadFlag = "bad_flag",
    /// An environment variable has a value that means nothing.
    BadVariable = "bad_variable",
    /// Others could read or replace a file that holds a secret.
    TooOpen = "too_open",
    /// A file that holds a secret is somebody else's, or is reached through a link.
    NotOurs = "not_ours",
    /// A key file does not hold the key that it should.
    BadKey = "bad_key",
    /// An encrypted file cannot be decrypted.
    Undecryptable = "undecryptable",
    /// A secret that is needed is nowhere.
    MissingSecret = "missing_secret",
    /// A file would be overwritten.
    Exists = "exists",
    /// A file cannot be written.
    Unwritable = "unwritable",
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// Where.
    pub at: Origin,
    /// The key it is about, if it is about one.
    pub key: Option<String>,
    /// What happened.
    pub what: String,
    /// What to try.
    pub advice: String,
}

impl Problem {
    /// A problem about the file, variable or flag as a whole.
    pub fn new(kind: ProblemKind, at: Origin, what: impl Into<String>) -> Self {
        Self { kind, at, key: None, what: what.into(), advice: String::new() }
    }

    /// With what to try.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// About a key.
    #[must_use]
    pub fn about(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let (file, line, column) = match &self.at {
            Origin::File { file, line, column } => (Some(file.as_ref()), *line, *column),
            _ => (None, 0, 0),
        };
        let mut shown = json!({
            "kind": self.kind.name(), "at": self.at.to_string(), "what": self.what, "try": self.advice,
        });
        if let Value::Object(fields) = &mut shown {
            fields.extend(self.key.clone().map(|key| ("key".to_owned(), Value::String(key))));
            fields.extend(file.map(|file| ("file".to_owned(), Value::from(file))));
            if line > 0 {
                fields.insert("line".to_owned(), Value::from(line));
                fields.insert("column".to_owned(), Value::from(column));
            }
        }
        shown
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.at)?;
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.what)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "; try: {}", self.advice) }
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong, in the order in which it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    listed: Vec<Problem>,
    unlisted: usize,
}

impl Problems {
    /// How many are listed; further ones are only counted.
    pub const LISTED_MAX: usize = 64;

    /// One more.
    pub fn push(&mut self, problem: Problem) {
        if self.is_full() {
            self.count_one();
        } else {
            self.listed.push(problem);
        }
    }

    /// The value of something that may have gone wrong; what is wrong is noted.
    pub fn note<T, E: Into<Self>>(&mut self, outcome: Result<T, E>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(wrong) => {
                let Self { listed, unlisted } = wrong.into();
                self.extend(listed);
                self.unlisted += unlisted;
                None
            }
        }
    }

    /// Whether further ones are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() >= Self::LISTED_MAX
    }

    /// One more that is only counted.
    pub(crate) fn count_one(&mut self) {
        self.unlisted += 1;
    }

    /// In the order in which a person meets them: file by file, line by line, then variables and flags.
    pub(crate) fn in_order(mut self) -> Self {
        self.listed.sort_by_key(|problem| match &problem.at {
            Origin::File { file, line, column } => (0, file.to_string(), *line, *column),
            Origin::Variable(name) => (1, name.clone(), 0, 0),
            Origin::Flag(_) => (2, String::new(), 0, 0),
            Origin::Default => (3, String::new(), 0, 0),
        });
        self
    }

    /// Those that are listed.
    pub fn listed(&self) -> &[Problem] {
        &self.listed
    }

    /// How many more there are.
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// `value`, unless something is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { listed: vec![problem], unlisted: 0 }
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.listed.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        match self.unlisted {
            0 => Ok(()),
            more => write!(f, "\nand {more} more problems; mend these first"),
        }
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_beyond_the_bound_are_counted_and_said() {
        let mut problems = Problems::default();
        let one = Problem::new(ProblemKind::Syntax, Origin::Default, "x").advice("y").about("k");
        assert_eq!(one.to_string(), "default: k: x; try: y");
        problems.extend(std::iter::repeat_n(one, Problems::LISTED_MAX + 3));
        assert_eq!((problems.listed().len(), problems.unlisted()), (Problems::LISTED_MAX, 3));
        assert!(problems.to_string().ends_with("and 3 more problems; mend these first"));
        assert_eq!(problems.or(()).map_err(|problems| problems.unlisted()), Err(3));
    }

    #[test]
    fn kinds_have_a_name_each() {
        let names: std::collections::BTreeSet<_> =
            ProblemKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), ProblemKind::ALL.len());
    }
}
