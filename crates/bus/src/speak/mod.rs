//! Saying things to other processes: what was said is taken from a queue, or from the journal where the
//! queue has not got it, and carried to the server.
//!
//! It works on a thread of its own, or a turn at a time on anybody's. It never decides anything, and
//! nobody who says something waits for it.

mod mouth;
mod voice;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use contracts::{Envelope, Event, Head, Seal, Seq, Source, Span, Topic, Ts, codec};
use telemetry::Clock;

use crate::backoff::{Backoff, duration};
use crate::history::History;
use crate::line::{Bus, Fault, Message, Writing};
use crate::news::{Alarm, AlarmKind};
use crate::place::{Position, ReaderName, Stream};
use crate::policy::{Bounds, Room};
use crate::trust::{Signer, Verifier};

pub use mouth::Mouth;
use mouth::Shared;
use voice::{Stuck, Tools, Voice};

/// A stream that a process writes, and whom it is kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The stream.
    pub stream: Stream,
    /// Those who have to read everything: nothing is dropped that one of them has not confirmed. Others may
    /// read too, and nobody waits for them. Where there are none, everything that a start has said stands on
    /// the stream, whatever becomes of the server; beyond the bound the oldest half of it goes.
    pub readers: Vec<ReaderName>,
}

/// What is needed to speak.
pub struct SpeakerSetup {
    /// The server.
    pub bus: Arc<dyn Bus>,
    /// The streams.
    pub plans: Vec<Plan>,
    /// The keys of our sources.
    pub signer: Signer,
    /// Everything that was said.
    pub history: Box<dyn History>,
    /// How much may wait where.
    pub bounds: Bounds,
    /// Tells the time.
    pub clock: Clock,
    /// A number drawn by whoever has entropy, for the pauses between attempts.
    pub seed: u64,
}

/// Carries what is said to the server.
pub struct Speaker {
    bus: Arc<dyn Bus>,
    shared: Arc<Shared>,
    voices: BTreeMap<Stream, Voice>,
    signer: Signer,
    verifier: Verifier,
    history: Box<dyn History>,
    clock: Clock,
    line: Option<Box<dyn Writing>>,
    backoff: Backoff,
    retry_at: Ts,
    tend_at: Ts,
    heads_said: BTreeMap<Source, Seq>,
    /// Of which stream it was already said that its journal cannot be read.
    journal_alarmed: bool,
}

/// Where things are said, and who carries them.
pub fn speak(setup: SpeakerSetup) -> (Mouth, Speaker) {
    let SpeakerSetup { bus, plans, signer, history, bounds, clock, seed } = setup;
    let shared = Arc::new(Shared::new(bounds, plans.iter().map(|plan| plan.stream)));
    let voices = plans.into_iter().map(|plan| (plan.stream, Voice::new(plan))).collect();
    let speaker = Speaker {
        bus,
        shared: Arc::clone(&shared),
        voices,
        verifier: signer.verifier(),
        signer,
        history,
        clock,
        line: None,
        backoff: Backoff::new(seed),
        retry_at: Ts::ZERO,
        tend_at: Ts::ZERO,
        heads_said: BTreeMap::new(),
        journal_alarmed: false,
    };
    (Mouth(shared), speaker)
}

impl Speaker {
    /// Carries until the mouth is closed and everything that waited is told, or cannot be.
    pub fn run(mut self) {
        loop {
            let patience = self.turn();
            let queues = self.shared.queues();
            let (is_closed, is_away) = (queues.is_closed, queues.is_away);
            let is_empty = queues.durable.is_empty() && queues.lossy.is_empty();
            // What was refused while a turn lasted is in no queue, and can be told all the same.
            let is_behind = queues.ways.values().any(|way| way.is_behind);
            drop(queues);
            if is_closed && (is_away || is_empty && !is_behind) {
                return;
            }
            self.shared.wait(patience);
        }
    }

    /// Takes what waits and carries it; says for how long there is nothing else to do.
    pub fn turn(&mut self) -> Duration {
        let now = (self.clock)();
        if !self.has_line(now) {
            return duration(self.retry_at.since(now));
        }
        if let Err(fault) = self.carry(now) {
            self.loses_the_line(now, fault);
            return duration(self.retry_at.since(now));
        }
        // Where somebody does not read, it is looked more often whether they do again.
        let every = self.shared.bounds.every;
        let is_short = self.shared.queues().ways.values().any(|way| way.room == Room::Full);
        let due = if is_short { now + Span::from_nanos(every.nanos() / 10) } else { self.tend_at };
        duration(self.tend_at.min(due).since(now))
    }

    fn has_line(&mut self, now: Ts) -> bool {
        if self.line.is_none() && now >= self.retry_at {
            match self.bus.writer() {
                Ok(line) => self.line = Some(line),
                Err(fault) => self.loses_the_line(now, fault),
            }
        }
        self.line.is_some()
    }

