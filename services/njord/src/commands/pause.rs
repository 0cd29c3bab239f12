//! `pause` and `resume`: no entries of a strategy, or of any, pass until it is resumed.

use clap::Args;
use contracts::{StrategyId, StrategyRun};
use serde_json::{Value, json};

use super::Context;
use crate::asking::{Asking, Several};
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;

const PAUSE: &str = "\
Example:
  $ njord pause ema_cross
  ok   paused   ema_cross

A paused strategy hears everything and may close what it holds; its stops stay. It lasts across restarts.
Exit codes: 0 the process, or each of the services, has taken it, 1 not.";

const RESUME: &str = "\
Example:
  $ njord resume
  ok   resumed  ema_cross, market_maker

While the kill switch is tripped nothing is resumed: clear it first. A strategy that is quarantined comes
back by a restart. Exit codes: 0 the process, or each of the services, has taken it, 1 not.";

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
    tell(&arguments.whom, StrategyRun::Paused, context)
}

pub(crate) fn resume(
    arguments: &ResumeArguments,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    tell(&arguments.whom, StrategyRun::Running, context)
}

fn tell(whom: &Whom, run: StrategyRun, context: &Context<'_>) -> Result<Answer, Failure> {
    let (asking, wrong) = match run {
        StrategyRun::Running => (Asking::new(&whom.settings, context)?, Vec::new()),
        _ => Asking::to_get_out(&whom.settings, context),
    };
    let words = match run {
        StrategyRun::Running => ("resume", "resumed"),
        _ => ("pause", "paused"),
    };
    if let Some(several) = asking.several()? {
        return tell_each(&several, (whom.strategy, run), words, (wrong, context));
    }
    let mut control = json!({ "do": words.0 });
    if let Some(strategy) = whom.strategy {
        control["strategy"] = json!(strategy);
    }
    let said = asking.tell_running(&control)?;
    let names: Vec<&str> = said["strategies"]
        .as_array()
        .map_or(Vec::new(), |names| names.iter().filter_map(Value::as_str).collect());
    let json = json!({ "told": words.0, "strategies": names });
    let findings: Vec<Finding> =
        wrong.into_iter().chain([Finding::ok(words.1, names.join(", "))]).collect();
    Ok(finding::to_answer(&findings, json))
}

/// Services that are processes of their own each have to take it.
fn tell_each(
    several: &Several<'_>,
    (strategy, run): (Option<StrategyId>, StrategyRun),
    (told, done): (&str, &'static str),
    (mut findings, context): (Vec<Finding>, &Context<'_>),
) -> Result<Answer, Failure> {
    if run == StrategyRun::Running && several.level()?.is_some() {
        let what = "the kill switch is tripped, so nothing that is resumed could act";
        return Err(Failure::new("control", "", what)
            .advice(format!("{} kill clear", context.program.typed)));
    }
    let (whom, each) = several.switch(strategy, run)?;
    let names: Vec<String> = whom.iter().map(ToString::to_string).collect();
    let services = finding::to_json(&each);
    findings.push(Finding::ok(done, names.join(", ")));
    findings.extend(each);
    let json = json!({ "told": told, "strategies": whom, "services": services });
    Ok(finding::to_answer(&findings, json))
}
