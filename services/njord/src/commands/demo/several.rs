//! No story either: the four services as processes of their own, of which one after another is killed, and
//! Redis between them too. Afterwards every journal is held against every other.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use bus::{Bus as _, End, Position, ReaderName, RedisBus, RedisSetup, Stream};
use contracts::{Source, Span, TopicKind};
use kernel::Seeded;
use runtime::launch::{Whose, journal_of};
use runtime::{Stop, readers, reads, wall_clock};
use serde_json::json;
use settings::{KeyFolder, Loaded};

use super::ledgers::Streams;
use super::play::{Play, Played};
use super::promise::{FLAGS, Replayed, tripped_by_itself};
use super::stage::{Actor, Redis, Stage};
use crate::commands::Context;
use crate::failure::Failure;
use crate::output::{Answer, Hush, progress, tell};
use crate::running::services;

/// How long all work before the next of them is killed, in milliseconds.
const LIFE: (i64, i64) = (20, 1_500);
/// How long one that was killed stays away, in milliseconds.
const AWAY: (i64, i64) = (0, 400);
/// Every so many times it is Redis: without its data and with it, in turn.
const REDIS_EVERY: u32 = 12;
/// How often somebody is given the time to trade again before the next kill, in a million: whoever sends to the
/// venue waits a while after each start.
const REST_PPM: u32 = 150_000;
const REST: Span = Span::from_secs(6);
/// How long anything may take that is bound to come.
const PATIENCE: Span = Span::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// They speak by Redis.
const BUS: &str = "bus.kind=redis";

const GATEWAY: &str = "execution-gateway";

/// Everybody on the stage.
struct Troupe<'a> {
    stage: &'a Stage,
    redis: Redis,
    actors: BTreeMap<&'static str, Actor>,
    play: Play,
}

/// What the killing came to.
#[derive(Default)]
struct Killed {
    of: BTreeMap<&'static str, u32>,
    redis: u32,
    redis_emptied: u32,
}

/// What the journals say of each other.
#[derive(Default)]
struct Compared {
    records: u64,
    streams: u64,
    messages: u64,
    replayed: Replayed,
}

/// Kills so often, and says what it came to.
pub(super) fn run(
    kills: NonZeroU32,
    seed: u64,
    folder: &Path,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
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
    let mut troupe = Troupe { stage: &stage, redis, actors: BTreeMap::new(), play };
    for service in services() {
        troupe.enter(service.name)?;
    }
    troupe.until("a first execution", |play| play.fills() > 0)?;
    let killed = troupe.kill(kills.get(), Seeded::new(seed))?;
    troupe.hears_its_operator(&loaded)?;
    let before = troupe.play.fills();
    troupe.until("executions after the last kill", |play| play.fills() >= before + 4)?;
    troupe.come_to_rest(&loaded)?;
    venue.end()?;
    let Troupe { play, redis, .. } = troupe;
    drop(redis);
    let gateway = journal_of(&loaded, GATEWAY);
    let played = play.settle_with(&loaded, &gateway)?;
    progress("comparing and replaying every journal");
    let compared = compare(&loaded, context)?;
    progress("");
    Ok(answer(kills.get(), &killed, &played, &compared))
}

