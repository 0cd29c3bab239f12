//! The checks checked: what must not be is planted in a small house of its own, and each check has to
//! say so. A check that finds nothing there would find nothing here either.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::House;
use crate::absences::impurities;
use crate::layers::wrong_edges;
use crate::sizes::wrong_files;

/// Puts something into the small house.
type Plant<'a> = &'a dyn Fn(&Path);

/// A package of the small house.
fn package(root: &Path, name: &str, layer: &str, uses: &str) {
    let folder = root.join("crates").join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\
         [package.metadata.njord]\n{layer}\n[dependencies]\n{uses}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    write(root, name, "//! Nothing.\n");
}

fn write(root: &Path, name: &str, text: &str) {
    fs::write(root.join("crates").join(name).join("src/lib.rs"), text).unwrap();
}

/// What all checks say about a small house with something planted in it.
fn check(plant: Plant<'_>) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    fs::write(root.join("Cargo.toml"), "[workspace]\nmembers = [\"crates/*\"]\n").unwrap();
    package(root, "contracts", "layer = \"L0\"", "serde = \"1\"");
    package(root, "kernel", "layer = \"L1\"", "contracts = { path = \"../contracts\" }");
    package(root, "risk", "layer = \"L2\"", "kernel = { path = \"../kernel\" }");
    plant(root);
    let house = House::at(root);
    [impurities(&house), wrong_edges(&house), wrong_files(&house, &[])].concat()
}

#[test]
fn planted_faults_are_objected_to_and_an_honest_house_is_not() {
    assert_eq!(check(&|_| {}), Vec::<String>::new());
    let float = |root: &Path| write(root, "risk", "//! A.\npub fn a() -> f64 { 1.0 }\n");
    let clock = |root: &Path| write(root, "kernel", "//! A.\nuse std::time::SystemTime;\n");
    let unwrap = |root: &Path| write(root, "kernel", "//! A.\nfn a() { None.unwrap() }\n");
    let upwards = |root: &Path| {
        package(root, "kernel", "layer = \"L1\"", "risk = { path = \"../risk\" }");
    };
    let stranger = |root: &Path| package(root, "kernel", "layer = \"L1\"", "tokio = \"1\"");
    let nowhere = |root: &Path| package(root, "risk", "", "");
    let long = |root: &Path| write(root, "risk", &format!("//! A.\n{}", "\n".repeat(600)));
    let silent = |root: &Path| write(root, "risk", "fn a() {}\n");
    let plants: [(&str, Plant<'_>); 8] = [
        ("f64", &float),
        ("SystemTime", &clock),
        (".unwrap()", &unwrap),
        ("kernel (L1) must not depend on risk (L2)", &upwards),
        ("kernel (L1) is pure and must not use tokio", &stranger),
        ("risk names no layer", &nowhere),
        ("has 601 lines, at most 600", &long),
        ("does not open with //!", &silent),
    ];
    for (objection, plant) in plants {
        let said = check(plant);
        assert!(said.len() == 1 && said[0].contains(objection), "{objection}: {said:?}");
    }
}

/// What the lints must not let pass: how each names it, and a line that does it.
const HABITS: &[(&str, &str)] = &[
    ("std::time::SystemTime::now", "let _ = std::time::SystemTime::now();"),
    ("std::time::Instant::now", "let _ = std::time::Instant::now();"),
    ("std::thread::sleep", "std::thread::sleep(std::time::Duration::ZERO);"),
    ("std::thread::spawn", "let _ = std::thread::spawn(|| ());"),
    ("std::env::var", "let _ = std::env::var(\"A\");"),
    ("std::env::vars", "let _ = std::env::vars();"),
    ("std::sync::mpsc::channel", "let _ = std::sync::mpsc::channel::<u8>();"),
    ("f64::mul_add", "let _ = 1.0_f64.mul_add(2.0, 3.0);"),
    ("std::collections::HashMap", "let _ = std::collections::HashMap::<u8, u8>::new();"),
    ("std::collections::HashSet", "let _ = std::collections::HashSet::<u8>::new();"),
    ("used `unwrap()`", "let _ = \"1\".parse::<u8>().unwrap();"),
    ("used `expect()`", "let _ = \"1\".parse::<u8>().expect(\"a number\");"),
    ("`panic` should not be present", "panic!(\"at the disco\");"),
    ("`todo` should not be present", "todo!();"),
    ("use of `println!`", "println!(\"here\");"),
    ("the `dbg!` macro", "dbg!(1);"),
    ("`unsafe` block", "unsafe {}"),
];

/// What the lints of this repository say about a crate of those functions.
fn lint(bodies: &[&str]) -> (bool, String) {
    let (folder, house) = (TempDir::new().unwrap(), House::ours());
    let root = folder.path();
    fs::create_dir(root.join("src")).unwrap();
    let workspace = fs::read_to_string(house.root.join("Cargo.toml")).unwrap();
    let tables = workspace.split("\n[").filter(|table| table.starts_with("workspace.lints."));
    let lints: Vec<String> = tables.map(|table| format!("[{table}\n")).collect();
    let lints = lints.concat();
    let manifest = format!(
        "[package]\nname = \"planted\"\nedition = \"2024\"\n\
         [workspace]\n{lints}\n[lints]\nworkspace = true\n"
    );
    fs::write(root.join("Cargo.toml"), manifest).unwrap();
    let functions: Vec<String> = (0..)
        .zip(bodies)
        .map(|(number, body)| format!("/// A function.\npub fn f{number}() {{\n{body}\n}}\n"))
        .collect();
    let functions = functions.concat();
    fs::write(root.join("src/lib.rs"), format!("//! Planted.\n{functions}")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["clippy", "--quiet", "--offline", "--message-format=short", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .args(["--", "-D", "warnings"])
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("CLIPPY_CONF_DIR", &house.root)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn lints_object_to_every_planted_habit_and_to_nothing_else() {
    let (passed, said) = lint(&["let _ = 1;"]);
    assert!(passed, "{said}");
    let bodies: Vec<&str> = HABITS.iter().map(|(_, body)| *body).collect();
    let (passed, said) = lint(&bodies);
    assert!(!passed);
    let errors: Vec<&str> = said.lines().filter(|line| line.contains("error")).collect();
    for (name, body) in HABITS {
        assert!(errors.iter().any(|error| error.contains(name)), "{body} passes:\n{said}");
    }
}

#[test]
fn every_call_that_is_banned_is_planted() {
    let text = fs::read_to_string(House::ours().root.join("clippy.toml")).unwrap();
    let paths = text.lines().filter_map(|line| line.split("path = \"").nth(1)?.split('"').next());
    let banned: BTreeSet<&str> = paths.collect();
    let planted: BTreeSet<&str> = HABITS.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> = banned.difference(&planted).collect();
    assert!(banned.len() > 5 && missing.is_empty(), "banned and not planted: {missing:?}");
}
