//! The commands, a file each.

pub(crate) mod audit;
pub(crate) mod balance;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod fills;
pub(crate) mod flatten;
pub(crate) mod init;
pub(crate) mod kill;
#[cfg(feature = "mcp")]
pub(crate) mod mcp;
pub(crate) mod orders;
pub(crate) mod pause;
pub(crate) mod positions;
pub(crate) mod reload;
pub(crate) mod replay;
pub(crate) mod service;
pub(crate) mod signal;
pub(crate) mod sim;
mod starting;
pub(crate) mod status;
pub(crate) mod strategy;
pub(crate) mod up;
pub(crate) mod venue;
pub(crate) mod why;

use std::sync::Arc;

use journal::files::Files;
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
    /// The disk on which `up` keeps its state.
    pub(crate) files: Arc<dyn Files>,
}

/// Does what a command says.
pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<Answer, Failure> {
    match command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Doctor(arguments) => Ok(doctor::run(arguments, context)),
        Command::Demo(arguments) => demo::run(arguments, context),
        Command::Up(arguments) => up::run(arguments, context),
        Command::Service(arguments) => service::run(arguments, context),
        Command::Venue(arguments) => venue::run(arguments, context),
        Command::Sim(arguments) => sim::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Orders(arguments) => orders::run(arguments, context),
        Command::Positions(arguments) => positions::run(arguments, context),
        Command::Fills(arguments) => fills::run(arguments, context),
        Command::Balance(arguments) => balance::run(arguments, context),
        Command::Why(arguments) => why::run(arguments, context),
        Command::Pause(arguments) => pause::pause(arguments, context),
        Command::Resume(arguments) => pause::resume(arguments, context),
        Command::Flatten(arguments) => flatten::run(arguments, context),
        Command::Reload(arguments) => reload::run(arguments, context),
        Command::Signal(arguments) => signal::run(arguments, context),
        Command::Kill(command) => kill::run(command, context),
        Command::Strategy(command) => strategy::run(command, context),
        Command::Config(command) => config::run(command, context),
        Command::Audit(command) => audit::run(command, context),
        Command::Replay(arguments) => replay::run(arguments, context),
        #[cfg(feature = "mcp")]
        Command::Mcp(arguments) => mcp::run(arguments, context),
        Command::Completions(arguments) => Ok(completions::run(arguments, context)),
    }
}
