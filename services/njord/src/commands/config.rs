//! `config`: whether the configuration holds together, what a key is set to and by whom, and its schema.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use settings::{Explained, Loaded, Problem, Problems, check_json, check_text, publish};

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;
use crate::roster;

const CHECK: &str = "\
Example:
  $ njord config check
  ok   config   2 layers, 29 keys set, 0 unknown keys; mode paper, env dev, hash b0ff3245
       layer    config/base.toml (14 keys)
       layer    config/paper.toml (15 keys)
  ok   roster   ema_cross on BTC/USD, ETH/USD

Everything that is wrong is said at once, with file, line and column. It then exits with 1.";

const EXPLAIN: &str = "\
Example:
  $ njord config explain risk.order_notional_max
  risk.order_notional_max = 250
    from     config/paper.toml:6:1
    ...

A section (`risk`) shows all of its keys like that; without any key every value is shown in a line.";

const SCHEMA: &str = "\
Example:
  $ njord config schema > config/schema.json";

/// Look at the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read everything, and say everything that is wrong.
    #[command(after_help = CHECK, alias = "validate")]
    Check(Settings),
    /// Show a value, who said so, what it overrode, and what it means.
    #[command(after_help = EXPLAIN)]
    Explain(ExplainArguments),
    /// Print the JSON Schema of a configuration file.
    #[command(after_help = SCHEMA)]
    Schema,
}

/// What is to be explained.
#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// A key (`risk.collar`) or a section (`risk`).
    key: Option<String>,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<Answer, Failure> {
    match command {
        Command::Check(settings) => Ok(check(settings, context)),
        Command::Explain(arguments) => {
            explain(arguments.key.as_deref(), &arguments.settings, context)
        }
        Command::Schema => Ok(Answer::done(publish::schema_text(), publish::schema())),
    }
}

/// Settings that fit together, with the strategies that they name.
fn checked(settings: &Settings, context: &Context<'_>) -> Result<(Loaded, Vec<String>), Problems> {
    let loaded = settings.load(context.environment)?;
    let strategies = roster::check(&loaded, &context.registry)?;
    Ok((loaded, strategies))
}

/// Whether the settings hold together.
pub(super) fn check(settings: &Settings, context: &Context<'_>) -> Answer {
    let (outcome, strategies) = match checked(settings, context) {
        Ok((loaded, strategies)) => (Ok(loaded), strategies),
        Err(problems) => (Err(problems), Vec::new()),
    };
    let mut text = check_text(&outcome);
    let mut json = check_json(&outcome);
    if let Ok(loaded) = &outcome {
        let not_here = launch::runs_here(loaded).err().unwrap_or_default();
        for problem in not_here.listed() {
            let _ = writeln!(text, "warn run      {problem}");
        }
        json["not_here"] = not_here.listed().iter().map(Problem::to_json).collect();
        text.extend(strategies.iter().map(|line| format!("ok   roster   {line}\n")));
        if strategies.is_empty() {
            text.push_str("warn roster   no strategy is enabled, so nothing will trade\n");
        }
        if !settings.has_folder() {
            text.push_str("warn config   no folder `config` here: the built-in values hold; ");
            let _ = writeln!(text, "try: {} init", context.program.typed);
        }
        json["strategies"] = json!(strategies);
        json["built_in_only"] = Value::from(!settings.has_folder());
    }
    let exit = if outcome.is_ok() { Exit::Done } else { Exit::Failed };
    Answer { text, json, exit }
}

/// What a key, all keys of a section, or everything is set to, and by whom.
pub(super) fn explain(
    key: Option<&str>,
    settings: &Settings,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let loaded = settings.load(context.environment)?;
    let (explained, text) = if let Some(key) = key {
        let typed = &context.program.typed;
        let explained = loaded.explain(key).map_err(|mut unknown| {
            let _ = write!(unknown.advice, "; {typed} config explain shows every key");
            unknown
        })?;
        let blocks: Vec<String> = explained.iter().map(Explained::to_text).collect();
        (explained, blocks.join("\n"))
    } else {
        let explained = loaded.explain_all();
        let lines = explained.iter().map(brief).collect();
        (explained, lines)
    };
    let json = explained.iter().map(Explained::to_json).collect::<Vec<_>>();
    Ok(Answer::done(text, json!({ "keys": json })))
}

/// A key, its value, and who said so, in a line.
fn brief(explained: &Explained) -> String {
    let shown = explained.to_text();
    let value = shown.lines().next().unwrap_or_default();
    match explained.origin.brief() {
        origin if origin == "default" => format!("{value}\n"),
        origin => format!("{value}  # {origin}\n"),
    }
}
