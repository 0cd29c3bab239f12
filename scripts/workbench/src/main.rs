//! The workbench as a program: reads its words, calls the library, and says what came of it. It decides nothing.
#![allow(clippy::print_stderr, reason = "a command line tool")]

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use workbench::broken::{self, Depth};
use workbench::carry;
use workbench::changelog::{self, Version};
use workbench::servers::{self, Outcome};
use workbench::targets::Targets;
use workbench::words::{Do, What, Words};
use workbench::{Fault, Finding, Repository};
use workbench::{affected, changes, commits, docs, pages, roadmap, targets, tasks};

fn main() -> ExitCode {
    match Repository::here().and_then(|repository| run(&repository, Words::parse().what)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::from(2)
        }
    }
}

fn run(at: &Repository, what: What) -> Result<bool, Fault> {
    match what {
        What::Affected { what, base, json } => affected(at, what, base.as_deref(), json),
        What::Target { what, name } => target(at, what, &name),
        What::Reindex => reindex(at),
        What::Targets(mode) if mode.write => targets::write(at).map(|_| true),
        What::Targets(_) => targets::check(at).map(|found| told("targets", &found)),
        What::Tasks(mode) if mode.write => write_tasks(at).map(|_| true),
        What::Tasks(_) => tasks::check(at).map(|found| told("tasks", &found)),
        What::Pages(mode) if mode.write => pages::write(at).map(|_| true),
        What::Pages(_) => pages::check(at).map(|found| told("pages", &found)),
        What::Roadmap(mode) if mode.write => roadmap::write(at).map(|_| true),
        What::Roadmap(_) => roadmap::check(at).map(|found| told("roadmap", &found)),
        What::Next => roadmap::next(at).map(|text| say(&text)).map(|()| true),
        What::Ledger => roadmap::ledger(at).map(|text| say(&text)).map(|()| true),
        What::Docs { run: Some(programs), scratch, page, .. } => {
            run_docs(at, &programs, &scratch, page.as_deref())
        }
        What::Docs { .. } => docs::check(at).map(|found| told("docs", &found)),
        What::Broken { scratch, all } => {
            let depth = if all { Depth::All } else { Depth::Quick };
            broken::run(at, &scratch, &broken::plants(), depth, &mut io::stdout())
                .map(|found| told("broken", &found))
        }
        What::Servers { programs } => show_servers(at, programs.as_deref()),
        What::Changelog { check: true, .. } => {
            changelog::check(at).map(|found| told("changelog", &found))
        }
        What::Changelog { release: Some(version), .. } => release(at, &version),
        What::Changelog { .. } => {
            changelog::changes(at).map(|text| say(&(text + "\n"))).map(|()| true)
        }
        What::Commits { message: Some(path), .. } => message(at, &path),
        What::Commits { base, .. } => {
            commits::check(at, base.as_deref()).map(|found| told("commits", &found))
        }
    }
}

/// Says something. A reader who has gone away, as `head` does, misses nothing; where nothing can be written at all,
/// that is said, and the program ends.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: standard output cannot be written: {error}");
            std::process::exit(2);
        }
        _ => {}
    }
}

/// Says every finding, and one line at the end.
fn told(what: &str, found: &[Finding]) -> bool {
    for finding in found {
        eprintln!("{finding}");
    }
    let wrong = match found.len() {
        0 => "as they should be".to_owned(),
        number => format!("{number} wrong"),
    };
    say(&format!("{what}: {wrong}\n"));
    found.is_empty()
}

fn affected(at: &Repository, what: Do, base: Option<&str>, json: bool) -> Result<bool, Fault> {
    let manifest = Targets::kept(at)?;
    let changes = changes::since(at, base)?;
    let names = affected::in_order(&manifest, &affected::by(&manifest, &changes.files));
    let Some(deed) = what.deed() else {
        if json {
            let found =
                serde_json::json!({"base": changes.base, "files": changes.files, "targets": names});
            say(&format!("{found}\n"));
        } else {
            for name in &names {
                say(&format!("{name}\n"));
            }
        }
        return Ok(true);
    };
    let outcome = carry::out(at, &manifest, &names, deed, &mut io::stderr())?;
    if json {
        say(&format!("{}\n", serde_json::json!(outcome)));
    } else {
        say(&format!("{}\n", outcome.line()));
    }
    Ok(outcome.failed.is_empty())
}

fn target(at: &Repository, what: Do, name: &str) -> Result<bool, Fault> {
    let manifest = Targets::kept(at)?;
    let (Some(deed), Some(_)) = (what.deed(), manifest.targets.get(name)) else {
        let known: Vec<&str> = manifest.targets.keys().map(String::as_str).collect();
        eprintln!("error: {name:?} is no target\n  try: one of {}", known.join(", "));
        return Ok(false);
    };
    let outcome = carry::out(at, &manifest, &[name.to_owned()], deed, &mut io::stderr())?;
    say(&format!("{}\n", outcome.line()));
    Ok(outcome.failed.is_empty())
}

fn write_tasks(at: &Repository) -> Result<bool, Fault> {
    at.write(tasks::MADE, &tasks::made(&Targets::fresh(at)?))
}

fn reindex(at: &Repository) -> Result<bool, Fault> {
    let made = [
        ("targets.json", targets::write(at)?),
        (tasks::MADE, write_tasks(at)?),
        ("pages", pages::write(at)?),
        (roadmap::INDEX, roadmap::write(at)?),
    ];
    for (what, changed) in made {
        say(&format!("{what}: {}\n", if changed { "written" } else { "was fresh" }));
    }
    Ok(true)
}

fn run_docs(
    at: &Repository,
    programs: &Path,
    scratch: &Path,
    page: Option<&str>,
) -> Result<bool, Fault> {
    let (ran, found) = docs::run(at, programs, scratch, page)?;
    say(&format!("ran {ran} blocks of commands\n"));
    Ok(told("docs", &found))
}

/// One line for each server; one that is not here begins with `missing`.
fn show_servers(at: &Repository, programs: Option<&Path>) -> Result<bool, Fault> {
    let mut good = true;
    for (name, outcome) in servers::look(at, programs, servers::PATIENCE)? {
        match outcome {
            Outcome::Tools(tools) => {
                say(&format!("{name}: {} tools: {}\n", tools.len(), tools.join(" ")));
            }
            Outcome::Missing(why) => say(&format!("missing {name}: {why}\n")),
            Outcome::Fails(why) => {
                say(&format!("{name}: FAILS: {why}\n"));
                good = false;
            }
        }
    }
    Ok(good)
}

fn release(at: &Repository, version: &str) -> Result<bool, Fault> {
    let Some(version) = Version::read(version) else {
        eprintln!("error: {version:?} is no version\n  try: one such as 0.2.0");
        return Ok(false);
    };
    say(&format!("{} now has {}\n", changelog::FILE, changelog::release(at, version)?));
    Ok(true)
}

fn message(at: &Repository, path: &Path) -> Result<bool, Fault> {
    let fault = |source| Fault::Io { path: path.to_path_buf(), source };
    let text = std::fs::read_to_string(path).map_err(fault)?;
    let found = commits::check_message(at, &text)?;
    for finding in &found {
        eprintln!("{finding}");
    }
    Ok(found.is_empty())
}
