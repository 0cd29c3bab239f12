//! The outline: what stands at the top of the repository, and how folders are named.

use std::collections::BTreeSet;
use std::process::Command;

use crate::House;

/// What stands at the top of the repository: all of it, and nothing else.
const TOP: &[&str] = &[
    ".ci",
    ".config",
    ".githooks",
    ".github",
    ".gitignore",
    ".mcp.json",
    ".typos.toml",
    "AGENTS.md",
    "CHANGELOG.md",
    "CLAUDE.md",
    "CONTRIBUTING.md",
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

#[test]
fn the_top_of_the_repository_holds_what_the_map_shows() {
    let listed =
        Command::new("git").arg("ls-files").current_dir(House::ours().root).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let held: BTreeSet<&str> = listed.lines().filter_map(|path| path.split('/').next()).collect();
    let drawn: BTreeSet<&str> = TOP.iter().copied().collect();
    let difference: Vec<_> = held.symmetric_difference(&drawn).collect();
    assert!(difference.is_empty(), "drawn or held, not both: {difference:?}");
}

#[test]
fn folders_are_named_after_their_packages() {
    for package in &House::ours().metadata.packages {
        let folder = package.manifest_path.parent().unwrap().file_name().unwrap();
        let tests = package.name.as_str() == "system-tests";
        assert!(tests || folder == package.name.as_str(), "{folder} holds {}", package.name);
    }
}
