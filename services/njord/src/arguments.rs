//! The command line: every command, and how words become one. What each takes stands in its own file.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

#[cfg(feature = "mcp")]
use crate::commands::mcp;
use crate::commands::{
    audit, balance, completions, config, demo, doctor, fills, flatten, init, kill, orders, pause,
    positions, reload, replay, service, signal, sim, status, strategy, up, venue, why,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::program::Program;

/// A self-hosted crypto trading system: research, backtest, paper and live through one code path.
#[derive(Debug, Parser)]
#[command(name = "njord", disable_version_flag = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Print one JSON document instead of text.
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

    /// Print which build this is.
    #[arg(short = 'V', long)]
    pub(crate) version: bool,

    /// The strategy that hangs is known too; said by the drill of the kill switch to its own processes.
    #[arg(long, global = true, hide = true)]
    pub(crate) drill: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Arguments),
    Init(init::Arguments),
    Doctor(doctor::Arguments),
    Up(up::Arguments),
    Service(service::Arguments),
    Venue(venue::Arguments),
    Sim(sim::Arguments),
    Status(status::Arguments),
    Orders(orders::Arguments),
    Positions(positions::Arguments),
    Fills(fills::Arguments),
    Balance(balance::Arguments),
    Why(why::Arguments),
    Pause(pause::PauseArguments),
    Resume(pause::ResumeArguments),
    Flatten(flatten::Arguments),
    Reload(reload::Arguments),
    Signal(signal::Arguments),
    #[command(subcommand)]
    Kill(kill::Command),
    #[command(subcommand)]
    Strategy(strategy::Command),
    #[command(subcommand)]
    Config(config::Command),
    #[command(subcommand, alias = "compliance")]
    Audit(audit::Command),
    Replay(replay::Arguments),
    #[cfg(feature = "mcp")]
    Mcp(mcp::Arguments),
    Completions(completions::Arguments),
}

impl Command {
    /// The words that name it, as documents for programs say them.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Doctor(_) => "doctor",
            Self::Demo(_) => "demo",
            Self::Up(_) => "up",
            Self::Service(_) => "service",
            Self::Venue(_) => "venue",
            Self::Sim(_) => "sim",
            Self::Status(_) => "status",
            Self::Orders(_) => "orders",
            Self::Positions(_) => "positions",
            Self::Fills(_) => "fills",
            Self::Balance(_) => "balance",
            Self::Why(_) => "why",
            Self::Pause(_) => "pause",
            Self::Resume(_) => "resume",
            Self::Flatten(_) => "flatten",
            Self::Reload(_) => "reload",
            Self::Signal(_) => "signal",
            Self::Kill(kill::Command::Trip(_)) => "kill trip",
            Self::Kill(kill::Command::Clear(_)) => "kill clear",
            Self::Kill(kill::Command::Status(_)) => "kill status",
            Self::Kill(kill::Command::Check(_)) => "kill check",
            Self::Kill(kill::Command::Drill(_)) => "kill drill",
            Self::Strategy(strategy::Command::List) => "strategy list",
            Self::Strategy(strategy::Command::Explain(_)) => "strategy explain",
            Self::Strategy(strategy::Command::New(_)) => "strategy new",
            Self::Config(config::Command::Check(_)) => "config check",
            Self::Config(config::Command::Explain(_)) => "config explain",
            Self::Config(config::Command::Schema) => "config schema",
            Self::Audit(audit::Command::Verify(_)) => "audit verify",
            Self::Replay(_) => "replay",
            #[cfg(feature = "mcp")]
            Self::Mcp(_) => "mcp",
            Self::Completions(_) => "completions",
        }
    }
}

/// The definition of the command line, for a program of that name.
pub(crate) fn definition(program: &Program) -> clap::Command {
    let name = program.name.clone();
    told(Arguments::command().bin_name(name.clone()), &name)
}

/// The examples, as somebody with a program of that name types them on a terminal of any width.
fn told(command: clap::Command, name: &str) -> clap::Command {
    let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let example = flowing(&example.replace("$ njord ", &format!("$ {name} ")));
    let command = if example.is_empty() { command } else { command.after_help(example) };
    command.mut_subcommands(|below| told(below, name))
}

