//! Tasks: each one in `mise.toml` says what it does and calls something that is there, with or without mise; the ones
//! that the documentation promises exist.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;

use toml::{Table, Value};

use crate::targets::Targets;
use crate::{Fault, Finding, Repository};

/// Where tasks are written by hand, and where those of the targets are, which are made.
const FILE: &str = "mise.toml";
/// The tasks of each target, made from the manifest.
pub const MADE: &str = "scripts/tasks.toml";
/// The tasks that there must be beside those of targets.
const PROMISED: &[&str] = &[
    "affected",
    "bench",
    "build:affected",
    "build:all",
    "check",
    "check-kill",
    "coverage",
    "dbtest",
    "demo",
    "docs",
    "fmt",
    "generate:types",
    "lint",
    "lint:affected",
    "next",
    "nightly",
    "reindex",
    "run-broker",
    "run-kill-clear",
    "run-kill-trip",
    "run-md",
    "run-paper",
    "run-risk",
    "run-strat",
    "setup",
    "test",
    "test:affected",
    "test:integration",
    "type",
    "up",
];

/// The tasks by name.
#[derive(Debug, Default)]
pub struct Tasks {
    tasks: BTreeMap<String, Task>,
}

#[derive(Debug, Default)]
struct Task {
    file: &'static str,
    description: String,
    runs: Vec<String>,
    depends: Vec<String>,
}

impl Tasks {
    /// All tasks of a repository.
    pub fn read(repository: &Repository) -> Result<Self, Fault> {
        let parse = |file: &str| -> Result<Table, Fault> {
            repository.read(file)?.parse().map_err(|why| Fault::form(file, why))
        };
        let mut tasks = Self::default();
        if repository.has(FILE) {
            let by_hand = parse(FILE)?;
            tasks.take(FILE, by_hand.get("tasks").and_then(Value::as_table));
        }
        if repository.has(MADE) {
            tasks.take(MADE, Some(&parse(MADE)?));
        }
        Ok(tasks)
    }

    fn take(&mut self, file: &'static str, table: Option<&Table>) {
        for (name, task) in table.into_iter().flatten() {
            let text = |key: &str| task.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
            let texts = |key: &str| -> Vec<String> {
                let list = task.get(key).and_then(Value::as_array).into_iter().flatten();
                let list = list.filter_map(|value| value.as_str().map(ToOwned::to_owned));
                text(key).into_iter().chain(list).collect()
            };
            let description = text("description").unwrap_or_default();
            let task = Task { file, description, runs: texts("run"), depends: texts("depends") };
            self.tasks.insert(name.clone(), task);
        }
    }

    /// Whether there is such a task.
    pub fn has(&self, name: &str) -> bool {
        self.tasks.contains_key(name)
    }
}

/// The tasks of targets, as they stand in their file.
pub fn made(targets: &Targets) -> String {
    let mut text =
        "# Made by `scripts/reindex.sh` from targets.json: a task of each kind for every target.\n"
            .to_owned();
    for (name, target) in &targets.targets {
        let of = |kind: &str, what: &str| {
            format!(
                "\n[\"{kind}:{name}\"]\ndescription = \"{what} {name}\"\nrun = \"scripts/target.sh {kind} {name}\"\n"
            )
        };
        text.push_str(&of("build", "Builds"));
        text.push_str(&of("test", "Runs the tests of"));
        text.push_str(&of("lint", "Lints"));
        if target.path.starts_with("services/") {
            text.push_str(&of("run", "Starts"));
        }
    }
    text
}

/// What is wrong with the tasks.
pub fn check(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let targets = Targets::fresh(repository)?;
    let mut found: Vec<Finding> = repository.stale(MADE, &made(&targets)).into_iter().collect();
    let tasks = Tasks::read(repository)?;
    for name in PROMISED.iter().filter(|name| !tasks.has(name)) {
        found.push(Finding::new(
            FILE,
            format!("there is no task `{name}`"),
            "it is promised; write it",
        ));
    }
    for (name, task) in &tasks.tasks {
        let wrong = objections(repository, &tasks, task);
        let at = format!("{}: {name}", task.file);
        found.extend(wrong.into_iter().map(|what| Finding::new(&at, what, "")));
    }
    Ok(found)
}

fn objections(repository: &Repository, tasks: &Tasks, task: &Task) -> Vec<String> {
    let mut wrong = Vec::new();
    if task.description.is_empty() {
        wrong.push("does not say what it does".to_owned());
    }
    if task.runs.is_empty() && task.depends.is_empty() {
        wrong.push("does nothing".to_owned());
    }
    let lost: BTreeSet<&String> = task.depends.iter().filter(|name| !tasks.has(name)).collect();
    wrong.extend(lost.into_iter().map(|name| format!("waits for `{name}`, which is no task")));
    for line in &task.runs {
        let program = line.split(' ').next().unwrap_or_default();
        let file = repository.root().join(program);
        let mode = file.metadata().map_or(0, |about| about.permissions().mode());
        if program.contains('/') && mode & 0o100 == 0 {
            wrong.push(format!("calls `{program}`, which is not there or cannot be executed"));
        } else if !program.contains('/') && !["cargo", "git"].contains(&program) {
            wrong.push(format!(
                "calls `{program}`: put it into a script that works without mise, too"
            ));
        }
    }
    wrong
}
