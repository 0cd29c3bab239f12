//! The kept schemas and types are those of the Rust types, and say the same as the codec.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the way tests do"
)]

mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use contracts::export::{self, SCHEMAS, TYPES};
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

#[test]
fn schemas_kept_files_are_fresh() {
    let hint = "run: cargo run -p contracts --features schema --example generate_types";
    let fresh = export::files().unwrap();
    for file in &fresh {
        let kept = fs::read_to_string(root().join(&file.path)).unwrap_or_default();
        assert!(kept == file.text, "{} is stale; {hint}", file.path);
    }
    let expected: BTreeSet<_> = fresh.iter().map(|file| file.path.clone()).collect();
    for folder in [SCHEMAS, TYPES] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let entry = entry.unwrap();
            // What an interpreter keeps beside a module is a folder, and not ours.
            if entry.file_type().unwrap().is_dir() {
                continue;
            }
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            assert!(expected.contains(&name), "{name} belongs to no type any more; {hint}");
        }
    }
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
                let has_default = name.starts_with("protect") || name == "mark";
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
