//! What breaks the repository on purpose, tried on a house whose gates are made up: what it takes for an objection, and
//! what it leaves behind. And its list, held against the gates that there are.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use workbench::broken::{self, Depth, How, Plant, Room};

use crate::rig::{Scratch, ours, told};

/// A house whose gates object to a word in a file of that name, say so, and name themselves at the end.
const GATES: &str = "#!/bin/sh\nfor gate in \"$@\"; do\n  if grep -n wrong $gate 2>/dev/null || [ ! -e $gate ]; then\n    \
                     [ $gate = mute ] || printf 'FAILED in tier \"%s\": %s\\n\\n' $gate $gate\n    exit 1\n  fi\ndone\n\
                     echo \"check: $# tiers passed\"\n";

fn house() -> Scratch {
    let house = Scratch::empty();
    for (path, text) in
        [("scripts/check.sh", GATES), (".githooks/commit-msg", "#!/bin/sh\ngrep -v wrong $1\n")]
    {
        let file = house.put(path, text).path().join(path);
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    house.put("good", "all right\n").put("mute", "all right\n").put("blind", "all right\n");
    house.put(".gitignore", "room\n");
    house
}

fn plant(gate: &'static str, how: How, says: &str) -> Plant {
    Plant { gate, what: "a thing", how, says: says.to_owned() }
}

fn swap(path: &'static str) -> How {
    How::Swap { path, from: "right", to: "wrong" }
}

/// What is found, and what is told.
fn run(house: &Scratch, plants: &[Plant]) -> (Vec<String>, String) {
    let (mut said, room) = (Vec::new(), house.path().join("room"));
    let found = broken::run(&house.repository(), &room, plants, Depth::Quick, &mut said).unwrap();
    (told(&found), String::from_utf8(said).unwrap())
}

#[test]
fn broken_things_that_are_objected_to_are_told_and_mended() {
    let house = house();
    let gone = How::Remove { path: "good" };
    let more = How::Append { path: "good", text: "wrong\n".to_owned() };
    let plants = [
        plant("good", swap("good"), "wrong"),
        plant("good", gone, "good"),
        plant("good", more, "wrong"),
    ];
    let (found, said) = run(&house, &plants);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(said, "a thing: good objects\n".repeat(3) + "whole again: check: 1 tiers passed\n");
    let changed = |folder: &str| {
        let about = fs::metadata(house.path().join(folder).join("good")).unwrap();
        about.modified().unwrap()
    };
    assert_eq!(changed("room"), changed("."));
}

#[test]
fn broken_things_that_nobody_objects_to_are_found() {
    for (plants, objection) in [
        (vec![plant("good", swap("blind"), "wrong")], "nothing objects"),
        (vec![plant("good", swap("good"), "false")], "does not say \"false\""),
        (vec![plant("mute", swap("mute"), "wrong")], "its last line does not name the gate"),
        (
            vec![plant("good", How::Commit { message: "fine" }, "fine")],
            "the hook does not refuse it",
        ),
    ] {
        let (found, said) = run(&house(), &plants);
        assert!(found.len() == 1 && found[0].contains(objection), "{objection}: {found:?}");
        assert!(said.starts_with("a thing: ") && said.contains("DOES NOT OBJECT"), "{said}");
    }
    let sick = house();
    sick.put("good", "wrong\n");
    let (found, _) = run(&sick, &[plant("good", How::Remove { path: "good" }, "good")]);
    assert!(found.len() == 1 && found[0].contains("a gate still fails"), "{found:?}");
}

/// What the workbench was asked to have broken on purpose, in these words.
const ASKED: &[&str] = &[
    "a bad commit message",
    "a clock read in the core",
    "a command in the docs that no longer exists",
    "a dead link",
    "a float in a money crate",
    "a layer violation",
    "a missing child page",
    "a planted secret",
    "a stale roadmap",
    "a stale schema",
];

#[test]
fn broken_on_purpose_is_something_for_every_gate() {
    let text = ours().read("scripts/check.sh").unwrap();
    let list = text.split_once("gates=(").unwrap().1.split_once(')').unwrap().0;
    let mut gates: BTreeSet<&str> = list.split_whitespace().chain(["commands"]).collect();
    assert!(gates.remove("broken"));
    let plants = broken::plants();
    assert_eq!(plants.iter().map(|plant| plant.gate).collect::<BTreeSet<_>>(), gates);
    let whats: BTreeSet<&str> = plants.iter().map(|plant| plant.what).collect();
    assert_eq!(whats.len(), plants.len());
    assert!(ASKED.iter().all(|what| whats.contains(what)), "{whats:?}");
    let nightly = ours().read("scripts/nightly.sh").unwrap();
    assert!(nightly.contains("broken() { scripts/broken.sh --all; }"));
}

/// Also what is tried at night alone: a file that has changed since must not be noticed only then.
#[test]
fn broken_on_purpose_is_what_stands_in_the_files_as_they_are() {
    let folder = tempfile::TempDir::new().unwrap();
    let room = Room::of(&ours(), &folder.path().join("room")).unwrap();
    for plant in broken::plants() {
        if !matches!(plant.how, How::Commit { .. }) {
            assert!(room.break_it(&plant.how).unwrap().is_none(), "{}", plant.what);
            assert!(room.changed().unwrap() > 0, "{}", plant.what);
            room.mend().unwrap();
            assert_eq!(room.changed().unwrap(), 0, "{}", plant.what);
        }
    }
}
