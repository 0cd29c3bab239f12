//! The kept schemas and types are those of the Rust types, and say the same as the codec.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the way tests do"
)]

mod samples;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use contracts::export::{self, File, SCHEMAS, TYPES};
use contracts::{Event, codec};
use jsonschema::Validator;
use samples::samples;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every kept schema, by the type of event it is for.
fn kept() -> BTreeMap<String, Value> {
    let mut kept = BTreeMap::new();
    for entry in fs::read_dir(root().join(SCHEMAS)).unwrap() {
        let path = entry.unwrap().path();
        let schema = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        kept.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), schema);
    }
    kept
}

fn validators() -> BTreeMap<String, Validator> {
    let compile = |schema| jsonschema::draft202012::new(&schema).unwrap();
    kept().into_iter().map(|(name, schema)| (name, compile(schema))).collect()
}

fn sample_values() -> Vec<(&'static str, Value)> {
    let value = |line: String| serde_json::from_str(&line).unwrap();
    samples().iter().map(|sample| (sample.event.name(), value(codec::to_line(sample)))).collect()
}

/// What is kept below that folder and is not what the Rust types say.
fn stale(kept_at: &Path) -> Vec<String> {
    let fresh = export::files().unwrap();
    let differs = |file: &&File| {
        fs::read_to_string(kept_at.join(&file.path)).unwrap_or_default() != file.text
    };
    let differing = fresh.iter().filter(differs).map(|file| format!("{} is stale", file.path));
    let mut found: Vec<String> = differing.collect();
    for folder in [SCHEMAS, TYPES] {
        for entry in fs::read_dir(kept_at.join(folder)).unwrap() {
            let entry = entry.unwrap();
            // What an interpreter keeps beside a module is a folder, and not ours.
            if entry.file_type().unwrap().is_dir() {
                continue;
            }
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if !fresh.iter().any(|file| file.path == name) {
                found.push(format!("{name} belongs to no type any more"));
            }
        }
    }
    found
}

#[test]
fn schemas_kept_files_are_fresh() {
    let hint = "run: cargo run -p contracts --features schema --example generate_types";
    assert_eq!(stale(root()), Vec::<String>::new(), "{hint}");
}

/// The check above, shown what it must find: in a copy, one thing at a time.
#[test]
fn schemas_that_are_stale_gone_or_left_over_are_found() {
    let copy = tempfile::tempdir().unwrap();
    for folder in [SCHEMAS, TYPES] {
        fs::create_dir(copy.path().join(folder)).unwrap();
    }
    for file in export::files().unwrap() {
        fs::copy(root().join(&file.path), copy.path().join(&file.path)).unwrap();
    }
    let path = |name: &str| copy.path().join(name);
    let swap = |name: &str, from: &str, to: &str| {
        let held = fs::read_to_string(path(name)).unwrap();
        assert!(held.contains(from), "{name} does not hold {from:?}");
        fs::write(path(name), held.replacen(from, to, 1)).unwrap();
        let found = stale(copy.path());
        fs::write(path(name), held).unwrap();
        assert_eq!(found, [format!("{name} is stale")]);
    };
    assert_eq!(stale(copy.path()), Vec::<String>::new());
    swap("schemas/fill.json", "\"price\"", "\"prize\"");
    swap("types/njord.ts", "string", "number");
    swap("types/njord.py", "str", "int");
    fs::rename(path("schemas/fill.json"), path("schemas/gain.json")).unwrap();
    let gone = ["schemas/fill.json is stale", "schemas/gain.json belongs to no type any more"];
    assert_eq!(stale(copy.path()), gone);
}

#[test]
fn schemas_one_for_each_type_each_complete_in_itself() {
    let kept = kept();
    let names: Vec<_> = kept.keys().map(String::as_str).collect();
    let mut expected = Event::NAMES.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (name, schema) in &kept {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:njord:v1:{name}"));
        assert_eq!((&schema["title"], &schema["type"]), (&json!(name), &json!("object")));
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
        let text = schema.to_string();
        for forbidden in [r#""null""#, r#""type":"number""#] {
            assert!(!text.contains(forbidden), "{name} allows {forbidden}");
        }
    }
}

#[test]
fn schemas_every_sample_is_valid_for_its_own_alone() {
    let validators = validators();
    for (name, value) in sample_values() {
        for (of, validator) in &validators {
            assert_eq!(validator.is_valid(&value), of == name, "{name} against the schema of {of}");
        }
    }
}

/// Paths to every value that is no object, and to every object.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    if let Value::Object(fields) = value {
        for (key, value) in fields {
            paths(value, &format!("{path}/{key}"), found);
        }
    }
}

/// The codec must refuse it for the schema's verdict to mean anything, and the schema likewise.
#[track_caller]
fn check_broken(validator: &Validator, value: &Value, what: &str) {
    assert!(codec::read(value.to_string().as_bytes()).is_err(), "the codec reads {what}: {value}");
    assert!(!validator.is_valid(value), "the schema allows {what}: {value}");
}

#[test]
fn schemas_refuse_every_value_of_a_wrong_kind() {
    let validators = validators();
    for (name, value) in sample_values() {
        let mut found = Vec::new();
        paths(&value, "", &mut found);
        for path in found {
            for wrong in
                [json!(1.5), json!(true), json!(-1e300), json!("?\n"), json!([]), json!({})]
            {
                let mut broken = value.clone();
                let place = broken.pointer_mut(&path).unwrap();
                if (place.is_boolean() && wrong.is_boolean()) || *place == wrong {
                    continue;
                }
                *place = wrong;
                check_broken(&validators[name], &broken, &path);
            }
        }
    }
}

#[test]
fn schemas_require_what_the_codec_requires() {
    let validators = validators();
    for (name, value) in sample_values() {
        let mut found = Vec::new();
        paths(&value, "", &mut found);
        for path in found.iter().filter(|path| !path.is_empty()) {
            let (parent, key) = path.rsplit_once('/').unwrap();
            let mut part = value.clone();
            part.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
            let is_valid = validators[name].is_valid(&part);
            let read = codec::read(part.to_string().as_bytes());
            // What we always write may still be absent when reading, never the other way round; a
            // limit order without its limit is beyond what the schema knows.
            if is_valid {
                let contradicts = ["limit", "trigger", "until"].contains(&key);
                assert!(read.is_ok() || contradicts, "{name} without {path}");
            } else {
                let has_default = name.starts_with("protect") || ["mark", "head"].contains(&name);
                assert!(read.is_err() || has_default, "{name} without {path}");
            }
        }
    }
}

#[test]
fn schemas_allow_fields_of_the_future() {
    let validators = validators();
    for (name, mut value) in sample_values() {
        value["later"] = json!([1.5]);
        value["body"]["later"] = json!(null);
        assert!(validators[name].is_valid(&value), "{name}");
    }
}
