//! `service`: one service as a process of its own, with the strategies of this program.

use clap::Args;
use launch::{Begun, InTurns, Next, NotOne, journal_of, operator};
use runtime::Ended;
use serde_json::json;

use super::Context;
use super::starting::Starting;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::{Answer, tell};
use crate::program;
use crate::running::{self, Events, TerminalLook, service_of, services};

const EXAMPLE: &str = "\
Example, in a folder where `njord init` was, with a Redis on this machine:
  $ njord service risk-engine --set bus.kind=redis
  risk-engine: paper, session 1, start 1; bus at redis://127.0.0.1:6379/0; 0 inputs replayed
  ...

The four together are what `njord up` is in one process. Each has a journal of its own, in a folder of its name
in the state folder, and goes on from there after whatever has ended it. At `njord reload`, and at SIGHUP where
nobody sits at its terminal, it goes on with the settings as they are now. What it is and promises: docs/bus.md.
Exit codes: 0 it was asked to end, 1 it could not begin, 4 it could not go on.";

/// Run one service as a process of its own, which reaches the others by Redis.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// Which: md-ingest, strategy-engine, risk-engine or execution-gateway.
    #[arg(value_name = "SERVICE")]
    name: String,

    /// Print everything durable that it says as one message a line, once the disk has it, and nothing else.
    #[arg(long)]
    events: bool,

    #[command(flatten)]
    starting: Starting,

    /// Show no log on the terminal; the files have it all.
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let services = services();
    let service = service_of(&services, &arguments.name)?;
    let loaded = arguments.settings.load(context.environment)?;
    let journal = journal_of(&loaded, service.name).display().to_string();
    let operator = operator(&loaded, arguments.starting.loosen)?;
    let keys = loaded.places().keys.clone();
    let turns = InTurns {
        service,
        registry: &context.registry,
        environment: context.environment,
        build: program::build(),
        version: program::VERSION,
        look: TerminalLook { no_color: context.look.no_color, quiet: arguments.quiet },
        asked: arguments.starting.asked(),
    };
    let mut is_first = true;
    let each = |begun: &mut Begun| {
        let is_first = std::mem::take(&mut is_first);
        if arguments.events {
            begun.tell(Events::on_output()?);
        } else if is_first && !context.look.json {
            tell(begun.line());
        }
        Ok(())
    };
    let not_begun = |why| match why {
        NotOne::NotLaunched(why) => running::not_launched(why, &keys, context),
        why => Failure::new("service", arguments.name.clone(), why.to_string()),
    };
    let reads = arguments.settings.reads(context.environment);
    let report =
        turns.run(Next { loaded, operator }, reads, each, running::give_up).map_err(not_begun)?;
    if report.ended == Ended::InPeace && report.died.is_empty() {
        let answer = Answer::done("ended in peace; all of it is on the disk\n", json!({}));
        return Ok(if arguments.events { answer.silent() } else { answer });
    }
    Err(running::could_not_go_on(&report.ended, &report.died, None, journal))
}
