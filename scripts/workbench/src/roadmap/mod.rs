//! The roadmap: one file for each phase under `roadmap/phases`, whose front matter names capabilities, how far each is,
//! and the tests that show it. From these are made `ROADMAP.md` and the ledger of evidence. Nothing is done without
//! a test that is there.

mod ledger;
mod phase;

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub use ledger::{Evidence, ledger};
pub use phase::{Capability, Phase, Status};

use crate::{Fault, Finding, Repository};

/// The index, which is made.
pub const INDEX: &str = "ROADMAP.md";
const FOLDER: &str = "roadmap/phases/";

/// Every phase, in order.
pub fn phases(repository: &Repository) -> Result<Vec<Phase>, Fault> {
    let pages = repository.pages()?.into_iter().filter(|path| path.starts_with(FOLDER));
    pages.map(|path| Phase::parse(&path, &repository.read(&path)?)).collect()
}

/// Writes the index; says whether it has changed.
pub fn write(repository: &Repository) -> Result<bool, Fault> {
    let phases = phases(repository)?;
    if phases.is_empty() { Ok(false) } else { repository.write(INDEX, &index(&phases)) }
}

/// What is wrong with the roadmap.
pub fn check(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let phases = phases(repository)?;
    if phases.is_empty() {
        return Ok(vec![Finding::new(FOLDER, "holds no phase", "")]);
    }
    let mut found: Vec<Finding> = repository.stale(INDEX, &index(&phases)).into_iter().collect();
    let tests = ledger::Tests::read(repository)?;
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for phase in &phases {
        let mut wrong = phase.objections(repository);
        for capability in &phase.capabilities {
            if let Some(other) = seen.insert(&capability.id, &phase.path) {
                wrong.push(format!("{} stands in {other} already", capability.id));
            }
            wrong.extend(tests.objections(capability));
        }
        found.extend(wrong.into_iter().map(|what| Finding::new(&phase.path, what, "")));
    }
    Ok(found)
}

/// The first capability that is not done, of the first phase that is not, in words.
pub fn next(repository: &Repository) -> Result<String, Fault> {
    let phases = phases(repository)?;
    let order = [Status::Partial, Status::Open];
    let found = order.iter().find_map(|status| {
        phases.iter().find_map(|phase| {
            let capability = phase.capabilities.iter().find(|held| held.status == *status)?;
            Some(format!(
                "{} {} ({}): {}\n{}\n",
                capability.id, capability.name, capability.status, capability.note, phase.path
            ))
        })
    });
    Ok(found.unwrap_or_else(|| "nothing is left\n".to_owned()))
}

fn index(phases: &[Phase]) -> String {
    let mut text = "# Roadmap\n\n<!-- Made by `scripts/reindex.sh` from roadmap/phases; a check keeps it fresh. -->\n\n\
        A capability is done when every test that its phase names is there and passes; partial when a part of it is shown\n\
        so; open otherwise. `mise run next` names what comes next; `mise run roadmap:ledger` lists each piece of evidence\n\
        with its file and line.\n\n| phase | | done | partial | open |\n|---|---|---|---|---|\n"
        .to_owned();
    let mut sums = [0; 3];
    for phase in phases {
        let counts = Status::ALL.map(|status| phase.count(status));
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let [done, partial, open] = counts;
        let _ = writeln!(
            text,
            "| [{} {}]({}) | {} | {done} | {partial} | {open} |",
            phase.number, phase.title, phase.path, phase.status
        );
    }
    let [done, partial, open] = sums;
    let _ = writeln!(text, "| all | | {done} | {partial} | {open} |");
    for phase in phases {
        let _ = writeln!(
            text,
            "\n## {} {}\n\n| id | capability | | |\n|---|---|---|---|",
            phase.number, phase.title
        );
        for held in &phase.capabilities {
            let _ =
                writeln!(text, "| {} | {} | {} | {} |", held.id, held.name, held.status, held.note);
        }
    }
    text
}
