//! `sim`: the bundled strategies in worlds where everything goes wrong; one with its story, or many.
//!
//! They trade a synthetic market through the real gate, the real gateway and a simulated venue on virtual
//! time. At the end the books are compared with what the venue really did, and every journal is replayed.

mod story;
mod worlds;

use std::num::{NonZeroU64, NonZeroUsize};
use std::thread::available_parallelism;

use clap::Args;
use contracts::{Money, Span};
use serde_json::{Value, json};
use sim::{Account, Counts, Faults, Layout, Outcome, Trial};

use super::Context;
use crate::failure::Failure;
use crate::output::{Answer, tell};

const EXAMPLE: &str = "\
Examples:
  $ njord sim 17
  njord: four strategies on a synthetic market, an hour of virtual time, three processes,
  every fault on the menu (seed 17). The first of each kind of thing is told.
  ...

  $ njord sim --count 100
  100 worlds (seeds 1 to 100), no promise broken
  ...

The same seed tells the same story on every machine. With `--count` each world is another, its
layout, its faults and its length too; one that breaks a promise is named, and
`njord sim SEED --count 1` runs it again.";

/// The world of the story, where nobody names another.
const SEED: u64 = 7;

/// Trade in a world where everything goes wrong.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// What everything random follows from: a whole number; where nothing is said, 7, or 1 with `--count`.
    seed: Option<u64>,

    /// Run so many worlds, from that seed on, without their stories.
    #[arg(long, value_name = "NUMBER")]
    count: Option<NonZeroU64>,

    /// How many worlds run at a time; where nothing is said, as many as there are processors. The result
    /// does not depend on it.
    #[arg(long, value_name = "NUMBER", requires = "count")]
    threads: Option<NonZeroUsize>,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    match arguments.count {
        Some(count) => {
            let threads = arguments.threads.or_else(|| available_parallelism().ok());
            let threads = threads.unwrap_or(NonZeroUsize::MIN);
            worlds::run(arguments.seed.unwrap_or(1), count.get(), threads, context)
        }
        None => one(arguments.seed.unwrap_or(SEED), context),
    }
}

/// One world, an hour long, with its story.
fn one(seed: u64, context: &Context<'_>) -> Result<Answer, Failure> {
    let trial = Trial {
        seed,
        layout: Layout::Distributed,
        faults: faults(),
        trades_for: Span::MINUTE.times(60),
        spot: true,
        mischief: false,
    };
    let (json, typed) = (context.look.json, &context.program.typed);
    if !json {
        tell(&story::beginning(seed));
    }
    let teller = story::Watching::default();
    let outcome = trial.run(if json { Vec::new() } else { vec![Box::new(teller)] });
    let outcome = outcome.map_err(|violation| {
        broken_promise(seed, &violation.to_string())
            .advice(format!("{typed} sim {seed}, and report it"))
    })?;
    Ok(Answer::done(story::end(seed, &outcome, typed), outcome_json(seed, &outcome)))
}

fn broken_promise(seed: u64, what: &str) -> Failure {
    Failure::new("promise", format!("seed {seed}"), format!("a promise was broken {what}"))
}

fn outcome_json(seed: u64, outcome: &Outcome) -> Value {
    json!({
        "seed": seed, "hash": outcome.hash.to_string(), "counts": counts_json(&outcome.counts),
        "accounts": outcome.accounts.iter().map(account_json).collect::<Vec<_>>(),
    })
}

fn counts_json(counts: &Counts) -> Value {
    let Counts { approvals, refusals, submits, executions, crashes, lost, unknown } = counts;
    json!({
        "approvals": approvals, "refusals": refusals, "submits": submits, "executions": executions,
        "crashes": crashes, "lost": lost, "unknown": unknown,
    })
}

fn account_json(account: &Account) -> Value {
    let Account { strategy, approvals, executions, start, worth, .. } = account;
    let [start, worth] = [start, worth].map(Money::to_string);
    json!({
        "strategy": strategy, "approvals": approvals, "executions": executions,
        "start": start, "worth": worth,
    })
}

/// Every fault there is, each often enough to be met in an hour.
fn faults() -> Faults {
    Faults {
        drop_ppm: 10_000,
        duplicate_ppm: 10_000,
        delay_max: Span::from_millis(50),
        venue_drop_ppm: 20_000,
        venue_delay_max: Span::from_millis(300),
        crash_ppm: 60,
        down_max: Span::from_secs(4),
        partition_ppm: 2_000,
        partition_max: Span::from_secs(5),
        feed_break_ppm: 2_000,
        feed_break_max: Span::from_secs(5),
        clock_jump_ppm: 2_000,
        clock_skew_max: Span::from_millis(200),
        disk_full_ppm: 1_000,
        poll_silence_ppm: 500,
        poll_silence_max: Span::from_secs(3),
        kill_ppm: 1_000,
        kill_max: Span::from_secs(5),
        disk_full_max: Span::from_secs(3),
        ..Faults::none()
    }
}
