//! This repository, held against its own checks.

use std::collections::BTreeSet;

use contracts::TopicKind;
use workbench::{Fault, Finding};
use workbench::{Repository, affected, docs, pages, roadmap, targets, tasks};

use crate::rig::{ours, told};

#[track_caller]
fn nothing(check: impl Fn(&Repository) -> Result<Vec<Finding>, Fault>) {
    assert_eq!(told(&check(&ours()).unwrap()), Vec::<String>::new());
}

#[test]
fn targets_are_those_of_cargo_and_stay_within_their_budgets() {
    nothing(targets::check);
}

/// What decides how everything is built and tested, in the list of this repository and not in one made for a test.
#[test]
fn affected_list_of_what_affects_everything_holds_what_decides_how_all_is_tested() {
    let manifest = targets::Targets::kept(&ours()).unwrap();
    for path in [
        ".ci/run",
        ".config/nextest.toml",
        "Cargo.lock",
        "Cargo.toml",
        "clippy.toml",
        "rust-toolchain.toml",
        "scripts/check.sh",
        "scripts/needs.sh",
        "scripts/setup.sh",
        "scripts/test.sh",
        "scripts/tools.sh",
    ] {
        assert!(ours().has(path), "{path}");
        let affected = affected::by(&manifest, &BTreeSet::from([path.to_owned()]));
        assert_eq!(affected.len(), manifest.targets.len(), "{path}");
    }
}

#[test]
fn tasks_do_something_that_is_there_and_the_promised_ones_exist() {
    nothing(tasks::check);
}

#[test]
fn docs_lead_somewhere_and_name_what_exists() {
    nothing(docs::check);
}

#[test]
fn pages_of_the_hub_and_its_spokes_are_whole_and_fresh() {
    nothing(pages::check);
}

#[test]
fn roadmap_is_fresh_and_every_claim_has_its_test() {
    nothing(roadmap::check);
}

/// Rules, and what each is tried on.
#[test]
fn rules_are_each_tried_on_good_and_bad_code() {
    let (repository, mut rules, mut tried) = (ours(), BTreeSet::new(), BTreeSet::new());
    for path in repository.files_of("yml").unwrap() {
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".yml").to_owned();
        let text = repository.read(&path).unwrap();
        let id = |name: &str| assert!(text.contains(&format!("id: {name}\n")), "{path}");
        if path.starts_with("rules/rust/") || path.starts_with("rules/general/") {
            id(&name);
            assert!(text.contains("severity: error") && text.contains("note: "), "{path}");
            rules.insert(name);
        } else if let Some(of) =
            name.strip_suffix("-test").filter(|_| path.starts_with("tests/rules/"))
        {
            id(of);
            assert!(text.contains("\nvalid:\n  - ") && text.contains("\ninvalid:\n  - "), "{path}");
            tried.insert(of.to_owned());
        }
    }
    assert!(rules.len() > 10);
    assert_eq!(rules, tried);
}

/// The rule is tried on one topic of each kind, and `ast-grep test` says whether it finds it.
#[test]
fn rules_on_topics_are_tried_on_every_kind_of_topic() {
    let tried = ours().read("tests/rules/no-topic-string-test.yml").unwrap();
    let (_, invalid) = tried.split_once("\ninvalid:").unwrap();
    for kind in TopicKind::ALL {
        assert!(invalid.contains(&format!("\\\"{}\\\"", kind.prefix())), "{}", kind.prefix());
    }
}

#[test]
fn security_page_says_how_secrets_dependencies_reviews_and_incidents_are_handled() {
    let page = ours().read("SECURITY.md").unwrap();
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let parts =
        ["Secret handling", "Dependency audit cadence", "Review gates", "Incident response"];
    assert_eq!(headings, parts);
}

/// Every gate of the checks is a function there, and is run.
#[test]
fn gates_of_the_checks_are_all_run_and_all_calls_go_to_ast_grep() {
    let text = ours().read("scripts/check.sh").unwrap();
    let list = text.split_once("gates=(").unwrap().1.split_once(')').unwrap().0;
    for gate in list.split_whitespace().chain(["commands"]) {
        assert!(text.contains(&format!("\n{gate}() {{")), "{gate}");
    }
    assert!(
        text.contains("tier \"tests\" scripts/test.sh")
            && text.contains("tier \"commands\" commands")
    );
    assert!(ours().read(".ci/run").unwrap().contains("scripts/check.sh"));
    for path in ours().files_of("sh").unwrap() {
        let text = ours().read(&path).unwrap();
        assert!(!text.split_whitespace().any(|word| word == "sg"), "{path}");
    }
}

/// Every tool that setup installs for the checks is shown something that it must find.
#[test]
fn tools_of_the_checks_are_each_shown_what_they_must_find() {
    let planted = ours().read("scripts/planted.sh").unwrap();
    let setup = ours().read("scripts/setup.sh").unwrap();
    let linked = setup.split_once("for name in ").unwrap().1.split_once(';').unwrap().0;
    for tool in linked.split_whitespace() {
        // What looks for secrets is called by a script of ours, and its two halves are one tool.
        let called = if tool.starts_with("detect-secrets") { "scripts/secrets.sh" } else { tool };
        assert!(planted.contains(&format!(" {called} ")), "{tool} is shown nothing");
    }
    assert!(planted.contains("cargo machete"));
}

/// Servers for agents: valid, without secrets, and described with what installs each and what happens without it.
#[test]
fn servers_for_agents_are_described_with_what_happens_without_them() {
    let text = ours().read(".mcp.json").unwrap();
    let servers: serde_json::Value = serde_json::from_str(&text).unwrap();
    let page = ours().read("docs/WORKFLOWS.md").unwrap();
    let servers = servers["mcpServers"].as_object().unwrap();
    assert!(servers.len() > 3);
    for (name, server) in servers {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not described"));
        assert!(row.matches(" | ").count() >= 3, "{row}");
        assert!(row.contains(server["command"].as_str().unwrap()), "{row}");
        let said = server.to_string().to_lowercase();
        assert!(!["token", "secret", "password", "key"].iter().any(|word| said.contains(word)));
    }
}
