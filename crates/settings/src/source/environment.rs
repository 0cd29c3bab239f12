//! The environment, taken once at the start and handed on. Nothing else in the program reads it.
//!
//! Only what is ours is kept. Values may be secrets: they are never shown.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use super::flags::WORD_BYTES_MAX;
use crate::nearest::nearest;
use crate::origin::Origin;
use crate::path::Path;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::raw::Raw;
use crate::resolve::Leaf;
use crate::secrets::SecretName;

/// The prefix of variables that name a key: `NJORD__RISK__COLLAR` is `risk.collar`.
const KEY_PREFIX: &str = "NJORD__";
const OUR_PREFIX: &str = "NJORD_";

/// The second of the two keys of live trading.
pub(crate) const ENABLE_LIVE: &str = "NJORD_ENABLE_LIVE";

/// Variables with a name of their own, and the key that each sets.
const NAMED: [(&str, &str, Reads); 6] = [
    ("NJORD_ENV", "run.env", Reads::Word),
    ("NJORD_MODE", "run.mode", Reads::Word),
    ("NJORD_ENABLE_METRICS", "telemetry.metrics", Reads::Gate),
    ("NJORD_RECONCILE_INTERVAL_SEC", "execution.reconcile_every", Reads::Seconds),
    ("REDIS_URL", "bus.url", Reads::Word),
    ("LOG_DIR", "telemetry.log_dir", Reads::Word),
];

/// The variables with a name of their own, and the key that each sets.
pub(crate) fn named_variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMED.iter().map(|(name, key, _)| (*name, *key))
}

/// Variables of others that say where things belong on this machine.
const OF_OTHERS: [&str; 5] =
    ["HOME", "XDG_STATE_HOME", "LOGS_DIRECTORY", "STATE_DIRECTORY", "NO_COLOR"];

/// Names that tools around Njord use, which mean nothing in here.
const OF_TOOLS: [&str; 2] = ["NJORD_USER", "NJORD_GROUP"];

/// Gates of what is not in this build. Whoever opens one is told so, and not which name is the nearest.
const NOT_HERE: [(&str, &str); 2] = [
    ("NJORD_ENABLE_ALERTS", "nothing here sends alerts; deploy has rules for Prometheus"),
    ("NJORD_ENABLE_AUDIT", "there is no audit service here; the journal is always written"),
];

#[derive(Clone, Copy)]
enum Reads {
    /// The value as it stands.
    Word,
    /// `1` opens; `0` or nothing keeps it shut.
    Gate,
    /// A whole number of seconds.
    Seconds,
}