/// Lines of prose become one, to be broken where the terminal ends; what is indented stays as it is.
fn flowing(text: &str) -> String {
    let mut flowing = String::with_capacity(text.len());
    let mut before = "";
    for line in text.lines() {
        let prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
        flowing.push_str(if prose(before) && prose(line) { " " } else { "\n" });
        flowing.push_str(line);
        before = line;
    }
    flowing.trim_start_matches('\n').to_owned()
}

/// What words turned out to be.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// A command, or none.
    Arguments(Arguments),
    /// A request for help, which stands here.
    Help(String),
}

/// Reads the words of a command line, the first of which names the program.
pub(crate) fn parse(program: &Program, words: Vec<OsString>) -> Result<Parsed, Failure> {
    let whole = definition(program);
    let help = help_for(&whole, &words);
    let matches = whole.try_get_matches_from(words);
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Ok(Parsed::Arguments(arguments)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            Ok(Parsed::Help(error.render().to_string()))
        }
        Err(error) => Err(not_understood(&error, &help)),
    }
}

/// What shows the help of the command that the words begin to name.
fn help_for(whole: &clap::Command, words: &[OsString]) -> String {
    let mut command = whole;
    let mut help = whole.get_bin_name().unwrap_or_default().to_owned();
    for word in words.iter().skip(1) {
        let Some(below) = word.to_str().and_then(|word| command.find_subcommand(word)) else {
            break;
        };
        command = below;
        help = format!("{help} {}", below.get_name());
    }
    help + " --help"
}

/// The parser's own words in our form: what, and what to try.
fn not_understood(error: &clap::Error, help: &str) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let what = "there is a word missing: what it is to do";
        return Failure::new("usage", "", what).advice(help).exit(Exit::Usage);
    }
    let rendered = error.render().to_string();
    let mut paragraphs = rendered.split("\n\n");
    let what = paragraphs.next().unwrap_or_default();
    let what = what.strip_prefix("error: ").unwrap_or(what);
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut advice = help.to_owned();
    for paragraph in paragraphs {
        let paragraph = paragraph.trim();
        let tips: Vec<String> = paragraph
            .lines()
            .filter_map(|line| line.trim().strip_prefix("tip: "))
            .map(one_line)
            .collect();
        if !tips.is_empty() {
            advice = tips.join("; ");
            break;
        }
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            advice = one_line(usage);
        }
    }
    Failure::new("usage", "", one_line(what)).advice(advice).exit(Exit::Usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str) -> Program {
        Program { name: name.to_owned(), typed: name.to_owned() }
    }

    #[test]
    fn definition_is_consistent_and_every_command_shows_an_example() {
        let whole = definition(&program("njord"));
        whole.clone().debug_assert();
        let mut open: Vec<&clap::Command> = whole.get_subcommands().collect();
        while let Some(command) = open.pop() {
            open.extend(command.get_subcommands());
            if command.get_subcommands().next().is_none() {
                let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(example.contains("  $ njord "), "{} has no example", command.get_name());
                assert!(command.get_about().is_some(), "{} says nothing", command.get_name());
            }
        }
    }

    #[test]
    fn definition_of_another_program_speaks_its_name() {
        let mut whole = definition(&program("mybot"));
        let below = whole
            .find_subcommand_mut("doctor")
            .map(|doctor| doctor.clone().render_long_help().to_string());
        assert!(below.is_some_and(|help| help.contains("  $ mybot doctor")));
    }

    #[test]
    fn parse_says_what_to_try_where_it_understands_nothing() {
        let refused = |words: &[&str]| {
            let words = words.iter().map(OsString::from).collect();
            parse(&program("njord"), words).map(|_| ()).map_err(|failure| failure.to_string())
        };
        let error = refused(&["njord", "docter"]).unwrap_err();
        assert_eq!(
            error,
            "error: unrecognized subcommand 'docter'\n  try: a similar subcommand exists: 'doctor'\n"
        );
        assert_eq!(refused(&["njord", "sim", "17"]), Ok(()));
    }
}
