//! `reload`: the running process, or each service, goes on with the settings as they are in the files now.

use std::time::Duration;

use clap::Args;
use contracts::Ts;
use launch::Loosening;
use runtime::{Stop, wall_clock};
use serde_json::json;
use settings::{KeyFolder, Loaded};

use super::Context;
use crate::asking::Asking;
use crate::failure::Failure;
use crate::finding;
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord reload
  ok   reloaded  ema_cross, market_maker; settings 4be1c9d2

The process stops in order and starts again, in itself and in a fraction of a second: its number stays, open
orders stay at the venue, strategies keep what they know as their `state` says. Settings with which it could not
begin are refused, and the old ones stay at work. Limits that are loosened wait for `--loosen`, which takes the
operator's key. The same as `kill -HUP` of a process without a terminal. Services that are processes of their
own go on one by one, each with a line.
Exit codes: 0 it works with the new settings, 1 it does not.";

/// How often it is looked whether the process is back, and for how long.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 400;

/// Let the running process go on with the settings as they are now.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// Put limits in force that the settings have loosened since they were last in force; needs the operator's
    /// key.
    #[arg(long)]
    loosen: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let asking = Asking::new(&arguments.settings, context)?;
    let loosening = loosening(arguments.loosen, asking.loaded())?;
    let Some(before) = asking.status()?.map(|status| status.about.started) else {
        if let Some(each) = asking.turn_each(loosening.as_ref())? {
            let json = json!({ "told": "reload", "services": finding::to_json(&each) });
            return Ok(finding::to_answer(&each, json));
        }
        return Err(asking.nothing_runs());
    };
    let said = asking.tell_running(&json!({ "do": "reload", "loosen": loosening }))?;
    let hash = said["settings"].as_str().unwrap_or_default();
    let names = back(&asking, before, hash)?;
    let short = hash.get(..8).unwrap_or(hash);
    let text = format!("ok   reloaded  {}; settings {short}\n", names.join(", "));
    Ok(Answer::done(text, json!({ "told": "reload", "strategies": names, "settings": hash })))
}

/// The operator's signature under limits that are loosened, where somebody asks for that.
fn loosening(wanted: bool, loaded: &Loaded) -> Result<Option<Loosening>, Failure> {
    if !wanted {
        return Ok(None);
    }
    let key = KeyFolder::at(&loaded.places().keys).operator()?;
    Ok(Some(Loosening::sign(loaded, &key, wall_clock()())))
}

/// The strategies of the process, once it is back.
fn back(asking: &Asking<'_>, before: Ts, hash: &str) -> Result<Vec<String>, Failure> {
    let nobody_says = Stop::default();
    for _ in 0..LOOKS {
        // While it starts nobody answers, or somebody breaks off.
        if let Ok(Some(status)) = asking.status()
            && status.about.started != before
        {
            if status.about.settings != hash {
                let what = "it could not begin with them, and went on with those before";
                return Err(Failure::new("reload", "", what)
                    .advice("its terminal, or the journal of systemd, says why"));
            }
            let enabled = asking.loaded().settings().strategies.iter();
            let enabled = enabled.filter(|(_, entry)| entry.enabled);
            return Ok(enabled.map(|(id, _)| id.to_string()).collect());
        }
        nobody_says.wait(LOOK_EVERY);
    }
    let what = format!("has not come back in {} s", (LOOK_EVERY * LOOKS).as_secs());
    Err(Failure::new("reload", "", what).advice("its log; njord status"))
}
