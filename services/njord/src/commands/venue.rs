//! `venue`: the simulated venue as a process of its own.

use clap::Args;
use launch::{Program, VenueApart};
use runtime::{Ended, wall_clock};
use serde_json::json;
use settings::Secrets;
use telemetry::{Component, Notice};

use super::Context;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::{Answer, tell};
use crate::program;
use crate::running::{self, Telling, TerminalLook};

const EXAMPLE: &str = "\
Example, in a folder where `njord init` was:
  $ njord venue --set run.venue=apart &
  njord venue: BTC/USD, ETH/USD at 127.0.0.1:7810
  ...
  $ njord up --set run.venue=apart

It has its own journal, in `venue` of the state folder: whatever happens to those who trade there, it knows
what was ordered and what was traded. What is wrong with its callers is in its log. Exit codes: 0 it was asked to end, 1 it could not begin, 4 it could
not go on.";

/// What its log is called.
const VENUE_ITSELF: Program<'_> = Program { name: "venue", version: program::VERSION };
/// What it says about itself in the log.
const VENUE: Component = Component::new("venue");

/// Run the simulated venue as a process of its own, for `run.venue = "apart"`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// Show no log on the terminal; the files have it all.
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let loaded = arguments.settings.load(context.environment)?;
    let clock = wall_clock();
    let venue = VenueApart::open(running::deps(&loaded, context, &clock))
        .map_err(|why| running::not_launched(why, &loaded.places().keys, context))?;
    running::end_on_signals(venue.stop())?;
    let address = venue.address().map_err(|error| {
        Failure::new("venue", "", format!("its address cannot be asked for: {error}"))
    })?;
    if !context.look.json {
        let symbols: Vec<String> =
            loaded.settings().market.symbols.iter().map(ToString::to_string).collect();
        tell(&format!("njord venue: {} at {address}\n", symbols.join(", ")));
    }
    let secrets = Secrets::open(loaded.places(), context.environment)?;
    let look = TerminalLook { no_color: context.look.no_color, quiet: arguments.quiet };
    let telling = Telling::begin(&loaded, VENUE_ITSELF, &secrets, &clock, look)?;
    let (log, began) = (telling.log.component(VENUE), clock());
    let mode = loaded.settings().run.mode.name();
    log.tell(Notice::Started { version: program::VERSION, mode });
    running::say_how_it_was_found(venue.found(), &log);
    let (ended, _) = venue.serve(&log).map_err(|error| {
        Failure::new("venue", address.to_string(), format!("cannot serve: {error}"))
    })?;
    log.tell(Notice::Stopped { up_ms: clock().since(began).millis().unsigned_abs() });
    drop(telling);
    match ended {
        Ended::InPeace => Ok(Answer::done("closed in peace\n", json!({}))),
        ended => {
            let journal = loaded.places().state.join("venue").display().to_string();
            Err(running::could_not_go_on(&ended, &[], None, journal))
        }
    }
}
