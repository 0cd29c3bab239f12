//! Files say what they are, and stay short enough to be read.

use crate::shrinking::{self, List};
use crate::{House, sources};

/// A source file longer than this is to be thought about again.
const LINES_MAX: usize = 600;

/// A file that is longer for a reason, and how many lines it may have.
pub(crate) type Long<'a> = (&'a str, usize);

/// Those there are. The list may only shrink, and so may what it allows.
const LONG: [Long<'_>; 1] = [
    ("crates/simvenue/tests/venue/twin.rs", 613), // a naive twin reads best in one piece
];

/// An allowance of which so many lines are not needed has to shrink with its file.
const SPARE_MAX: usize = 20;

/// What is wrong with a file.
fn objections(name: &str, text: &str, long: &[Long<'_>]) -> Vec<String> {
    let lines = text.lines().count();
    let mut wrong = Vec::new();
    if !text.starts_with("//!") {
        wrong.push(format!("{name} does not open with //!"));
    }
    let allowed = long.iter().find(|(file, _)| *file == name).map(|(_, lines)| *lines);
    let most = allowed.unwrap_or(LINES_MAX);
    if lines > most {
        wrong.push(format!("{name} has {lines} lines, at most {most}"));
    } else if allowed.is_some() && lines <= LINES_MAX {
        wrong.push(format!("{name} is short now: take it off the list"));
    } else if allowed.is_some_and(|most| lines + SPARE_MAX < most) {
        wrong.push(format!("{name} has {lines} lines and may have {most}: lower that"));
    }
    wrong
}

/// What is wrong with the files of a house, those on the list of long ones apart.
pub(crate) fn wrong_files(house: &House, long: &[Long<'_>]) -> Vec<String> {
    let root = &house.root;
    let files: Vec<(String, String)> = ["crates", "services", "scripts", "tests"]
        .iter()
        .flat_map(|folder| sources(&root.join(folder)))
        .map(|(path, text)| (path.strip_prefix(root).unwrap().display().to_string(), text))
        .collect();
    let mut wrong: Vec<String> =
        files.iter().flat_map(|(name, text)| objections(name, text, long)).collect();
    let gone = long.iter().filter(|(long, _)| !files.iter().any(|(name, _)| name == long));
    wrong.extend(gone.map(|(name, _)| format!("{name} is gone: take it off the list")));
    wrong
}

#[test]
fn every_source_file_opens_with_what_it_is_and_stays_short() {
    let wrong = wrong_files(&House::ours(), &LONG);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn list_of_long_files_only_shrinks() {
    let list = List { file: "tests/architecture/sizes.rs", name: "LONG" };
    shrinking::hold(list, &LONG.map(|(file, lines)| (file, Some(lines))));
}

#[test]
fn files_are_objected_to_when_long_silent_or_listed_for_nothing() {
    let of = |lines: usize| format!("//! A.\n{}", "x\n".repeat(lines - 1));
    let check = |lines, long: &[Long<'_>]| objections("a.rs", &of(lines), long).len();
    assert_eq!((check(600, &[]), check(601, &[])), (0, 1));
    // One that is listed keeps to its allowance, which shrinks with it.
    let listed = |lines| check(lines, &[("a.rs", 700)]);
    assert_eq!((listed(701), listed(700), listed(680)), (1, 0, 0));
    assert_eq!((listed(679), listed(600)), (1, 1));
    assert_eq!(objections("a.rs", "fn a() {}\n", &[]).len(), 1);
}
