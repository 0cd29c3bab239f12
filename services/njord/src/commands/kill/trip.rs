//! `kill trip`: the file first, which works whatever the process does; then the process itself.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use contracts::{Event, KillLevel, KillTrigger, Trip};
use serde_json::json;

use super::wait_for;
use crate::asking::shown::word;
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

    /// The file of the kill switch, where the settings that can be read do not lead to it.
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
    let (asking, mut findings) = Asking::to_get_out(&arguments.settings, context);
    let is_sure = findings.is_empty() || arguments.file.is_some();
    let file = arguments.file.clone().unwrap_or_else(|| asking.loaded().places().kill_file.clone());
    let made = make(&file, is_sure);
    let told = tell(&asking, arguments.level);
    if let (Err(why), false) = (&made, matches!(told, Told::Tripped | Told::Taken)) {
        return Err(Failure::new(
            "kill",
            file.display().to_string(),
            format!("cannot be made: {why}"),
        )
        .advice("touch that file as its owner, or end the process: kill -TERM"));
    }
    let level = arguments.level.name();
    let by_file = word(asking.loaded().settings().kill.level);
    let of_file = match &made {
        Ok(()) => Finding::ok("file", format!("{} is there", file.display())),
        Err(why) => Finding::warn("file", format!("{} cannot be made: {why}", file.display())),
    };
    let of_process = match &told {
        Told::Tripped => Finding::ok("process", format!("tripped at {level}")),
        Told::Taken => Finding::warn("process", "it has taken the trip and does not show it yet")
            .advice("njord kill status"),
        Told::Nobody => {
            let what = format!("nothing runs; what starts later begins tripped at {by_file}");
            Finding::ok("process", what)
        }
        Told::Failed(why) => Finding::warn("process", format!("it could not be told: {why}"))
            .advice(format!("nothing: it finds the file, and trips at {by_file}")),
    };
    let json = json!({
        "file": { "path": file.display().to_string(), "made": made.is_ok() },
        "process": told.name(),
        "level": if matches!(told, Told::Tripped | Told::Taken) { level } else { by_file.as_str() },
        "settings": finding::to_json(&findings),
    });
    findings.extend([of_file, of_process]);
    Ok(Answer::done(finding::to_text(&findings), json))
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

/// Makes the file, for its owner alone and on the disk; one that is there already stays as it is. Its folder is made
/// only where it is sure that this is the one.
fn make(file: &Path, is_sure: bool) -> io::Result<()> {
    if fs::symlink_metadata(file).is_ok() {
        return Ok(());
    }
    if let Some(folder) = file.parent().filter(|folder| is_sure && !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    // That it is there trips. On a full disk there is no room for what it says, and it is not put beside first.
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    let _ = made.write_all(b"tripped by njord kill trip\n").and_then(|()| made.sync_all());
    Ok(())
}
