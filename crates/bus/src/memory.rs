//! A server in memory, with the semantics of Redis and no stronger ones.
//!
//! Whoever listens hears what is told from then on, and loses the line with everything on it when too much
//! of that waits; streams are kept until they are trimmed, or until the server is started again without its
//! data. It is for processes that share a machine and a fate: tests, and worlds in lockstep.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::Ts;
use telemetry::Clock;

use crate::line::{
    Answer, Appended, Ask, Bus, End, Entry, Fault, FaultKind, Fetching, Found, Hearing, Keep,
    KillKey, Message, Standing, Writing,
};
use crate::place::{Channel, Position, RawId, ReaderName, Stream};

/// How many messages may wait on the line of somebody who listens, before the line is dropped.
const WAITING_MAX: usize = 65_536;

/// A server in memory; each copy is the same one.
#[derive(Clone)]
pub struct MemoryBus(Arc<Server>);

struct Server {
    clock: Clock,
    waiting_max: usize,
    held: Mutex<Held>,
    moved: Condvar,
}

#[derive(Default)]
struct Held {
    is_down: bool,
    /// One up with every stop: lines of before are broken.
    life: u64,
    streams: BTreeMap<Stream, Kept>,
    positions: BTreeMap<(Stream, ReaderName), Position>,
    ears: BTreeMap<u64, Ear>,
    ears_made: u64,
    leases: BTreeMap<String, Lent>,
    tokens: BTreeMap<String, u64>,
    keys: BTreeMap<String, Vec<u8>>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<Found>,
    last: RawId,
}

struct Ear {
    channels: Vec<Channel>,
    waiting: VecDeque<Message>,
    is_dropped: bool,
}

struct Lent {
    to: String,
    token: u64,
    until: Ts,
}

impl MemoryBus {
    /// An empty server.
    pub fn new(clock: Clock) -> Self {
        Self::with_room_for(clock, WAITING_MAX)
    }

    /// The same, with that much room on the line of each listener.
    pub fn with_room_for(clock: Clock, waiting_max: usize) -> Self {
        let (held, moved) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Server { clock, waiting_max, held, moved }))
    }

    /// Stops the server: every line breaks.
    pub fn stop(&self) {
        let mut held = self.0.held();
        held.is_down = true;
        held.life += 1;
        held.ears.clear();
        drop(held);
        self.0.moved.notify_all();
    }

    /// Starts it again, with what it held or with nothing.
    pub fn start(&self, keeps_data: bool) {
        let mut held = self.0.held();
        held.is_down = false;
        if !keeps_data {
            *held = Held { life: held.life, ears_made: held.ears_made, ..Held::default() };
        }
    }

    /// Somebody sets a key, or takes it away.
    pub fn set_key(&self, key: &str, value: Option<&[u8]>) {
        let keys = &mut self.0.held().keys;
        match value {
            Some(value) => drop(keys.insert(key.to_owned(), value.to_vec())),
            None => drop(keys.remove(key)),
        }
    }

    /// How many entries a stream has.
    pub fn length(&self, stream: Stream) -> usize {
        self.0.held().streams.get(&stream).map_or(0, |kept| kept.entries.len())
    }

    fn line(&self) -> Result<Line, Fault> {
        let held = self.0.held();
        if held.is_down {
            return Err(away());
        }
        let life = held.life;
        drop(held);
        Ok(Line { server: Arc::clone(&self.0), life })
    }
}

fn away() -> Fault {
    Fault::new(FaultKind::Away, "the server in memory is stopped")
}

impl Server {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Line {
    server: Arc<Server>,
    life: u64,
}

impl Line {
    fn held(&self) -> Result<MutexGuard<'_, Held>, Fault> {
        let held = self.server.held();
        if held.is_down || held.life != self.life { Err(away()) } else { Ok(held) }
    }
}

impl Bus for MemoryBus {
    fn writer(&self) -> Result<Box<dyn Writing>, Fault> {
        Ok(Box::new(self.line()?))
    }

    fn reader(&self) -> Result<Box<dyn Fetching>, Fault> {
        Ok(Box::new(self.line()?))
    }

    fn listener(&self, channels: &[Channel]) -> Result<Box<dyn Hearing>, Fault> {
        let line = self.line()?;
        let mut held = line.held()?;
        held.ears_made += 1;
        let number = held.ears_made;
        let channels = channels.to_vec();
        let ear = Ear { channels, waiting: VecDeque::new(), is_dropped: false };
        held.ears.insert(number, ear);
        drop(held);
        Ok(Box::new(Listening { line, number }))
    }
}

impl Held {
    /// Everybody who listens has it on their line, or has no line any more.
    fn deliver(&mut self, message: &Message, waiting_max: usize) {
        let Ok(topic) = message.channel.parse() else { return };
        for ear in self.ears.values_mut() {
            if ear.is_dropped || !ear.channels.iter().any(|channel| channel.covers(&topic)) {
                continue;
            }
            if ear.waiting.len() >= waiting_max {
                ear.is_dropped = true;
                ear.waiting.clear();
            } else {
                ear.waiting.push_back(message.clone());
            }
        }
    }
}