impl Troupe<'_> {
    fn enter(&mut self, name: &'static str) -> Result<(), Failure> {
        self.actors.insert(name, self.stage.service(name)?);
        Ok(())
    }

    /// Hears everybody once.
    fn listen(&mut self) {
        for actor in self.actors.values() {
            while let Some(said) = actor.next(Duration::ZERO) {
                self.play.listen([said]);
            }
        }
    }

    /// Lets them work for so long, and listens.
    fn rest(&mut self, span: Span) {
        let (until, nobody_says_stop) = (self.play.now() + span, Stop::default());
        while self.play.now() < until {
            self.listen();
            nobody_says_stop.wait(LOOK_EVERY);
        }
        self.listen();
    }

    /// Listens until that has come about.
    fn until(&mut self, what: &str, holds: impl Fn(&Play) -> bool) -> Result<(), Failure> {
        let patience = self.play.now() + PATIENCE;
        while !holds(&self.play) {
            if self.play.now() > patience {
                let what = format!("{what} did not come in {} s", PATIENCE.millis() / 1_000);
                return Err(Failure::new("demo", "", what)
                    .advice("the logs, in home/logs of the folder of the demo"));
            }
            self.rest(Span::from_millis(50));
            self.nobody_ended()?;
        }
        Ok(())
    }

    fn nobody_ended(&mut self) -> Result<(), Failure> {
        for (name, actor) in &mut self.actors {
            if actor.has_ended()? {
                return Err(actor.failure(&format!("{name} ended by itself")));
            }
        }
        Ok(())
    }

    /// Kills one after another, in turn and at moments that nobody can know.
    fn kill(&mut self, kills: u32, mut dice: Seeded) -> Result<Killed, Failure> {
        let names = services().map(|service| service.name);
        let (mut killed, mut turn) = (Killed::default(), 0);
        for number in 0..kills {
            self.rest(Span::from_millis(dice.between(LIFE.0, LIFE.1)));
            self.nobody_ended()?;
            if self.play.is_tripped() {
                return Err(tripped_by_itself(number));
            }
            if (number + 1) % REDIS_EVERY == 0 {
                let keeps_data = killed.redis % 2 == 1;
                self.redis.kill(keeps_data)?;
                killed.redis += 1;
                killed.redis_emptied += u32::from(!keeps_data);
            } else {
                let name = names[turn % names.len()];
                turn += 1;
                if let Some(actor) = self.actors.remove(name) {
                    self.play.listen(actor.kill());
                }
                self.rest(Span::from_millis(dice.between(AWAY.0, AWAY.1)));
                self.enter(name)?;
                *killed.of.entry(name).or_default() += 1;
            }
            if dice.chance_ppm(REST_PPM) {
                self.rest(REST);
            }
            progress(&format!("{} of {kills} killed", number + 1));
        }
        Ok(killed)
    }

    /// Somebody pulls the switch, and the operator clears it and lets strategies pause and go on.
    fn hears_its_operator(&mut self, loaded: &Loaded) -> Result<(), Failure> {
        self.pull_the_switch(loaded)?;
        for words in [&["kill", "clear"][..], &["pause"], &["resume"]] {
            let (is_done, said) = self.stage.ask(words)?;
            if !is_done {
                let what = format!("njord {} was not taken: {said}", words.join(" "));
                return Err(Failure::new("promise", "", what));
            }
        }
        self.until("a kill switch that is clear", |play| !play.is_tripped())
    }

    /// Pulls the switch, and waits until nothing is open.
    fn pull_the_switch(&mut self, loaded: &Loaded) -> Result<(), Failure> {
        let file = &loaded.places().kill_file;
        std::fs::write(file, "demo\n").map_err(|error| {
            Failure::new("demo", file.display().to_string(), format!("cannot be made: {error}"))
        })?;
        self.until("the end of every order", |play| play.is_tripped() && play.open() == 0)
    }

    /// Pulls the switch, waits until nothing is open and everybody has read everything, and ends them.
    fn come_to_rest(&mut self, loaded: &Loaded) -> Result<(), Failure> {
        self.pull_the_switch(loaded)?;
        // Without a market nobody wants anything more.
        if let Some(market) = self.actors.remove("md-ingest") {
            self.play.listen(market.end()?);
        }
        self.read_everything()?;
        for (_, actor) in std::mem::take(&mut self.actors) {
            self.play.listen(actor.end()?);
        }
        Ok(())
    }

    /// Waits until nobody says anything more and everybody has everything on the disk.
    fn read_everything(&mut self) -> Result<(), Failure> {
        let timeout = Duration::from_secs(2);
        let setup = RedisSetup {
            url: self.redis.url(),
            login: None,
            connect_timeout: timeout,
            answer_timeout: timeout,
        };
        let strange = |what: String| Failure::new("demo", "redis", what);
        let bus = RedisBus::new(&setup).map_err(|why| strange(why.to_string()))?;
        let mut writer = bus.writer().map_err(|why| strange(why.to_string()))?;
        let (patience, mut before) = (self.play.now() + PATIENCE, Vec::new());
        loop {
            let mut now = Vec::new();
            for (stream, names) in kept() {
                let standing =
                    writer.look(stream, &names).map_err(|why| strange(why.to_string()))?;
                let end = match standing.end {
                    End::At(found) => found.id.position(),
                    _ => None,
                };
                now.push((stream, end, standing.readers));
            }
            let is_read = |end: Option<Position>, readers: &[Option<Position>]| {
                end.is_none_or(|end| readers.iter().all(|reader| *reader >= Some(end)))
            };
            if now == before && now.iter().all(|(_, end, readers)| is_read(*end, readers)) {
                return Ok(());
            }
            if self.play.now() > patience {
                let behind = now.iter().find(|(_, end, readers)| !is_read(*end, readers));
                return Err(strange(format!("not everything was read: {behind:?}")));
            }
            before = now;
            self.rest(Span::from_millis(1_500));
        }
    }
}

