//! The shape of the house, read from the repository itself: layers, absences, sizes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Edges inside a layer, each with its reason.
const DRAWN: &[(&str, &str)] = &[
    ("execution", "risk"), // approvals are made by the gate and accepted by nobody else
    ("strategies", "strategy"), // the bundled strategies are written against the trait
];

/// Crates that hold money: no float in them.
const MONEY: &[&str] =
    &["contracts", "kernel", "book", "portfolio", "risk", "execution", "simvenue", "sim"];

/// Names that a pure crate does without.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "tokio::",
    "rand::",
    "HashMap",
    "HashSet",
    "unsafe {",
];

/// What may stand at the top of the repository.
const TOP: &[&str] = &[
    ".ci",
    ".config",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".mcp.json",
    "AGENTS.md",
    "CHANGELOG.md",
    "CLAUDE.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "ROADMAP.md",
    "SECURITY.md",
    "clippy.toml",
    "config",
    "crates",
    "deny.toml",
    "deploy",
    "docs",
    "mise.toml",
    "roadmap",
    "rules",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scripts",
    "services",
    "sgconfig.yml",
    "skills",
    "targets.json",
    "tests",
];

/// A source file longer than this is to be thought about again.
const LINES_MAX: usize = 600;
/// Files that are longer for a reason; the list may only shrink.
const LONG: &[&str] = &[
    "crates/simvenue/tests/venue/twin.rs", // a naive twin reads best in one piece
];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn layer(package: &Package) -> Option<u8> {
    let name = package.metadata.get("njord")?.get("layer")?.as_str()?;
    if name == "tests" { Some(9) } else { name.strip_prefix('L')?.parse().ok() }
}

/// What is wrong with an edge, if anything is.
fn objection(from: (&str, u8), to: (&str, u8), dev: bool) -> Option<String> {
    let downwards = to.1 < from.1;
    let drawn = DRAWN.contains(&(from.0, to.0));
    let sideways_in_tests = dev && to.1 == from.1;
    let holds = downwards || drawn || sideways_in_tests;
    (!holds).then(|| format!("{} (L{}) must not depend on {} (L{})", from.0, from.1, to.0, to.1))
}

/// The words of `banned` that stand in the code of a file, tests and comments left out.
fn stands<'a>(text: &str, banned: &[&'a str]) -> Vec<&'a str> {
    let code: String = text
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    banned.iter().copied().filter(|word| code.contains(word)).collect()
}

/// A crate's module `testing` is for the tests of those who use it.
fn is_for_tests(path: &Path) -> bool {
    path.ends_with("testing.rs") || path.components().any(|part| part.as_os_str() == "testing")
}

fn sources(of: &Path) -> Vec<(PathBuf, String)> {
    let Ok(entries) = fs::read_dir(of) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                vec![(path, text)]
            } else {
                Vec::new()
            }
        })
        .collect()
}

#[test]
fn every_package_names_its_layer_and_depends_only_as_drawn() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let Some(from) = layer(package) else {
            wrong.push(format!("{} names no layer", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = metadata.packages.iter().find(|held| held.name.as_str() == dependency.name);
            let Some(to) = ours.and_then(layer) else { continue };
            let dev = dependency.kind == DependencyKind::Development;
            let edge = ((package.name.as_str(), from), (dependency.name.as_str(), to));
            wrong.extend(objection(edge.0, edge.1, dev));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn edges_that_are_not_drawn_are_objected_to() {
    assert!(objection(("risk", 2), ("execution", 2), false).is_some());
    assert!(objection(("contracts", 0), ("kernel", 1), false).is_some());
    assert!(objection(("risk", 2), ("simvenue", 2), true).is_none());
    assert!(objection(("execution", 2), ("risk", 2), false).is_none());
    assert!(objection(("sim", 3), ("risk", 2), false).is_none());
}

#[test]
fn pure_crates_name_no_clock_no_io_and_no_float_for_money() {
    let mut wrong = Vec::new();
    for package in metadata().packages.iter().filter(|package| layer(package) <= Some(3)) {
        let name = package.name.as_str();
        let source = root().join("crates").join(name).join("src");
        for (path, text) in sources(&source) {
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
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn banned_words_are_found_in_code_and_not_in_comments() {
    assert_eq!(stands("let x: f64 = 1.0;", &["f64"]), ["f64"]);
    assert!(stands("// no f64 here\nlet x = 1;", &["f64"]).is_empty());
    assert!(stands("#[cfg(test)]\nmod tests { let x: f64; }", &["f64"]).is_empty());
}

#[test]
fn every_source_file_opens_with_what_it_is_and_stays_short() {
    let mut wrong = Vec::new();
    for folder in ["crates", "services", "tests"] {
        for (path, text) in sources(&root().join(folder)) {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            if name.contains("/target/") {
                continue;
            }
            if !text.starts_with("//!") {
                wrong.push(format!("{name} does not open with //!"));
            }
            let lines = text.lines().count();
            if lines > LINES_MAX && !LONG.contains(&name.as_str()) {
                wrong.push(format!("{name} has {lines} lines, at most {LINES_MAX}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_top_of_the_repository_holds_what_the_map_shows() {
    let listed = std::process::Command::new("git").arg("ls-files").current_dir(root()).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let held: BTreeSet<&str> = listed.lines().filter_map(|path| path.split('/').next()).collect();
    let stray: Vec<_> = held.iter().filter(|name| !TOP.contains(*name)).collect();
    assert!(stray.is_empty(), "{stray:?}");
    for name in ["README.md", "LICENSE", "Cargo.lock", "scripts", ".ci", "docs"] {
        assert!(held.contains(name), "{name} is missing");
    }
}

#[test]
fn folders_are_named_after_their_packages() {
    for package in &metadata().packages {
        let folder = package.manifest_path.parent().unwrap().file_name().unwrap();
        let tests = package.name.as_str() == "system-tests";
        assert!(tests || folder == package.name.as_str(), "{folder} holds {}", package.name);
    }
}