/// What the environment says, as far as it concerns us.
#[derive(Clone, Default)]
pub struct Environment {
    held: BTreeMap<String, Zeroizing<String>>,
    /// Ours by name, and no UTF-8.
    garbled: Vec<String>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let mut taken = Self::default();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| is_of_interest(name)) else { continue };
            match value.into_string() {
                Ok(value) => taken.put(name, value),
                Err(_) => taken.garbled.push(name.to_owned()),
            }
        }
        taken
    }

    /// An environment that says this; for tests, and for who starts a system inside a system.
    pub fn of<N: AsRef<str>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut taken = Self::default();
        for (name, value) in pairs {
            if is_of_interest(name.as_ref()) {
                taken.put(name.as_ref(), value.into());
            }
        }
        taken
    }

    fn put(&mut self, name: &str, value: String) {
        self.held.insert(name.to_owned(), Zeroizing::new(value));
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.held.get(name).map(|value| value.as_str())
    }

    /// Whether people asked for output without colours, in the way that many programs honour.
    pub fn no_color(&self) -> bool {
        self.get("NO_COLOR").is_some_and(|value| !value.is_empty())
    }

    /// What the variables say about keys.
    pub(crate) fn leaves(&self, problems: &mut Problems) -> Vec<Leaf> {
        for name in &self.garbled {
            problems.push(bad(name, "its value is not UTF-8", "plain text"));
        }
        let mut leaves = Vec::new();
        // A later leaf holds against an earlier one, and the name of the key itself is the more exact word.
        let (exact, named): (Vec<_>, Vec<_>) =
            self.held.iter().partition(|(name, _)| name.starts_with(KEY_PREFIX));
        for (name, value) in named.into_iter().chain(exact) {
            if value.len() > WORD_BYTES_MAX {
                problems.push(bad(name, "its value is too long", "a file instead"));
            } else if let Some(words) = name.strip_prefix(KEY_PREFIX) {
                match path_of(words) {
                    Some(path) => leaves.push(leaf(name, path, value)),
                    None => problems.push(bad(name, "names no key", "NJORD__SECTION__KEY")),
                }
            } else if let Some((_, key, reads)) = NAMED.iter().find(|(named, ..)| named == name) {
                leaves.extend(named_leaf(name, key, (*reads, value), problems));
            }
        }
        leaves
    }

    /// Variables that look like ours and mean nothing; a slip in `NJORD_ENABLE_LIVE` is told here.
    pub(crate) fn strangers(&self) -> Vec<String> {
        let ours = || {
            let named = NAMED.iter().map(|(name, ..)| *name).chain([ENABLE_LIVE]);
            named.chain(SecretName::ALL.iter().map(|name| name.variable()))
        };
        let strange = |name: &&String| {
            name.starts_with(OUR_PREFIX)
                && !name.starts_with(KEY_PREFIX)
                && !OF_TOOLS.contains(&name.as_str())
                && ours().all(|known| known != name.as_str())
        };
        let not_here = |name: &String| NOT_HERE.iter().find(|(gate, _)| gate == name);
        let said = |name: &String| match (not_here(name), nearest(name, ours())) {
            (Some((_, why)), _) => format!("{name} opens nothing: {why}"),
            (None, Some(near)) => format!("{name} means nothing here; did you mean {near}?"),
            (None, None) => format!("{name} means nothing here"),
        };
        self.held.keys().filter(strange).map(said).collect()
    }
}

/// Names only: any value may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.held.keys()).finish()
    }
}

fn is_of_interest(name: &str) -> bool {
    let named = || NAMED.iter().any(|(named, ..)| *named == name);
    name.starts_with(OUR_PREFIX) || OF_OTHERS.contains(&name) || named()
}

fn bad(name: &str, what: &str, advice: &str) -> Problem {
    Problem::new(ProblemKind::BadVariable, Origin::Variable(name.to_owned()), what).advice(advice)
}

fn leaf(name: &str, path: Path, value: &str) -> Leaf {
    let origin = Origin::Variable(name.to_owned());
    Leaf { path, raw: Raw::Word(value.trim().to_owned()), origin }
}

/// `RISK__COLLAR` as `risk.collar`. Words are in lower case; a key that is not stands in a file or a flag.
fn path_of(words: &str) -> Option<Path> {
    let words: Vec<String> = words.split("__").map(str::to_ascii_lowercase).collect();
    words.iter().all(|word| !word.is_empty()).then_some(Path(words))
}

fn named_leaf(
    name: &str,
    key: &str,
    (reads, value): (Reads, &str),
    problems: &mut Problems,
) -> Option<Leaf> {
    let path = Path(key.split('.').map(str::to_owned).collect());
    match (reads, value.trim()) {
        (_, "") => None,
        (Reads::Word, word) => Some(leaf(name, path, word)),
        (Reads::Gate, "1") => Some(leaf(name, path, "true")),
        (Reads::Gate, "0") => Some(leaf(name, path, "false")),
        (Reads::Seconds, digits) => Some(leaf(name, path, &format!("{digits}s"))),
        (Reads::Gate, _) => {
            problems.push(bad(
                name,
                "is neither 1 nor 0",
                "1 to switch it on, 0 or nothing for off",
            ));
            None
        }
    }
}
