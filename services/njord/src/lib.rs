//! The command line of Njord, as a library: a program with strategies of its own gets every command.
//!
//! ```no_run
//! # use njord::strategy::Strategy;
//! # fn of<Mine: Strategy>() -> std::process::ExitCode {
//! njord::cli().strategy::<Mine>().run()
//! # }
//! ```
//!
//! One file per command stands under `commands`. A command takes its arguments and gives an answer, for
//! people and for programs alike; printing is done in one place. Nothing here decides anything about
//! trading: that is what the crates below are for.

mod arguments;
mod asking;
mod commands;
mod exit;
mod failure;
mod finding;
mod loading;
mod output;
mod page;
mod program;
mod roster;
mod run;
mod running;
pub mod serving;
mod stage;
mod story;

use std::process::ExitCode;

use settings::Environment;

pub use page::page;
/// What strategies are made of, so that a crate of one's own depends on this one alone.
pub use {contracts, indicators, strategy};

use self::strategy::{Invalid, Registry, Strategy};

/// A command line that is about to run.
#[derive(Debug)]
pub struct Cli {
    registry: Result<Registry, Invalid>,
}

/// The command line with the bundled strategies.
pub fn cli() -> Cli {
    Cli { registry: strategies::registry() }
}

impl Cli {
    /// One strategy more. Two of one name are an error, which every command then reports.
    #[must_use]
    pub fn strategy<S: Strategy>(self) -> Self {
        Self { registry: self.registry.and_then(Registry::with::<S>) }
    }

    /// Does what the arguments of this process say.
    pub fn run(self) -> ExitCode {
        let words = std::env::args_os().collect();
        ExitCode::from(run::run(self.registry, words, &Environment::of_process()).code())
    }
}
