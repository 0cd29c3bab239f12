//! What does not stand in pure crates: clocks, files, threads, chance, and floats for money.

use std::path::Path;

use crate::{House, layer, sources};

/// Crates that hold money: no float in them.
const MONEY: &[&str] =
    &["contracts", "kernel", "book", "portfolio", "board", "risk", "execution", "simvenue", "sim"];

/// Names that a pure crate does without.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    // Names out of a group are not seen one by one.
    "use std::{",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "tokio::",
    "rand::",
    "HashMap",
    "HashSet",
    "unsafe {",
    // Not the same to the last bit on every machine; `libm` is.
    ".ln()",
    ".log10()",
    ".log2()",
    ".exp()",
    ".powf(",
    ".powi(",
    ".sin()",
    ".cos()",
    ".tan()",
    ".tanh()",
];

/// The words of `banned` that stand in the code of a file, tests and comments left out.
fn stands<'a>(text: &str, banned: &[&'a str]) -> Vec<&'a str> {
    let code = without_tests(text);
    banned.iter().copied().filter(|word| code.contains(word)).collect()
}

/// The code of a file: comments are gone, and so is every item that is for tests only.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            skip_item(&mut lines, line.len() - line.trim_start().len());
        } else {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// An item ends with a semicolon on its first line of code, or with a brace in its own column.
fn skip_item<'a>(lines: &mut impl Iterator<Item = &'a str>, column: usize) {
    let head = lines.by_ref().find(|line| !line.trim_start().starts_with("#["));
    if head.is_some_and(|head| head.trim_end().ends_with([';', '}'])) {
        return;
    }
    let end = format!("{:column$}}}", "");
    lines.find(|line| line.trim_end() == end);
}

/// A crate's module `testing` is for the tests of those who use it.
fn is_for_tests(path: &Path) -> bool {
    path.ends_with("testing.rs") || path.components().any(|part| part.as_os_str() == "testing")
}

/// Every file of a pure crate with something in it that does not belong there.
pub(crate) fn impurities(house: &House) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in house.metadata.packages.iter().filter(|package| layer(package) <= Some(3)) {
        let name = package.name.as_str();
        for (path, text) in sources(&house.root.join("crates").join(name).join("src")) {
            let mut found = stands(&text, IMPURE);
            if MONEY.contains(&name) {
                found.extend(stands(&text, &["f64", "f32"]));
            }
            if !is_for_tests(&path) {
                found.extend(stands(&text, &[".unwrap()", ".expect("]));
            }
            if !found.is_empty() {
                wrong.push(format!("{}: {found:?}", path.display()));
            }
        }
    }
    wrong
}

#[test]
fn pure_crates_name_no_clock_no_io_and_no_float_for_money() {
    let wrong = impurities(&House::ours());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn banned_words_are_found_in_code_and_not_in_comments() {
    for (text, found) in [
        ("let x: f64 = 1.0;", true),
        ("// no f64 here\nlet x = 1;", false),
        ("#[cfg(test)]\nmod tests {\n    let x: f64;\n}", false),
        ("#[cfg(test)]\n#[path = \"f64.rs\"]\nmod tests;\nlet x: f64;", true),
        ("#[cfg(test)]\nmod tests {\n    let x: f64;\n}\nlet y: f64;", true),
        ("impl A {\n    #[cfg(test)]\n    fn a() {\n        f64\n    }\n}", false),
        ("impl A {\n    #[cfg(test)]\n    fn a() {\n    }\n    fn b() -> f64 {}\n}", true),
    ] {
        assert_eq!(stands(text, &["f64"]), if found { vec!["f64"] } else { vec![] }, "{text}");
    }
    for text in ["use std::{fs, net};", "std::fs::read(path)", "let x = y.ln();", "x.powf(2.0)"] {
        assert_eq!(stands(text, IMPURE).len(), 1, "{text}");
    }
}
