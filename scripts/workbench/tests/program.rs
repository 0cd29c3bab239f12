//! The program itself: what it prints, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test crate")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const MANIFEST: &str = r#"{"everything": [], "targets": {
    "good": {"path": "good", "language": "rust", "deps": [],
        "commands": {"build": "echo built", "test": "echo tested", "lint": "echo linted"}},
    "bad": {"path": "bad", "language": "rust", "deps": [],
        "commands": {"build": "echo built", "test": "echo broken; exit 7", "lint": "exit 1"}}
}}"#;

/// A repository in which these two have just changed.
fn house() -> TempDir {
    let folder = TempDir::new().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    fs::write(folder.path().join("targets.json"), MANIFEST).unwrap();
    git(folder.path(), &["add", "--all"]);
    let who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"];
    git(folder.path(), &[&who[..], &["commit", "--quiet", "-m", "chore: first"]].concat());
    for name in ["good", "bad"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("new"), "").unwrap();
    }
    folder
}

fn git(folder: &Path, words: &[&str]) {
    assert!(Command::new("git").current_dir(folder).args(words).status().unwrap().success());
}

/// How the program ends, and what it prints.
fn run(words: &[&str]) -> (i32, String) {
    let folder = house();
    let program = env!("CARGO_BIN_EXE_workbench");
    let output = Command::new(program).args(words).current_dir(folder.path()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn affected_list_prints_one_target_a_line() {
    assert_eq!(run(&["affected", "list", "--base", "HEAD"]), (0, "bad\ngood\n".to_owned()));
}

#[test]
fn reader_who_goes_away_is_no_error() {
    let folder = house();
    for words in [["affected", "list"], ["affected", "test"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        // As `head` does, once it has enough.
        drop(reader);
        let mut program = Command::new(env!("CARGO_BIN_EXE_workbench"));
        program.args(words).args(["--base", "HEAD"]).current_dir(folder.path());
        let ended = program.stdout(writer).output().unwrap();
        let complaint = String::from_utf8(ended.stderr).unwrap();
        assert!(!complaint.contains("panicked"), "{complaint}");
        // How it ends is about what it did, and not about who reads of it.
        assert_eq!(ended.status.code(), Some(i32::from(words[1] == "test")), "{words:?}");
    }
}

#[test]
fn affected_list_as_json_is_one_document() {
    let (code, said) = run(&["affected", "list", "--base", "HEAD", "--json"]);
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, said.lines().count()), (0, 1));
    assert_eq!(document["targets"], serde_json::json!(["bad", "good"]));
    assert_eq!(document["files"], serde_json::json!(["bad/new", "good/new"]));
    assert_eq!(document["base"].as_str().unwrap().len(), 40);
}

#[test]
fn affected_test_that_fails_ends_in_an_error_whose_last_line_names_the_target() {
    let (code, said) = run(&["affected", "test", "--base", "HEAD"]);
    assert_eq!((code, said.lines().last()), (1, Some("test: 1 passed, 1 failed: bad")));
    let (code, said) = run(&["affected", "test", "--base", "HEAD", "--json"]);
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &document["failed"]), (1, &serde_json::json!(["bad"])));
}

#[test]
fn affected_build_that_succeeds_ends_well() {
    assert_eq!(run(&["affected", "build", "--base", "HEAD"]), (0, "build: 2 passed\n".to_owned()));
}

#[test]
fn affected_against_no_commit_at_all_ends_in_an_error() {
    assert_eq!(run(&["affected", "test", "--base", "nowhere"]).0, 2);
}

#[test]
fn target_that_there_is_not_ends_in_an_error() {
    assert_eq!(run(&["target", "test", "nobody"]), (1, String::new()));
    assert_eq!(run(&["target", "test", "good"]), (0, "test: 1 passed\n".to_owned()));
}
