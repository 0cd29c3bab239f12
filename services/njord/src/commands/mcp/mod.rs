//! `mcp`: a server of the Model Context Protocol over standard input and output, for agents. It looks, and nothing else.
//!
//! Standard output belongs to the protocol. It answers one question after the other, by the same readers as the
//! commands; there is no way from here to the doors of a process, to a key that signs, or to a file that is written.

mod asked;
mod pages;
mod pipe;
mod session;
mod tools;

use clap::Args;
use serde_json::json;

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;
use tools::Desk;

const EXAMPLE: &str = "\
Example, as an agent is told of it:
  $ njord mcp --home ~/desk
  ...

It speaks on standard input and output, one message a line, until its client hangs up. It looks at the
state, positions, orders, refusals and their reasons, strategies, settings, reports and documentation, and
can change nothing. Exit codes: 0 the client hung up, 1 what came was no session.";

/// Answer an agent's questions over the Model Context Protocol; nothing it offers can trade.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    if context.look.json {
        let what = "standard output belongs to the protocol, which is JSON of its own";
        return Err(Failure::new("usage", "--json", what)
            .advice(format!("{} mcp", context.program.typed))
            .exit(Exit::Usage));
    }
    let desk = Desk {
        registry: context.registry.clone(),
        program: context.program.clone(),
        environment: context.environment.clone(),
        settings: arguments.settings.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new("mcp", "", format!("cannot begin: {error}")).advice("fewer open files")
    })?;
    let served = runtime.block_on(session::serve(desk));
    // Somebody may still be reading from a client that says nothing more; that is not waited for.
    runtime.shutdown_background();
    served.map(|()| Answer::done("", json!({})))
}
