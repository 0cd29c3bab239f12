//! What must not be, planted in a copy of this repository, one thing at a time: each check has to say so. A check that
//! finds nothing there would find nothing here either.

use std::path::Path;

use workbench::{Fault, Finding, Repository, docs, pages, roadmap, targets, tasks};

use crate::rig::{Scratch, told};

type Check = fn(&Repository) -> Result<Vec<Finding>, Fault>;

/// What is planted: in which file, in the place of what, and what the check says to it.
type Plant<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Plants one after the other; each is objected to, and when it is gone the objection is, too.
#[track_caller]
fn objects(check: Check, plants: &[Plant<'_>]) {
    let house = Scratch::of_ours();
    let repository = house.repository();
    let before = told(&check(&repository).unwrap());
    for (path, from, to, objection) in plants {
        let held = repository.read(path).unwrap();
        house.swap(path, from, to);
        let said =
            check(&repository).map_or_else(|fault| vec![fault.to_string()], |found| told(&found));
        let fresh = |line: &&String| line.contains(objection) && !before.contains(line);
        assert!(said.iter().any(|line| fresh(&line)), "{objection}: {said:?}");
        house.put(path, &held);
    }
    assert_eq!(told(&check(&repository).unwrap()), before);
}

const PAGE: &str = "docs/AUDIT.md";

#[test]
fn docs_links_that_lead_nowhere_are_found() {
    let plant = |link: &'static str, objection: &'static str| (PAGE, "\n\n", link, objection);
    objects(
        docs::check,
        &[
            plant("\n\n[a](NOWHERE.md)\n\n", "there is no docs/NOWHERE.md"),
            plant("\n\n[a](risk.md#nowhere)\n\n", "docs/risk.md has no heading #nowhere"),
            plant("\n\n[a](#nowhere)\n\n", "docs/AUDIT.md has no heading #nowhere"),
            plant("\n\n[a](../../other/README.md)\n\n", "leads out of the repository"),
            plant("\n\n[a](http://example.org)\n\n", "is not https"),
        ],
    );
}

#[test]
fn docs_commands_that_do_not_exist_are_found() {
    let plant = |text: &'static str, objection: &'static str| (PAGE, "\n\n", text, objection);
    objects(
        docs::check,
        &[
            plant("\n\n```\ncargo build\n```\n\n", "holds commands and is not marked"),
            plant("\n\n```sh\nls\n```\n\n", "`sh` is not marked"),
            plant("\n\n```bash run\nls\n```\n\n", "`bash run` is not marked"),
            plant("\n\n```sh example\nnjord dance\n```\n\n", "there is no command `njord dance`"),
            plant("\n\n```sh example\nnjord up --tango\n```\n\n", "`njord up` has no flag --tango"),
            plant(
                "\n\n```sh example\ncargo run -- dance\n```\n\n",
                "there is no command `njord dance`",
            ),
            plant("\n\n```sh example\nmise run dance\n```\n\n", "there is no task `dance`"),
            plant(
                "\n\n```sh example\nls && scripts/dance.sh\n```\n\n",
                "`scripts/dance.sh` is not there",
            ),
            plant("\n\n```sh example\nls | dance\n```\n\n", "`dance` is no program"),
            plant("\n\n```sh example\ncargo dance\n```\n\n", "`cargo dance` is not used here"),
            plant("\n\nSay `cargo nextest run -p dance`.\n\n", "there is no package `dance`"),
            plant(
                "\n\nSay `cargo nextest run -p risk --test dance`.\n\n",
                "no test `dance` in risk",
            ),
            plant(
                "\n\nSay `cargo nextest run -p risk dance_twice`.\n\n",
                "no test is called \"dance_twice\"",
            ),
            plant("\n\nSay `cargo run -p sim --example dance`.\n\n", "no example `dance` in sim"),
            // A command and a flag that were there once, and that the pages still use.
            (
                "docs/cli.md",
                "\n## njord demo\n",
                "\n## njord demonstration\n",
                "no command `njord demo`",
            ),
            ("docs/cli.md", "--home", "--house", "has no flag --home"),
        ],
    );
}

#[test]
fn docs_words_that_a_script_does_not_know_are_found() {
    let plant = |text: &'static str, objection: &'static str| (PAGE, "\n\n", text, objection);
    objects(
        docs::check,
        &[
            plant("\n\nSay `scripts/check.sh dance`.\n\n", "`scripts/check.sh` knows no dance"),
            plant("\n\nSay `scripts/check.sh --waltz`.\n\n", "`scripts/check.sh` knows no --waltz"),
            plant("\n\nSay `scripts/setup.sh --waltz`.\n\n", "`scripts/setup.sh` knows no --waltz"),
            plant("\n\nSay `scripts/nightly.sh ls`.\n\n", "`scripts/nightly.sh` knows no ls"),
            plant("\n\nSay `scripts/test.sh risk`.\n\n", "`scripts/test.sh` knows no risk"),
            plant(
                "\n\n```sh example\nscripts/affected.sh dance\n```\n\n",
                "`scripts/affected.sh` does not take that: invalid value 'dance'",
            ),
            plant(
                "\n\n```sh example\nscripts/affected.sh list --waltz\n```\n\n",
                "`scripts/affected.sh` does not take that: unexpected argument '--waltz'",
            ),
            plant(
                "\n\nSay `scripts/workbench.sh dance`.\n\n",
                "`scripts/workbench.sh` does not take that: unrecognized subcommand 'dance'",
            ),
            plant("\n\nSay `scripts/target.sh test dance`.\n\n", "\"dance\" is no target"),
            plant(
                "\n\nSay `scripts/target.sh dance risk`.\n\n",
                "`scripts/target.sh` does not take that: invalid value 'dance'",
            ),
        ],
    );
}

#[test]
fn docs_paths_that_are_not_there_are_found() {
    let plant = |text: &'static str, objection: &'static str| (PAGE, "\n\n", text, objection);
    objects(
        docs::check,
        &[
            plant("\n\nSee `crates/dance`.\n\n", "there is no `crates/dance`"),
            plant("\n\nSee `scripts/dance/`.\n\n", "there is no `scripts/dance`"),
            plant("\n\nSee `risk/src/dance.rs:7`.\n\n", "there is no `risk/src/dance.rs`"),
            plant("\n\nSee `DANCE.md`.\n\n", "there is no `DANCE.md`"),
            plant("\n\nSee `.github/dance`.\n\n", "there is no `.github/dance`"),
        ],
    );
}

#[test]
fn docs_paths_and_words_that_stand_for_others_are_left_alone() {
    let house = Scratch::of_ours();
    let before = told(&docs::check(&house.repository()).unwrap());
    let good = "\n\nSee `crates/NAME`, `config/{env}.toml`, `services/*`, `/var/log/njord`, `src/lib.rs`, `../CLAUDE.md`,\
                \n`tests/sealed/`, `scripts/check.sh NAME...`, `scripts/target.sh run NAME`, `scripts/affected.sh list --base TAG`,\
                \n`scripts/check.sh commands`, `scripts/workbench.sh`, `scripts/secrets.sh FOLDER`.\n\n";
    house.swap(PAGE, "\n\n", good);
    assert_eq!(told(&docs::check(&house.repository()).unwrap()), before);
}

#[test]
fn docs_names_that_the_code_does_not_know_are_found() {
    // One is written so that it does not stand in this file, which is code, too.
    let plant = |text: &'static str, objection: &'static str| (PAGE, "\n\n", text, objection);
    objects(
        docs::check,
        &[
            plant("\n\nSet `risk.colar`.\n\n", "`risk.colar` is no key of the settings"),
            plant("\n\nLook at `njord_dances_total`.\n\n", "`njord_dances_total` is no metric"),
            plant("\n\nSet `NJORD_\u{44}ANCE=1`.\n\n", "ANCE` is read by nothing"),
            plant("\n\nSet `NJORD__RISK__COLAR=1`.\n\n", "`NJORD__RISK__COLAR` is read by nothing"),
            ("config/schema.json", "\"collar\": {", "\"collars\": {", "`risk.collar` is no key"),
            (
                "config/schema.json",
                "\"collar\": {",
                "\"dance\": {}, \"collar\": {",
                "is in the code and not on the page",
            ),
            (
                "docs/MONITORING.md",
                "`njord_events_total`",
                "it",
                "`njord_events_total` is in the code and not on the page",
            ),
        ],
    );
}

#[test]
fn docs_words_that_are_not_said_here_are_found() {
    objects(
        docs::check,
        &[
            (PAGE, "\n\n", "\n\nThe killswitch.\n\n", "says \"killswitch\""),
            (
                "crates/risk/src/lib.rs",
                "//! The gate",
                "//! The whitelist, the gate",
                "says \"whitelist\"",
            ),
            ("docs/glossary.md", "## Not these", "## Others", "lists no word"),
        ],
    );
}

#[test]
fn pages_that_are_missing_or_not_whole_are_found() {
    let page = "crates/risk/CLAUDE.md";
    objects(
        pages::check,
        &[
            (
                "CLAUDE.md",
                "skills/rust/SKILL.md",
                "skills/add-venue/SKILL.md",
                "does not link skills/rust/SKILL.md",
            ),
            ("CLAUDE.md", "| L0 |", "| L1 |", "is not what would be made"),
            ("CLAUDE.md", "<!-- packages -->", "", "has no place `<!-- packages -->`"),
            (page, "../../CLAUDE.md", "../../README.md", "does not link back"),
            (page, "## Logs", "## Noise", "has the headings"),
            (page, "Layer L2", "Layer L3", "is not what would be made"),
            (
                page,
                "## Logs\n",
                "## Logs\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
                "lines, at most 70",
            ),
            (
                "AGENTS.md",
                "\n- ",
                "\n- a clock, a file, a socket, a thread or chance in a pure crate (L0 to L3)\n- ",
                "shares",
            ),
            ("skills/rust/SKILL.md", "name: rust", "name: dust", "names it rust"),
            ("skills/rust/SKILL.md", "description: ", "about: ", "when it is of use"),
        ],
    );
    let house = Scratch::of_ours();
    house.remove(page);
    let said = told(&pages::check(&house.repository()).unwrap());
    assert!(said.iter().any(|line| line.contains("risk has no page of its own")), "{said:?}");
}

#[test]
fn roadmap_claims_without_their_tests_are_found() {
    let phase = "roadmap/phases/phase-02-gate-and-paper.md";
    let test = "risk/unreadable_intent_is_answered";
    objects(
        roadmap::check,
        &[
            ("ROADMAP.md", "| N02.3e |", "| N02.3z |", "ROADMAP.md:"),
            (
                phase,
                test,
                "risk/no_such_test",
                "names the test risk/no_such_test, which is not there",
            ),
            (phase, test, "", "N02.3e is done, and no test shows it"),
            (phase, "status: partial", "status: done", "and its capabilities say partial"),
            (phase, "status: partial", "status: nearly", "is not done, partial or open"),
            (phase, "- id: N02.3e", "- id: N02.3d", "N02.3d stands in"),
            (phase, "    note: ", "    nota: ", "`nota` is not known"),
            (phase, "## Task", "## Wish", "has the sections"),
            (phase, "`crates/risk`", "`crates/gone`", "names the file crates/gone"),
        ],
    );
}

#[test]
fn roadmap_ledger_names_file_and_line_of_every_test() {
    let ledger = roadmap::ledger(&crate::rig::ours()).unwrap();
    assert!(!ledger.contains("| missing |"));
    let row =
        ledger.lines().find(|line| line.contains("`risk/unreadable_intent_is_answered`")).unwrap();
    let place = row.split(" | ").nth(3).unwrap();
    let (path, line) = place.rsplit_once(':').unwrap();
    let text = crate::rig::ours().read(path).unwrap();
    let line = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
    assert!(line.contains("fn unreadable_intent_is_answered"), "{line}");
}

#[test]
fn tasks_that_do_nothing_or_call_nobody_are_found() {
    objects(
        tasks::check,
        &[
            ("mise.toml", "[tasks.next]", "[tasks.later]", "there is no task `next`"),
            (
                "mise.toml",
                "scripts/reindex.sh",
                "scripts/dance.sh",
                "calls `scripts/dance.sh`, which is not there",
            ),
            ("mise.toml", "run = \"scripts/test.sh\"", "run = \"dance\"", "put it into a script"),
            ("mise.toml", "run = \"scripts/test.sh\"", "", "does nothing"),
            (
                "mise.toml",
                "run = \"scripts/test.sh\"",
                "depends = [\"dance\"]",
                "waits for `dance`",
            ),
            (
                "mise.toml",
                "description = \"Formats every source file\"",
                "",
                "does not say what it does",
            ),
            ("scripts/tasks.toml", "test:risk", "test:rusk", "is not what would be made"),
        ],
    );
}

#[test]
fn targets_that_are_stale_or_unwatched_are_found() {
    objects(
        targets::check,
        &[
            ("targets.json", "\"crates/risk\"", "\"crates/rusk\"", "is not what would be made"),
            (
                "crates/risk/Cargo.toml",
                "portfolio.workspace = true",
                "",
                "is not what would be made",
            ),
            (
                "crates/risk/Cargo.toml",
                "layer = \"L2\"",
                "layer = \"L2\"\nlines_max = 10",
                "at most 10",
            ),
            (
                "crates/risk/Cargo.toml",
                "watches = [\"docs/risk.md\"]",
                "",
                "reads docs/risk.md, which nobody watches",
            ),
        ],
    );
}

#[test]
fn docs_blocks_that_are_marked_are_run_with_their_files() {
    let house = Scratch::empty();
    let page = "# A page\n\n```text made/of/words.txt\none\n```\n\n```sh run\ngrep -q one made/of/words.txt\necho two > ~/it\n```\n\n\
                ```sh run\n[ \"$(cat ~/it)\" = two ]\nls kept.txt\n```\n\n```sh example\nfalse\n```\n";
    house.put("page.md", page).put("kept.txt", "").put("made/of/kept.txt", "");
    let run = |name: &str| {
        let room = house.path().join("target").join(name);
        docs::run(&house.repository(), Path::new("/nowhere"), &room, None).unwrap()
    };
    house.put(".gitignore", "target\n");
    assert_eq!(run("good"), (2, Vec::new()));
    house.swap("page.md", "ls kept.txt", "ls gone.txt");
    let (ran, found) = run("bad");
    assert!(ran == 2 && found.len() == 1 && found[0].what.contains("gone.txt"), "{found:?}");
    assert_eq!(found[0].at, "page.md:7");
}
