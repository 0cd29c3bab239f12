//! Names: every key of the settings, every metric and every variable that a page names exists in the code; and every
//! key and every metric of the code stands on the page that lists them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::docs::Doc;
use crate::{Fault, Finding, Repository};

const SCHEMA: &str = "config/schema.json";
const KEYS_PAGE: &str = "docs/configuration.md";
/// Where the topics are named.
const TOPICS_CODE: &str = "crates/contracts/src/topic.rs";
const METRICS_PAGE: &str = "docs/MONITORING.md";
/// Where the metrics are defined.
const METRICS_CODE: &str = "crates/telemetry/src/metrics/catalogue.rs";
/// What a histogram adds to its name.
const SUFFIXES: &[&str] = &["_bucket", "_sum", "_count"];
/// What files of the settings are called, not keys.
const FILES: &[&str] = &["toml", "json", "key", "token", "md", "rs", "sh", "jsonl"];

pub(super) fn check(repository: &Repository, docs: &[Doc]) -> Result<Vec<Finding>, Fault> {
    let known = Known::read(repository)?;
    let mut found = missing(&known, docs);
    for doc in docs {
        let fenced = doc.page.fences.iter().flat_map(|fence| {
            (fence.line + 1..).zip(&fence.lines).map(|(line, text)| (line, text.as_str()))
        });
        let spans = doc.page.spans.iter().map(|(line, text)| (*line, text.as_str()));
        for (line, text) in spans.clone() {
            found.extend(known.key(text).map(|what| doc.finding(line, what, KEYS_PAGE)));
        }
        for (line, text) in spans.chain(fenced) {
            found.extend(known.others(text).map(|what| doc.finding(line, what, METRICS_PAGE)));
        }
    }
    Ok(found)
}

struct Known {
    sections: BTreeSet<String>,
    keys: BTreeSet<String>,
    /// Keys below which people choose names themselves.
    open: BTreeSet<String>,
    metrics: BTreeSet<String>,
    /// The file of the topics, some of which look like keys.
    topics: String,
    code: String,
}

impl Known {
    fn read(repository: &Repository) -> Result<Self, Fault> {
        let schema = serde_json::from_str(&repository.read(SCHEMA)?);
        let schema: Value = schema.map_err(|why| Fault::form(SCHEMA, why))?;
        let (mut code, mut metrics) = (String::new(), BTreeSet::new());
        let scripts = repository.files_of("sh")?;
        for path in repository.files_of("rs")?.into_iter().chain(scripts) {
            let text = repository.read(&path)?;
            if path == METRICS_CODE {
                metrics.extend(defined(&text));
            }
            code.push_str(&text);
        }
        let mut known = Self {
            sections: BTreeSet::new(),
            keys: BTreeSet::new(),
            open: BTreeSet::new(),
            metrics,
            topics: repository.read(TOPICS_CODE)?,
            code,
        };
        known.walk("", &schema);
        Ok(known)
    }

    fn walk(&mut self, path: &str, schema: &Value) {
        if schema["additionalProperties"].is_object() || schema.get("patternProperties").is_some() {
            self.open.insert(path.to_owned());
        }
        for (name, below) in schema["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if !path.contains('.') {
                self.sections.insert(path.clone());
            }
            self.walk(&path, below);
            self.keys.insert(path);
        }
    }

    /// What is wrong with a code span that looks like a key.
    fn key(&self, text: &str) -> Option<String> {
        let text = text.split([' ', '=']).next()?;
        let (section, rest) = text.split_once('.')?;
        let shaped = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        let file = rest.rsplit('.').next().is_some_and(|kind| FILES.contains(&kind));
        let key = self.sections.contains(section) && rest.split('.').all(shaped) && !file;
        let below =
            |open: &String| text.strip_prefix(open).is_some_and(|rest| rest.starts_with('.'));
        let topic = self.topics.contains(&format!("\"{text}\""));
        (key && !topic && !self.keys.contains(text) && !self.open.iter().any(below))
            .then(|| format!("`{text}` is no key of the settings"))
    }

    /// What is wrong with the metrics and variables in a text.
    fn others(&self, text: &str) -> impl Iterator<Item = String> {
        let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
        words.filter_map(|word| {
            let plain =
                SUFFIXES.iter().find_map(|suffix| word.strip_suffix(suffix)).unwrap_or(word);
            let metric = word.starts_with("njord_") && word.len() > "njord_".len();
            if metric && !self.metrics.contains(word) && !self.metrics.contains(plain) {
                return Some(format!("`{word}` is no metric"));
            }
            let variable = word.starts_with("NJORD_") && !word.ends_with('_');
            (variable && !self.variable(word)).then(|| format!("`{word}` is read by nothing"))
        })
    }

    /// Whether anything reads such a variable; one that stands for a key is read with all others.
    fn variable(&self, name: &str) -> bool {
        let Some(key) = name.strip_prefix("NJORD__") else { return self.code.contains(name) };
        let key = key.to_lowercase().replace("__", ".");
        let open = |open: &String| key.starts_with(&format!("{open}."));
        key == "section.key" || self.keys.contains(&key) || self.open.iter().any(open)
    }
}

/// The metrics that a file of the catalogue defines.
fn defined(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
    words.filter(|word| word.starts_with("njord_")).map(ToOwned::to_owned)
}

/// Keys and metrics of the code that the pages which list them leave out.
fn missing(known: &Known, docs: &[Doc]) -> Vec<Finding> {
    let listed = |path: &str| -> BTreeSet<&str> {
        let pages = docs.iter().filter(|doc| doc.path == path);
        pages.flat_map(|doc| &doc.page.spans).map(|(_, span)| span.as_str()).collect()
    };
    let (keys, metrics) = (listed(KEYS_PAGE), listed(METRICS_PAGE));
    let leaves = known.keys.iter().filter(|key| {
        let above = format!("{key}.");
        !known.keys.iter().any(|other| other.starts_with(&above)) && !known.open.contains(*key)
    });
    let lost = |page: &str, name: &str| {
        Finding::new(
            page,
            format!("`{name}` is in the code and not on the page"),
            "make the page again",
        )
    };
    let shown = |key: &str| {
        let last = key.rsplit('.').next().unwrap_or(key);
        keys.contains(key) || keys.contains(last)
    };
    let keys = leaves.filter(|key| !shown(key)).map(|key| lost(KEYS_PAGE, key));
    let metrics = known.metrics.iter().filter(|name| !metrics.contains(name.as_str()));
    keys.chain(metrics.map(|name| lost(METRICS_PAGE, name))).collect()
}
