//! No story: a process that trades is killed again and again, at moments that it cannot know. Afterwards its
//! ledger is compared with the venue's, and both journals are replayed from their first record.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use contracts::Span;
use kernel::Seeded;
use launch::Whose;
use runtime::wall_clock;
use serde_json::json;
use settings::Loaded;

use super::play::{Play, Played};
use super::promise::{FLAGS, Replayed, tripped_by_itself};
use super::stage::{Actor, Stage};
use crate::commands::Context;
use crate::failure::Failure;
use crate::output::{Answer, Hush, progress, tell};
use crate::running::services;

/// How long it may trade before it is killed, in milliseconds from its first word.
const LIFE: (i64, i64) = (20, 600);
/// How often it is killed while it recovers, in a million.
const EARLY_PPM: u32 = 125_000;
/// What the killing came to.
struct Killed {
    kills: u32,
    /// How many of them before the first word.
    early: u32,
    /// From the start of a process to its first word, in order.
    recoveries: Vec<Span>,
}

/// Kills so often, and says what it came to.
pub(super) fn run(
    kills: NonZeroU32,
    seed: u64,
    folder: &Path,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    if !context.look.json {
        tell(&format!("njord demo: kill -9, {kills} times (seed {seed})\n"));
    }
    let stage = Stage::set(folder, &FLAGS.map(str::to_owned))?;
    let loaded = stage.settings()?;
    let mut play = Play::new(wall_clock(), Hush::silent());
    let venue = stage.venue()?;
    let (killed, mut last) = kill(&stage, &mut play, kills.get(), Seeded::new(seed))?;
    play.pull_the_switch(&loaded, &mut last)?;
    play.come_to_rest(&stage, last)?;
    venue.end()?;
    let played = play.settle(&loaded)?;
    progress("replaying both journals");
    let replayed = replay_both(&loaded, context)?;
    progress("");
    Ok(answer(&killed, &played, &replayed))
}

/// Starts and kills; gives the process that is left at the end.
fn kill(
    stage: &Stage,
    play: &mut Play,
    kills: u32,
    mut dice: Seeded,
) -> Result<(Killed, Actor), Failure> {
    let mut killed = Killed { kills, early: 0, recoveries: Vec::new() };
    for number in 0..kills {
        let started = play.now();
        let mut trader = stage.trader()?;
        let usual = killed.recoveries.last().map_or(100, |last| last.millis());
        let is_early = number > 0 && dice.chance_ppm(EARLY_PPM);
        if is_early {
            rest(play, &mut trader, dice.between(0, usual))?;
            killed.early += 1;
        } else {
            play.wait_for(&mut trader, "a first word", |_| Some(()))?;
            killed.recoveries.push(play.now().since(started));
            rest(play, &mut trader, dice.between(LIFE.0, LIFE.1))?;
        }
        play.listen(trader.kill());
        if play.is_tripped() {
            return Err(tripped_by_itself(&format!("at kill {}", number + 1)));
        }
        progress(&format!("{} of {kills} killed", number + 1));
    }
    let started = play.now();
    let mut trader = stage.trader()?;
    play.wait_for(&mut trader, "a first word", |_| Some(()))?;
    killed.recoveries.push(play.now().since(started));
    killed.recoveries.sort_unstable();
    Ok((killed, trader))
}

/// Lets it work for so many milliseconds, and listens.
fn rest(play: &mut Play, trader: &mut Actor, millis: i64) -> Result<(), Failure> {
    let until = play.now() + Span::from_millis(millis);
    while play.now() < until {
        let left = until.since(play.now()).millis().unsigned_abs();
        play.listen(trader.hear(Duration::from_millis(left))?);
    }
    Ok(())
}

/// Both journals again, from their first record to their last.
fn replay_both(loaded: &Loaded, context: &Context<'_>) -> Result<Replayed, Failure> {
    let (services, places) = (services(), loaded.places());
    let mut replayed = Replayed::default();
    replayed.replay(Whose::Whole(&services), &places.journal, loaded, context)?;
    replayed.replay(Whose::Venue, &places.state.join("venue"), loaded, context)?;
    Ok(replayed)
}

/// The one of these that so many hundredths are not above; they are in order.
pub(super) fn quantile(sorted: &[Span], hundredths: usize) -> Span {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(Span::ZERO)
}

fn answer(killed: &Killed, played: &Played, replayed: &Replayed) -> Answer {
    let Killed { kills, early, recoveries } = killed;
    let (agreed, records) = (played.agreed, played.records);
    let [p50, p99, max] = [50, 99, 100].map(|part| quantile(recoveries, part).millis());
    let Replayed { inputs, outputs } = replayed;
    let text = format!(
        "{kills} times kill -9: nothing lost, nothing doubled, nothing forgotten

 kills      {kills}, of them {early} before the first word of a start
 ledgers    ours and the venue's agree to the last digit: {} orders, {} executions, fees {}
 in doubt   {} times the fate of an order was not known, and the venue was asked
 recovery   p50 {p50} ms, p99 {p99} ms, max {max} ms, from the start of a process to its first word
 audit      {records} records in two journals, chains intact
 replay     {inputs} inputs taken again, all {outputs} outputs byte for byte as they were
 took       {} s
",
        agreed.orders,
        agreed.fills,
        agreed.fees,
        agreed.doubts,
        played.lasted.millis() / 1_000,
    );
    let json = json!({
        "kills": kills, "before_first_word": early, "orders": agreed.orders,
        "executions": agreed.fills, "fees": agreed.fees.to_string(), "in_doubt": agreed.doubts,
        "recovery_ms": { "p50": p50, "p99": p99, "max": max }, "records": records,
        "replayed": { "inputs": inputs, "outputs": outputs },
        "lasted_ms": played.lasted.millis(),
    });
    Answer::done(text, json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_is_one_of_them_and_never_beyond() {
        let ten: Vec<Span> = (1..=10).map(Span::from_millis).collect();
        let of = |part| quantile(&ten, part).millis();
        assert_eq!((of(50), of(99), of(100)), (5, 10, 10));
        assert_eq!(quantile(&ten[..1], 50).millis(), 1);
        assert_eq!(quantile(&[], 99), Span::ZERO);
    }
}
