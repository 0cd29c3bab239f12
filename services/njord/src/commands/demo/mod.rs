//! `demo`: the whole story with real processes, in a minute; or nothing but a `kill -9` after another.

mod kills;
mod ledgers;
mod play;
mod promise;
mod report;
mod rerun;
mod several;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use contracts::Span;
use launch::{Blueprint, Seals};
use runtime::wall_clock;
use serde_json::json;
use settings::{KeyFolder, Places};

use super::Context;
use crate::failure::Failure;
use crate::output::{Answer, Hush, tell};
use crate::stage::{self, Stage};
use crate::story::words;
use play::{Play, Played};
use rerun::Rerun;
use several::Trouble;

const EXAMPLE: &str = "\
Example:
  $ njord demo
  njord demo: three strategies on a paper market in a hurry; the venue is a process of its own
  ...

  $ njord demo --kills 1000
  1000 times kill -9: nothing lost, nothing doubled, nothing forgotten
  ...

  $ njord demo --kills 1000 --services --cut 60 --stop 60
  1000 times kill -9: nothing lost, nothing doubled, nothing forgotten
  ...

Needs no configuration, no keys and no network. Everything it makes lies in runs/demo, in the place of
an earlier demo's. The hash is over two minutes of the same market on virtual time: the same everywhere.";

/// Watch it trade on paper, be killed in the middle of an order, and come back.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The folder for everything that is made; where nothing is said, runs/demo.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// No story: the process that trades is killed so often, and started again; then the ledgers are compared
    /// and both journals replayed.
    #[arg(long, value_name = "NUMBER")]
    kills: Option<NonZeroU32>,

    /// The same with every service as a process of its own, and a Redis between them that is killed too; each is
    /// also started again while the others work. Needs redis-server.
    #[arg(long, requires = "kills")]
    services: bool,

    /// Cut each line between the services, Redis and the venue as well, one after another, for so long; at least
    /// 8.
    #[arg(long, value_name = "SECONDS", requires = "services", value_parser = clap::value_parser!(u16).range(8..))]
    cut: Option<u16>,

    /// Let each service stand still (SIGSTOP) as well, one after another, for so long; at least 8.
    #[arg(long, value_name = "SECONDS", requires = "services", value_parser = clap::value_parser!(u16).range(8..))]
    stop: Option<u16>,

    /// When it is killed follows from this; where nothing is said, 1.
    #[arg(long, value_name = "NUMBER", requires = "kills")]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("runs/demo"));
    if let Some(kills) = arguments.kills {
        let seed = arguments.seed.unwrap_or(1);
        if arguments.services {
            let [cut, stop] = [arguments.cut, arguments.stop]
                .map(|said| said.map(|seconds| Span::from_secs(i64::from(seconds))));
            return several::run(Trouble { kills, seed, cut, stop }, &folder, context);
        }
        return kills::run(kills, seed, &folder, context);
    }
    let hush = Hush::of(context.look);
    if !hush.is_hushed() {
        tell(
            "njord demo: three strategies on a paper market in a hurry; the venue is a process of its own\n\n",
        );
    }
    let stage = Stage::set(&folder, &[])?;
    let loaded = stage.settings()?;
    let keys = KeyFolder::at(&loaded.places().keys);
    let blueprint = Blueprint::of(&loaded, &context.registry, &Seals::of(&keys)?)?;
    let played = Play::new(wall_clock(), hush).run(&stage)?;
    let rerun = rerun::play(&loaded, &blueprint)?;
    let report = report::write(&folder, &played, &rerun)?;
    let shown = report.display().to_string();
    let text = end(&played, &rerun, (loaded.places(), &shown), &context.program.typed);
    Ok(Answer::done(text, to_json(&played, &rerun, &shown)))
}

/// What it all came to.
fn end(played: &Played, rerun: &Rerun, (places, report): (&Places, &str), typed: &str) -> String {
    let (journal, keys) = (places.journal.display(), places.keys.display());
    let Played { agreed, crash, refusals, records, lasted } = played;
    let seconds =
        |span: Span| format!("{}.{} s", span.millis() / 1_000, span.millis() % 1_000 / 100);
    let crash = crash.map_or(String::new(), |crash| {
        let state = crash.end.map(|(state, _)| words(&format!("{state:?}")));
        let state = state.unwrap_or_else(|| "unknown".to_owned());
        let (id, took) = (crash.order.short(), seconds(crash.recovery));
        format!(" crash      order {id}: {state}, as the venue has it; back after {took}\n")
    });
    format!(
        "
 ledgers    ours and the venue's agree to the last digit: {} orders, {} executions, fees {}
{crash} gate       {refusals} intents refused
 audit      {records} records, chains intact; `{typed} audit verify {journal} --keys {keys}` says so too
 hash       {}, over two minutes of the same market on virtual time, {} executions
 took       {}
 report     {report}

 next       a strategy of your own           {typed} init ../mybot
            a configuration and keys         {typed} init --home ~/desk
            everything that can go wrong     {typed} sim
",
        agreed.orders,
        agreed.fills,
        agreed.fees,
        rerun.hash,
        rerun.executions,
        seconds(*lasted),
    )
}

fn to_json(played: &Played, rerun: &Rerun, report: &str) -> serde_json::Value {
    let crash = played.crash.map(|crash| {
        json!({
            "order": crash.order.to_string(),
            "end": crash.end.map(|(state, _)| words(&format!("{state:?}"))),
            "recovery_ms": crash.recovery.millis(),
        })
    });
    json!({
        "orders": played.agreed.orders, "executions": played.agreed.fills,
        "fees": played.agreed.fees.to_string(), "refusals": played.refusals, "crash": crash,
        "records": played.records, "hash": rerun.hash.to_string(), "report": report,
        "lasted_ms": played.lasted.millis(),
    })
}
