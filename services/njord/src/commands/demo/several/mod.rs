//! No story either: the four services as processes of their own, and what may befall them. Each is killed in turn,
//! and Redis between them too; each is started again while the others work; lines between them are cut. Afterwards
//! every journal is held against every other.

mod compare;
mod hops;
mod kills;
mod lines;
mod spells;
mod stops;
mod troupe;

use std::num::NonZeroU32;
use std::path::Path;

use contracts::Span;
use kernel::Seeded;
use launch::journal_of;
use runtime::wall_clock;
use serde_json::json;

use super::kills::quantile;
use super::play::{Play, Played};
use super::promise::{FLAGS, Replayed};
use crate::commands::Context;
use crate::failure::Failure;
use crate::output::{Answer, Hush, progress, tell};
use crate::stage::{Redis, Stage};
use compare::{Compared, compare};
use kills::Killed;
use lines::{Cut, Lines};
use stops::Stopped;
use troupe::Troupe;

/// They speak by Redis.
const BUS: &str = "bus.kind=redis";

/// What befalls them.
#[derive(Clone, Copy)]
pub(super) struct Trouble {
    pub(super) kills: NonZeroU32,
    pub(super) seed: u64,
    /// For how long each line is cut.
    pub(super) cut: Option<Span>,
    /// For how long each service stands still.
    pub(super) stop: Option<Span>,
}

/// What it came to.
struct Came {
    kills: NonZeroU32,
    killed: Killed,
    cuts: Vec<Cut>,
    stops: Vec<Stopped>,
    played: Played,
    compared: Compared,
}

/// Lets all of it befall them, and says what it came to.
pub(super) fn run(
    trouble: Trouble,
    folder: &Path,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let Trouble { kills, seed, cut, stop } = trouble;
    if !context.look.json {
        tell(&format!(
            "njord demo: four services and Redis, kill -9, {kills} times (seed {seed})\n"
        ));
    }
    let data = folder.join("redis");
    if data.exists() {
        let _ = std::fs::remove_dir_all(&data);
    }
    let redis = Redis::start(&data)?;
    let url = format!("bus.url={}", redis.url());
    let flags: Vec<String> =
        FLAGS.iter().chain(&[BUS]).map(ToString::to_string).chain([url]).collect();
    let stage = Stage::set(folder, &flags)?;
    let loaded = stage.settings()?;
    let play = Play::new(wall_clock(), Hush::silent());
    let venue = stage.venue()?;
    let lines = cut.map(|_| Lines::lay(&redis, &loaded)).transpose()?;
    let mut troupe = Troupe::at_work(&stage, redis, play, lines)?;
    let killed = troupe.kill(kills.get(), Seeded::new(seed))?;
    progress("each is started again in turn");
    troupe.restart_in_turn()?;
    let cuts = cut.map_or(Ok(Vec::new()), |span| troupe.cut_each(span))?;
    let stops = stop.map_or(Ok(Vec::new()), |span| troupe.stop_each(span))?;
    troupe.hears_its_operator(&loaded)?;
    let before = troupe.play.fills();
    troupe.until("executions after all that", |play| play.fills() >= before + 4)?;
    let play = troupe.come_to_rest(&loaded)?;
    venue.end()?;
    let played = play.settle_with(&loaded, &journal_of(&loaded, "execution-gateway"))?;
    progress("comparing and replaying every journal");
    let compared = compare(&loaded, context)?;
    progress("");
    Ok(answer(Came { kills, killed, cuts, stops, played, compared }))
}

fn answer(came: Came) -> Answer {
    let Came { kills, killed, cuts, stops, played, compared } = came;
    let agreed = played.agreed;
    let Compared { records, streams, messages, replayed, hops } = compared;
    let Replayed { inputs, outputs } = replayed;
    let each: Vec<String> =
        killed.of.iter().map(|(name, times)| format!("{name} {times}")).collect();
    let (redis, emptied) = (killed.redis, killed.redis_emptied);
    let (orders, p50, p99) = hops.figures();
    let text = format!(
        "{kills} times kill -9: nothing lost, nothing doubled, nothing forgotten

 kills      {}, Redis {redis}, {emptied} times without its data afterwards
 restarts   each once while the others worked
{}{} ledgers    ours and the venue's agree to the last digit: {} orders, {} executions, fees {}
 streams    {messages} messages on {streams} streams, each taken once and in order
 in doubt   {} times the fate of an order was not known, and the venue was asked
 hops       p50 {}, p99 {} from a market event to the request of its order, by way of two disks, of {orders}
 audit      {records} records in five journals, chains intact
 replay     {inputs} inputs taken again, all {outputs} outputs byte for byte as they were
 took       {} s
",
        each.join(", "),
        shown(&cuts),
        stood(&stops),
        agreed.orders,
        agreed.fills,
        agreed.fees,
        agreed.doubts,
        millis(p50),
        millis(p99),
        played.lasted.millis() / 1_000,
    );
    let cuts: Vec<_> = cuts
        .iter()
        .map(|cut| json!({ "of": cut.of, "to": cut.to, "recovery_ms": cut.recovery.millis() }))
        .collect();
    let stops: Vec<_> = stops
        .iter()
        .map(|stop| {
            let Stopped { of, recovery, others_gained } = stop;
            json!({ "of": of, "recovery_ms": recovery.millis(), "others_gained_kb": others_gained })
        })
        .collect();
    let json = json!({
        "kills": kills, "killed": killed.of, "redis": redis, "redis_emptied": emptied, "cuts": cuts, "stops": stops,
        "orders": agreed.orders, "executions": agreed.fills, "fees": agreed.fees.to_string(),
        "in_doubt": agreed.doubts, "streams": streams, "messages": messages, "records": records,
        "three_hops": { "orders": orders, "p50_us": p50.nanos() / 1_000, "p99_us": p99.nanos() / 1_000 },
        "replayed": { "inputs": inputs, "outputs": outputs },
        "lasted_ms": played.lasted.millis(),
    });
    Answer::done(text, json)
}

/// A line about cut lines, where there were any.
fn shown(cuts: &[Cut]) -> String {
    let Some(longest) = cuts.iter().max_by_key(|cut| cut.recovery) else { return String::new() };
    let Cut { of, to, recovery } = longest;
    format!(
        " cuts       {} lines, one after another: nothing was opened in doubt; trading again within {} s ({of} and {to})\n",
        cuts.len(),
        recovery.millis() / 1_000 + 1,
    )
}

/// A line about services that stood still, where there were any.
fn stood(stops: &[Stopped]) -> String {
    let Some(Stopped { of, recovery, .. }) = stops.iter().max_by_key(|stop| stop.recovery) else {
        return String::new();
    };
    let gained = stops.iter().filter_map(|stop| stop.others_gained).max();
    let gained = gained
        .map_or(String::new(), |kb| format!("; others gained {} MB at most", kb.div_ceil(1_024)));
    format!(
        " stops      {} services stood still in turn: nothing was opened in doubt; trading again within {} s ({of}){gained}\n",
        stops.len(),
        recovery.millis() / 1_000 + 1,
    )
}

fn millis(span: Span) -> String {
    let micros = span.nanos() / 1_000;
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}
