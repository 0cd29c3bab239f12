//! `kill trip`: the file first, which works whatever the process does; then the process itself.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use contracts::{Event, KillLevel, KillTrigger, Trip};
use serde_json::json;
use settings::KillSource;

use super::wait_for;
use crate::asking::shown::word;
use crate::asking::{Asking, Several};
use crate::commands::Context;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;

const UNREAD: &str = "kill.sources does not name it, so nobody reads it";

const EXAMPLE: &str = "\
Example:
  $ njord kill trip
  ok   file     var/kill is there
  ok   process  tripped at cancel

The file comes first: a process that hangs, or answers nobody, finds it all the same, and one that starts
later begins tripped. It trips at kill.level; --level is what the process is told besides, if that is more.
Exit codes: 0 the file is there and read, or the process is tripped; 1 neither.";

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
    let kill = &asking.loaded().settings().kill;
    let is_read = kill.sources.contains(&KillSource::File);
    let made = make(&file, is_sure);
    let told = tell(&asking, arguments.level);
    let is_told = matches!(told, Told::Tripped | Told::Taken);
    let shown = file.display().to_string();
    match &made {
        Err(why) if !is_told => {
            return Err(Failure::new("kill", shown, format!("cannot be made: {why}"))
                .advice("touch that file as its owner, or end the process: kill -TERM"));
        }
        Ok(()) if !is_told && !is_read => {
            return Err(Failure::new("kill", shown, format!("is there, and {UNREAD}"))
                .advice("end the process: kill -TERM; and kill.sources = [\"file\"]"));
        }
        _ => {}
    }
    let by_file = is_read.then_some(kill.level);
    // The file is there as well, and whoever is told less goes as far as it says.
    let reached = by_file.max(is_told.then(|| arguments.level.level()));
    let of_file = match &made {
        Ok(()) if is_read => Finding::ok("file", format!("{shown} is there")),
        Ok(()) => Finding::warn("file", format!("{shown} is there, and {UNREAD}")),
        Err(why) => Finding::warn("file", format!("{shown} cannot be made: {why}")),
    };
    let json = json!({
        "file": { "path": shown, "made": made.is_ok(), "read": is_read },
        "process": told.name(), "level": reached, "settings": finding::to_json(&findings),
    });
    findings.extend([of_file, of_process(&told, arguments.level, by_file)]);
    Ok(Answer::done(finding::to_text(&findings), json))
}

/// What became of the process, where the file trips at that level, if it is read.
fn of_process(told: &Told, level: Level, by_file: Option<KillLevel>) -> Finding {
    let at = by_file.map_or(String::new(), |level| format!(" at {}", word(level)));
    match told {
        Told::Tripped if by_file > Some(level.level()) => {
            let what = format!("tripped at {}; the file takes it on, and trips{at}", level.name());
            Finding::ok("process", what)
        }
        Told::Tripped => Finding::ok("process", format!("tripped at {}", level.name())),
        Told::Taken => Finding::warn("process", "it has taken the trip and does not show it yet")
            .advice("njord kill status"),
        Told::Nobody => {
            Finding::ok("process", format!("nothing runs; what starts later begins tripped{at}"))
        }
        Told::Failed(why) => Finding::warn("process", format!("it could not be told: {why}"))
            .advice(format!("nothing: it finds the file, and trips{at}")),
    }
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
