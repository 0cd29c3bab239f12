//! `kill clear`: the file goes, and the operator signs for clearing the latch of the running process.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use board::{Board, Status};
use clap::Args;
use contracts::{Event, KillReading, KillTrigger, RunId};
use remote::sign_clear;
use runtime::{Stop, wall_clock};
use serde_json::{Value, json};
use settings::{KeyFolder, OperatorKey};

use super::{is_there, wait_for};
use crate::asking::shown::word;
use crate::asking::{Asking, NOT_RUNNING, Several};
use crate::commands::Context;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;
use crate::serving::clearing_message;

/// After that time whoever reads the file has read that it is gone.
const AFTER_FILE: Duration = Duration::from_secs(1);

const EXAMPLE: &str = "\
Example:
  $ njord kill clear
  ok   file     var/kill is not there
  ok   process  cleared, signed by the operator

It needs operator.key in the folder of the keys, and, where the latch is set, a running process, or each of the
services: the latch is in its journal, and only what runs can be told. A source that still says stop trips it
again at once.
Exit codes: 0 it is clear, 1 it is not.";

/// Clear the kill switch; needs the operator's key.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let asking = Asking::new(&arguments.settings, context)?;
    let places = asking.loaded().places();
    // Before anything is taken away: without the key nothing can be cleared.
    let key = KeyFolder::at(&places.keys).operator()?;
    let file = &places.kill_file;
    let was_there = is_there(file);
    if let Some(several) = asking.several()? {
        take_away(file)?;
        let session = RunId::new(asking.loaded().settings().run.session);
        return clear_each(&several, (&key, session), (file, was_there), context);
    }
    if asking.status()?.is_none() {
        return clear_at_rest(&asking, (file, was_there), context);
    }
    take_away(file)?;
    // A poll that still saw the file would trip again after the clearing.
    wait_for(&asking, file_is_clear)?;
    let asked = asking.tell_running(&json!({ "do": "ask_clear" }))?;
    let strange = || Failure::new("answer", "", "the process asks nothing that could be signed");
    let question = asked["question"].as_str().ok_or_else(strange)?;
    let session: RunId = serde_json::from_value(asked["session"].clone()).map_err(|_| strange())?;
    let at = wall_clock()();
    let signature = key.sign(&clearing_message(session, question, at));
    let control = json!({ "do": "clear", "question": question, "at": at, "signature": signature });
    asking.tell_running(&control)?;
    if !wait_for(&asking, |status| status.kill.level.is_none())? {
        let what = "the process has taken it, and the switch is tripped again or still";
        return Err(Failure::new("kill", "", what)
            .advice(format!("{} kill status, which shows what trips it", context.program.typed)));
    }
    let findings = [
        Finding::ok("file", format!("{} is not there", file.display())),
        Finding::ok("process", "cleared, signed by the operator"),
    ];
    let json = json!({
        "file": { "path": file.display().to_string(), "was_there": was_there },
        "process": "cleared", "operator": Value::from(format!("{:08x}", key.public().fingerprint())),
    });
    Ok(Answer::done(finding::to_text(&findings), json))
}

/// The file goes: whoever reads it is tripped no more.
fn take_away(file: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            let what = format!("cannot be taken away: {error}");
            Err(Failure::new("kill", file.display().to_string(), what)
                .advice("the same as its owner"))
        }
        _ => Ok(()),
    }
}

/// Nothing runs. The file can go where it is all that trips; a latch that is set can only be cleared by what runs, and
/// until then the file stays, so that whatever starts in between begins tripped by both.
fn clear_at_rest(
    asking: &Asking<'_>,
    (file, was_there): (&Path, bool),
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let latch = match asking.fold(Board::status) {
        Ok(seen) => seen.view.kill.level,
        Err(failure) if failure.is(NOT_RUNNING) => None,
        Err(failure) => return Err(failure),
    };
    if let Some(level) = latch {
        let what = format!(
            "the latch in the journal is tripped at {}, and nothing runs that could clear it; nothing was changed",
            word(level)
        );
        let (state, typed) = (&asking.loaded().places().state, &context.program.typed);
        return Err(Failure::new(NOT_RUNNING, state.display().to_string(), what)
            .advice(format!("{typed} up, then {typed} kill clear")));
    }
    take_away(file)?;
    let findings = [
        Finding::ok("file", format!("{} is not there", file.display())),
        Finding::ok("process", "nothing runs, and the latch of what last ran is clear"),
    ];
    let file = json!({ "path": file.display().to_string(), "was_there": was_there });
    let json = json!({ "file": file, "process": "not_running" });
    Ok(Answer::done(finding::to_text(&findings), json))
}

/// Services that are processes of their own each have a switch.
fn clear_each(
    several: &Several<'_>,
    (key, session): (&OperatorKey, RunId),
    (file, was_there): (&Path, bool),
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    // Polls that still saw the file have come in by then.
    Stop::default().wait(AFTER_FILE);
    let operator = key.public().fingerprint();
    let clear = sign_clear(key, session, wall_clock()());
    let each = several.say(&[(None, Event::ClearKill(clear))])?;
    if finding::worst(&each) < finding::Level::Fail && !several.wait_for(None)? {
        let what = "all have taken it, and the switch is tripped again or still";
        return Err(Failure::new("kill", "", what)
            .advice(format!("{} kill status, which shows what trips it", context.program.typed)));
    }
    let of_file = Finding::ok("file", format!("{} is not there", file.display()));
    let services = finding::to_json(&each);
    let findings: Vec<Finding> = [of_file].into_iter().chain(each).collect();
    let json = json!({
        "file": { "path": file.display().to_string(), "was_there": was_there },
        "services": services, "operator": format!("{operator:08x}"),
    });
    Ok(finding::to_answer(&findings, json))
}

fn file_is_clear(status: &Status) -> bool {
    let file = status.kill.sources.iter().find(|source| source.trigger == KillTrigger::File);
    file.is_none_or(|file| file.reading == KillReading::Clear)
}
