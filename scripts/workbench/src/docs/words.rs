//! Words: the glossary lists what is not said here and what is said instead; no page and no comment on an item says it.

use crate::docs::Doc;
use crate::{Fault, Finding, Repository};

/// Where the words stand, below a heading of that name, as a table of two columns.
const GLOSSARY: &str = "docs/glossary.md";
const HEADING: &str = "Not these";

pub(super) fn check(repository: &Repository, docs: &[Doc]) -> Result<Vec<Finding>, Fault> {
    let banned = banned(&repository.read(GLOSSARY)?);
    if banned.is_empty() {
        let hint = "a table `| not | but |` below the heading `Not these`";
        return Ok(vec![Finding::new(GLOSSARY, "lists no word that is not said", hint)]);
    }
    let mut found = Vec::new();
    for doc in docs.iter().filter(|doc| doc.path != GLOSSARY) {
        for (line, text) in &doc.page.prose {
            found.extend(said(&banned, text).map(|(not, but)| {
                doc.finding(
                    *line,
                    format!("says {not:?}"),
                    &format!("{but:?}, as {GLOSSARY} has it"),
                )
            }));
        }
    }
    for path in repository.files_of("rs")? {
        let text = repository.read(&path)?;
        let comments = (1..).zip(text.lines()).filter(|(_, line)| {
            let line = line.trim_start();
            line.starts_with("///") || line.starts_with("//!")
        });
        for (number, line) in comments {
            found.extend(said(&banned, line).map(|(not, but)| {
                let hint = format!("{but:?}, as {GLOSSARY} has it");
                Finding::new(format!("{path}:{number}"), format!("says {not:?}"), hint)
            }));
        }
    }
    Ok(found)
}

/// What is not said, and what is said instead.
fn banned(glossary: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = glossary.split_once(&format!("# {HEADING}\n")) else { return Vec::new() };
    let rest = rest.split("\n#").next().unwrap_or(rest);
    let rows = rest.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| row.split_once(" | ")).skip(1);
    rows.flat_map(|(not, but)| {
        not.split(", ").map(move |not| (not.trim().to_lowercase(), but.trim().to_owned()))
    })
    .collect()
}

/// Those of the words that stand in a line, as whole words.
fn said<'a>(
    banned: &'a [(String, String)],
    line: &str,
) -> impl Iterator<Item = &'a (String, String)> {
    let line = line.to_lowercase();
    banned.iter().filter(move |(not, _)| {
        line.match_indices(not.as_str()).any(|(at, _)| {
            let edge = |sign: Option<char>| !sign.is_some_and(char::is_alphanumeric);
            edge(line[..at].chars().next_back()) && edge(line[at + not.len()..].chars().next())
        })
    })
}
