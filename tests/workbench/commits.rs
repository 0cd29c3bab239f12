//! Commit messages: the form, scopes that are targets, every target that changes named, and nothing about who.

use std::collections::BTreeSet;
use std::process::Command;

use workbench::commits::{self, objections};
use workbench::targets::{Target, Targets};

use crate::rig::{Scratch, ours, told};

/// A small house of two targets.
fn targets() -> Targets {
    let target = |path: &str| Target { path: path.to_owned(), ..Target::default() };
    let held = [("risk", "crates/risk"), ("bus", "crates/bus")];
    let targets = held.map(|(name, path)| (name.to_owned(), target(path)));
    Targets { everything: Vec::new(), targets: targets.into() }
}

/// What is said against a message that comes with changes in those targets.
#[track_caller]
fn check(message: &str, touched: &[&str], objection: &str) {
    let scratch = Scratch::empty();
    scratch.put("crates/risk/src/rules/mod.rs", "").put("crates/risk/src/claims.rs", "");
    scratch.put("docs/TESTING.md", "");
    let touched: BTreeSet<String> = touched.iter().map(|name| (*name).to_owned()).collect();
    let said = objections(&scratch.repository(), &targets(), message, &touched);
    match objection {
        "" => assert!(said.is_empty(), "{message:?}: {said:?}"),
        _ => assert!(said.iter().any(|line| line.contains(objection)), "{message:?}: {said:?}"),
    }
}

#[test]
fn commit_good_messages_are_taken() {
    for message in [
        "feat(risk): a limit for each hour",
        "fix(risk,bus)!: nothing is lost\n\nBecause it was.",
        "docs: words",
        "docs(testing): words",
        "test(repository): the checks are checked",
        "perf(risk/rules): fewer looks",
        "refactor(risk/claims): one place",
        "chore(deploy): a unit",
        "Revert \"feat(risk): a limit for each hour\"",
        "fix(risk): a limit\n# a comment of git, signed-off-by nobody",
    ] {
        check(message, &[], "");
    }
}

#[test]
fn commit_bad_messages_are_refused_with_what_is_wrong() {
    for (message, objection) in [
        ("foo bar", "is not `type(scope): subject`"),
        ("Merge whatever I like.", "is not `type(scope): subject`"),
        ("", "is not `type(scope): subject`"),
        ("feat(risk) a limit", "is not `type(scope): subject`"),
        ("feat(risk: a limit", "is not `type(scope): subject`"),
        ("improve(risk): a limit", "\"improve\" is no type"),
        ("feat: a limit", "needs a scope"),
        ("feat(wallet): a limit", "\"wallet\" is no target"),
        ("feat(risk/nowhere): a limit", "\"risk/nowhere\" is no target, nor a path below one"),
        ("feat(risk,wallet): a limit", "\"wallet\" is no target"),
        ("feat(risk): a limit.", "ends in a full stop"),
        ("feat(risk):  ", "the subject is empty"),
        ("feat(risk): a limit\nand more", "second line must be empty"),
        ("feat(risk): a limit\n\nCo-Authored-By: somebody", "says who"),
        ("feat(risk): a limit\n\nGenerated with a tool", "says who"),
        ("feat(risk): a limit\n\nSigned-off-by: somebody", "says who"),
        ("feat(risk): a limit\n\nAffects: wallet", "Affects: \"wallet\" is no target"),
    ] {
        check(message, &[], objection);
    }
    check(&format!("feat(risk): {}", "a".repeat(120)), &[], "over 110 long");
}

#[test]
fn commit_that_changes_several_targets_names_them_all() {
    check("feat(risk): a limit", &["risk"], "");
    check("docs: words", &["risk"], "");
    check("feat(risk): a limit", &["risk", "bus"], "add the footer `Affects: bus`");
    check("feat(risk): a limit\n\nAffects: bus", &["risk", "bus"], "");
    check("feat(risk,bus): a limit", &["risk", "bus"], "");
}

