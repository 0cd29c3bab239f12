//! `flatten`: everything is closed, and nothing is opened until the operator clears the kill switch.

use clap::Args;
use contracts::{Event, KillLevel, KillTrigger, Trip};
use serde_json::json;

use super::Context;
use super::kill::wait_for;
use crate::asking::Asking;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord flatten --yes
  ok   flatten  begun: cancels orders, closes positions, opens nothing; watch: njord status
  ...

It is the highest level of the kill switch: it stays tripped until `njord kill clear`. Closing takes the
prices there are. Exit codes: 0 the process, or each of the services, does it, 1 not, 2 nobody said --yes.";

/// Close every position, and open nothing until the kill switch is cleared.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// It is meant: at whatever prices there are.
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let typed = &context.program.typed;
    if !arguments.yes {
        let what = "this closes every position at whatever prices there are";
        return Err(Failure::new("unsaid", "", what)
            .advice(format!("{typed} flatten --yes"))
            .exit(Exit::Usage));
    }
    let asking = Asking::new(&arguments.settings, context)?;
    if let Some(several) = asking.several()? {
        let trip = Trip { level: KillLevel::Flatten, trigger: KillTrigger::Command };
        let findings = several.say(&[(None, Event::Trip(trip))])?;
        let taken = finding::worst(&findings) < finding::Level::Fail;
        let seen = taken && several.wait_for(Some(KillLevel::Flatten))?;
        let services = finding::to_json(&findings);
        let json = json!({ "taken": taken, "tripped": seen, "services": services });
        return Ok(finding::to_answer(&findings, json));
    }
    asking.tell_running(&json!({ "do": "flatten" }))?;
    let seen = wait_for(&asking, |status| status.kill.level == Some(KillLevel::Flatten))?;
    let what =
        format!("begun: cancels orders, closes positions, opens nothing; watch: {typed} status");
    let finding = if seen {
        Finding::ok("flatten", what)
    } else {
        Finding::warn("flatten", "the process has taken it and has not said that it has begun")
            .advice(format!("{typed} status"))
    };
    let json = json!({ "taken": true, "tripped": seen });
    Ok(Answer::done(finding::to_text(&[finding]), json))
}
