//! `targets.json`: every package with its path, what it uses, its commands and its budgets. Made from
//! `cargo metadata`, so that it cannot say anything else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use serde::{Deserialize, Serialize};

use crate::affected::within;
use crate::{Fault, Finding, Repository};

/// Where the manifest lies.
pub const FILE: &str = "targets.json";
/// A crate is thought about again beyond this many lines of source, unless its metadata say otherwise.
const LINES_MAX: usize = 8_000;
/// Files that affect every target.
const EVERYTHING: &[&str] = &[
    ".cargo",
    ".ci",
    ".config/nextest.toml",
    "Cargo.lock",
    "Cargo.toml",
    "clippy.toml",
    "mise.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scripts/check.sh",
    "scripts/needs.sh",
    "scripts/setup.sh",
    "scripts/test.sh",
    "scripts/tools.sh",
];

/// The manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// Paths that affect every target.
    pub everything: Vec<String>,
    /// The targets by name.
    pub targets: BTreeMap<String, Target>,
}

/// One package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its folder.
    pub path: String,
    /// What it is written in.
    pub language: String,
    /// Where it stands in the drawing of the architecture.
    #[serde(default)]
    pub layer: String,
    /// What it is, in one line.
    #[serde(default)]
    pub description: String,
    /// Targets that it uses, in its tests too.
    pub deps: Vec<String>,
    /// Targets that it uses outside its tests.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Files outside its folder that its code or its tests read.
    #[serde(default)]
    pub watches: Vec<String>,
    /// What builds, tests and lints it.
    pub commands: Commands,
    /// What it must stay within.
    #[serde(default)]
    pub budgets: Budgets,
}

/// The commands of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// Builds it.
    pub build: String,
    /// Runs its tests.
    pub test: String,
    /// Looks for what should not be in it.
    pub lint: String,
}

/// What a target must stay within.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// Lines of source, tests apart.
    pub lines: usize,
}

impl Targets {
    /// The manifest as it is kept.
    pub fn kept(repository: &Repository) -> Result<Self, Fault> {
        serde_json::from_str(&repository.read(FILE)?).map_err(|why| Fault::form(FILE, why))
    }

    /// The manifest as `cargo metadata` has it.
    pub fn fresh(repository: &Repository) -> Result<Self, Fault> {
        let manifest = repository.root().join("Cargo.toml");
        let read = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
        let metadata = read.map_err(|why| Fault::form("Cargo.toml", why))?;
        let names: Vec<&str> = metadata.packages.iter().map(|held| held.name.as_str()).collect();
        let target = |package| (package_name(package), target(package, &names, repository.root()));
        Ok(Self {
            everything: EVERYTHING.iter().map(|path| (*path).to_owned()).collect(),
            targets: metadata.packages.iter().map(target).collect(),
        })
    }

    /// As it stands in the file.
    pub fn text(&self) -> Result<String, Fault> {
        let text = serde_json::to_string_pretty(self).map_err(|why| Fault::form(FILE, why))?;
        Ok(text + "\n")
    }

    /// The targets that use that one, outside their tests.
    pub fn users<'a>(&'a self, of: &'a str) -> impl Iterator<Item = &'a str> {
        let uses = move |target: &Target| target.uses.iter().any(|used| used == of);
        self.targets.iter().filter(move |(_, target)| uses(target)).map(|(name, _)| name.as_str())
    }
}

fn package_name(package: &Package) -> String {
    package.name.to_string()
}

fn target(package: &Package, ours: &[&str], root: &Path) -> Target {
    let name = package.name.as_str();
    let folder = package.manifest_path.parent().map(cargo_metadata::camino::Utf8Path::as_std_path);
    let path = folder.and_then(|folder| folder.strip_prefix(root).ok()).unwrap_or(Path::new("."));
    let own = &package.metadata["njord"];
    let texts = |value: &serde_json::Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(ToOwned::to_owned)).collect()
    };
    Target {
        path: path.display().to_string(),
        language: "rust".to_owned(),
        layer: own["layer"].as_str().unwrap_or_default().to_owned(),
        description: package.description.clone().unwrap_or_default(),
        deps: used(package, ours, |_| true),
        uses: used(package, ours, |kind| kind != DependencyKind::Development),
        watches: texts(&own["watches"]),
        commands: Commands {
            build: format!("cargo build -p {name} --all-targets"),
            test: format!("cargo nextest run -p {name} --all-features --no-tests pass"),
            lint: format!("cargo clippy -p {name} --all-targets --all-features -- -D warnings"),
        },
        budgets: Budgets {
            lines: own["lines_max"].as_u64().map_or(LINES_MAX, |lines| lines as usize),
        },
    }
}

fn used(package: &Package, ours: &[&str], of: impl Fn(DependencyKind) -> bool) -> Vec<String> {
    let held = package.dependencies.iter().filter(|used| of(used.kind));
    let mut names: Vec<String> = held
        .filter(|used| ours.contains(&used.name.as_str()))
        .map(|used| used.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Writes the manifest; says whether it has changed.
pub fn write(repository: &Repository) -> Result<bool, Fault> {
    repository.write(FILE, &Targets::fresh(repository)?.text()?)
}

/// What is wrong with the manifest, and which target has outgrown its budget.
pub fn check(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let fresh = Targets::fresh(repository)?;
    let mut found: Vec<Finding> = repository.stale(FILE, &fresh.text()?).into_iter().collect();
    for (name, target) in &fresh.targets {
        let lines = lines(&repository.root().join(&target.path).join("src"));
        if lines > target.budgets.lines {
            found.push(Finding::new(
                &target.path,
                format!("{name} has {lines} lines of source, at most {}", target.budgets.lines),
                "think about where it could be cut in two; else `lines_max` in its metadata",
            ));
        }
    }
    found.extend(unwatched(repository, &fresh)?);
    Ok(found)
}

/// Folders of files that code may read from where it stands.
const READ: &[&str] = &["config/", "deploy/", "docs/"];

/// Files outside its folder that the code of a target reads and that it does not say it watches.
fn unwatched(repository: &Repository, targets: &Targets) -> Result<Vec<Finding>, Fault> {
    let mut found = Vec::new();
    for path in repository.files_of("rs")? {
        let owner = targets.targets.values().find(|target| within(&path, &target.path));
        let Some(owner) = owner else { continue };
        let text = repository.read(&path)?;
        for quoted in text.split("../").skip(1).filter_map(|rest| rest.split('"').next()) {
            let reads = READ.iter().any(|folder| quoted.starts_with(folder));
            let watched = |held: &String| held == "." || within(quoted, held);
            if reads && !owner.watches.iter().any(watched) {
                let hint =
                    format!("watches = [{quoted:?}] in [package.metadata.njord] of {}", owner.path);
                found.push(Finding::new(
                    &path,
                    format!("reads {quoted}, which nobody watches"),
                    hint,
                ));
            }
        }
    }
    Ok(found)
}

/// Lines of Rust below a folder.
fn lines(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let count = |path: &Path| match path.extension() {
        Some(kind) if kind == "rs" => {
            fs::read_to_string(path).map_or(0, |text| text.lines().count())
        }
        _ => lines(path),
    };
    entries.flatten().map(|entry| count(&entry.path())).sum()
}
