//! Which targets a change affects: those it touches, by whole parts of a path, and all that use them, through every
//! level. What cannot be told apart affects everything.

use std::collections::BTreeSet;
use std::path::Path;

use crate::targets::Targets;

/// Folders that hold targets: a file in one of them that belongs to none was part of one that is gone.
const OF_TARGETS: &[&str] = &["crates", "services"];

/// The names of all targets that those files affect.
pub fn by(manifest: &Targets, files: &BTreeSet<String>) -> BTreeSet<String> {
    let all = || manifest.targets.keys().cloned().collect();
    let mut affected = BTreeSet::new();
    for file in files {
        let owner = owner(manifest, file);
        let homeless = owner.is_none() && OF_TARGETS.iter().any(|folder| within(file, folder));
        if homeless || manifest.everything.iter().any(|path| within(file, path)) {
            return all();
        }
        affected.extend(owner.map(ToOwned::to_owned));
        affected.extend(watchers(manifest, file).map(ToOwned::to_owned));
    }
    with_users(manifest, affected)
}

/// The target in whose folder a file lies; the innermost, where one lies in another.
fn owner<'a>(manifest: &'a Targets, file: &str) -> Option<&'a str> {
    let holds = manifest.targets.iter().filter(|(_, target)| within(file, &target.path));
    holds.max_by_key(|(_, target)| target.path.len()).map(|(name, _)| name.as_str())
}

fn watchers<'a>(manifest: &'a Targets, file: &'a str) -> impl Iterator<Item = &'a str> {
    let watches = |path: &String| path == "." || within(file, path);
    let held = manifest.targets.iter();
    held.filter(move |(_, target)| target.watches.iter().any(watches))
        .map(|(name, _)| name.as_str())
}

/// Whether a path is another one or lies below it. `crates/bus-extra` does not lie below `crates/bus`.
pub fn within(path: &str, folder: &str) -> bool {
    Path::new(path).starts_with(folder)
}

/// Those, and all that use one of them, directly or not, in their tests too.
fn with_users(manifest: &Targets, mut affected: BTreeSet<String>) -> BTreeSet<String> {
    let mut fresh: Vec<String> = affected.iter().cloned().collect();
    while let Some(name) = fresh.pop() {
        for (user, target) in &manifest.targets {
            if target.deps.contains(&name) && affected.insert(user.clone()) {
                fresh.push(user.clone());
            }
        }
    }
    affected
}

/// The affected targets so that each comes after what it uses, as far as they do not use each other in circles
/// (tests may).
pub fn in_order(manifest: &Targets, affected: &BTreeSet<String>) -> Vec<String> {
    let mut left: Vec<&String> = affected.iter().collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let waits = |name: &String| {
            let uses = manifest.targets.get(name).map(|target| &target.uses);
            uses.is_some_and(|uses| uses.iter().any(|used| used != name && left.contains(&used)))
        };
        let next = left.iter().position(|name| !waits(name)).unwrap_or(0);
        ordered.push(left.remove(next).clone());
    }
    ordered
}
