//! The hub and its spokes: `CLAUDE.md` at the top, one in every package, `AGENTS.md`, and the skills. What follows from
//! the manifest (the map of packages, who uses whom) is made; the rest is written, and held to its form here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::docs::resolved;
use crate::markdown::{Page, renewed};
use crate::targets::{Target, Targets};
use crate::{Fault, Finding, Repository};

/// The hub.
pub const HUB: &str = "CLAUDE.md";
const AGENTS: &str = "AGENTS.md";
/// What a spoke tells, in this order.
const ROOMS: &[&str] = &["Structure", "Neighbours", "Key files", "Commands", "Logs"];
/// Lines that a reader takes in: of the hub, of a spoke or the short imperatives, of a skill.
const HUB_MAX: usize = 160;
const SPOKE_MAX: usize = 70;
const SKILL_MAX: usize = 120;

/// The page of a package.
fn spoke(target: &Target) -> String {
    format!("{}/CLAUDE.md", target.path)
}

/// Renews what is made on the pages; says whether anything has changed.
pub fn write(repository: &Repository) -> Result<bool, Fault> {
    let mut changed = false;
    for (path, text) in fresh(repository)? {
        changed |= repository.write(&path, &text)?;
    }
    Ok(changed)
}

/// Every page that is there, with what is made on it renewed.
fn fresh(repository: &Repository) -> Result<Vec<(String, String)>, Fault> {
    let targets = Targets::fresh(repository)?;
    let mut pages = Vec::new();
    let mut renew = |path: String, place: &str, made: &str| -> Result<(), Fault> {
        if repository.has(&path) {
            let held = repository.read(&path)?;
            let fault =
                || Fault::form(&path, format!("has no place `<!-- {place} -->` … `<!-- end -->`"));
            let text = renewed(&held, place, made).ok_or_else(fault)?;
            pages.push((path, text));
        }
        Ok(())
    };
    renew(HUB.to_owned(), "packages", &map(&targets))?;
    for (name, target) in &targets.targets {
        renew(spoke(target), "neighbours", &neighbours(&targets, name, target))?;
    }
    Ok(pages)
}

/// The map of packages, from the vocabulary upwards.
fn map(targets: &Targets) -> String {
    let mut held: Vec<_> = targets.targets.iter().collect();
    held.sort_by_key(|(name, target)| (target.layer.clone(), (*name).clone()));
    let mut text = "| layer | package | what it is |\n|---|---|---|\n".to_owned();
    for (name, target) in held {
        let _ = writeln!(
            text,
            "| {} | [{name}]({}) | {} |",
            target.layer,
            spoke(target),
            target.description
        );
    }
    text
}

/// Who uses whom, seen from one package.
fn neighbours(targets: &Targets, name: &str, target: &Target) -> String {
    let up = "../".repeat(target.path.split('/').count());
    let link = |name: &str| {
        let path = targets.targets.get(name).map(spoke).unwrap_or_default();
        format!("[{name}]({up}{path})")
    };
    let listed =
        |names: Vec<String>| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    let uses = listed(target.uses.iter().map(|used| link(used)).collect());
    let users = listed(targets.users(name).map(link).collect());
    format!("Layer {}. Uses: {uses}. Used by: {users}.\n", target.layer)
}

/// What is wrong with the hub, the spokes, the imperatives and the skills.
pub fn check(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let targets = Targets::fresh(repository)?;
    let mut found = Vec::new();
    for (name, target) in &targets.targets {
        let path = spoke(target);
        if repository.has(&path) {
            found.extend(of_spoke(&path, &repository.read(&path)?));
        } else {
            let what = format!("{name} has no page of its own");
            found.push(Finding::new(
                path,
                what,
                "skills/add-package/SKILL.md says what stands on it",
            ));
        }
    }
    if found.is_empty() {
        for (path, text) in fresh(repository)? {
            found.extend(repository.stale(&path, &text));
        }
    }
    found.extend(of_hub(repository, &targets)?);
    found.extend(of_skills(repository)?);
    Ok(found)
}

fn of_spoke(path: &str, text: &str) -> Vec<Finding> {
    let page = Page::of(text);
    let mut wrong = too_long(text, SPOKE_MAX);
    let back = |to: &str| resolved(path, to).as_deref() == Some(HUB);
    if !page.links.iter().any(|(_, to)| back(to)) {
        wrong.push(format!("does not link back to {HUB}"));
    }
    let rooms: Vec<&str> =
        page.headings.iter().skip(1).map(|(_, heading)| heading.as_str()).collect();
    if rooms != ROOMS {
        wrong.push(format!("has the headings {rooms:?}, and should have {ROOMS:?}"));
    }
    wrong
        .into_iter()
        .map(|what| Finding::new(path, what, "the page of a package that is whole"))
        .collect()
}

fn too_long(text: &str, max: usize) -> Vec<String> {
    let lines = text.lines().count();
    if lines > max { vec![format!("has {lines} lines, at most {max}")] } else { Vec::new() }
}

/// The hub links every page that it should, and shares no sentence with the imperatives.
fn of_hub(repository: &Repository, targets: &Targets) -> Result<Vec<Finding>, Fault> {
    let (hub, agents) = (repository.read(HUB)?, repository.read(AGENTS)?);
    let linked: BTreeSet<String> =
        Page::of(&hub).links.iter().filter_map(|(_, to)| resolved(HUB, to)).collect();
    let mut due: BTreeSet<String> = targets.targets.values().map(spoke).collect();
    due.insert(AGENTS.to_owned());
    due.extend(skills(repository)?);
    let lost = due.difference(&linked).map(|path| format!("does not link {path}"));
    let mut wrong: Vec<String> = lost.collect();
    wrong.extend(too_long(&hub, HUB_MAX));
    let told = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().map(str::trim).filter(|line| line.len() > 30);
        lines.map(ToOwned::to_owned).collect()
    };
    wrong.extend(
        told(&hub)
            .intersection(&told(&agents))
            .map(|line| format!("shares {line:?} with {AGENTS}")),
    );
    let mut found: Vec<Finding> =
        wrong.into_iter().map(|what| Finding::new(HUB, what, "")).collect();
    found.extend(
        too_long(&agents, SPOKE_MAX).into_iter().map(|what| Finding::new(AGENTS, what, "")),
    );
    Ok(found)
}

fn skills(repository: &Repository) -> Result<Vec<String>, Fault> {
    let pages = repository.pages()?.into_iter();
    Ok(pages.filter(|path| path.starts_with("skills/") && path.ends_with("/SKILL.md")).collect())
}

/// A skill names itself after its folder, says when it is of use, and is short.
fn of_skills(repository: &Repository) -> Result<Vec<Finding>, Fault> {
    let mut found = Vec::new();
    for path in skills(repository)? {
        let text = repository.read(&path)?;
        let folder = path.split('/').nth(1).unwrap_or_default();
        let head = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let lines: Vec<&str> = head.map(|(head, _)| head.lines().collect()).unwrap_or_default();
        let mut wrong = too_long(&text, SKILL_MAX);
        if !lines.contains(&format!("name: {folder}").as_str()) {
            wrong.push(format!("does not begin with front matter that names it {folder}"));
        }
        if !lines.iter().any(|line| line.starts_with("description: ")) {
            wrong.push("does not say in its front matter when it is of use".to_owned());
        }
        found.extend(wrong.into_iter().map(|what| Finding::new(&path, what, "")));
    }
    Ok(found)
}
