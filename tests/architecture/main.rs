//! The shape of the house, read from the repository itself: layers, absences, sizes, names.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

mod absences;
mod layers;
mod outline;
mod planted;
mod readers;
mod shrinking;
mod sizes;
mod units;

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// The layer of tests, above all others.
const TESTS: u8 = 9;
/// The layer of tools for work on the repository: nothing of the product uses them.
const TOOLS: u8 = 8;

/// A repository: this one, or a small one that was made with something wrong in it.
struct House {
    root: PathBuf,
    metadata: Metadata,
}

impl House {
    /// This one.
    fn ours() -> Self {
        Self::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
    }

    fn at(root: &Path) -> Self {
        let mut command = MetadataCommand::new();
        let metadata = command.manifest_path(root.join("Cargo.toml")).no_deps().exec().unwrap();
        Self { root: root.to_path_buf(), metadata }
    }
}

fn layer(package: &Package) -> Option<u8> {
    let name = package.metadata.get("njord")?.get("layer")?.as_str()?;
    match name {
        "tests" => Some(TESTS),
        "tools" => Some(TOOLS),
        _ => name.strip_prefix('L')?.parse().ok(),
    }
}

/// Every Rust file below a folder, with its text.
fn sources(of: &Path) -> Vec<(PathBuf, String)> {
    let Ok(entries) = fs::read_dir(of) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("target"))
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                vec![(path, text)]
            } else {
                Vec::new()
            }
        })
        .collect()
}
