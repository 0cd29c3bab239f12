//! What a key is, what it is set to, and who said so: for people as text, for programs as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalogue::{Found, KeySpec};
use crate::loaded::Loaded;
use crate::nearest::nearest;
use crate::origin::Origin;
use crate::path::Path;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::publish::toml_value;
use crate::source::parse_key;

/// One value that somebody gave.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenValue {
    /// Who.
    pub origin: Origin,
    /// What, as it was written.
    pub value: String,
    /// The entry of a table that it is for.
    pub entry: Option<String>,
    /// Whether it holds, or a stronger layer said something else.
    pub holds: bool,
}

/// Everything about one key.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The key.
    pub key: String,
    /// What is known about it.
    pub spec: KeySpec,
    /// The value that holds, in canonical form; null where there is none.
    pub value: Value,
    /// Where that came from.
    pub origin: Origin,
    /// Everything that was said, the weakest first.
    pub given: Vec<GivenValue>,
}

impl Loaded {
    /// A key, or every key of a section.
    pub fn explain(&self, key: &str) -> Result<Vec<Explained>, Problem> {
        let wanted = path_of(key);
        let below = self.shown.iter().filter(|(path, _)| wanted.holds(path));
        let explained: Vec<_> =
            below.filter_map(|(path, value)| self.explain_one(path, value)).collect();
        if explained.is_empty() { Err(self.unknown(key, &wanted)) } else { Ok(explained) }
    }

    /// Every key.
    pub fn explain_all(&self) -> Vec<Explained> {
        self.shown.iter().filter_map(|(path, value)| self.explain_one(path, value)).collect()
    }

    /// Where the value of a key came from, for messages that name a limit: `config/paper.toml:41:1`.
    pub fn origin(&self, key: &str) -> Origin {
        self.resolved.origin(&path_of(key))
    }

    fn explain_one(&self, path: &Path, value: &Value) -> Option<Explained> {
        let Found::Key(spec) = self.known.find(path) else { return None };
        let mut given = Vec::new();
        for (at, said) in self.resolved.below(path) {
            let entry = at.words()[path.words().len()..].to_vec();
            let entry = (!entry.is_empty()).then(|| Path(entry).to_string());
            given.extend(said.iter().enumerate().map(|(index, (origin, raw))| GivenValue {
                origin: origin.clone(),
                value: raw.to_string(),
                entry: entry.clone(),
                holds: index + 1 == said.len(),
            }));
        }
        let origin = self.resolved.origin(path);
        Some(Explained {
            key: path.to_string(),
            spec: spec.clone(),
            value: value.clone(),
            origin,
            given,
        })
    }

    fn unknown(&self, key: &str, wanted: &Path) -> Problem {
        let keys = self.shown.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>();
        let near = self.known.suggest(wanted).map(|near| near.to_string());
        let near =
            near.or_else(|| nearest(key, keys.iter().map(String::as_str)).map(str::to_owned));
        // A word alone is often the last word of a key.
        let ends = || keys.iter().find(|known| known.rsplit('.').next() == Some(key)).cloned();
        let shown: String = key.chars().take(64).collect();
        Problem::new(ProblemKind::UnknownKey, Origin::Default, format!("there is no key `{shown}`"))
            .advice(match ends().or(near) {
                Some(near) => format!("`{near}`"),
                None => format!("one of {}", self.known.below(&Path::default()).join(", ")),
            })
    }
}

/// A key as messages write it, quotes included; anything else by its dots.
fn path_of(key: &str) -> Path {
    parse_key(key).unwrap_or_else(|| Path(key.split('.').map(str::to_owned).collect()))
}

impl Explained {
    /// For people: a block of aligned lines.
    pub fn to_text(&self) -> String {
        let mut text = format!("{} = {}\n", self.key, toml_value(&self.spec, &self.value));
        let mut line = |name: &str, what: &str| {
            if !what.is_empty() {
                let _ = writeln!(text, "  {name:<8} {what}");
            }
        };
        line("from", &self.origin.to_string());
        line("default", &toml_value(&self.spec, &self.spec.default));
        line("unit", self.spec.unit);
        line("range", &self.spec.range.to_string());
        line("takes", self.spec.kind);
        line("meaning", self.spec.about);
        for (index, given) in self.given.iter().enumerate() {
            let entry = given.entry.as_ref().map_or(String::new(), |entry| format!("{entry} = "));
            let fate = if given.holds { "holds" } else { "overridden" };
            let said = format!("{}: {entry}{} ({fate})", given.origin, given.value);
            line(if index == 0 { "said" } else { "" }, &said);
        }
        text
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let given = |given: &GivenValue| {
            json!({
                "at": given.origin.to_string(), "value": given.value,
                "entry": given.entry, "holds": given.holds,
            })
        };
        json!({
            "key": self.key, "value": self.value, "from": self.origin.to_string(),
            "default": self.spec.default, "unit": self.spec.unit, "range": self.spec.range.to_string(),
            "takes": self.spec.kind, "meaning": self.spec.about,
            "given": self.given.iter().map(given).collect::<Vec<_>>(),
        })
    }
}

/// What `config check` says to people.
pub fn check_text(outcome: &Result<Loaded, Problems>) -> String {
    let loaded = match outcome {
        Ok(loaded) => loaded,
        Err(problems) => {
            let count = problems.listed().len() + problems.unlisted();
            let s = if count == 1 { "" } else { "s" };
            return format!("FAIL config   {count} problem{s}\n{problems}\n");
        }
    };
    let run = &loaded.settings().run;
    let mut text = format!(
        "ok   config   {} layers, {} keys set, 0 unknown keys; mode {}, env {}, hash {:.8}\n",
        loaded.layers().len(),
        loaded.keys_set(),
        run.mode.name(),
        run.env.name(),
        loaded.hash().to_string(),
    );
    for layer in loaded.layers() {
        let _ = writeln!(text, "     layer    {} ({} keys)", layer.name, layer.keys);
    }
    for notice in loaded.notices() {
        let _ = writeln!(text, "warn config   {notice}");
    }
    text
}

/// What `config check` says to programs.
pub fn check_json(outcome: &Result<Loaded, Problems>) -> Value {
    match outcome {
        Ok(loaded) => json!({
            "ok": true,
            "mode": loaded.settings().run.mode.name(),
            "env": loaded.settings().run.env.name(),
            "hash": loaded.hash().to_string(),
            "decision_hash": loaded.decision_hash().to_string(),
            "keys_set": loaded.keys_set(),
            "layers": loaded.layers().iter()
                .map(|layer| json!({ "name": layer.name, "keys": layer.keys }))
                .collect::<Vec<_>>(),
            "notices": loaded.notices(),
        }),
        Err(problems) => json!({
            "ok": false,
            "problems": problems.listed().iter().map(Problem::to_json).collect::<Vec<_>>(),
            "unlisted": problems.unlisted(),
        }),
    }
}
