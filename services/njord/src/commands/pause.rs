//! `pause` and `resume`: no entries of a strategy, or of any, pass until it is resumed.

use clap::Args;
use contracts::StrategyId;
use serde_json::{Value, json};

use super::Context;
use crate::asking::Asking;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;

const PAUSE: &str = "\
Example:
  $ njord pause ema_cross
  ok   paused   ema_cross

A paused strategy hears everything and may close what it holds; its stops stay. It lasts across restarts.
Exit codes: 0 the process has taken it, 1 it has not.";

const RESUME: &str = "\
Example:
  $ njord resume
  ok   resumed  ema_cross, market_maker

While the kill switch is tripped nothing is resumed: clear it first. A strategy that is quarantined comes
back by a restart. Exit codes: 0 the process has taken it, 1 it has not.";

/// Let no entries of a strategy pass, or of any.
#[derive(Args, Debug)]
#[command(after_help = PAUSE)]
pub(crate) struct PauseArguments {
    #[command(flatten)]
    whom: Whom,
}

/// Let entries pass again.
#[derive(Args, Debug)]
#[command(after_help = RESUME)]
pub(crate) struct ResumeArguments {
    #[command(flatten)]
    whom: Whom,
}

#[derive(Args, Debug)]
struct Whom {
    /// The strategy; where nothing is said, every one.
    strategy: Option<StrategyId>,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn pause(arguments: &PauseArguments, context: &Context<'_>) -> Result<Answer, Failure> {
    tell(&arguments.whom, ("pause", "paused"), context)
}

pub(crate) fn resume(
    arguments: &ResumeArguments,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    tell(&arguments.whom, ("resume", "resumed"), context)
}

fn tell(whom: &Whom, words: (&str, &str), context: &Context<'_>) -> Result<Answer, Failure> {
    let asking = Asking::new(&whom.settings, context)?;
    let mut control = json!({ "do": words.0 });
    if let Some(strategy) = whom.strategy {
        control["strategy"] = json!(strategy);
    }
    let said = asking.tell_running(&control)?;
    let names: Vec<&str> = said["strategies"]
        .as_array()
        .map_or(Vec::new(), |names| names.iter().filter_map(Value::as_str).collect());
    let text = format!("ok   {:<8} {}\n", words.1, names.join(", "));
    Ok(Answer::done(text, json!({ "told": words.0, "strategies": names })))
}
