//! Whether the journal is what was written and this session's, as far back as a start reads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::RunId;
use journal::files::RealFiles;
use journal::{Entry, Fault, JournalKey, Note, Reader};
use launch::journal_of;
use settings::{BusKind, KeyFolder, Loaded};

use crate::finding::Finding;
use crate::running::{FOLDED_MAX, services};

pub(super) fn check(loaded: &Loaded, typed: &str) -> Vec<Finding> {
    // What is wrong with the key has a line of its own.
    let Ok(key) = KeyFolder::at(&loaded.places().keys).journal() else { return Vec::new() };
    let key = JournalKey::new(*key.expose());
    let session = RunId::new(loaded.settings().run.session);
    let all = journals(loaded);
    all.iter().filter_map(|folder| look(folder, &key, session, typed)).collect()
}

/// That of the one process, or one for each service.
fn journals(loaded: &Loaded) -> Vec<PathBuf> {
    match loaded.settings().bus.kind {
        BusKind::None | BusKind::Mirror => vec![loaded.places().journal.clone()],
        BusKind::Redis => services().map(|service| journal_of(loaded, service.name)).into(),
    }
}

/// What was read of it.
struct Latest {
    from: u64,
    to: u64,
    session: RunId,
    /// One before it broke, and nobody stands by that.
    follows_a_break: bool,
}

/// Nothing where there is none yet.
fn look(folder: &Path, key: &JournalKey, session: RunId, typed: &str) -> Option<Finding> {
    let shown = folder.display();
    let again = format!("{typed} up --accept-break, once you know who did it");
    match latest(folder, key) {
        Ok(None) => None,
        Ok(Some(latest)) if latest.session != session => {
            let what = format!("{shown} is of session {}, not {session}", latest.session);
            let advice = format!("run.session = {}, or another run.state", latest.session);
            Some(Finding::fail("chain", what).advice(advice))
        }
        Ok(Some(latest)) if latest.follows_a_break => {
            let what = format!(
                "{shown} follows one that broke and was put aside, which nobody has accepted: every start begins tripped"
            );
            Some(Finding::warn("chain", what).advice(again))
        }
        Ok(Some(Latest { from, to, .. })) => {
            let rest = if from > 1 {
                format!("; all before: {typed} audit verify")
            } else {
                String::new()
            };
            let what = format!("records {from} to {to} in {shown} are what was written{rest}");
            Some(Finding::ok("chain", what))
        }
        Err(fault @ Fault::Broken { .. }) => {
            let what =
                format!("{shown}: {fault}; a start puts it aside as it is, and begins tripped");
            Some(Finding::fail("chain", what).advice(format!("{typed} audit verify; then {again}")))
        }
        Err(fault) => Some(Finding::fail("chain", format!("{shown}: {fault}"))),
    }
}

fn latest(folder: &Path, key: &JournalKey) -> Result<Option<Latest>, Fault> {
    let reader = Reader::open(Arc::new(RealFiles), folder, key)?;
    let Some(from) = reader.latest(FOLDED_MAX) else { return Ok(None) };
    let mut follows_a_break = false;
    let read = reader.read(from, |record| {
        match record.entry {
            Entry::Segment(head) => follows_a_break = head.broken,
            Entry::Note(Note::BreakAccepted { .. }) => follows_a_break = false,
            _ => {}
        }
        Ok(())
    })?;
    Ok(read.last.map(|last| Latest {
        from,
        to: last.seq,
        session: last.journal.run,
        follows_a_break,
    }))
}
