//! A TOML text as leaves. Mistakes of the text are told with their place and never with the line itself:
//! the file may hold what must not be shown.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use crate::origin::{Lines, Origin};
use crate::path::Path;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::raw::Raw;
use crate::resolve::Leaf;

/// The leaves of a text, as far as it can be read, in the order of their paths.
pub(crate) fn leaves_of_toml(file: &str, text: &str, problems: &mut Problems) -> Vec<Leaf> {
    let lines = Lines::of(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut mistaken = BTreeSet::new();
    for error in &errors {
        let at = error.span().map_or_else(|| Origin::whole_file(file), |span| lines.at(span.start));
        mistaken.extend(line_of(&at));
        problems.push(mistake(at, error.message()));
    }
    let mut leaves = Vec::new();
    flatten(&Path::default(), table.get_ref(), &lines, &mut leaves);
    // What the parser made up to get past a mistake would only be a second message about the same line.
    leaves.retain(|leaf| line_of(&leaf.origin).is_none_or(|line| !mistaken.contains(&line)));
    leaves
}

fn line_of(origin: &Origin) -> Option<u32> {
    match origin {
        Origin::File { line, .. } => Some(*line),
        _ => None,
    }
}

fn mistake(at: Origin, message: &str) -> Problem {
    if message.contains("duplicate key") {
        Problem::new(ProblemKind::DuplicateKey, at, "this key stands twice in the file")
            .advice("only one of the two")
    } else {
        Problem::new(ProblemKind::Syntax, at, format!("not TOML: {message}"))
            .advice("key = value, texts in quotes, sections as [name]")
    }
}

fn flatten(above: &Path, table: &DeTable<'_>, lines: &Lines<'_>, leaves: &mut Vec<Leaf>) {
    for (key, value) in table {
        let path = above.join(key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => flatten(&path, inner, lines, leaves),
            value => {
                let origin = lines.at(key.span().start);
                leaves.push(Leaf { path, raw: Raw::of_toml(value), origin });
            }
        }
    }
}