/// The streams that somebody has to read, with their readers.
fn kept() -> Vec<(Stream, Vec<ReaderName>)> {
    let streams = Source::ALL.into_iter().flat_map(|source| {
        TopicKind::ALL.into_iter().filter_map(move |kind| Stream::new(kind, source))
    });
    let named = |stream| {
        let names: Vec<ReaderName> =
            readers(stream).iter().filter_map(|name| ReaderName::new(name).ok()).collect();
        (!names.is_empty()).then_some((stream, names))
    };
    streams.filter_map(named).collect()
}

/// Holds every journal against every other, and replays each of them from its first record.
fn compare(loaded: &Loaded, context: &Context<'_>) -> Result<Compared, Failure> {
    let key = *KeyFolder::at(&loaded.places().keys).journal()?.expose();
    let mut compared = Compared::default();
    let mut journals = BTreeMap::new();
    for name in services().map(|service| service.name).into_iter().chain(["operator"]) {
        let streams = Streams::read(&journal_of(loaded, name), key)?;
        compared.records += streams.records;
        journals.insert(name, streams);
    }
    for (name, journal) in &journals {
        for stream in reads(name) {
            let none = Vec::new();
            let said =
                journals.values().find_map(|writer| writer.said.get(&stream)).unwrap_or(&none);
            let heard = journal.heard.get(&stream).unwrap_or(&none);
            if said != heard {
                let place = said.iter().zip(heard).position(|(said, heard)| said != heard);
                let what = format!(
                    "{name} has taken {} messages of {stream}, and {} were said; the first that differs: {place:?}",
                    heard.len(),
                    said.len()
                );
                return Err(Failure::new("promise", "", what)
                    .advice("report it, with the folder of the demo"));
            }
            compared.streams += 1;
            compared.messages += said.len() as u64;
        }
    }
    compared.replayed = replay_all(loaded, context)?;
    Ok(compared)
}

fn replay_all(loaded: &Loaded, context: &Context<'_>) -> Result<Replayed, Failure> {
    let mut replayed = Replayed::default();
    for service in services() {
        let whose = Whose::Services(std::slice::from_ref(&service));
        replayed.replay(whose, &journal_of(loaded, service.name), loaded, context)?;
    }
    replayed.replay(Whose::Venue, &loaded.places().state.join("venue"), loaded, context)?;
    Ok(replayed)
}

fn answer(kills: u32, killed: &Killed, played: &Played, compared: &Compared) -> Answer {
    let agreed = played.agreed;
    let Compared { records, streams, messages, replayed: Replayed { inputs, outputs } } = compared;
    let each: Vec<String> =
        killed.of.iter().map(|(name, times)| format!("{name} {times}")).collect();
    let (redis, emptied) = (killed.redis, killed.redis_emptied);
    let text = format!(
        "{kills} times kill -9: nothing lost, nothing doubled, nothing forgotten

 kills      {}, Redis {redis}, of them {emptied} with everything it had
 ledgers    ours and the venue's agree to the last digit: {} orders, {} executions, fees {}
 streams    {messages} messages on {streams} streams, each taken once and in order
 in doubt   {} times the fate of an order was not known, and the venue was asked
 audit      {records} records in five journals, chains intact
 replay     {inputs} inputs taken again, all {outputs} outputs byte for byte as they were
 took       {} s
",
        each.join(", "),
        agreed.orders,
        agreed.fills,
        agreed.fees,
        agreed.doubts,
        played.lasted.millis() / 1_000,
    );
    let json = json!({
        "kills": kills, "killed": killed.of, "redis": redis, "redis_emptied": emptied,
        "orders": agreed.orders, "executions": agreed.fills, "fees": agreed.fees.to_string(),
        "in_doubt": agreed.doubts, "streams": streams, "messages": messages, "records": records,
        "replayed": { "inputs": inputs, "outputs": outputs },
        "lasted_ms": played.lasted.millis(),
    });
    Answer::done(text, json)
}
