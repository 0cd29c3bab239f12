//! The wire format as other languages need it: named types, each of one of six shapes.

use serde_json::Value;

use super::message::{Format, OPTIONAL, reference};
use crate::schema::TextKind;

/// A Rust type has a schema that the exporter does not know how to say in other languages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exporter of types cannot express {what} of {of}")]
pub struct Inexpressible {
    what: String,
    of: String,
}

impl Inexpressible {
    pub(super) fn new(what: &str, of: &str) -> Self {
        Self { what: what.to_owned(), of: of.to_owned() }
    }
}

/// The whole format.
pub(super) struct Model {
    /// Every named type, by the alphabet.
    pub(super) types: Vec<Named>,
    /// The fields of the envelope before `type` and `body`.
    pub(super) head: Vec<Field>,
    /// The name of each type of event with the name of the type of its body.
    pub(super) messages: Vec<(String, String)>,
}

/// A named type.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) shape: Shape,
}

/// What a value of a type looks like.
pub(super) enum Shape {
    /// A text of this pattern that holds an exact decimal number.
    Decimal { pattern: String },
    /// A text of this pattern that holds a whole number.
    WholeText { pattern: String },
    /// A text of this pattern.
    Name { pattern: String },
    /// A whole number within bounds.
    Whole { least: i64, most: i64 },
    /// Yes or no.
    Bool,
    /// One of these words.
    Words(Vec<Word>),
    /// An object with these fields.
    Record(Vec<Field>),
    /// One of these words, or an object whose only key says which record it holds.
    Tagged { words: Vec<Word>, records: Vec<Tagged> },
    /// Another named type.
    Reference(String),
}

/// A word of an enumeration.
pub(super) struct Word {
    pub(super) word: String,
    pub(super) doc: String,
}

/// A field of a record.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

/// A record behind a key.
pub(super) struct Tagged {
    pub(super) tag: String,
    pub(super) doc: String,
    pub(super) fields: Vec<Field>,
}

impl Model {
    /// The model of a format.
    pub(super) fn of(format: &Format) -> Result<Self, Inexpressible> {
        let mut types = Vec::new();
        for (name, schema) in &format.definitions {
            types.push(Named { name: name.clone(), doc: doc(schema), shape: shape(schema, name)? });
        }
        let mut head = Vec::new();
        for (name, schema) in &format.head {
            let required = !OPTIONAL.contains(name);
            head.push(field(name, schema, required)?);
        }
        let mut messages = Vec::new();
        for (name, body) in &format.bodies {
            let body = reference(body).ok_or_else(|| Inexpressible::new("the body", name))?;
            messages.push(((*name).to_owned(), body.to_owned()));
        }
        Ok(Self { types, head, messages })
    }
}

fn doc(schema: &Value) -> String {
    text(schema, "description").unwrap_or_default()
}

fn text(schema: &Value, key: &str) -> Option<String> {
    schema.get(key)?.as_str().map(str::to_owned)
}

fn shape(schema: &Value, of: &str) -> Result<Shape, Inexpressible> {
    let unknown = || Inexpressible::new("the schema", of);
    if let Some(name) = reference(schema) {
        return Ok(Shape::Reference(name.to_owned()));
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        return choice(choices, of);
    }
    match text(schema, "type").as_deref() {
        Some("string") => words(schema).map_or_else(|| pattern(schema, of), Ok),
        Some("integer") => whole(schema).ok_or_else(unknown),
        Some("boolean") => Ok(Shape::Bool),
        Some("object") => Ok(Shape::Record(fields(schema, of)?)),
        _ => Err(unknown()),
    }
}

/// An enumeration whose words have no descriptions.
fn words(schema: &Value) -> Option<Shape> {
    let words = schema.get("enum")?.as_array()?.iter();
    let word = |word: &Value| Some(Word { word: word.as_str()?.to_owned(), doc: String::new() });
    words.map(word).collect::<Option<_>>().map(Shape::Words)
}

fn pattern(schema: &Value, of: &str) -> Result<Shape, Inexpressible> {
    let pattern = text(schema, "pattern").ok_or_else(|| Inexpressible::new("free text", of))?;
    match text(schema, TextKind::MARK) {
        Some(mark) if mark == TextKind::Decimal.mark() => Ok(Shape::Decimal { pattern }),
        Some(mark) if mark == TextKind::Whole.mark() => Ok(Shape::WholeText { pattern }),
        _ => Ok(Shape::Name { pattern }),
    }
}

fn whole(schema: &Value) -> Option<Shape> {
    if let Some(only) = schema.get("const").and_then(Value::as_i64) {
        return Some(Shape::Whole { least: only, most: only });
    }
    let bound = |key| schema.get(key).and_then(Value::as_i64);
    Some(Shape::Whole { least: bound("minimum")?, most: bound("maximum")? })
}

fn choice(choices: &[Value], of: &str) -> Result<Shape, Inexpressible> {
    let (mut words, mut records) = (Vec::new(), Vec::new());
    for choice in choices {
        let doc = doc(choice);
        if let Some(word) = text(choice, "const") {
            words.push(Word { word, doc });
            continue;
        }
        let mut properties = choice.get("properties").and_then(Value::as_object).into_iter();
        let (tag, record) = properties
            .next()
            .filter(|tagged| tagged.len() == 1)
            .and_then(|tagged| tagged.iter().next())
            .ok_or_else(|| Inexpressible::new("a choice", of))?;
        records.push(Tagged { tag: tag.clone(), doc, fields: fields(record, of)? });
    }
    Ok(if records.is_empty() { Shape::Words(words) } else { Shape::Tagged { words, records } })
}

/// The required fields as they were declared, then the others by the alphabet.
fn fields(schema: &Value, of: &str) -> Result<Vec<Field>, Inexpressible> {
    let unknown = || Inexpressible::new("the fields", of);
    let properties = schema.get("properties").and_then(Value::as_object).ok_or_else(unknown)?;
    let required = schema.get("required").and_then(Value::as_array).ok_or_else(unknown)?;
    let required: Vec<_> = required.iter().filter_map(Value::as_str).collect();
    let mut optional: Vec<_> =
        properties.keys().map(String::as_str).filter(|key| !required.contains(key)).collect();
    optional.sort_unstable();
    let declared = |key: &&str| properties.get(*key).ok_or_else(unknown);
    let mut fields = Vec::new();
    for key in &required {
        fields.push(field(key, declared(key)?, true)?);
    }
    for key in &optional {
        fields.push(field(key, declared(key)?, false)?);
    }
    Ok(fields)
}

fn field(name: &str, schema: &Value, required: bool) -> Result<Field, Inexpressible> {
    let shape = shape(schema, name)?;
    match shape {
        Shape::Record(_) | Shape::Tagged { .. } | Shape::Words(_) => {
            Err(Inexpressible::new("a nameless type", name))
        }
        shape => Ok(Field { name: name.to_owned(), doc: doc(schema), shape, required }),
    }
}
