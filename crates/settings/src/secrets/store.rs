//! All secrets that somebody gave, opened once.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};
use zeroize::{Zeroize as _, Zeroizing};

use super::age;
use super::guard::read_guarded;
use super::names::SecretName;
use super::value::Secret;
use crate::nearest::nearest;
use crate::origin::{Lines, Origin};
use crate::places::Places;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::source::Environment;

/// A larger file holds no secrets.
const FILE_BYTES_MAX: u64 = 256 << 10;
/// A longer text is no secret that anybody issues.
const SECRET_BYTES_MAX: usize = 16 << 10;

/// The secrets that were given, by name.
#[derive(Debug, Default)]
pub struct Secrets {
    held: BTreeMap<SecretName, (Secret, Origin)>,
    /// Where a missing one could be put.
    file: Option<String>,
}

impl Secrets {
    /// Opens every source: the environment, and the file of secrets that the settings name.
    pub fn open(places: &Places, environment: &Environment) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut secrets = Self::default();
        if let Some(path) = &places.secrets_file {
            match read_guarded(path, FILE_BYTES_MAX) {
                Ok(bytes) => secrets.take_file(path, &bytes, &mut problems),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some((path, identity)) = &places.age {
            match decrypted(path, identity) {
                Ok(bytes) => secrets.take_file(path, &bytes, &mut problems),
                Err(problem) => problems.push(problem),
            }
        }
        secrets.take_environment(environment, &mut problems);
        problems.or(secrets)
    }

    /// A secret, if somebody gave it.
    pub fn get(&self, name: SecretName) -> Option<&Secret> {
        self.held.get(&name).map(|(secret, _)| secret)
    }

    /// A secret that is needed.
    pub fn need(&self, name: SecretName) -> Result<&Secret, Problem> {
        self.get(name).ok_or_else(|| {
            let file = self.file.as_deref().unwrap_or("the file of secrets.file");
            let advice = format!("{}=..., or {} = \"...\" in {file}", name.variable(), name.key());
            let what = format!("is nowhere to be found: {}", name.about());
            Problem::new(ProblemKind::MissingSecret, Origin::Default, what)
                .about(name.key())
                .advice(advice)
        })
    }

    /// Which secrets there are and where from; for people, who see no value.
    pub fn origins(&self) -> impl Iterator<Item = (SecretName, &Origin)> {
        self.held.iter().map(|(name, (_, origin))| (*name, origin))
    }

    /// Every secret, so that whoever writes texts can keep them out.
    pub fn each(&self) -> impl Iterator<Item = &Secret> {
        self.held.values().map(|(secret, _)| secret)
    }

    fn take_environment(&mut self, environment: &Environment, problems: &mut Problems) {
        for &name in SecretName::ALL {
            let Some(value) = environment.get(name.variable()) else { continue };
            let origin = Origin::Variable(name.variable().to_owned());
            // A variable that is set to nothing is how many systems say "not set".
            if !value.trim().is_empty() {
                self.put(name, value, origin, problems);
            }
        }
    }

    fn take_file(&mut self, path: &Path, bytes: &[u8], problems: &mut Problems) {
        let file = path.display().to_string();
        let wrong = |kind, what: &str| Problem::new(kind, Origin::whole_file(&file), what);
        let Ok(text) = std::str::from_utf8(bytes) else {
            problems
                .push(wrong(ProblemKind::NotUtf8, "is not UTF-8").advice("name = \"value\" lines"));
            return;
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        let lines = Lines::of(&file, text);
        for error in &errors {
            // The parser's own words may quote the line.
            let place = lines.at(error.span().map_or(0, |span| span.start));
            problems.push(
                Problem::new(ProblemKind::Syntax, place, "not TOML here")
                    .advice("name = \"value\""),
            );
        }
        for (key, value) in table.get_ref() {
            let place = lines.at(key.span().start);
            match (name_of(key.get_ref()), value.get_ref()) {
                (Some(name), DeValue::String(text)) => self.put(name, text, place, problems),
                (Some(name), _) => problems.push(
                    Problem::new(ProblemKind::WrongType, place, "is no text in quotes")
                        .about(name.key())
                        .advice("\"...\""),
                ),
                (None, _) => problems.push(stranger(key.get_ref(), place)),
            }
        }
        self.file = Some(file);
    }

    fn put(&mut self, name: SecretName, text: &str, origin: Origin, problems: &mut Problems) {
        let text = text.trim();
        let what = if text.is_empty() {
            "is empty"
        } else if text.len() > SECRET_BYTES_MAX {
            "is too long for a secret"
        } else if text.chars().any(char::is_control) {
            "has control characters in it"
        } else {
            let secret = Secret::new(Zeroizing::new(text.to_owned()));
            self.held.insert(name, (secret, origin));
            return;
        };
        problems.push(
            Problem::new(ProblemKind::WrongType, origin, what)
                .about(name.key())
                .advice("the value as it was issued, on one line"),
        );
    }
}

fn name_of(key: &str) -> Option<SecretName> {
    SecretName::ALL.iter().copied().find(|name| name.key() == key)
}

fn stranger(key: &str, place: Origin) -> Problem {
    let keys = || SecretName::ALL.iter().map(|name| name.key());
    let advice = match nearest(key, keys()) {
        Some(near) => format!("`{near}`"),
        None => format!("one of {}", keys().collect::<Vec<_>>().join(", ")),
    };
    // The key itself is not repeated: a person may have pasted the secret in its place.
    Problem::new(ProblemKind::UnknownKey, place, "there is no secret of that name").advice(advice)
}

fn decrypted(path: &Path, identity: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let identities = read_guarded(identity, FILE_BYTES_MAX)?;
    let at = |path: &Path| Origin::whole_file(&path.display().to_string());
    let identities = age::Identity::read_all(&identities).map_err(|why| {
        Problem::new(ProblemKind::BadKey, at(identity), why.to_string())
            .advice("a file made by age-keygen, without a passphrase")
    })?;
    let mut bytes = std::fs::File::open(path)
        .and_then(|file| {
            use std::io::Read as _;
            let mut bytes = Vec::new();
            file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Problem::new(ProblemKind::MissingFile, at(path), "there is no such file")
                    .advice("another secrets.age_file")
            }
            _ => Problem::new(ProblemKind::Unreadable, at(path), error.to_string()),
        })?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let what = format!("is larger than {FILE_BYTES_MAX} bytes");
        return Err(Problem::new(ProblemKind::TooBig, at(path), what));
    }
    let opened = age::decrypt(&bytes, &identities).map_err(|why| {
        Problem::new(ProblemKind::Undecryptable, at(path), why.to_string()).advice(why.advice())
    });
    bytes.zeroize();
    opened
}