impl Writing for Line {
    fn append(
        &mut self,
        stream: Stream,
        after: Position,
        entries: &[Entry],
        most: u64,
    ) -> Result<Appended, Fault> {
        let mut held = self.held()?;
        let kept = held.streams.entry(stream).or_default();
        if kept.last != after.into() {
            return Ok(Appended::Elsewhere);
        }
        let room = most.saturating_sub(kept.entries.len() as u64) as usize;
        let taken = &entries[..room.min(entries.len())];
        for entry in taken {
            if RawId::from(entry.position) <= kept.last {
                return Err(Fault::new(FaultKind::Nonsense, "entries that are not in order"));
            }
            kept.entries.push_back(entry.into());
            kept.last = entry.position.into();
        }
        let length = kept.entries.len() as u64;
        for entry in taken {
            let (channel, text) = (stream.channel().to_owned(), entry.text.clone());
            held.deliver(&Message { channel, text }, self.server.waiting_max);
        }
        drop(held);
        self.server.moved.notify_all();
        Ok(Appended::Taken { entries: taken.len(), length })
    }

    fn tell(&mut self, messages: &[Message]) -> Result<(), Fault> {
        let mut held = self.held()?;
        for message in messages {
            held.deliver(message, self.server.waiting_max);
        }
        drop(held);
        self.server.moved.notify_all();
        Ok(())
    }

    fn look(&mut self, stream: Stream, readers: &[ReaderName]) -> Result<Standing, Fault> {
        let held = self.held()?;
        let of = |reader: &ReaderName| held.positions.get(&(stream, reader.clone())).copied();
        let readers = readers.iter().map(of).collect();
        let nothing = Kept::default();
        let kept = held.streams.get(&stream).unwrap_or(&nothing);
        let end = match kept.entries.back() {
            Some(last) if last.id == kept.last => End::At(last.clone()),
            None if kept.last == RawId::default() => End::Nothing,
            _ => End::Strange,
        };
        let (length, first) = (kept.entries.len() as u64, kept.entries.front().cloned());
        Ok(Standing { length, first, end, readers })
    }

    fn clear(&mut self, stream: Stream) -> Result<(), Fault> {
        self.held()?.streams.remove(&stream);
        Ok(())
    }

    fn trim(&mut self, stream: Stream, keep: Keep) -> Result<(), Fault> {
        let mut held = self.held()?;
        let Some(kept) = held.streams.get_mut(&stream) else { return Ok(()) };
        let gone = match keep {
            Keep::From(position) => {
                kept.entries.partition_point(|entry| entry.id < RawId::from(position))
            }
            Keep::Last(most) => kept.entries.len().saturating_sub(most as usize),
        };
        kept.entries.drain(..gone);
        Ok(())
    }

    fn lend(&mut self, ask: &Ask) -> Result<Answer, Fault> {
        let now = (self.server.clock)();
        let mut held = self.held()?;
        let lent = held.leases.get(&ask.what).filter(|lent| lent.until > now);
        let token = match lent {
            Some(lent) if lent.to != ask.who => return Ok(Answer::Theirs),
            Some(lent) if lent.token > ask.above => lent.token,
            _ => {
                let last = held.tokens.get(&ask.what).copied().unwrap_or(0);
                last.max(ask.above) + 1
            }
        };
        held.tokens.insert(ask.what.clone(), token);
        let until = now + ask.term;
        held.leases.insert(ask.what.clone(), Lent { to: ask.who.clone(), token, until });
        Ok(Answer::Yours(token))
    }

    fn give_back(&mut self, ask: &Ask) -> Result<(), Fault> {
        let mut held = self.held()?;
        if held.leases.get(&ask.what).is_some_and(|lent| lent.to == ask.who) {
            held.leases.remove(&ask.what);
        }
        Ok(())
    }

    fn kill_key(&mut self, key: &str) -> Result<KillKey, Fault> {
        Ok(KillKey::of(self.held()?.keys.get(key).map(Vec::as_slice)))
    }
}

impl Fetching for Line {
    fn fetch(
        &mut self,
        after: &[(Stream, RawId)],
        most: usize,
        patience: Duration,
    ) -> Result<Vec<(Stream, Found)>, Fault> {
        let held = self.held()?;
        let life = self.life;
        let nothing = |held: &mut Held| {
            !held.is_down && held.life == life && behind(held, after, 1).is_empty()
        };
        let waited = self.server.moved.wait_timeout_while(held, patience, nothing);
        let (held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if held.is_down || held.life != self.life {
            return Err(away());
        }
        Ok(behind(&held, after, most))
    }

    fn place(&mut self, reader: &ReaderName, read: &[(Stream, Position)]) -> Result<(), Fault> {
        let mut held = self.held()?;
        for (stream, position) in read {
            held.positions.insert((*stream, reader.clone()), *position);
        }
        Ok(())
    }
}

fn behind(held: &Held, after: &[(Stream, RawId)], most: usize) -> Vec<(Stream, Found)> {
    let mut found = Vec::new();
    for (stream, after) in after {
        let Some(kept) = held.streams.get(stream) else { continue };
        let from = kept.entries.partition_point(|entry| entry.id <= *after);
        found.extend(kept.entries.iter().skip(from).take(most).map(|at| (*stream, at.clone())));
    }
    found
}

struct Listening {
    line: Line,
    number: u64,
}

impl Hearing for Listening {
    fn hear(&mut self, patience: Duration) -> Result<Option<Message>, Fault> {
        let held = self.line.held()?;
        let (life, number) = (self.line.life, self.number);
        let silent = |held: &mut Held| {
            let ear = held.ears.get(&number);
            held.life == life && ear.is_some_and(|ear| !ear.is_dropped && ear.waiting.is_empty())
        };
        let waited = self.line.server.moved.wait_timeout_while(held, patience, silent);
        let (mut held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match held.ears.get_mut(&number) {
            Some(ear) if !ear.is_dropped => Ok(ear.waiting.pop_front()),
            _ => Err(Fault::new(FaultKind::Away, "the line was dropped: too much waited on it")),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.line.server.held().ears.remove(&self.number);
    }
}
