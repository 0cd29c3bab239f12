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
use serde_json::{Value, json};

use ::strategy::{Invalid, Registry};

use super::Context;
use super::status::{is_unknown, kill};
use crate::asking::shown::{moment, word};
use crate::asking::{Asking, NOT_RUNNING};
use crate::exit::Exit;
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

Exit codes: 0 it is shown, whether the switch is tripped or not; 1 the latch cannot be read.";

const CHECK: &str = "\
Example:
  $ njord kill check
  CLEAR

For scripts: one word. It is TRIPPED where the file is there, or the latch of what runs, or last ran, is set.
Exit codes: 0 CLEAR, 2 TRIPPED, 1 nobody can say.";

/// Trip, clear, look at or drill the kill switch.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Trip(TripArguments),
    Clear(ClearArguments),
    Status(StatusArguments),
    Check(CheckArguments),
    Drill(DrillArguments),
}

/// Show the kill switch: its file, and the latch.
#[derive(Args, Debug)]
#[command(after_help = STATUS)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    settings: Settings,
}

/// Say in one word, and by the exit code, whether the kill switch is tripped.
#[derive(Args, Debug)]
#[command(after_help = CHECK)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    settings: Settings,
}

/// What was seen of the switch.
struct Seen {
    findings: Vec<Finding>,
    json: Value,
    tripped: bool,
    /// Why nobody can say that it is clear.
    unsure: Option<Failure>,
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
        Command::Status(arguments) => {
            let Seen { findings, json, .. } = look(&arguments.settings, context);
            Ok(finding::to_answer(&findings, json))
        }
        Command::Check(arguments) => check(look(&arguments.settings, context)),
        Command::Drill(arguments) => drill::run(arguments, context),
    }
}

fn check(seen: Seen) -> Result<Answer, Failure> {
    let (word, exit) = match seen {
        Seen { tripped: true, .. } => ("TRIPPED\n", Exit::Tripped),
        Seen { unsure: Some(failure), .. } => return Err(failure),
        Seen { .. } => ("CLEAR\n", Exit::Done),
    };
    let json = json!({ "tripped": exit == Exit::Tripped, "seen": seen.json });
    Ok(Answer { text: word.to_owned(), json, exit })
}

fn look(settings: &Settings, context: &Context<'_>) -> Seen {
    let (asking, mut findings) = Asking::to_get_out(settings, context);
    let wrong = findings.first().map(|wrong| Failure::new("settings", "", wrong.what.as_str()));
    let file = &asking.loaded().places().kill_file;
    let there = is_there(file);
    let shown = file.display();
    findings.push(if there {
        Finding::warn("file", format!("{shown} is there: whoever reads it is tripped"))
    } else {
        Finding::ok("file", format!("{shown} is not there"))
    });
    let mut json = json!({ "file": { "path": shown.to_string(), "there": there } });
    let (unread, is_latched) = match latch(&asking) {
        Ok(Latch { finding, name, view, is_tripped }) => {
            findings.push(finding);
            json[name] = view;
            (None, is_tripped)
        }
        Err(failure) => {
            json["latch"] = failure.to_json();
            // Where there is no journal nothing ever ran, and nothing can be latched.
            let never = failure.is(NOT_RUNNING);
            findings.push(if never {
                Finding::ok("latch", "nothing has run here yet")
            } else {
                Finding::fail("latch", format!("cannot be read: {}", failure.first()))
                    .advice(format!("{} kill trip, which needs no answer", context.program.typed))
            });
            (Some(failure).filter(|_| !never), false)
        }
    };
    Seen { findings, json, tripped: there || is_latched, unsure: unread.or(wrong) }
}

/// The latch, and what it is called for programs.
struct Latch {
    finding: Finding,
    name: &'static str,
    view: Value,
    is_tripped: bool,
}

/// The latch of what runs, or last ran.
fn latch(asking: &Asking<'_>) -> Result<Latch, Failure> {
    if let Some(several) = asking.several()? {
        let latch = several.latch()?;
        let is_tripped = latch.is_some_and(|latch| latch.level.is_some());
        return Ok(Latch {
            finding: latch_of(latch),
            name: "last_said",
            view: json!(latch),
            is_tripped,
        });
    }
    let seen = asking.ask("/api/status", Board::status)?;
    let said = format!("{}{}", kill(&seen.view), suffix(&seen.note()));
    let is_tripped = seen.view.kill.level.is_some();
    if is_unknown(&seen.view) {
        let what = "it has not moved in the part of the journal that was read: it may be tripped";
        let advice = format!("{} up, which knows", asking.typed());
        return Err(Failure::new("latch", "", what).advice(advice));
    }
    let finding =
        if is_tripped { Finding::warn("latch", said) } else { Finding::ok("latch", said) };
    Ok(Latch { finding, name: "latch", view: seen.json("kill", &seen.view.kill), is_tripped })
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
