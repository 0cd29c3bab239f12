//! The format as TypeScript: interfaces, and one union of all messages that is told apart by `type`.

use std::fmt::Write as _;

use super::model::{Field, Model, Named, Shape, Tagged, Word};
use super::text::wrapped;

const HEAD: &str = "\
// The messages of Njord as TypeScript types. Generated from the Rust types; do not edit.
//
//     const message = JSON.parse(line) as Message;
//     if (message.type === \"fill\") console.log(message.body.price);
//
// Amounts, counters and times are strings: a JavaScript number would lose digits.
";

/// The module.
pub(super) fn write(model: &Model) -> String {
    let mut out = String::from(HEAD);
    for named in &model.types {
        out.push('\n');
        comment(&named.doc, "", &mut out);
        named_type(named, &mut out);
    }
    envelope(model, &mut out);
    out
}

/// Appends `text` as a documentation comment.
fn comment(text: &str, indent: &str, out: &mut String) {
    let lines = wrapped(text, 92 - indent.len());
    let _ = match &lines[..] {
        [] => Ok(()),
        [line] => writeln!(out, "{indent}/** {line} */"),
        lines => {
            let separator = format!("\n{indent} * ");
            writeln!(out, "{indent}/**{separator}{}\n{indent} */", lines.join(&separator))
        }
    };
}

fn named_type(named: &Named, out: &mut String) {
    let name = &named.name;
    match &named.shape {
        Shape::Record(fields) => {
            let _ = write!(out, "export interface {name} {{");
            members(fields, "  ", out);
            out.push_str("}\n");
        }
        Shape::Words(words) => {
            let _ = write!(out, "export type {name} =");
            choices(words, out);
            out.push_str(";\n");
        }
        Shape::Tagged { words, records } => {
            let _ = write!(out, "export type {name} =");
            choices(words, out);
            for record in records {
                tagged(record, out);
            }
            out.push_str(";\n");
        }
        shape => {
            let _ = writeln!(out, "export type {name} = {};", of(shape));
        }
    }
}

fn choices(words: &[Word], out: &mut String) {
    for Word { word, doc } in words {
        out.push('\n');
        comment(doc, "  ", out);
        let _ = write!(out, "  | \"{word}\"");
    }
}

fn tagged(record: &Tagged, out: &mut String) {
    out.push('\n');
    comment(&record.doc, "  ", out);
    let _ = write!(out, "  | {{ {}: {{", record.tag);
    members(&record.fields, "      ", out);
    out.push_str("    } }");
}

fn members(fields: &[Field], indent: &str, out: &mut String) {
    out.push('\n');
    for field in fields {
        comment(&field.doc, indent, out);
        let optional = if field.required { "" } else { "?" };
        let _ = writeln!(out, "{indent}{}{optional}: {};", field.name, of(&field.shape));
    }
}

fn of(shape: &Shape) -> String {
    match shape {
        Shape::Decimal { .. } | Shape::WholeText { .. } | Shape::Name { .. } => "string".into(),
        Shape::Whole { least, most } if least == most => least.to_string(),
        Shape::Whole { .. } => "number".into(),
        Shape::Reference(name) => name.clone(),
        // Named types are referred to, so that nothing but these stands in a field.
        Shape::Bool | Shape::Words(_) | Shape::Record(_) | Shape::Tagged { .. } => "boolean".into(),
    }
}

fn envelope(model: &Model, out: &mut String) {
    out.push_str("\n/** A message of one type. */\n");
    out.push_str("export interface Envelope<Type extends string, Body> {");
    members(&model.head, "  ", out);
    out.push_str("  /** What kind of message this is. */\n  type: Type;\n");
    out.push_str("  /** What is said. */\n  body: Body;\n}\n");
    out.push_str("\n/** Any message. */\nexport type Message =");
    for (name, body) in &model.messages {
        let _ = write!(out, "\n  | Envelope<\"{name}\", {body}>");
    }
    out.push_str(";\n");
}
