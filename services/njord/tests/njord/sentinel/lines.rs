//! The logging contract, held against every line that a run has written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::rig::{Desk, repository};

/// Who speaks in the log of a process that has everything; a part of one stands after a dot.
const SPEAKERS: [&str; 10] = [
    "njord-up",
    "up",
    "md-ingest",
    "strategy-engine",
    "risk-engine",
    "execution-gateway",
    "runtime",
    "telemetry",
    "operator",
    "venue",
];
/// What is said of one intent, and so stands on its trace.
const OF_AN_INTENT: [&str; 5] =
    ["intent_approved", "intent_refused", "order_moved", "order_ended", "filled"];

/// Every line of a log, each of which is valid.
pub(super) fn held_to_the_contract(text: &str) -> Vec<Value> {
    let schema = std::fs::read_to_string(repository().join("docs/logging.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let read = |line: &str| -> Value {
        let line: Value = serde_json::from_str(line).unwrap();
        let wrong: Vec<String> = schema.iter_errors(&line).map(|why| why.to_string()).collect();
        assert!(wrong.is_empty(), "{line}: {wrong:?}");
        line
    };
    text.lines().map(read).collect()
}

/// The lines are of those processes and nobody else, of components that there are, and in the order in which each
/// process said them; what is said of an intent stands on its trace.
pub(super) fn are_of(lines: &[Value], processes: &[u32]) {
    let pids: BTreeSet<u64> = lines.iter().map(|line| line["pid"].as_u64().unwrap()).collect();
    let wanted = processes.iter().map(|pid| u64::from(*pid)).collect();
    assert_eq!(pids, wanted, "whose lines these are");
    for line in lines {
        assert_eq!(line["env"], "dev", "{line}");
        let component = line["component"].as_str().unwrap();
        let speaker = component.split('.').next().unwrap();
        assert!(SPEAKERS.contains(&speaker), "{line}");
        assert!(line["context"]["notice"].is_string() || component.contains('.'), "{line}");
        let is_of_an_intent = OF_AN_INTENT.iter().any(|name| line["context"]["notice"] == *name);
        assert!(!is_of_an_intent || line["trace_id"].is_string(), "{line}");
    }
    for pid in pids {
        let own = lines.iter().filter(|line| line["pid"] == pid);
        let written: Vec<&str> = own.map(|line| line["ts"].as_str().unwrap()).collect();
        assert!(written.first() <= written.last(), "{pid} ended before it began");
    }
}

/// An order of which the log tells all: approved and filled on one trace, which is its own id, by both services.
pub(super) fn follow_an_order(lines: &[Value]) {
    let mut told: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for line in lines {
        let Some(trace) = line["trace_id"].as_str() else { continue };
        let notice = line["context"]["notice"].as_str().unwrap_or_default();
        if line["context"]["order"] == trace {
            let speaker = line["component"].as_str().unwrap();
            told.entry(trace).or_default().insert((notice, speaker));
        }
    }
    let whole = [("intent_approved", "risk-engine"), ("filled", "execution-gateway")];
    let is_whole = |told: &BTreeSet<_>| whole.iter().all(|one| told.contains(one));
    assert!(told.values().any(is_whole), "no order from its approval to its fill: {told:#?}");
}

/// The kinds of notices among the lines.
pub(super) fn kinds(lines: &[Value]) -> BTreeSet<&str> {
    lines.iter().filter_map(|line| line["context"]["notice"].as_str()).collect()
}

/// Every file of logs in a home, in the order of their names.
pub(super) fn of(desk: &Desk) -> String {
    let entries = std::fs::read_dir(desk.path("logs")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
    paths.sort();
    assert!(!paths.is_empty(), "there is no log");
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}
