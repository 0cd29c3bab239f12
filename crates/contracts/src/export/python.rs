//! The format as Python: frozen dataclasses, and a reader that checks what it reads.

use std::fmt::Write as _;

use super::model::{Field, Model, Named, Shape, Tagged, Word};
use super::text::{capitalised, comment, wrapped};
use crate::envelope::Envelope;

/// What stands before the types.
const HEAD: &str = include_str!("head.py");
/// What stands behind them.
const READER: &str = include_str!("reader.py");

/// The module.
pub(super) fn write(model: &Model) -> String {
    let mut out = String::from(HEAD);
    let _ = write!(out, "\n\nVERSION = {}\n", Envelope::VERSION);
    let is_record = |named: &&Named| matches!(named.shape, Shape::Record(_) | Shape::Tagged { .. });
    for named in model.types.iter().filter(|named| !is_record(named)) {
        alias(named, &mut out);
    }
    for named in model.types.iter().filter(is_record) {
        match &named.shape {
            Shape::Tagged { words, records } => tagged(named, words, records, &mut out),
            Shape::Record(fields) => record(&named.name, &named.doc, "", fields, &mut out),
            _ => {}
        }
    }
    envelope(model, &mut out);
    out.push_str("\n\n");
    out.push_str(READER);
    out
}

fn alias(named: &Named, out: &mut String) {
    out.push('\n');
    comment(&named.doc, "# ", out);
    let _ = match &named.shape {
        Shape::Words(words) => writeln!(out, "{} = {}", named.name, literal(words)),
        shape => writeln!(out, "{} = {}", named.name, hint(shape)),
    };
}

fn literal(words: &[Word]) -> String {
    let mut out = String::from("Literal[\n");
    for Word { word, doc } in words {
        comment(doc, "    # ", &mut out);
        let _ = writeln!(out, "    \"{word}\",");
    }
    out.push(']');
    out
}

fn hint(shape: &Shape) -> String {
    match shape {
        Shape::Decimal { pattern } => format!("Annotated[Decimal, Text(r\"{pattern}\")]"),
        Shape::WholeText { pattern } => format!("Annotated[int, Text(r\"{pattern}\")]"),
        Shape::Name { pattern } => format!("Annotated[str, Text(r\"{pattern}\")]"),
        Shape::Whole { least, most } => format!("Annotated[int, Between({least}, {most})]"),
        Shape::Reference(name) => name.clone(),
        // Named types are referred to, so that nothing but these stands in a field.
        Shape::Bool | Shape::Words(_) | Shape::Record(_) | Shape::Tagged { .. } => "bool".into(),
    }
}

fn record(name: &str, doc: &str, tag: &str, fields: &[Field], out: &mut String) {
    let _ = write!(out, "\n\n@dataclass(frozen=True, slots=True)\nclass {name}:\n");
    let lines = wrapped(doc, 92);
    let _ = match &lines[..] {
        [line] => writeln!(out, "    \"\"\"{line}\"\"\""),
        lines => writeln!(out, "    \"\"\"{}\n    \"\"\"", lines.join("\n    ")),
    };
    if !tag.is_empty() {
        let _ = write!(out, "\n    TAG: ClassVar[str] = \"{tag}\"\n");
    }
    for field in fields {
        out.push('\n');
        comment(&field.doc, "    # ", out);
        let optional = if field.required { "" } else { " | None = None" };
        let _ = writeln!(out, "    {}: {}{optional}", field.name, hint(&field.shape));
    }
}

fn tagged(named: &Named, words: &[Word], records: &[Tagged], out: &mut String) {
    let name = |of: &Tagged| format!("{}{}", named.name, capitalised(&of.tag));
    for of in records {
        record(&name(of), &of.doc, &of.tag, &of.fields, out);
    }
    out.push_str("\n\n");
    comment(&named.doc, "# ", out);
    let _ = writeln!(out, "{} = Union[", named.name);
    if !words.is_empty() {
        let words: Vec<_> = words.iter().map(|word| format!("\"{}\"", word.word)).collect();
        let _ = writeln!(out, "    Literal[{}],", words.join(", "));
    }
    for of in records {
        let _ = writeln!(out, "    {},", name(of));
    }
    out.push_str("]\n");
}

fn envelope(model: &Model, out: &mut String) {
    let mut bodies: Vec<_> = model.messages.iter().map(|(_, body)| body.clone()).collect();
    bodies.sort();
    bodies.dedup();
    let names =
        model.messages.iter().map(|(name, _)| Word { word: name.clone(), doc: String::new() });
    let _ = write!(
        out,
        "\n\n# The types of messages.\nType = {}\n",
        literal(&names.collect::<Vec<_>>())
    );
    let _ = write!(
        out,
        "\n# What a message may hold.\nBody = Union[\n    {},\n]\n",
        bodies.join(",\n    ")
    );
    out.push_str("\n# What a message of each type holds.\nBODIES: dict[str, type] = {\n");
    for (name, body) in &model.messages {
        let _ = writeln!(out, "    \"{name}\": {body},");
    }
    out.push_str("}\n");
    let own = |name: &str, of: &str, doc: &str| Field {
        name: name.into(),
        doc: doc.into(),
        shape: Shape::Reference(of.into()),
        required: true,
    };
    let copy = |field: &Field| Field {
        required: field.required,
        ..own(&field.name, &hint(&field.shape), &field.doc)
    };
    let (required, optional): (Vec<_>, Vec<_>) =
        model.head.iter().map(copy).partition(|field| field.required);
    let mut fields = required;
    fields.push(own("type", "Type", "What kind of message this is."));
    fields.push(own("body", "Body", "What is said."));
    fields.extend(optional);
    record("Envelope", "A message.", "", &fields, out);
}
