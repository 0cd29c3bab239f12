//! `--json`: one document on one line for every command, with the exit code that it ended with.

use serde_json::{Value, json};

use crate::rig::{Desk, repository};

/// The document of a line, which is to be of that command and end like that.
#[track_caller]
fn document(desk: &Desk, line: &str, (command, exit): (&str, i32)) -> Value {
    let said = desk.run(&format!("{line} --json")).ends(exit);
    let document = said.document();
    assert_eq!(document["command"], command, "{document}");
    let has_result = document.get("result").is_some();
    assert_ne!(has_result, document.get("errors").is_some(), "{document}");
    assert_eq!(has_result, !said.out.is_empty(), "{document}");
    document
}

#[test]
fn json_of_every_command_is_one_document() {
    let (desk, last) = Desk::with_journal();
    let path = repository();
    let path = path.to_str().unwrap();
    for (line, command, exit, field) in [
        ("", "", 0, "version"),
        ("--version", "", 0, "commit"),
        ("--help", "help", 0, "text"),
        ("config --help", "help", 0, "text"),
        ("init --home other", "init", 0, "made"),
        (&format!("init mybot --path {path}"), "init", 0, "files"),
        ("doctor --set ports.up=0", "doctor", 0, "findings"),
        ("doctor --set risk.colar=1", "doctor", 3, "findings"),
        ("sim 1", "sim", 0, "hash"),
        ("sim 1 --count 1", "sim", 0, "counts"),
        ("strategy list", "strategy list", 0, "strategies"),
        ("strategy explain ema_cross", "strategy explain", 0, "params"),
        ("strategy new second --crate mybot", "strategy new", 0, "type"),
        ("config check", "config check", 0, "hash"),
        ("config check --set risk.colar=1", "config check", 1, "problems"),
        ("config explain", "config explain", 0, "keys"),
        ("config explain risk.collar", "config explain", 0, "keys"),
        ("config schema", "config schema", 0, "$schema"),
        (&format!("audit verify --anchor {last}"), "audit verify", 0, "report"),
        ("compliance verify", "audit verify", 0, "report"),
        ("completions fish", "completions", 0, "script"),
    ] {
        let said = document(&desk, line, (command, exit));
        assert!(said["result"].get(field).is_some(), "{line}: {said}");
    }
}

#[test]
fn json_of_every_error_is_one_document() {
    let desk = Desk::home();
    for (line, command, exit, kind) in [
        ("docter", "", 2, "usage"),
        ("config", "", 2, "usage"),
        ("sim x", "", 2, "usage"),
        ("init", "init", 1, "exists"),
        ("init fn", "init", 1, "name"),
        ("init mybot --path .", "init", 1, "checkout"),
        ("strategy explain nobody", "strategy explain", 1, "strategy"),
        ("strategy new second", "strategy new", 1, "exists"),
        ("config explain nokey", "config explain", 1, "unknown_key"),
        ("config explain risk --set risk.colar=1", "config explain", 1, "unknown_key"),
        ("audit verify", "audit verify", 1, "journal"),
        ("audit verify --anchor x", "audit verify", 1, "journal"),
    ] {
        let said = document(&desk, line, (command, exit));
        let error = &said["errors"][0];
        assert_eq!(error["kind"], kind, "{line}: {said}");
        assert!(error["what"].is_string() && error["try"].is_string(), "{line}: {said}");
        assert_eq!(said["unlisted"], 0);
    }
}

#[test]
fn json_of_a_torn_and_a_broken_journal_says_the_verdict() {
    let (desk, _) = Desk::with_journal();
    let last = &desk.last_segment();
    let whole = desk.read(last);
    desk.write(last, &whole[..whole.len() - 1]);
    let torn = document(&desk, "audit verify", ("audit verify", 2));
    assert!(torn["result"]["report"]["verdict"]["torn"]["seq"].is_u64(), "{torn}");
    desk.write(last, &whole.replacen("\"kind\":\"in\"", "\"kind\":\"on\"", 1));
    let broken = document(&desk, "audit verify", ("audit verify", 3));
    assert!(broken["result"]["report"]["verdict"]["broken"]["why"].is_string(), "{broken}");
}

#[test]
fn json_of_explained_values_is_what_holds() {
    let desk = Desk::home();
    let said =
        document(&desk, "config explain risk.collar --set risk.collar=200", ("config explain", 0));
    let key = &said["result"]["keys"][0];
    assert_eq!((&key["value"], &key["from"]), (&json!(200), &json!("--set risk.collar")));
    let said = desk.run_with(("NJORD__RISK__COLLAR", "150"), "config explain risk.collar --json");
    assert_eq!(said.document()["result"]["keys"][0]["value"], 150);
}
