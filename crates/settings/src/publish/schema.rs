//! The JSON Schema of a configuration file, for editors that complete and check.

use serde_json::{Map, Value, json};

use crate::catalogue::{KeySpec, Range, SectionSpec};
use crate::tree::Settings;

/// The schema (draft 2020-12) of one file. A file may say any part; what it says must be right.
pub fn schema() -> Value {
    let mut sections = Map::new();
    for section in Settings::catalogue().0 {
        let described = if section.named {
            json!({
                "type": "object", "description": section.about,
                "propertyNames": { "pattern": "^[a-z0-9_]{1,16}$" },
                "additionalProperties": object(&section),
            })
        } else {
            object(&section)
        };
        sections.insert(section.name.to_owned(), described);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://njord.invalid/schema/config.json",
        "title": "Njord configuration",
        "description": "One file of settings, as TOML.",
        "type": "object",
        "properties": sections,
        "additionalProperties": false,
    })
}

/// The schema as a file holds it.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

fn object(section: &SectionSpec) -> Value {
    let keys = section.keys.iter().map(|key| (key.name.to_owned(), property(key)));
    json!({
        "type": "object", "description": section.about,
        "properties": keys.collect::<Map<_, _>>(), "additionalProperties": false,
    })
}

fn property(key: &KeySpec) -> Value {
    let mut schema = key.schema.clone();
    let mut about = key.about.to_owned();
    for (name, what) in [("Unit", key.unit.to_owned()), ("Range", key.range.to_string())] {
        if !what.is_empty() {
            about = format!("{about} {name}: {what}.");
        }
    }
    if let Value::Object(fields) = &mut schema {
        if fields.get("type") == Some(&json!("integer")) {
            narrow(fields, &key.range);
        }
        fields.insert("description".to_owned(), Value::String(about));
        if !key.default.is_null() {
            fields.insert("default".to_owned(), key.default.clone());
        }
    }
    schema
}

/// Ranges of whole numbers can be said in the schema itself.
fn narrow(fields: &mut Map<String, Value>, range: &Range<Value>) {
    let (low, high) = match range {
        Range::Any => return,
        Range::Above(low) => {
            fields.insert("exclusiveMinimum".to_owned(), low.clone());
            return;
        }
        Range::AtLeast(low) => (low, None),
        Range::Within(low, high) => (low, Some(high)),
    };
    fields.insert("minimum".to_owned(), low.clone());
    if let Some(high) = high {
        fields.insert("maximum".to_owned(), high.clone());
    }
}
