//! The commands, a file each.

pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod sim;
pub(crate) mod strategy;
pub(crate) mod up;
pub(crate) mod venue;

use settings::Environment;

use ::strategy::Registry;

use crate::arguments::Command;
use crate::failure::Failure;
use crate::output::{Answer, Look};
use crate::program::Program;

/// What every command may look at.
pub(crate) struct Context<'a> {
    /// The classes of strategy that this program knows.
    pub(crate) registry: Registry,
    /// What the program is called.
    pub(crate) program: &'a Program,
    /// The environment.
    pub(crate) environment: &'a Environment,
    /// How output looks.
    pub(crate) look: Look,
}

/// Does what a command says.
pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<Answer, Failure> {
    match command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Doctor(arguments) => Ok(doctor::run(arguments, context)),
        Command::Up(arguments) => up::run(arguments, context),
        Command::Venue(arguments) => venue::run(arguments, context),
        Command::Sim(arguments) => sim::run(arguments, context),
        Command::Strategy(command) => strategy::run(command, context),
        Command::Config(command) => config::run(command, context),
        Command::Audit(command) => audit::run(command, context),
        Command::Completions(arguments) => Ok(completions::run(arguments, context)),
    }
}
