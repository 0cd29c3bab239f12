//! Flags `--set key=value` as leaves: the key as in TOML, the value as in TOML or simply a word.

use super::toml_text::leaves_of_toml;
use crate::origin::Origin;
use crate::path::Path;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::raw::Raw;
use crate::resolve::Leaf;

/// What a person writes is shorter.
pub(crate) const WORD_BYTES_MAX: usize = 64 << 10;

/// The leaves of some flags, in their order: a later one holds against an earlier one.
pub(crate) fn leaves_of_flags(flags: &[String], problems: &mut Problems) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for flag in flags {
        if let Some(leaf) = leaf_of(flag) {
            leaves.push(leaf);
            continue;
        }
        // What follows the `=` is left out: it may be something that was meant to be hidden.
        let shown = Raw::Word(flag.split('=').next().unwrap_or_default().to_owned()).to_string();
        problems.push(
            Problem::new(ProblemKind::BadFlag, Origin::Flag(shown), "is no key=value")
                .advice("--set risk.collar=200"),
        );
    }
    leaves
}

fn leaf_of(flag: &str) -> Option<Leaf> {
    let equals = (0..flag.len())
        .find(|&at| flag.as_bytes()[at] == b'=' && parse_key(&flag[..at]).is_some())?;
    let value = &flag[equals + 1..];
    if value.len() > WORD_BYTES_MAX {
        return None;
    }
    let path = parse_key(&flag[..equals])?;
    let origin = Origin::Flag(path.to_string());
    Some(Leaf { path, raw: Raw::Word(value.trim().to_owned()), origin })
}

/// A key as TOML has it, dots and quotes included.
pub(crate) fn parse_key(key: &str) -> Option<Path> {
    if key.len() > 1_024 || key.contains(['\n', '\r', '#', '[']) {
        return None;
    }
    let mut problems = Problems::default();
    let leaves = leaves_of_toml("", &format!("{key}=0"), &mut problems);
    match <[Leaf; 1]>::try_from(leaves) {
        Ok([leaf]) if problems.is_empty() => Some(leaf.path),
        _ => None,
    }
}
