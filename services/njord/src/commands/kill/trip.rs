//! `kill trip`: the file first, which works whatever the process does; then the process itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use contracts::{Event, KillLevel, KillTrigger, Trip};
use launch::put;
use serde_json::json;

use super::wait_for;
use crate::asking::{Asking, Several};
use crate::commands::Context;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord kill trip
  ok   file     var/kill is there
  ok   process  tripped at cancel

The file comes first: a process that hangs, or answers nobody, finds it all the same, and one that starts
later begins tripped. It trips at kill.level; --level is what the process is told besides.
Exit codes: 0 the file is there or the process is tripped, 1 neither.";

/// Trip the kill switch; needs no key.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// How far: nothing new, also all orders, also all positions.
    #[arg(long, value_enum, default_value_t = Level::Cancel)]
    level: Level,

    /// The file of the kill switch, where the settings cannot be read.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    #[command(flatten)]
    settings: Settings,
}

/// How far.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Entries,
    Cancel,
    Flatten,
}

impl Level {
    const fn level(self) -> KillLevel {
        match self {
            Self::Entries => KillLevel::Entries,
            Self::Cancel => KillLevel::Cancel,
            Self::Flatten => KillLevel::Flatten,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Cancel => "cancel",
            Self::Flatten => "flatten",
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let asking = Asking::new(&arguments.settings, context);
    let file = match (&arguments.file, &asking) {
        (Some(file), _) => file.clone(),
        (None, Ok(asking)) => asking.loaded().places().kill_file.clone(),
        (None, Err(_)) => {
            let failure =
                asking.map(drop).err().unwrap_or_else(|| Failure::new("settings", "", ""));
            return Err(failure.advice("--file FILE, with the file of the kill switch"));
        }
    };
    let made = make(&file);
    let told = match &asking {
        Ok(asking) => tell(asking, arguments.level),
        Err(_) => Told::Nobody,
    };
    if let (Err(why), false) = (&made, matches!(told, Told::Tripped | Told::Taken)) {
        return Err(Failure::new(
            "kill",
            file.display().to_string(),
            format!("cannot be made: {why}"),
        )
        .advice("touch that file as its owner, or end the process: kill -TERM"));
    }
    let level = arguments.level.name();
    let of_file = match &made {
        Ok(()) => Finding::ok("file", format!("{} is there", file.display())),
        Err(why) => Finding::warn("file", format!("{} cannot be made: {why}", file.display())),
    };
    let of_process = match &told {
        Told::Tripped => Finding::ok("process", format!("tripped at {level}")),
        Told::Taken => Finding::warn("process", "it has taken the trip and does not show it yet")
            .advice("njord kill status"),
        Told::Nobody => Finding::ok("process", "nothing runs; what starts later begins tripped"),
        Told::Failed(why) => Finding::warn("process", format!("it could not be told: {why}"))
            .advice("nothing: it finds the file"),
    };
    let json = json!({
        "file": { "path": file.display().to_string(), "made": made.is_ok() },
        "process": told.name(), "level": level,
    });
    Ok(Answer::done(finding::to_text(&[of_file, of_process]), json))
}

/// What became of telling the process.
enum Told {
    Tripped,
    Taken,
    Nobody,
    Failed(String),
}

impl Told {
    const fn name(&self) -> &'static str {
        match self {
            Self::Tripped => "tripped",
            Self::Taken => "taken",
            Self::Nobody => "not_running",
            Self::Failed(_) => "failed",
        }
    }
}

fn tell(asking: &Asking<'_>, level: Level) -> Told {
    match asking.several() {
        Ok(Some(several)) => return tell_each(&several, level),
        Ok(None) => {}
        Err(failure) => return Told::Failed(failure.first()),
    }
    match asking.tell(&json!({ "do": "trip", "level": level.name() })) {
        Ok(Some(_)) => {}
        Ok(None) => return Told::Nobody,
        Err(failure) => return Told::Failed(failure.first()),
    }
    let wanted = Some(level.level());
    match wait_for(asking, |status| status.kill.level >= wanted) {
        Ok(true) => Told::Tripped,
        _ => Told::Taken,
    }
}

/// Services that are processes of their own find the file; how far is more than it says.
fn tell_each(several: &Several<'_>, level: Level) -> Told {
    let trip = Trip { level: level.level(), trigger: KillTrigger::Command };
    match several.say(&[(None, Event::Trip(trip))]) {
        Ok(findings) => match findings.iter().find(|finding| finding.level > finding::Level::Ok) {
            Some(late) => Told::Failed(format!("{} {}", late.about, late.what)),
            None => Told::Tripped,
        },
        Err(failure) => Told::Failed(failure.first()),
    }
}

/// Makes the file, for its owner alone and on the disk; one that is there already stays as it is.
fn make(file: &std::path::Path) -> std::io::Result<()> {
    if std::fs::symlink_metadata(file).is_ok() {
        return Ok(());
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    put(file, "tripped by njord kill trip\n")
}
