//! The scripts, in a house of their own whose tools are made up: what they call, and what they refuse.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::rig::{Scratch, ours};

/// A house with our scripts and with programs that say their name and their words.
fn house(programs: &[&str]) -> Scratch {
    let scratch = Scratch::empty();
    for path in ours().files_of("sh").unwrap() {
        program(&scratch, &path, &ours().read(&path).unwrap());
    }
    for name in programs {
        program(&scratch, name, "#!/bin/sh\necho \"called ${0##*/} $*\"\n");
    }
    scratch
}

/// Puts a program into a house.
fn program(scratch: &Scratch, path: &str, text: &str) {
    let file = scratch.put(path, text).path().join(path);
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What a command says there that finds no tools but those of the house and of the system, and whether it succeeds.
fn run(scratch: &Scratch, command: &str) -> (bool, String) {
    let mut shell = Command::new("bash");
    shell.args(["-c", command]).current_dir(scratch.path()).env("PATH", "/usr/bin:/bin");
    for name in ["CI", "CARGO_TARGET_DIR", "NJORD_TOOLS", "REDIS_SKIP"] {
        shell.env_remove(name);
    }
    let output = shell.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn scripts_find_the_tools_of_setup_by_themselves() {
    let house = house(&[".tools/bin/cargo", ".tools/bin/a-tool", "scripts/setup.sh"]);
    program(&house, "target/debug/workbench", "#!/bin/sh\na-tool \"$@\"\n");
    for (command, called) in [
        ("scripts/affected.sh test", "called a-tool affected test"),
        ("scripts/target.sh lint risk", "called a-tool target lint risk"),
        ("scripts/reindex.sh", "called a-tool reindex"),
    ] {
        let (passed, said) = run(&house, command);
        assert!(passed && said.contains(called), "{command}: {said}");
    }
}

#[test]
fn scripts_of_the_tests_fetch_what_they_need_and_then_run_them() {
    let needed = ["redis-server", "redis-cli", "chromium", "python3"];
    let needed = needed.map(|name| format!(".tools/bin/{name}"));
    let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
    let house = house(&[&needed[..], &["scripts/setup.sh"]].concat());
    program(&house, ".tools/bin/cargo", "#!/bin/sh\necho \"called cargo $*\"\nexit 1\n");
    let (passed, said) = run(&house, "scripts/test.sh");
    let called = ["called setup.sh --tests\n", "called cargo nextest run --workspace"];
    let places = called.map(|called| said.find(called).unwrap_or_else(|| panic!("{said}")));
    assert!(!passed && places.is_sorted() && said.contains("FAILED in tier \"tests\""), "{said}");
}

#[test]
fn scripts_that_measure_need_redis_and_do_not_go_without_it() {
    let tools =
        ["llvm-cov", "llvm-profdata", "redis-server", "redis-cli", "chromium", "python3", "cargo"];
    let tools = tools.map(|name| format!(".tools/bin/{name}"));
    let tools: Vec<&str> = tools.iter().map(String::as_str).collect();
    let house = house(&[&tools[..], &["scripts/setup.sh"]].concat());
    let (passed, said) = run(&house, "REDIS_SKIP=1 scripts/coverage.sh");
    assert!(
        !passed && said.contains("REDIS_SKIP=1: without Redis") && !said.contains("nextest"),
        "{said}"
    );
    // Everything is there, and nothing is fetched: no line begins with `called apt-get`.
    program(&house, ".tools/bin/apt-get", "#!/bin/sh\necho \"called apt-get $*\"\n");
    let (_, said) = run(&house, "scripts/coverage.sh");
    assert!(said.contains("called setup.sh --nightly") && !said.contains("apt-get"), "{said}");
    assert!(said.contains("called cargo llvm-cov nextest --workspace"), "{said}");
}

#[test]
fn scripts_leave_out_redis_only_where_nothing_lands() {
    let house = house(&[]);
    let need = ". scripts/tiers.sh; . scripts/needs.sh; need_redis";
    let (passed, said) = run(&house, &format!("export REDIS_SKIP=1; {need}"));
    assert!(passed && said.contains("SKIPPED everything that needs Redis"), "{said}");
    let (passed, said) = run(&house, &format!("export REDIS_SKIP=1 CI=true; {need}"));
    assert!(!passed && said.contains("lands nothing"), "{said}");
}

/// The pins of this repository, by kind and name.
fn pins() -> toml::Table {
    let text = ours().read("mise.toml").unwrap();
    text.parse::<toml::Table>().unwrap()["tools"].as_table().unwrap().clone()
}

#[test]
fn scripts_of_setup_install_what_is_pinned_and_nothing_without_a_pin() {
    let house = house(&[]);
    house.put("mise.toml", &ours().read("mise.toml").unwrap());
    program(&house, ".tools/bin/cargo", "#!/bin/sh\n[ $1 != install ] || echo \"called $*\"\n");
    let (passed, said) = run(&house, "PATH=$PWD/.tools/bin:$PATH scripts/setup.sh --nightly");
    let pins = pins();
    for name in ["cargo-nextest", "cargo-llvm-cov", "cargo-mutants"] {
        let version = pins[&format!("cargo:{name}")].as_str().unwrap();
        assert!(passed && said.contains(&format!(" {name}@{version}\n")), "{name}: {said}");
    }
    house.swap("mise.toml", "\"cargo:cargo-mutants\"", "\"cargo:cargo-mutant\"");
    let (passed, said) = run(&house, "PATH=$PWD/.tools/bin:$PATH scripts/setup.sh --tests");
    assert!(!passed && said.contains("mise.toml pins no cargo:cargo-mutants"), "{said}");
}

/// Every tool is pinned once, to one version, and installed by setup; that of Rust is the one that rustup goes by.
#[test]
fn scripts_and_tasks_go_by_the_same_pins() {
    let (pins, setup) = (pins(), ours().read("scripts/setup.sh").unwrap());
    let rust: toml::Table = ours().read("rust-toolchain.toml").unwrap().parse().unwrap();
    assert_eq!(pins["rust"], rust["toolchain"]["channel"]);
    for (tool, version) in &pins {
        let version = version.as_str().unwrap();
        let exact = |part: &str| part.parse::<u32>().is_ok();
        assert!(version.split('.').count() > 2 && version.split('.').all(exact), "{tool}");
        let name = tool.rsplit(':').next().unwrap();
        let word = |word: &str| word.rsplit(':').next().unwrap().trim_end_matches(')') == name;
        let asked = setup.lines().any(|line| line.contains("pinned ") && line.split(' ').any(word));
        assert!(
            tool == "rust" || asked,
            "{tool} is pinned, and scripts/setup.sh does not install it"
        );
    }
    // Without these a tool that cannot be fetched, or a registry that cannot be reached, would stop or slow down each task.
    let tasks: toml::Table = ours().read("mise.toml").unwrap().parse().unwrap();
    assert_eq!(tasks["settings"]["task"]["run_auto_install"].as_bool(), Some(false));
    assert_eq!(tasks["settings"]["prefer_offline"].as_bool(), Some(true));
}
