//! A process on the bus: what its machines say goes out, what others say comes in by the doors, and what it
//! cannot be sure of lets it take no new risk.
//!
//! The journal stays the truth. A durable message goes out once the disk has it, and what Redis loses is said
//! again from the journal. A message of another process is an input like any other: the journal has it, with
//! source, epoch and number, before anything follows from it, and only then its writer is told that it may be
//! dropped. A start reads on behind the last message that the journal has.
//!
//! It decides nothing: what doubt means is decided by the gate, which hears that a market is not to be trusted.

mod alarms;
mod clearing;
mod doubt;
mod known;
mod lending;
mod market;
mod parties;
mod past;
mod reading;
mod speaking;
mod word;

use std::collections::BTreeSet;
use std::sync::Arc;

use bus::{
    Bounds, Bus, Channel, Confirmed, Login, Mouth, Password, Plan, ReaderSetup, RedisBus,
    RedisSetup, Signer, SourceKey, SpeakerSetup, Stream, Unusable, Verifier, speak,
};
use contracts::{RunId, Source, Symbol, TopicKind};
use journal::JournalKey;
use journal::files::Files;
use kernel::{Tap, Topics};
use runtime::{Doors, Holds, Outlet, Reopen, Seat, Stop, Worker, entropy};
use settings::{KeyFolder, Loaded, Mode, Problem, SecretName, Secrets};
use telemetry::Clock;

pub use alarms::Alarmed;
pub use clearing::sign_clear;
pub use known::last_start;
pub use parties::{hears, readers, reads, speaks_as, writes};
pub use word::{HEEDED_FOR, NotSaid, Readers, Word};

pub use parties::{EXTERNAL, OPERATOR};
use parties::{GATEWAY, MARKET};

use alarms::Alarms;
use clearing::Clearing;
use doubt::Doubt;
use past::{Latest, Past};

/// The Redis of those settings. `user` is who we are there, where Redis asks for a password.
pub fn redis(loaded: &Loaded, secrets: &Secrets, user: &str) -> Result<RedisBus, Unusable> {
    let said = &loaded.settings().bus;
    let timeout = std::time::Duration::from_nanos(said.connect_timeout.nanos().unsigned_abs());
    let login = secrets
        .get(SecretName::RedisPassword)
        .map(|secret| Login { user: user.to_owned(), password: Password::new(secret.expose()) });
    RedisBus::new(&RedisSetup {
        url: said.url.as_str().to_owned(),
        login,
        connect_timeout: timeout,
        answer_timeout: timeout,
    })
}

/// How a process stands to the bus.
#[derive(Clone)]
pub enum Standing {
    /// It needs none.
    None,
    /// It has every machine, and shows what it does.
    Mirror(Arc<dyn Bus>),
    /// It is one service of several.
    One(&'static str, Arc<dyn Bus>),
}

/// What a process has to say of itself to be joined to the bus.
pub struct Joining<'a> {
    /// The settings.
    pub loaded: &'a Loaded,
    /// The keys of the sources.
    pub keys: &'a KeyFolder,
    /// Whose machines it has.
    pub services: &'a [&'static str],
    /// What its machines listen to.
    pub interests: Topics,
    /// Its place in its journal.
    pub seat: &'a Seat,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// Where its journal is.
    pub folder: std::path::PathBuf,
    /// Where others come in.
    pub doors: &'a Doors,
    /// What holds back orders that could open a position.
    pub holds: &'a Holds,
    /// Where markets are asked for that are to begin anew.
    pub reopen: &'a Reopen,
    /// Tells the time.
    pub clock: &'a Clock,
    /// Says that it is over.
    pub stop: &'a Stop,
}

/// Who works for a process on the bus.
pub struct Joined {
    /// Carries what the machines say, once the disk has it.
    pub outlet: Box<dyn Outlet>,
    /// Hears the market that the process brings, where it brings one.
    pub ear: Option<Box<dyn Tap + Send>>,
    /// Who works on threads of their own.
    pub workers: Vec<Worker>,
    /// Where things are said; it knows whether they find their way.
    pub mouth: Mouth,
    /// What those who run it are to know of what came in by the bus. A mirror hears nothing; what is wrong with
    /// what it says, its mouth tells.
    pub alarmed: Alarmed,
}

