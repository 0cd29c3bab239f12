//! Which targets a change affects, on throw-away repositories.

use std::fmt::Write as _;

use workbench::carry::{self, Deed};
use workbench::targets::Targets;
use workbench::{affected, changes};

use crate::rig::Scratch;

type Names = &'static [&'static str];

/// The targets of the small house: name, what it uses, what its tests use beside that, what it watches.
const TARGETS: &[(&str, Names, Names, Names)] = &[
    ("contracts", &[], &["testing"], &[]),
    ("testing", &["contracts"], &[], &[]),
    ("bus", &["contracts"], &[], &["docs/bus.md"]),
    ("bus-extra", &[], &[], &[]),
    ("risk", &["contracts"], &[], &[]),
    ("execution", &["risk"], &[], &[]),
    ("desk", &["execution", "bus"], &[], &[]),
];

/// A repository with these targets and a first commit, whose test of one fails.
fn house(failing: &str) -> Scratch {
    let scratch = Scratch::empty();
    let mut text = String::new();
    for (name, uses, tested, watches) in TARGETS {
        let deps = [*uses, *tested].concat();
        let test = if *name == failing { "echo out loud; exit 3" } else { "true" };
        let comma = if text.is_empty() { "" } else { ",\n" };
        write!(
            text,
            r#"{comma}"{name}": {{"path": "crates/{name}", "language": "rust", "deps": {deps:?}, "uses": {uses:?},
            "watches": {watches:?}, "commands": {{"build": "true", "test": "{test}", "lint": "true"}}}}"#
        )
        .unwrap();
        scratch.put(&format!("crates/{name}/src/lib.rs"), "//! Nothing.\n");
    }
    let everything = r#"["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".ci"]"#;
    scratch
        .put("targets.json", &format!(r#"{{"everything": {everything}, "targets": {{{text}}}}}"#));
    scratch.put(".gitignore", "/target\n").put("Cargo.toml", "").put("docs/bus.md", "");
    scratch.commit("chore: a small house").git(&["checkout", "--quiet", "-b", "work"]);
    scratch.commit("chore: nothing");
    scratch
}

/// The targets that everything since the base affects.
#[track_caller]
fn check(scratch: &Scratch, base: Option<&str>, expected: &[&str]) {
    let repository = scratch.repository();
    let manifest = Targets::kept(&repository).unwrap();
    let changes = changes::since(&repository, base).unwrap();
    let found = affected::by(&manifest, &changes.files);
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{changes:?}");
}

/// All of them.
fn all() -> Vec<&'static str> {
    TARGETS.iter().map(|(name, ..)| *name).collect()
}

#[test]
fn affected_by_nothing_is_nothing() {
    check(&house(""), None, &[]);
}

#[test]
fn affected_path_that_only_begins_like_a_target_is_not_that_target() {
    let house = house("");
    house.put("crates/bus-extra/src/lib.rs", "//! Other.\n").commit("chore: extra");
    check(&house, None, &["bus-extra"]);
}

#[test]
fn affected_vocabulary_reaches_everything_above_it_through_every_level() {
    let house = house("");
    house.put("crates/contracts/src/lib.rs", "//! Other.\n").commit("chore: words");
    check(&house, None, &["contracts", "testing", "bus", "risk", "execution", "desk"]);
}

#[test]
fn affected_uses_in_tests_count_and_circles_end() {
    let house = house("");
    house.put("crates/testing/src/lib.rs", "//! Other.\n");
    check(&house, None, &["contracts", "testing", "bus", "risk", "execution", "desk"]);
}

#[test]
fn affected_by_manifest_lock_toolchain_or_checks_is_everything() {
    for path in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".ci/run"] {
        let house = house("");
        house.put(path, "# other\n").commit("chore: the whole");
        check(&house, None, &all());
    }
}

#[test]
fn affected_by_a_page_are_those_who_watch_it_and_their_users() {
    let house = house("");
    house.put("docs/bus.md", "other\n").put("docs/bus.md.bak", "").commit("docs: the bus");
    check(&house, None, &["bus", "desk"]);
    house.put("docs/other.md", "nobody watches this\n");
    check(&house, Some("HEAD"), &[]);
}