    fn loses_the_line(&mut self, now: Ts, fault: Fault) {
        self.line = None;
        self.shared.counts.broken.add(1);
        self.retry_at = now + self.backoff.failed();
        self.tend_at = Ts::ZERO;
        self.voices.values_mut().for_each(Voice::loses_the_line);
        let mut queues = self.shared.queues();
        queues.is_away = true;
        queues.trouble = Some(fault);
        queues.is_nudged = false;
        // The journal has what is durable; what is not is lost, and heads will say so.
        queues.durable.clear();
        let lost = queues.lossy.len();
        queues.lossy.clear();
        drop(queues);
        self.shared.counts.lost.add(lost);
    }

    fn carry(&mut self, now: Ts) -> Result<(), Fault> {
        let Some(mut line) = self.line.take() else { return Ok(()) };
        let told = self.take(&mut *line, now);
        self.line = Some(line);
        told
    }

    fn take(&mut self, line: &mut dyn Writing, now: Ts) -> Result<(), Fault> {
        let mut queues = self.shared.queues();
        let is_nudged = std::mem::take(&mut queues.is_nudged);
        let is_due = is_nudged || now >= self.tend_at;
        let durable: Vec<Envelope> = queues.durable.drain(..).collect();
        let lossy: Vec<Envelope> = queues.lossy.drain(..).collect();
        // Of what is told below, and of nothing that comes meanwhile.
        let heads = if is_due { Vec::from_iter(queues.heads.clone()) } else { Vec::new() };
        for (stream, way) in &mut queues.ways {
            if std::mem::take(&mut way.is_behind)
                && let Some(voice) = self.voices.get_mut(stream)
            {
                voice.falls_behind();
            }
        }
        drop(queues);
        self.tell(line, &lossy)?;
        for said in durable {
            let voice = Stream::of(&said).and_then(|stream| self.voices.get_mut(&stream));
            if let Some(voice) = voice {
                voice.hear(said);
            }
        }
        if is_due {
            self.tend_at = now + self.shared.bounds.every;
        }
        // What has just been looked at for the first time since the line is there waits for the next time.
        let known = self.voices.values().filter(|voice| voice.head().is_some());
        let known: BTreeSet<Stream> = known.map(Voice::stream).collect();
        self.speak(line, is_due)?;
        // Behind what is durable: whoever hears that we live may read all of it.
        if is_due {
            self.say_heads(line, now, heads, &known)?;
        }
        // Only now is it known that the server does what we ask.
        self.backoff.worked();
        let mut queues = self.shared.queues();
        queues.is_away = false;
        queues.trouble = None;
        Ok(())
    }

    fn speak(&mut self, line: &mut dyn Writing, is_due: bool) -> Result<(), Fault> {
        let Self { shared, signer, verifier, history, .. } = self;
        let mut tools = Tools { shared, signer, verifier, history: &mut **history };
        for voice in self.voices.values_mut() {
            let mut went = if is_due { voice.tend(line, &mut tools) } else { Ok(()) };
            if went.is_ok() {
                went = voice.carry(line, &mut tools);
            }
            match went {
                Ok(()) => {}
                Err(Stuck::Line(fault)) => return Err(fault),
                Err(Stuck::Journal(fault)) => {
                    voice.loses_the_line();
                    if !std::mem::replace(&mut self.journal_alarmed, true) {
                        let (kind, at) = (AlarmKind::NoHistory, voice.stream());
                        shared.alarm(Alarm::new(kind, at, fault.to_string()));
                    }
                }
            }
            let way = voice.way(shared);
            let mut queues = shared.queues();
            if let Some(held) = queues.ways.get_mut(&voice.stream()) {
                held.room = way.room;
                held.is_held = way.is_held;
            }
        }
        Ok(())
    }

    fn tell(&self, line: &mut dyn Writing, lossy: &[Envelope]) -> Result<(), Fault> {
        for said in lossy.chunks(self.shared.bounds.batch.max(1)) {
            let messages: Vec<Message> = said.iter().map(message).collect();
            let told = line.tell(&messages);
            let counts = &self.shared.counts;
            let of = if told.is_ok() { &counts.told } else { &counts.lost };
            of.add(said.len());
            told?;
        }
        Ok(())
    }

    /// Says how far each topic is: so that the loss of what may be lost shows in silence too, and that we live.
    fn say_heads(
        &mut self,
        line: &mut dyn Writing,
        now: Ts,
        lossy: Vec<((Source, Topic), Position)>,
        known: &BTreeSet<Stream>,
    ) -> Result<(), Fault> {
        let durable = self.voices.values().filter(|voice| known.contains(&voice.stream()));
        let durable = durable.filter_map(Voice::head);
        let mut said = Vec::with_capacity(lossy.len() + self.voices.len());
        for ((source, of), at) in lossy.into_iter().chain(durable) {
            let number = self.heads_said.entry(source).or_default();
            *number = number.next();
            let (epoch, seq) = (at.epoch, at.seq);
            let head = Event::Head(Head { of, source, epoch, seq, seal: Seal::NONE });
            let head = Envelope { epoch, seq: *number, ..Envelope::input(source, now, head) };
            said.push(self.signer.sign_head(head));
        }
        self.tell(line, &said)
    }
}

fn message(said: &Envelope) -> Message {
    let mut text = Vec::with_capacity(512);
    codec::write(said, &mut text);
    Message { channel: said.topic().to_string(), text }
}
