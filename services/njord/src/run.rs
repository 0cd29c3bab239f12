//! From the words of a command line to its end: parse, do, print.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::sync::Arc;

use journal::files::{Files, RealFiles};
use serde_json::json;
use settings::Environment;
use strategy::{Invalid, Registry};

use crate::arguments::{self, Arguments, Command, Parsed};
use crate::commands::{self, Context};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Answer, Look, conclude};
use crate::program::{self, Program};

/// Does what the words say.
pub(crate) fn run(
    registry: Result<Registry, Invalid>,
    words: Vec<OsString>,
    environment: &Environment,
) -> Exit {
    let program = Program::of(words.first().map(OsString::as_os_str));
    // Before anything is understood: an error of the command line itself is JSON too where asked for.
    let json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let look = Look { json, no_color: environment.no_color() };
    let (name, outcome) = match arguments::parse(&program, words) {
        Ok(Parsed::Help(text)) => ("help", Ok(Answer::done(text.clone(), json!({ "text": text })))),
        Ok(Parsed::Arguments(arguments)) => {
            let name = arguments.command.as_ref().map_or("", Command::name);
            (name, obey(registry, &program, environment, look, &arguments))
        }
        Err(failure) => ("", Err(failure)),
    };
    conclude(look, name, outcome)
}

fn obey(
    registry: Result<Registry, Invalid>,
    program: &Program,
    environment: &Environment,
    look: Look,
    arguments: &Arguments,
) -> Result<Answer, Failure> {
    if arguments.version {
        let json = program::version_json();
        return Ok(Answer::done(program::version() + "\n", json));
    }
    let Some(command) = &arguments.command else { return Ok(first_steps(program)) };
    let registry =
        if arguments.drill { registry.and_then(commands::kill::with_hangs) } else { registry };
    let files: Arc<dyn Files> =
        if arguments.drill { commands::kill::drill_files() } else { Arc::new(RealFiles) };
    let context = Context { registry: registry?, program, environment, look, files };
    commands::run(command, &context)
}

/// What somebody sees who does not know yet what to ask for.
fn first_steps(program: &Program) -> Answer {
    let steps = [
        ("demo", "paper trading with a real crash in it, and nothing lost, in ten seconds"),
        ("sim", "an hour of trading in a world where everything goes wrong, in seconds"),
        ("strategy explain ema_cross", "what a bundled strategy does, and what it takes"),
        ("init --home ~/desk", "a commented configuration and fresh keys, in that folder"),
        ("doctor --home ~/desk", "whether this machine and that folder are ready"),
        ("--help", "every command"),
    ];
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("njord {version}, a self-hosted crypto trading system\n\ntry\n");
    for (words, about) in steps {
        let typed = format!("{} {words}", program.typed);
        let width = program.typed.len() + 28;
        let _ = writeln!(text, "  {typed:<width$} {about}");
    }
    let json = steps.map(|(words, about)| json!({ "arguments": words, "about": about }));
    Answer::done(text, json!({ "version": version, "try": json }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_strategies_of_one_name_are_said_by_every_command() {
        let program = Program::of(None);
        let twice = || strategies::registry().and_then(Registry::with::<strategies::EmaCross>);
        for line in ["njord strategy list", "njord config schema", "njord doctor"] {
            let words = line.split(' ').map(OsString::from).collect();
            let Ok(Parsed::Arguments(arguments)) = arguments::parse(&program, words) else {
                panic!("{line}")
            };
            let look = Look { json: false, no_color: true };
            let said = obey(twice(), &program, &Environment::default(), look, &arguments);
            assert_eq!(
                said.map(|answer| answer.text).map_err(|failure| failure.to_string()),
                Err("error: two classes are called `ema_cross`\n  \
                     try: another name for one of them\n"
                    .to_owned())
            );
        }
    }
}
