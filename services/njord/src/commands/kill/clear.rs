//! `kill clear`: the file goes, and the operator signs for clearing the latch of the running process.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use board::{Board, Status};
use clap::Args;
use contracts::{Event, KillReading, KillTrigger, RunId};
use remote::sign_clear;
use runtime::{Stop, wall_clock};
use serde_json::{Value, json};
use settings::{KeyFolder, OperatorKey};

use super::wait_for;
use crate::asking::shown::word;
use crate::asking::{Asking, NOT_RUNNING, Several};
use crate::commands::Context;
use crate::commands::status::is_unknown;
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
    if let Some(several) = asking.several()? {
        let taken = Taken::away(file)?;
        let session = RunId::new(asking.loaded().settings().run.session);
        let answer = clear_each(&several, (&key, session), &taken, context)?;
        taken.for_good();
        return Ok(answer);
    }
    if asking.status()?.is_none() {
        return clear_at_rest(&asking, file, context);
    }
    let taken = Taken::away(file)?;
    clear_running(&asking, &key, context)?;
    let findings = [taken.finding(), Finding::ok("process", "cleared, signed by the operator")];
    let json = json!({
        "file": taken.json(), "process": "cleared",
        "operator": Value::from(format!("{:08x}", key.public().fingerprint())),
    });
    taken.for_good();
    Ok(Answer::done(finding::to_text(&findings), json))
}

/// The process that runs is asked what the operator has to sign, and told that it is signed.
fn clear_running(
    asking: &Asking<'_>,
    key: &OperatorKey,
    context: &Context<'_>,
) -> Result<(), Failure> {
    // A poll that still saw the file would trip again after the clearing.
    wait_for(asking, file_is_clear)?;
    let asked = asking.tell_running(&json!({ "do": "ask_clear" }))?;
    let strange = || Failure::new("answer", "", "the process asks nothing that could be signed");
    let question = asked["question"].as_str().ok_or_else(strange)?;
    let session: RunId = serde_json::from_value(asked["session"].clone()).map_err(|_| strange())?;
    let at = wall_clock()();
    let signature = key.sign(&clearing_message(session, question, at));
    let control = json!({ "do": "clear", "question": question, "at": at, "signature": signature });
    asking.tell_running(&control)?;
    if wait_for(asking, |status| status.kill.level.is_none())? {
        return Ok(());
    }
    let what = "the process has taken it, and the switch is tripped again or still";
    Err(Failure::new("kill", "", what)
        .advice(format!("{} kill status, which shows what trips it", context.program.typed)))
}

/// The file that trips the switch, out of the way while it is cleared: it is back where that did not come to be.
struct Taken<'a> {
    file: &'a Path,
    /// Where it is meanwhile, if it was there.
    aside: Option<PathBuf>,
}

impl<'a> Taken<'a> {
    fn away(file: &'a Path) -> Result<Self, Failure> {
        let mut name = file.as_os_str().to_owned();
        name.push(".clearing");
        let aside = PathBuf::from(name);
        match fs::rename(file, &aside) {
            Ok(()) => Ok(Self { file, aside: Some(aside) }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self { file, aside: None }),
            Err(error) => {
                let what = format!("cannot be taken away: {error}");
                Err(Failure::new("kill", file.display().to_string(), what)
                    .advice("the same as its owner"))
            }
        }
    }

    fn for_good(mut self) {
        if let Some(aside) = self.aside.take() {
            // Nobody reads it there.
            let _ = fs::remove_file(aside);
        }
    }

    fn finding(&self) -> Finding {
        Finding::ok("file", format!("{} is not there", self.file.display()))
    }

    fn json(&self) -> Value {
        json!({ "path": self.file.display().to_string(), "was_there": self.aside.is_some() })
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(aside) = &self.aside {
            // Where that cannot be, the latch is set all the same.
            let _ = fs::rename(aside, self.file);
        }
    }
}

/// Nothing runs. The file can go where it is all that trips; a latch that is set can only be cleared by what runs, and
/// until then the file stays, so that whatever starts in between begins tripped by both.
fn clear_at_rest(
    asking: &Asking<'_>,
    file: &Path,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let latch = match asking.fold(Board::status) {
        Ok(seen) if is_unknown(&seen.view) => {
            let what = "how the latch stands is further back in the journal than was read; nothing was changed";
            let (state, typed) = (&asking.loaded().places().state, &context.program.typed);
            return Err(Failure::new(NOT_RUNNING, state.display().to_string(), what)
                .advice(format!("{typed} up, then {typed} kill clear")));
        }
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
    let taken = Taken::away(file)?;
    let findings = [
        taken.finding(),
        Finding::ok("process", "nothing runs, and the latch of what last ran is clear"),
    ];
    let json = json!({ "file": taken.json(), "process": "not_running" });
    taken.for_good();
    Ok(Answer::done(finding::to_text(&findings), json))
}

/// Services that are processes of their own each have a switch.
fn clear_each(
    several: &Several<'_>,
    (key, session): (&OperatorKey, RunId),
    taken: &Taken<'_>,
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
    let services = finding::to_json(&each);
    let findings: Vec<Finding> = [taken.finding()].into_iter().chain(each).collect();
    let json = json!({
        "file": taken.json(), "services": services, "operator": format!("{operator:08x}"),
    });
    Ok(finding::to_answer(&findings, json))
}

fn file_is_clear(status: &Status) -> bool {
    let file = status.kill.sources.iter().find(|source| source.trigger == KillTrigger::File);
    file.is_none_or(|file| file.reading == KillReading::Clear)
}
