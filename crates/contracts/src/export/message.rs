//! The schemas of whole messages: the envelope, and in it the body of one type of event.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::model::Inexpressible;
use crate::envelope::{Cause, Envelope};
use crate::event::Event;
use crate::ids::{Corr, Epoch, Seq, Source};
use crate::schema::TextKind;
use crate::time::Ts;
use crate::topic::Topic;

/// Where references to named types point in a schema.
pub(super) const DEFINITIONS: &str = "#/$defs/";

/// Everything that is known of the wire format, as schemas.
pub(super) struct Format {
    /// The named types.
    pub(super) definitions: BTreeMap<String, Value>,
    /// The fields of every envelope in wire order, without `type` and `body`.
    pub(super) head: Vec<(&'static str, Value)>,
    /// The name of each type of event, with a reference to its body.
    pub(super) bodies: Vec<(&'static str, Value)>,
}

/// Head fields that may be absent.
pub(super) const OPTIONAL: [&str; 2] = ["cause", "corr"];

/// The format as the Rust types say it.
pub(super) fn format() -> Result<Format, Inexpressible> {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let bodies = Event::body_schemas(&mut generator)
        .into_iter()
        .map(|(name, schema)| (name, Value::from(schema)))
        .collect();
    let head = head(&mut generator);
    let mut definitions = BTreeMap::new();
    for (name, mut schema) in generator.take_definitions(true) {
        exact(&mut schema)?;
        definitions.insert(name, schema);
    }
    Ok(Format { definitions, head, bodies })
}

fn head(generator: &mut SchemaGenerator) -> Vec<(&'static str, Value)> {
    let field = |name, schema: schemars::Schema, description: &str| {
        let mut schema = Value::from(schema);
        if let Value::Object(fields) = &mut schema {
            fields.insert("description".to_owned(), description.into());
        }
        (name, schema)
    };
    let version = schemars::json_schema!({ "type": "integer", "const": Envelope::VERSION });
    vec![
        field("v", version, "The version of the wire format."),
        field("src", generator.subschema_for::<Source>(), "Who says it."),
        field("epoch", generator.subschema_for::<Epoch>(), "The how-manieth start of that source."),
        field("topic", generator.subschema_for::<Topic>(), "What it is said on."),
        field(
            "seq",
            generator.subschema_for::<Seq>(),
            "Its position among the messages of this source, epoch and topic.",
        ),
        field("ts", generator.subschema_for::<Ts>(), "When it was said, by the speaker's clock."),
        field("rx", generator.subschema_for::<Ts>(), "When it came in, by the receiver's clock."),
        field("cause", generator.subschema_for::<Cause>(), "The message that it answers."),
        field("corr", generator.subschema_for::<Corr>(), "What it belongs to."),
    ]
}

/// The schema of each type of message, complete in itself.
pub(super) fn schemas(format: &Format) -> Vec<(&'static str, Value)> {
    format.bodies.iter().map(|(name, body)| (*name, schema(format, name, body))).collect()
}

fn schema(format: &Format, name: &str, body: &Value) -> Value {
    let mut properties: Map<String, Value> =
        format.head.iter().map(|(key, schema)| ((*key).to_owned(), schema.clone())).collect();
    properties.insert("type".to_owned(), json!({ "type": "string", "const": name }));
    properties.insert("body".to_owned(), body.clone());
    let head = format.head.iter().map(|(key, _)| *key).filter(|key| !OPTIONAL.contains(key));
    let required: Vec<_> = head.chain(["type", "body"]).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:njord:v{}:{name}", Envelope::VERSION),
        "title": name,
        "description": described(format, body),
        "type": "object",
        "required": required,
        "properties": properties,
    });
    let definitions = reachable(format, &schema);
    if let Value::Object(fields) = &mut schema {
        fields.insert("$defs".to_owned(), Value::Object(definitions));
    }
    unmark(&mut schema);
    schema
}

fn described(format: &Format, body: &Value) -> Value {
    let definition = reference(body).and_then(|name| format.definitions.get(name));
    definition.and_then(|schema| schema.get("description")).cloned().unwrap_or_default()
}

/// The name of the type that `schema` refers to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(DEFINITIONS)
}

/// The definitions that `schema` refers to, and those that these refer to, and so on.
fn reachable(format: &Format, schema: &Value) -> Map<String, Value> {
    let mut names = BTreeSet::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        if let Some(definition) = reference(value)
            .filter(|name| names.insert((*name).to_owned()))
            .and_then(|name| format.definitions.get(name))
        {
            open.push(definition);
        }
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    let definition = |name: String| Some((name.clone(), format.definitions.get(&name)?.clone()));
    names.into_iter().filter_map(definition).collect()
}

/// Says exactly what is written: nothing is ever null, and whole numbers stay within their bits.
fn exact(schema: &mut Value) -> Result<(), Inexpressible> {
    match schema {
        Value::Object(fields) => {
            not_null(fields)?;
            let bounds = match fields.get("format").and_then(Value::as_str) {
                Some("uint32") => Some((0, i64::from(u32::MAX))),
                Some("uint8") => Some((0, i64::from(u8::MAX))),
                Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
                Some(other) => return Err(Inexpressible::new("number format", other)),
                None => None,
            };
            if let Some((least, most)) = bounds {
                fields.remove("format");
                fields.insert("minimum".to_owned(), least.into());
                fields.insert("maximum".to_owned(), most.into());
            }
            fields.values_mut().try_for_each(exact)
        }
        Value::Array(values) => values.iter_mut().try_for_each(exact),
        _ => Ok(()),
    }
}

fn not_null(fields: &mut Map<String, Value>) -> Result<(), Inexpressible> {
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        let [kind] = &kinds[..] else { return Err(Inexpressible::new("type", "several")) };
        let kind = kind.clone();
        fields.insert("type".to_owned(), kind);
    }
    let Some(Value::Array(choices)) = fields.get_mut("anyOf") else { return Ok(()) };
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    let [Value::Object(only)] = &choices[..] else {
        return Err(Inexpressible::new("anyOf", "several"));
    };
    let only = only.clone();
    fields.remove("anyOf");
    fields.extend(only);
    Ok(())
}

/// Takes away the marks that only the exporter needs.
fn unmark(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove(TextKind::MARK);
            fields.values_mut().for_each(unmark);
        }
        Value::Array(values) => values.iter_mut().for_each(unmark),
        _ => {}
    }
}
