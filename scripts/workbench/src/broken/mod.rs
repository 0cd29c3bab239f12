//! The gates tried: a copy of the repository is broken on purpose, one thing at a time, and `scripts/check.sh` has to
//! fail there in the gate that guards it, to say why, and to name the gate in its last line. When everything is whole
//! again, all gates pass. A gate that lets pass what is broken there lets it pass here, too.
//!
//! The copy lies at one place below the folder of what is built, and its files keep their times: what was built for it once
//! is not built again.

mod plants;
mod room;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

pub use plants::plants;
pub use room::{Room, Run};

use crate::{Fault, Finding, Repository};

/// One thing that is broken.
#[derive(Debug, Clone)]
pub struct Plant {
    /// The gate that has to object.
    pub gate: &'static str,
    /// What is broken, in words.
    pub what: &'static str,
    /// How.
    pub how: How,
    /// What the gate has to say.
    pub says: String,
}

/// How something is broken.
#[derive(Debug, Clone)]
pub enum How {
    /// A text in a file becomes another one.
    Swap {
        /// Which file.
        path: &'static str,
        /// What must stand in it.
        from: &'static str,
        /// What stands there afterwards.
        to: &'static str,
    },
    /// A text at the end of a file, which is made where there is none.
    Append {
        /// Which file.
        path: &'static str,
        /// The text.
        text: String,
    },
    /// A file is gone.
    Remove {
        /// Which file.
        path: &'static str,
    },
    /// A commit with that message. The hook has to refuse it, too.
    Commit {
        /// The message.
        message: &'static str,
    },
}

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What takes seconds once the copy is built; how everything is tried before a change lands.
    Quick,
    /// All of it, with the gates that build the whole copy.
    All,
}

/// Gates that build programs or look through every crate before they fail or pass: tried at night, and apart. What they
/// must find is planted for their tests, too.
const AT_NIGHT: &[&str] = &["architecture", "code-docs", "commands", "lints", "schemas", "servers"];

/// Breaks a copy in that folder with each of those, tells how it goes, and says which gate did not object as it should.
pub fn run(
    repository: &Repository,
    folder: &Path,
    plants: &[Plant],
    depth: Depth,
    tell: &mut dyn Write,
) -> Result<Vec<Finding>, Fault> {
    let room = Room::of(repository, folder)?;
    let mut found = Vec::new();
    let mut line = |text: String| writeln!(tell, "{text}").map_err(Fault::io(folder));
    let now = |plant: &&Plant| depth == Depth::All || !AT_NIGHT.contains(&plant.gate);
    for plant in plants.iter().filter(now) {
        let objection = objection(&room, plant)?;
        room.mend()?;
        let how = objection.as_ref().map_or("objects", |_| "DOES NOT OBJECT");
        line(format!("{}: {} {how}", plant.what, plant.gate))?;
        found.extend(objection);
    }
    let gates: BTreeSet<&str> = plants.iter().filter(now).map(|plant| plant.gate).collect();
    let whole = room.check(&gates.iter().copied().collect::<Vec<_>>())?;
    line(format!("whole again: {}", whole.last()))?;
    if !whole.passed {
        let what = format!("the copy is whole again, and a gate still fails:\n{}", whole.end(20));
        found.push(Finding::new("scripts/check.sh", what, "that gate, alone, here"));
    }
    Ok(found)
}

/// Breaks one thing; what is wrong with how its gate takes it, if anything is.
fn objection(room: &Room, plant: &Plant) -> Result<Option<Finding>, Fault> {
    let wrong = |what: &str, run: &Run| {
        let what = format!("{}: {what}:\n{}", plant.what, run.end(20));
        let hint = format!("scripts/check.sh {}, with that broken here", plant.gate);
        Some(Finding::new(format!("gate {}", plant.gate), what, hint))
    };
    let hook = room.break_it(&plant.how)?;
    if let Some(taken) = hook.filter(|run| run.passed || !run.said.contains(&plant.says)) {
        return Ok(wrong("the hook does not refuse it, or not because of it", &taken));
    }
    let run = room.check(&[plant.gate])?;
    Ok(if run.passed {
        wrong("nothing objects", &run)
    } else if !run.said.contains(&plant.says) {
        wrong(&format!("it fails, and does not say {:?}", plant.says), &run)
    } else if !run.last().contains(&format!("\"{}\"", plant.gate)) {
        wrong("it fails, and its last line does not name the gate", &run)
    } else {
        None
    })
}