#[test]
fn affected_deleted_and_renamed_files_count_under_both_names() {
    let house = house("");
    house.put("crates/risk/src/rule.rs", "//! A rule.\n").commit("feat(risk): a rule");
    house
        .git(&["checkout", "--quiet", "-B", "main"])
        .git(&["checkout", "--quiet", "-b", "next"])
        .commit("chore: nothing");
    house.git(&["mv", "crates/risk/src/rule.rs", "crates/bus-extra/src/rule.rs"]);
    check(&house, None, &["risk", "execution", "desk", "bus-extra"]);
    house.commit("refactor(bus-extra): moved");
    check(&house, None, &["risk", "execution", "desk", "bus-extra"]);
    house.remove("crates/execution/src/lib.rs");
    check(&house, Some("HEAD"), &["execution", "desk"]);
}

#[test]
fn affected_target_that_is_gone_affects_everything() {
    let house = house("");
    house.put("crates/gone/src/lib.rs", "//! Not in the manifest.\n");
    check(&house, None, &all());
}

#[test]
fn affected_work_that_is_not_committed_counts() {
    let house = house("");
    house.put("crates/bus/src/lib.rs", "//! Changed.\n");
    check(&house, None, &["bus", "desk"]);
    house.git(&["add", "--all"]).put("crates/bus-extra/src/new.rs", "//! Not even added.\n");
    check(&house, None, &["bus", "bus-extra", "desk"]);
    house.put("target/crates/risk/src/lib.rs", "ignored\n");
    check(&house, None, &["bus", "bus-extra", "desk"]);
}

#[test]
fn affected_without_a_branch_to_compare_with_it_is_the_last_commit() {
    let house = house("");
    house.put("crates/risk/src/lib.rs", "//! One.\n").commit("fix(risk): one");
    house.put("crates/bus/src/lib.rs", "//! Two.\n").commit("fix(bus): two");
    house.git(&["branch", "--quiet", "-D", "main"]);
    check(&house, None, &["bus", "desk"]);
}

#[test]
fn affected_first_commit_of_all_is_everything() {
    let house = house("");
    house.git(&["checkout", "--quiet", "main"]);
    check(&house, None, &all());
}

#[test]
fn affected_is_counted_from_where_the_branch_left_and_not_from_where_main_is_now() {
    let house = house("");
    house.put("crates/bus-extra/src/lib.rs", "//! Mine.\n").commit("fix(bus-extra): mine");
    house.git(&["checkout", "--quiet", "main"]);
    house.put("crates/contracts/src/lib.rs", "//! Theirs.\n").commit("fix(contracts): theirs");
    house.git(&["checkout", "--quiet", "work"]);
    check(&house, None, &["bus-extra"]);
    house.git(&["update-ref", "refs/remotes/origin/main", "work"]);
    check(&house, None, &[]);
}

#[test]
fn affected_base_that_is_no_commit_is_refused() {
    let house = house("");
    let repository = house.repository();
    let fault = changes::since(&repository, Some("nowhere")).unwrap_err();
    assert_eq!(fault.to_string(), "--base nowhere: there is no such commit");
}

#[test]
fn affected_come_in_the_order_in_which_they_use_each_other() {
    let manifest = Targets::kept(&house("").repository()).unwrap();
    let names = all().into_iter().map(ToOwned::to_owned).collect();
    let ordered = affected::in_order(&manifest, &names);
    let place = |name: &str| ordered.iter().position(|held| held == name).unwrap();
    for (name, uses, ..) in TARGETS {
        assert!(uses.iter().all(|used| place(used) < place(name)), "{ordered:?}");
    }
    assert_eq!(ordered.len(), TARGETS.len());
}

#[test]
fn affected_target_that_fails_is_named_in_the_last_line_and_the_others_still_run() {
    let house = house("risk");
    let repository = house.repository();
    let manifest = Targets::kept(&repository).unwrap();
    let names = ["contracts", "risk", "desk"].map(ToOwned::to_owned);
    let run = |deed| carry::out(&repository, &manifest, &names, deed, &mut Vec::new()).unwrap();
    assert_eq!(run(Deed::Test).line(), "test: 2 passed, 1 failed: risk");
    assert_eq!(run(Deed::Build).line(), "build: 3 passed");
    assert_eq!(run(Deed::Test).passed, ["contracts", "desk"]);
}
