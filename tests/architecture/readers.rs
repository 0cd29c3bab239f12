//! Every key of the settings is read by somebody, and every notice of the log is told by somebody: what nobody reads
//! opens nothing, whatever a person writes there.

use std::fs;

use crate::shrinking::{self, List};
use crate::{House, sources};

/// Ports of services that are not there yet. They stand in the one plan of ports so that nothing else takes them; the
/// list may only shrink.
const NOT_YET: [&str; 5] =
    ["ports.scanner", "ports.monitor", "ports.auditor", "ports.controller", "ports.kraken_sim"];

/// A section of the settings: its type, its name, its keys.
struct Section {
    kind: String,
    name: String,
    keys: Vec<String>,
}

/// The sections that a file declares.
fn sections(text: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if let Some((kind, rest)) =
            line.strip_prefix("    pub struct ").and_then(|rest| rest.split_once(": \""))
        {
            let name = rest.split('"').next().unwrap().to_owned();
            found.push(Section { kind: kind.to_owned(), name, keys: Vec::new() });
            is_inside = true;
        } else if line == "    }" {
            is_inside = false;
        } else if let (true, Some((key, _))) = (is_inside, line.split_once(": "))
            && let Some(key) = key.strip_prefix("        ")
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            found.last_mut().unwrap().keys.push(key.to_owned());
        }
    }
    found
}

/// Whether a text has that as a word of its own, in front of and behind which stands what is wanted.
fn has(text: &str, word: &str, wanted: fn(Option<char>, Option<char>) -> bool) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !behind.is_some_and(is_part) && wanted(before, behind)
    })
}

/// Whether a file reads that key: it has the section in hand, and names the key as a field, or takes the section apart.
fn reads(text: &str, section: &Section, key: &str) -> bool {
    let field = |before: Option<char>, _: Option<char>| before == Some('.');
    let part =
        |before: Option<char>, behind: Option<char>| before == Some('.') || behind == Some(',');
    (has(text, &section.name, field) || has(text, &section.kind, |_, _| true))
        && has(text, key, part)
}

/// The keys that nobody reads, by the declarations, and by everybody else's sources. The ports of services are read
/// under their names.
fn unread(declared: &[Section], readers: &[String], services: &[String]) -> Vec<String> {
    let mut keys = Vec::new();
    for section in declared {
        for key in &section.keys {
            let is_of_a_service =
                section.name == "ports" && services.contains(&key.replace('_', "-"));
            if !is_of_a_service && !readers.iter().any(|text| reads(text, section, key)) {
                keys.push(format!("{}.{key}", section.name));
            }
        }
    }
    keys
}

/// The kinds of notices that a catalogue declares, and nobody tells.
fn untold(catalogue: &str, tellers: &[String]) -> Vec<String> {
    let kinds = catalogue.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" {"));
    let kinds = kinds.map(|(kind, _)| kind).filter(|kind| kind.starts_with(char::is_uppercase));
    let told = |kind: &str| {
        let notice = format!("Notice::{kind}");
        tellers.iter().any(|text| has(text, &notice, |_, _| true))
    };
    kinds.filter(|kind| !told(kind)).map(str::to_owned).collect()
}

/// What the packages do, without their tests, and without what lies in one of those folders.
fn product(house: &House, without: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for layer in ["crates", "services"] {
        for package in fs::read_dir(house.root.join(layer)).unwrap() {
            for (path, text) in sources(&package.unwrap().path().join("src")) {
                if !without.iter().any(|left_out| path.starts_with(house.root.join(left_out))) {
                    texts.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
                }
            }
        }
    }
    texts
}

fn declared(house: &House) -> Vec<Section> {
    let tree = sources(&house.root.join("crates/settings/src/tree"));
    tree.iter().flat_map(|(_, text)| sections(text)).collect()
}

/// Where the settings are declared, and nothing is done with them; what they may not say together is held in `agree`.
const DECLARING: [&str; 8] = [
    "crates/settings/src/tree/mod.rs",
    "crates/settings/src/tree/modes.rs",
    "crates/settings/src/tree/ports.rs",
    "crates/settings/src/tree/risk.rs",
    "crates/settings/src/tree/serving.rs",
    "crates/settings/src/tree/strategies.rs",
    "crates/settings/src/tree/trading.rs",
    "crates/settings/src/catalogue",
];
const CATALOGUE: &str = "crates/telemetry/src/notice/catalogue.rs";

fn services(house: &House) -> Vec<String> {
    let folders = fs::read_dir(house.root.join("services")).unwrap();
    folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_key_of_the_settings_is_read_outside_of_where_it_is_declared() {
    let house = House::ours();
    let declared = declared(&house);
    let keys: usize = declared.iter().map(|section| section.keys.len()).sum();
    assert!(declared.len() > 10 && keys > 80, "{} sections, {keys} keys", declared.len());
    let unread = unread(&declared, &product(&house, &DECLARING), &services(&house));
    assert_eq!(unread, NOT_YET, "keys that open nothing");
}

#[test]
fn list_of_keys_without_a_reader_only_shrinks() {
    let list = List { file: "tests/architecture/readers.rs", name: "NOT_YET" };
    shrinking::hold(list, &NOT_YET.map(|key| (key, None)));
}

#[test]
fn every_notice_is_told_by_somebody() {
    let house = House::ours();
    let catalogue = fs::read_to_string(house.root.join(CATALOGUE)).unwrap();
    let untold = untold(&catalogue, &product(&house, &[CATALOGUE]));
    assert!(untold.is_empty(), "nobody says {untold:?}");
}

#[test]
fn keys_without_a_reader_and_notices_without_a_teller_are_named() {
    let tree = "section! {\n    /// A.\n    pub struct Telemetry: \"telemetry\", Serves {\n        \
                /// Of logs.\n        level: LogLevel = LogLevel::Info, Any, \"\";\n        \
                alerts: bool = false, Any, \"\";\n        audit: bool = false, Any, \"\";\n    }\n}\n";
    let declared = sections(tree);
    assert_eq!(declared[0].keys, ["level", "alerts", "audit"]);
    let readers = [
        // Somebody else's alerts, a word that only begins like a key, and a file that takes the section apart.
        "status.alerts.len()".to_owned(),
        "settings.telemetry.level.max(settings.telemetry.audits)".to_owned(),
    ];
    assert_eq!(unread(&declared, &readers, &[]), ["telemetry.alerts", "telemetry.audit"]);
    let apart = ["let Telemetry { audit, alerts, .. } = said; level_of(said.level)".to_owned()];
    assert!(unread(&declared, &apart, &[]).is_empty());
    let catalogue = "notices! {\n    /// A.\n    Stopped { up_ms: u64 } =\n        \"stopped\", Info, \
                     \"stopped\";\n    /// B.\n    Stopping {} = \"stopping\", Info, \"stopping\";\n}\n";
    let tellers = ["log.tell(Notice::Stopping {});".to_owned()];
    assert_eq!(untold(catalogue, &tellers), ["Stopped"]);
}
