//! Words behind our scripts: those that only start the workbench take what it takes; another one knows a word that is
//! a function of it, as `scripts/check.sh` its gates, and a flag that stands in it.

use clap::{CommandFactory as _, error::ErrorKind};

use super::commands::open;
use crate::targets::Targets;
use crate::words::Words;
use crate::{Fault, Repository};

/// Scripts that start the workbench, with what they say before the words that they are given.
const DOORS: &[(&str, &[&str])] = &[
    ("scripts/affected.sh", &["affected"]),
    ("scripts/broken.sh", &["broken", "--scratch", "FOLDER"]),
    ("scripts/reindex.sh", &["reindex"]),
    ("scripts/target.sh", &["target"]),
    ("scripts/workbench.sh", &[]),
];

/// What there is behind the scripts.
pub(super) struct Scripts<'a> {
    repository: &'a Repository,
    targets: Targets,
}

impl<'a> Scripts<'a> {
    pub(super) fn read(repository: &'a Repository) -> Result<Self, Fault> {
        Ok(Self { repository, targets: Targets::fresh(repository)? })
    }

    /// What is wrong with the words behind a script that is there.
    pub(super) fn objection(&self, script: &str, words: &[&str]) -> Option<String> {
        // What is said to the shell, and not to the script.
        let words = words.iter().take_while(|word| !word.contains(['>', '<', '&']));
        let words: Vec<&str> =
            words.copied().filter(|word| !matches!(*word, "…" | "...")).collect();
        match (script, DOORS.iter().find(|(door, _)| *door == script)) {
            ("scripts/target.sh", _) => self.target(&words),
            (_, Some((_, first))) => refused(script, first, &words),
            (_, None) => {
                let text = self.repository.read(script).ok()?;
                let lost = words.iter().find(|word| !open_word(word) && !knows(&text, word))?;
                Some(format!("`{script}` knows no {lost}"))
            }
        }
    }

    /// It builds, tests and lints by the workbench, and runs by itself, with words for the program.
    fn target(&self, words: &[&str]) -> Option<String> {
        let name = words.get(1).filter(|name| !open_word(name));
        if let Some(name) = name.filter(|name| !self.targets.targets.contains_key(**name)) {
            return Some(format!("{name:?} is no target"));
        }
        if words.first() == Some(&"run") {
            None
        } else {
            refused("scripts/target.sh", &["target"], words)
        }
    }
}

/// What the workbench says to words that it does not take. Whether some are missing is not looked at: a page may name a
/// script without them.
fn refused(script: &str, first: &[&str], words: &[&str]) -> Option<String> {
    if words.iter().any(|word| open_word(word) && word.contains('|')) {
        return None;
    }
    let all = ["workbench"].iter().chain(first).chain(words);
    let why = Words::command().try_get_matches_from(all).err()?;
    let missing = [
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ErrorKind::DisplayVersion,
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
    ];
    let said = why.to_string();
    let said = said.lines().next().unwrap_or_default().trim_start_matches("error: ");
    (!missing.contains(&why.kind())).then(|| format!("`{script}` does not take that: {said}"))
}

/// Whether a script has such a function or, outside its comments, such a flag.
fn knows(text: &str, word: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    if !word.starts_with('-') {
        return lines.any(|line| line.starts_with(&format!("{word}() {{")));
    }
    let part = |sign: char| !(sign.is_ascii_alphanumeric() || sign == '-');
    lines.any(|line| line.split(part).any(|held| held == word))
}

/// Whether a word stands for any other, also for several of them.
fn open_word(word: &str) -> bool {
    open(word.trim_end_matches("...").trim_end_matches('…')) || word.starts_with(['[', '"'])
}