/// Why a process cannot be joined to the bus.
#[derive(Debug, thiserror::Error)]
pub enum NotJoined {
    /// A key.
    #[error(transparent)]
    Key(#[from] Problem),
    /// The source of chance.
    #[error("nothing can be drawn: {0}")]
    Chance(#[from] std::io::Error),
}

/// Joins a process to the bus. Nothing is connected before its workers work.
pub fn join(standing: &Standing, joining: &Joining<'_>) -> Result<Option<Joined>, NotJoined> {
    let (bus, one) = match standing {
        Standing::None => return Ok(None),
        Standing::Mirror(bus) => (bus, None),
        Standing::One(name, bus) => (bus, Some(*name)),
    };
    let sources: Vec<Source> =
        joining.services.iter().flat_map(|service| speaks_as(service)).copied().collect();
    let streams: Vec<Stream> = sources.iter().flat_map(|source| writes(*source)).collect();
    let latest = Latest::behind(&joining.seat.reach, streams.iter().copied());
    let (mouth, speaker) = speak(SpeakerSetup {
        bus: Arc::clone(bus),
        plans: streams.iter().map(|stream| plan(*stream, one.is_some())).collect(),
        signer: Signer::new(source_keys(joining.loaded, joining.keys, &sources)?),
        history: Box::new(past(&latest, joining)?),
        bounds: bounds(joining.loaded),
        clock: joining.clock.clone(),
        seed: seed()?,
    });
    let mut workers = vec![Worker::new("bus: speaker", move || speaker.run())];
    let (mut confirmed, alarmed) = (None, Alarmed::default());
    if let Some(name) = one {
        let doubt = Doubt::default();
        let told = Told { mouth: &mouth, doubt: &doubt, alarmed: &alarmed };
        if let Some((worker, is_safe)) = reading(name, bus, joining, &told)? {
            confirmed = Some(is_safe);
            workers.push(worker);
        } else {
            // Nobody says anything that it has to know.
            doubt.is_away(false);
        }
        workers.push(listening(name, bus, joining, &told)?);
        if name == GATEWAY {
            workers.push(lending::lease(bus, joining, &mouth, seed()?));
            let room = mouth.clone();
            joining.holds.add(move |_| !room.room().allows_new_risk());
        }
    }
    let brings_market = joining.services.contains(&MARKET);
    let ear = brings_market.then(|| Box::new(speaking::Aloud(mouth.clone())) as _);
    let outlet = speaking::Spoken::new(mouth.clone(), latest, confirmed, &sources);
    Ok(Some(Joined { outlet: Box::new(outlet), ear, workers, mouth, alarmed }))
}

/// Where those who read and listen tell what they know.
struct Told<'a> {
    mouth: &'a Mouth,
    doubt: &'a Doubt,
    alarmed: &'a Alarmed,
}

/// What the journal gives back of what was said.
fn past(latest: &Latest, joining: &Joining<'_>) -> Result<Past, NotJoined> {
    let key = JournalKey::new(*joining.keys.journal()?.expose());
    let (files, folder) = (Arc::clone(&joining.files), joining.folder.clone());
    let began = joining.seat.journal.id().epoch;
    Ok(Past::of(began, latest.clone(), files, folder, key))
}

/// Who follows the streams that a service has to read, where there are any.
fn reading(
    name: &'static str,
    bus: &Arc<dyn Bus>,
    joining: &Joining<'_>,
    told: &Told<'_>,
) -> Result<Option<(Worker, Confirmed)>, NotJoined> {
    let Told { mouth, doubt, alarmed } = *told;
    let Joining { loaded, keys, seat, doors, clock, stop, .. } = joining;
    let from: Vec<_> =
        reads(name).into_iter().map(|stream| (stream, seat.reach.heard(stream))).collect();
    let Some(reader) = parties::reader(name).filter(|_| !from.is_empty()) else { return Ok(None) };
    let heard: Vec<Source> = from.iter().map(|(stream, _)| stream.source()).collect();
    let reader = bus::Reader::new(ReaderSetup {
        bus: Arc::clone(bus),
        name: reader,
        from,
        verifier: Verifier::new(source_keys(loaded, keys, &heard)?),
        bounds: bounds(loaded),
        clock: (*clock).clone(),
        seed: seed()?,
    })
    .counting(mouth.counts());
    let confirmed = reader.confirmed();
    let hears_operator = heard.contains(&Source::Operator);
    let session = RunId::new(loaded.settings().run.session);
    let clearing = hears_operator
        .then(|| keys.operator_public().map(|public| Clearing::new(public, session)))
        .transpose()?;
    let alarms = Alarms::of(alarmed);
    let reading = reading::Reading::new(reader, (doors, clock, doubt), clearing, alarms);
    let stop = (*stop).clone();
    Ok(Some((Worker::new("bus: reader", move || reading.keep(&stop)), confirmed)))
}

/// Who hears what may be lost.
fn listening(
    name: &'static str,
    bus: &Arc<dyn Bus>,
    joining: &Joining<'_>,
    told: &Told<'_>,
) -> Result<Worker, NotJoined> {
    let Told { mouth, doubt, alarmed } = *told;
    let Joining { loaded, keys, seat, doors, reopen, clock, stop, interests, .. } = joining;
    let channels = hears(name, *interests);
    let hears_markets = name != MARKET && !channels.is_empty();
    // A start of any of them would be believed otherwise, and that they live.
    let tells_marks = channels.contains(&Channel::Kind(TopicKind::Mark));
    let tellers = parties::relies_on(name).iter().chain(tells_marks.then_some(&Source::RiskEngine));
    let tellers: BTreeSet<Source> = tellers.copied().collect();
    let symbols: Vec<Symbol> =
        if hears_markets { loaded.settings().market.symbols.clone() } else { Vec::new() };
    let listener = bus::Listener::new(bus::ListenerSetup {
        bus: Arc::clone(bus),
        channels,
        verifier: Verifier::new(source_keys(loaded, keys, &Vec::from_iter(tellers))?),
        bounds: bounds(loaded),
        clock: (*clock).clone(),
        seed: seed()?,
    })
    .counting(mouth.counts());
    let says = speaks_as(name).first().copied().unwrap_or(Source::Runtime);
    let market = market::Listening::new(market::Setup {
        listener,
        doors: (*doors).clone(),
        mouth: mouth.clone(),
        clock: (*clock).clone(),
        as_whom: (says, seat.journal.epoch()),
        relies_on: parties::relies_on(name),
        symbols,
        interests: *interests,
        doubt: doubt.clone(),
        reopen: (*reopen).clone(),
        alarmed: alarmed.clone(),
    });
    let stop = (*stop).clone();
    Ok(Worker::new("bus: listener", move || market.keep(&stop)))
}

/// A stream is kept for those who have to read it, unless whoever writes it has every machine itself.
fn plan(stream: Stream, is_one: bool) -> Plan {
    let names = if is_one { readers(stream) } else { &[] };
    Plan { stream, readers: names.iter().filter_map(|name| parties::reader(name)).collect() }
}

/// A quarter of what a stream may hold is kept for what helps to get out.
fn bounds(loaded: &Loaded) -> Bounds {
    let entries_max = u64::from(loaded.settings().bus.stream_entries_max);
    Bounds { entries_max, reserve: entries_max / 4, ..Bounds::default() }
}

/// The key of a source for one session in one mode. What was said in another one, with the same keys and at the
/// same places, is nobody's word in this one.
pub fn source_key(
    keys: &KeyFolder,
    session: RunId,
    mode: Mode,
    source: Source,
) -> Result<SourceKey, Problem> {
    let of = format!("njord bus source v1\nsession {session}\nmode {}\n", mode.name());
    Ok(SourceKey::new(keys.source(source)?.mac(of.as_bytes())))
}

fn source_keys(
    loaded: &Loaded,
    keys: &KeyFolder,
    sources: &[Source],
) -> Result<Vec<(Source, SourceKey)>, NotJoined> {
    let run = &loaded.settings().run;
    let mut found = Vec::with_capacity(sources.len());
    for source in sources {
        found.push((*source, source_key(keys, RunId::new(run.session), run.mode, *source)?));
    }
    Ok(found)
}

/// A number that nobody can guess.
fn seed() -> Result<u64, NotJoined> {
    let mut bytes = [0; 8];
    entropy(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