/// The real hook, in a repository of its own whose workbench is this one's.
#[test]
fn commit_hook_calls_what_looks_at_the_message_and_hands_on_its_refusal() {
    let hook = ours().read(".githooks/commit-msg").unwrap();
    for (program, taken) in [("exit 0", true), ("exit 1", false)] {
        let scratch = Scratch::empty();
        let said = format!(
            "#!/usr/bin/env bash\n[ \"$1 $2\" = 'commits --message' ] || exit 0\n{program}\n"
        );
        scratch.put("scripts/workbench.sh", &said).put(".githooks/commit-msg", &hook);
        for path in ["scripts/workbench.sh", ".githooks/commit-msg"] {
            let path = scratch.path().join(path);
            assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
        }
        scratch.git(&["config", "core.hooksPath", ".githooks"]).git(&["add", "--all"]);
        let who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"];
        let mut command = Command::new("git");
        command.current_dir(scratch.path()).args(who).args(["commit", "--quiet", "-m", "foo bar"]);
        assert_eq!(command.status().unwrap().success(), taken);
    }
}

#[test]
fn commit_hook_is_installed_by_setup() {
    let setup = ours().read("scripts/setup.sh").unwrap();
    assert!(setup.contains("git config core.hooksPath .githooks"));
}

#[test]
fn commit_messages_are_looked_at_on_a_branch_and_on_main() {
    let scratch = Scratch::empty();
    scratch.put("targets.json", &targets().text().unwrap()).commit("feat: no scope");
    scratch.commit("chore: nothing");
    let said = |base: Option<&str>| told(&commits::check(&scratch.repository(), base).unwrap());
    assert!(said(None).len() == 1 && said(None)[0].contains("needs a scope"));
    assert_eq!(said(Some("HEAD~1")), Vec::<String>::new());
    scratch.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    assert_eq!(said(None).len(), 1, "on main itself the most recent ones are looked at");
    scratch.commit("docs: a word.");
    assert!(said(None).len() == 1 && said(None)[0].contains("ends in a full stop"));
}

/// A repository with these two targets and a first commit.
fn house() -> Scratch {
    let scratch = Scratch::empty();
    scratch.put("targets.json", &targets().text().unwrap());
    scratch.put("crates/risk/src/lib.rs", "").put("crates/bus/src/lib.rs", "");
    scratch.commit("chore: nothing");
    scratch
}

#[test]
fn commit_that_names_too_few_targets_is_found_afterwards_too() {
    let scratch = house();
    let said = || told(&commits::check(&scratch.repository(), None).unwrap());
    scratch.put("crates/risk/src/lib.rs", "//! One.\n").put("crates/bus/src/lib.rs", "//! One.\n");
    scratch.commit("fix(risk): one");
    assert!(
        said().len() == 1 && said()[0].contains("add the footer `Affects: bus`"),
        "{:?}",
        said()
    );
    scratch.git(&["commit", "--quiet", "--amend", "-m", "fix(risk): one\n\nAffects: bus"]);
    assert_eq!(said(), Vec::<String>::new());
    scratch.git(&["mv", "crates/bus/src/lib.rs", "crates/risk/src/one.rs"]);
    scratch.commit("refactor(risk): moved");
    assert!(
        said()[0].contains("add the footer `Affects: bus`"),
        "a move changes both: {:?}",
        said()
    );
}

#[test]
fn commit_before_which_nobody_knows_what_there_was_is_not_held_to_its_files() {
    let (scratch, short) = (house(), Scratch::empty());
    let from = format!("file://{}", scratch.path().display());
    short.git(&["clone", "--quiet", "--depth", "1", &from, "house"]);
    let short = workbench::Repository::at(short.path().join("house"));
    assert_eq!(told(&commits::check(&short, None).unwrap()), Vec::<String>::new());
}

#[test]
fn commit_that_is_no_merge_is_not_taken_for_one() {
    let scratch = house();
    let said =
        |message: &str| commits::check_message(&scratch.repository(), message).unwrap().len();
    let wordings = ["Merge branch 'work'", "Merge whatever I like."];
    assert_eq!(wordings.map(said), [1, 1]);
    scratch.git(&["checkout", "--quiet", "-b", "work"]).commit("chore: mine");
    scratch.git(&["checkout", "--quiet", "main"]).commit("chore: theirs");
    scratch.git(&["merge", "--quiet", "--no-ff", "--no-commit", "work"]);
    assert_eq!(wordings.map(said), [0, 0]);
    scratch.git(&["commit", "--quiet", "-m", wordings[0]]);
    let found = || told(&commits::check(&scratch.repository(), None).unwrap());
    assert_eq!(found(), Vec::<String>::new());
    scratch.commit(wordings[1]);
    assert!(found().len() == 1 && found()[0].contains("is not `type(scope): subject`"));
}
