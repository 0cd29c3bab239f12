//! `init`: a home, once, and never over anything.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::rig::Desk;

#[test]
fn init_makes_a_home_and_says_what_and_what_next() {
    let desk = Desk::empty();
    let said = desk.run("init").ends(0);
    assert_eq!(
        said.out,
        "ok   config   5 files in config: every key stands in base.toml, with its meaning
ok   keys     12 files in var/keys: for this user alone
warn operator var/keys/operator.key arms live trading and loosens limits, and this is the only one; \
try: a copy in a safe place

next
  njord doctor
  njord config explain risk
"
    );
    assert_eq!(said.err, "");
    for entry in fs::read_dir(desk.path("var/keys")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

#[test]
fn init_draws_other_keys_each_time() {
    let [one, other] = [Desk::home(), Desk::home()].map(|desk| desk.read("var/keys/journal.key"));
    assert_ne!(one, other);
}

#[test]
fn init_refuses_what_is_there_and_keeps_it_where_asked() {
    let desk = Desk::home();
    let key = desk.read("var/keys/journal.key");
    desk.run("init").fails(
        1,
        "error: config/base.toml and 16 more files are there already, and nothing was written\n  \
         try: --keep to make only what is missing, or --home with another folder\n",
    );
    fs::remove_file(desk.path("config/paper.toml")).unwrap();
    let said = desk.run("init --keep").ends(0).out;
    assert!(said.contains("1 file made in config; 4 were there, and are as they were"), "{said}");
    assert!(said.contains("all 12 files in var/keys were there, and are as they were"), "{said}");
    assert_eq!(desk.read("var/keys/journal.key"), key);
}

#[test]
fn init_elsewhere_names_it_in_what_comes_next() {
    let desk = Desk::empty();
    let said = desk.run("init --home there").ends(0).out;
    assert!(said.contains("in there/var/keys"), "{said}");
    assert!(said.contains("\n  njord doctor --home there\n"), "{said}");
    desk.run("doctor --home there --set ports.up=0").ends(0);
}

#[test]
fn init_completes_a_pair_of_keys_where_it_can() {
    let desk = Desk::home();
    let public = desk.read("var/keys/operator.pub");
    fs::remove_file(desk.path("var/keys/operator.pub")).unwrap();
    let said = desk.run("init --keep").ends(0).out;
    assert!(!said.contains("operator"), "the operator's own key was there: {said}");
    assert_eq!(desk.read("var/keys/operator.pub"), public);
    fs::remove_file(desk.path("var/keys/operator.key")).unwrap();
    desk.run("init --keep").ends(0);
    assert!(!desk.path("var/keys/operator.key").exists(), "no other key for the public one");
}

#[test]
fn init_says_where_it_cannot_write() {
    let desk = Desk::empty();
    desk.write("var", "a file");
    let said = desk.run("init").ends(1);
    assert!(said.err.starts_with("error: var/keys: Not a directory"), "{said:?}");
}
