//! `completions`: what a shell needs to complete the words of this command line.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Context;
use crate::arguments::definition;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord completions bash > ~/.local/share/bash-completion/completions/njord";

/// Print the completions of a shell.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// Which shell.
    shell: Shell,
}

/// The shells that are known.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Answer {
    use clap_complete::Shell as Known;
    let (name, shell) = match arguments.shell {
        Shell::Bash => ("bash", Known::Bash),
        Shell::Elvish => ("elvish", Known::Elvish),
        Shell::Fish => ("fish", Known::Fish),
        Shell::Powershell => ("powershell", Known::PowerShell),
        Shell::Zsh => ("zsh", Known::Zsh),
    };
    let program = context.program;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(program), &program.name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({ "shell": name, "script": script });
    Answer::done(script, json)
}
