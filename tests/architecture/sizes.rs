//! Files say what they are, and stay short enough to be read.

use crate::{House, sources};

/// A source file longer than this is to be thought about again.
const LINES_MAX: usize = 600;

/// Files that are longer for a reason; the list may only shrink, and so may the number of its names.
const LONG: [&str; 1] = [
    "crates/simvenue/tests/venue/twin.rs", // a naive twin reads best in one piece
];

/// What is wrong with a file.
fn objections(name: &str, text: &str, long: &[&str]) -> Vec<String> {
    let lines = text.lines().count();
    let mut wrong = Vec::new();
    if !text.starts_with("//!") {
        wrong.push(format!("{name} does not open with //!"));
    }
    match (lines > LINES_MAX, long.contains(&name)) {
        (true, false) => wrong.push(format!("{name} has {lines} lines, at most {LINES_MAX}")),
        (false, true) => wrong.push(format!("{name} is short now: take it off the list")),
        _ => {}
    }
    wrong
}

/// What is wrong with the files of a house, those on the list of long ones apart.
pub(crate) fn wrong_files(house: &House, long: &[&str]) -> Vec<String> {
    let root = &house.root;
    let files: Vec<(String, String)> = ["crates", "services", "scripts", "tests"]
        .iter()
        .flat_map(|folder| sources(&root.join(folder)))
        .map(|(path, text)| (path.strip_prefix(root).unwrap().display().to_string(), text))
        .collect();
    let mut wrong: Vec<String> =
        files.iter().flat_map(|(name, text)| objections(name, text, long)).collect();
    let gone = long.iter().filter(|long| !files.iter().any(|(name, _)| name == **long));
    wrong.extend(gone.map(|name| format!("{name} is gone: take it off the list")));
    wrong
}

#[test]
fn every_source_file_opens_with_what_it_is_and_stays_short() {
    let wrong = wrong_files(&House::ours(), &LONG);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_objected_to_when_long_silent_or_listed_for_nothing() {
    let long = format!("//! A.\n{}", "x\n".repeat(LINES_MAX));
    assert_eq!(objections("a.rs", &long, &[]).len(), 1);
    assert!(objections("a.rs", &long, &["a.rs"]).is_empty());
    assert_eq!(objections("a.rs", "//! A.\n", &["a.rs"]).len(), 1);
    assert_eq!(objections("a.rs", "fn a() {}\n", &[]).len(), 1);
}
