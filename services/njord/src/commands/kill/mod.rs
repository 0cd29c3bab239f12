//! `kill`: the kill switch by hand. A trip takes nothing but this machine; clearing takes the operator's key.

mod clear;
mod drill;
mod trip;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use board::{Board, Status};
use clap::{Args, Subcommand};
use contracts::KillState;
use journal::files::Files;
use runtime::Stop;
use serde_json::json;

use ::strategy::{Invalid, Registry};

use super::Context;
use super::status::kill;
use crate::asking::Asking;
use crate::asking::shown::{moment, word};
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;

pub(crate) use clear::Arguments as ClearArguments;
pub(crate) use drill::Arguments as DrillArguments;
pub(crate) use trip::Arguments as TripArguments;

/// How often, and how many times, somebody looks whether what was told has happened.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 60;

const STATUS: &str = "\
Example:
  $ njord kill status
  ...

Exit codes: 0 it is shown, whether the switch is tripped or not; 1 there is nothing to ask.";

/// Trip, clear, look at or drill the kill switch.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Trip(TripArguments),
    Clear(ClearArguments),
    Status(StatusArguments),
    Drill(DrillArguments),
}

/// Show the kill switch: its file, and the latch.
#[derive(Args, Debug)]
#[command(after_help = STATUS)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    settings: Settings,
}

/// The disk of processes that drill.
pub(crate) fn drill_files() -> Arc<dyn Files> {
    Arc::new(drill::DrillFiles)
}

/// With the strategy of the drill that never comes back.
pub(crate) fn with_hangs(registry: Registry) -> Result<Registry, Invalid> {
    registry.with::<drill::Hangs>()
}

pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<Answer, Failure> {
    match command {
        Command::Trip(arguments) => trip::run(arguments, context),
        Command::Clear(arguments) => clear::run(arguments, context),
        Command::Status(arguments) => status(arguments, context),
        Command::Drill(arguments) => drill::run(arguments, context),
    }
}

fn status(arguments: &StatusArguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let asking = Asking::new(&arguments.settings, context)?;
    let file = &asking.loaded().places().kill_file;
    let there = is_there(file);
    let shown = file.display();
    let of_file = if there {
        Finding::warn("file", format!("{shown} is there: whoever reads it is tripped"))
    } else {
        Finding::ok("file", format!("{shown} is not there"))
    };
    if let Some(several) = asking.several()? {
        let latch = several.latch()?;
        let file = json!({ "path": shown.to_string(), "there": there });
        let json = json!({ "file": file, "last_said": latch });
        return Ok(Answer::done(finding::to_text(&[of_file, latch_of(latch)]), json));
    }
    let seen = asking.ask("/api/status", Board::status);
    // The file alone is worth showing where nothing ever ran.
    let (of_latch, latch) = match &seen {
        Ok(seen) => {
            let when = seen.note();
            let said = format!("{}{}", kill(&seen.view), suffix(&when));
            let tripped = seen.view.kill.level.is_some();
            let found =
                if tripped { Finding::warn("latch", said) } else { Finding::ok("latch", said) };
            (found, seen.json("kill", &seen.view.kill))
        }
        Err(failure) => (Finding::warn("latch", "nothing has run here yet"), failure.to_json()),
    };
    let json = json!({ "file": { "path": shown.to_string(), "there": there }, "latch": latch });
    Ok(Answer::done(finding::to_text(&[of_file, of_latch]), json))
}

/// The switch of the gate, as that last said.
fn latch_of(latch: Option<KillState>) -> Finding {
    match latch {
        Some(KillState { level: Some(level), trigger, since }) => Finding::warn(
            "latch",
            format!(
                "kill switch TRIPPED at {} by {}, {} UTC, as the gate last said",
                word(level),
                word(trigger),
                moment(since)
            ),
        ),
        Some(_) => Finding::ok("latch", "kill switch clear, as the gate last said"),
        None => Finding::ok("latch", "the bus knows of no word of the gate about it"),
    }
}

fn suffix(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({})", note.trim_end()) }
}

/// Whether the file of the kill switch is there; one that cannot be looked for counts.
fn is_there(file: &Path) -> bool {
    !matches!(std::fs::symlink_metadata(file), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Looks for a while whether the running process is in that state; whether it was seen.
pub(super) fn wait_for(
    asking: &Asking<'_>,
    state: impl Fn(&Status) -> bool,
) -> Result<bool, Failure> {
    let pause = Stop::default();
    for _ in 0..LOOKS {
        match asking.status()? {
            Some(status) if state(&status) => return Ok(true),
            Some(_) => {}
            None => return Ok(false),
        }
        pause.wait(LOOK_EVERY);
    }
    Ok(false)
}
