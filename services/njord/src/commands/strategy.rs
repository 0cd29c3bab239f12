//! `strategy`: which strategies this program has, what each takes, and a file to begin another with.

use std::fmt::Write as _;
use std::path::PathBuf;

use ::strategy::{Class, ParamInfo};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Context;
use super::init::template;
use crate::failure::Failure;
use crate::output::Answer;

const LIST: &str = "\
Example:
  $ njord strategy list
  ema_cross        buys when a fast average rises above a slow one, leaves below
  ...";

const EXPLAIN: &str = "\
Example:
  $ njord strategy explain ema_cross
  ema_cross  buys when a fast average rises above a slow one, leaves below
  ...";

const NEW: &str = "\
Example, in the folder of a crate that `njord init NAME` made:
  $ njord strategy new second
  ok   strategy src/second.rs, with its test
  ...";

/// Look at strategies, or begin one.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the strategies that this program has.
    #[command(after_help = LIST)]
    List,
    /// Show what a strategy does, and every parameter that it takes.
    #[command(after_help = EXPLAIN)]
    Explain(ExplainArguments),
    /// Make a file for one strategy more, with its test.
    #[command(after_help = NEW)]
    New(NewArguments),
}

/// Which one is to be explained.
#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The name of the class, as `strategy list` shows it.
    name: String,
}

/// What is to be begun.
#[derive(Args, Debug)]
pub(crate) struct NewArguments {
    /// Its name: lower case letters, digits and `_`, at most sixteen.
    name: String,

    /// The folder of the crate; where nothing is said, this one.
    #[arg(long = "crate", value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<Answer, Failure> {
    match command {
        Command::List => Ok(list(context)),
        Command::Explain(arguments) => explain(&arguments.name, context),
        Command::New(arguments) => {
            let folder = arguments.folder.clone().unwrap_or_default();
            template::make_module(&folder, &arguments.name, context)
        }
    }
}

/// Which strategies there are.
pub(super) fn list(context: &Context<'_>) -> Answer {
    let classes = context.registry.classes();
    let line = |class: &Class| format!("{:<16} {}\n", class.name(), class.about());
    let json = |class: &Class| json!({ "name": class.name(), "about": class.about() });
    let listed: Vec<Value> = classes.iter().map(json).collect();
    let text: String = classes.iter().map(line).collect();
    Answer::done(text, json!({ "strategies": listed }))
}

/// What one of them does, and takes.
pub(super) fn explain(name: &str, context: &Context<'_>) -> Result<Answer, Failure> {
    let class = context.registry.class(name)?;
    Ok(Answer::done(explained(class), explained_json(class)))
}

/// What a person needs to let it run.
fn explained(class: &Class) -> String {
    let params = class.params();
    let (name, about) = (class.name(), class.about());
    let mut text = format!("{name}  {about}\n\n");
    let width = params.iter().map(|param| param.name.len()).max().unwrap_or_default();
    let defaults: Vec<String> = params.iter().map(|param| param.default.to_string()).collect();
    let of_defaults = defaults.iter().map(String::len).max().unwrap_or_default();
    for (param, default) in params.iter().zip(&defaults) {
        let ParamInfo { name, about, .. } = param;
        let (indent, takes) = (width + of_defaults + 5, takes(param));
        let _ = writeln!(text, "  {name:<width$} = {default:<of_defaults$}  {about}");
        let _ = writeln!(text, "  {:<indent$}{takes}", "");
    }
    if params.is_empty() {
        text.push_str("  it takes no parameters\n");
    }
    let example = params.first().zip(defaults.first()).map_or(String::new(), |(param, default)| {
        format!("  params = {{ {} = {default} }}\n", param.name)
    });
    text + &format!(
        "\nto let it run, in a file of the configuration\n  [strategies.{name}]\n  \
         symbols = [\"BTC/USD\"]\n{example}"
    )
}

/// What kind of value, from where to where.
fn takes(param: &ParamInfo) -> String {
    match &param.range {
        // A whole number "from 0 up" that has a range of its own.
        Some((low, high)) => {
            let kind = param.kind.strip_suffix(" from 0 up").unwrap_or(param.kind);
            format!("{kind}, from {low} to {high}")
        }
        None => param.kind.to_owned(),
    }
}

fn explained_json(class: &Class) -> Value {
    let param = |param: &ParamInfo| {
        let (low, high) = match &param.range {
            Some((low, high)) => (low.clone(), high.clone()),
            None => (Value::Null, Value::Null),
        };
        json!({
            "name": param.name, "takes": param.kind, "default": param.default,
            "low": low, "high": high, "about": param.about,
        })
    };
    let params: Vec<Value> = class.params().iter().map(param).collect();
    json!({ "name": class.name(), "about": class.about(), "params": params })
}
