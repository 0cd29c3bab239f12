//! A home: the commented configuration, and fresh keys.

use std::path::Path;

use serde_json::{Value, json};
use settings::{Init, Made, Problem, ProblemKind, Problems};

use super::Context;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::output::Answer;

pub(super) fn make(
    home: Option<&Path>,
    keep_existing: bool,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    // Nothing, and not `.`: then paths read as a person writes them.
    let folder = home.unwrap_or(Path::new("")).to_owned();
    let wanted = Init { home: folder.clone(), keys: None, keep_existing };
    let made = settings::init(&wanted, &mut runtime::entropy).map_err(there_already)?;
    let typed = &context.program.typed;
    let of_home = home.map_or(String::new(), |home| format!(" --home {}", home.display()));
    let found = finding::to_text(&findings(&folder, &made));
    let text = format!(
        "{found}
next
  {typed} doctor{of_home}
  {typed} config explain risk{of_home}
",
    );
    let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
    let made: Vec<Value> = made.iter().map(made_json).collect();
    Ok(Answer::done(text, json!({ "home": shown.display().to_string(), "made": made })))
}

/// A folder that holds a whole home already is one complaint, and not one for each file.
fn there_already(problems: Problems) -> Failure {
    let exists = |problem: &Problem| problem.kind == ProblemKind::Exists;
    let is_there = |problem: &Problem| exists(problem) && problem.what.contains("already");
    let [first, rest @ ..] = problems.listed() else { return problems.into() };
    if !is_there(first) || !rest.iter().all(is_there) {
        return problems.into();
    }
    let more = match rest.len() {
        0 => " is there already".to_owned(),
        1 => " and 1 more file are there already".to_owned(),
        more => format!(" and {more} more files are there already"),
    };
    Failure::new("exists", "", format!("{}{more}, and nothing was written", first.at))
        .advice("--keep to make only what is missing, or --home with another folder")
}

fn findings(home: &Path, made: &[Made]) -> Vec<Finding> {
    let (config, keys) = (home.join("config"), home.join("var/keys"));
    let operator = Made::Key(keys.join("operator.key"));
    let mut findings = vec![
        Finding::ok(
            "config",
            files(&config, made, "every key stands in base.toml, with its meaning"),
        ),
        Finding::ok("keys", files(&keys, made, "for this user alone")),
    ];
    if made.contains(&operator) {
        let what = format!(
            "{} arms live trading and loosens limits, and this is the only one",
            keys.join("operator.key").display(),
        );
        findings.push(Finding::warn("operator", what).advice("a copy in a safe place"));
    }
    findings
}

/// How many files of a folder were made, and how many were there.
fn files(folder: &Path, made: &[Made], about: &str) -> String {
    let fresh = made.iter().filter(|made| match made {
        Made::Config(path) | Made::Key(path) => path.starts_with(folder),
        Made::Folder(_) | Made::Kept(_) => false,
    });
    let kept = |made: &&Made| matches!(made, Made::Kept(path) if path.starts_with(folder));
    let folder = folder.display();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    match (fresh.count(), made.iter().filter(kept).count()) {
        (fresh, 0) => format!("{fresh} files in {folder}: {about}"),
        (0, kept) => format!("all {kept} files in {folder} were there, and are as they were"),
        (fresh, kept) => format!(
            "{fresh} file{} made in {folder}; {kept} were there, and are as they were",
            plural(fresh),
        ),
    }
}

fn made_json(made: &Made) -> Value {
    let (kind, path) = match made {
        Made::Folder(path) => ("folder", path),
        Made::Config(path) => ("config", path),
        Made::Key(path) => ("key", path),
        Made::Kept(path) => ("kept", path),
    };
    json!({ "kind": kind, "path": path.display().to_string() })
}
