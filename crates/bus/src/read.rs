//! Following durable streams: each message once, in order, from a position on, and from its source alone.
//!
//! What is missing is waited for: the reader says how far it is, and the writer brings what it needs. What
//! is not genuine is left aside and said. A message is taken when it is given out; it is confirmed when
//! whoever took it says that its disk has it, and only that is told to the writer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::codec::{self, MESSAGE_BYTES_MAX};
use contracts::{DecodeFault, Envelope, Span, Ts};
use telemetry::Clock;

use crate::backoff::{Backoff, duration, pause};
use crate::counts::Counts;
use crate::line::{Bus, Fault, Fetching, Found};
use crate::news::{Alarm, AlarmKind, News};
use crate::place::{Position, RawId, ReaderName, Stream};
use crate::policy::Bounds;
use crate::trust::Verifier;

/// Entries of which an alarm is remembered, so that it is not raised each time they are met.
const ALARMED_MAX: usize = 256;
/// After so many rounds a hole is worth an alarm.
const ROUNDS_WITH_HOLE: i64 = 5;

/// What is needed to read.
pub struct ReaderSetup {
    /// The server.
    pub bus: Arc<dyn Bus>,
    /// Under which name it is said how far we are.
    pub name: ReaderName,
    /// Which streams, and the last message of each that our journal has.
    pub from: Vec<(Stream, Position)>,
    /// The keys of their sources.
    pub verifier: Verifier,
    /// How much is read at once, and how often it is said how far we are.
    pub bounds: Bounds,
    /// Tells the time.
    pub clock: Clock,
    /// A number drawn by whoever has entropy, for the pauses between attempts.
    pub seed: u64,
}

/// Where it is confirmed that the disk has what was read; as many copies as there are who know.
#[derive(Clone, Debug, Default)]
pub struct Confirmed(Arc<Mutex<BTreeMap<Stream, Position>>>);

impl Confirmed {
    /// The disk has everything of that stream up to there.
    pub fn up_to(&self, stream: Stream, position: Position) {
        let mut held = self.held();
        let confirmed = held.entry(stream).or_default();
        *confirmed = position.max(*confirmed);
    }

    fn all(&self) -> Vec<(Stream, Position)> {
        self.held().iter().map(|(stream, position)| (*stream, *position)).collect()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Stream, Position>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows streams.
pub struct Reader {
    bus: Arc<dyn Bus>,
    name: ReaderName,
    cursors: BTreeMap<Stream, Cursor>,
    confirmed: Confirmed,
    verifier: Verifier,
    bounds: Bounds,
    clock: Clock,
    counts: Arc<Counts>,
    line: Option<Box<dyn Fetching>>,
    backoff: Backoff,
    retry_at: Ts,
    say_at: Ts,
    waiting: VecDeque<News>,
    alarmed: VecDeque<(Stream, RawId)>,
    way: Way,
}

/// What is known of everything that others have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Nobody knows whether there is more than was read.
    Unknown,
    /// All of it was read.
    Whole,
    /// There may be more than can be read.
    Broken,
}

/// How far a stream is read.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    /// The last message that was taken.
    taken: Position,
    /// The last entry that was looked at.
    seen: RawId,
    /// When to look again at what was not taken.
    again_at: Option<Ts>,
    /// Since when something is missing.
    hole_since: Option<Ts>,
}

/// What came of an entry.
enum Judged {
    Taken(Envelope),
    /// Genuine, and this build cannot read it.
    Passed(Alarm),
    Repeat,
    /// What stands before it is missing.
    Early(Position),
    Wrong(AlarmKind, String),
}

impl Reader {
    /// Somebody who has read that far. Nothing is connected yet.
    pub fn new(setup: ReaderSetup) -> Self {
        let ReaderSetup { bus, name, from, verifier, bounds, clock, seed } = setup;
        let confirmed = Confirmed::default();
        for (stream, position) in &from {
            confirmed.up_to(*stream, *position);
        }
        let cursor = |taken: Position| Cursor {
            taken,
            seen: taken.into(),
            again_at: None,
            hole_since: None,
        };
        Self {
            bus,
            name,
            cursors: from.into_iter().map(|(stream, taken)| (stream, cursor(taken))).collect(),
            confirmed,
            verifier,
            bounds,
            clock,
            counts: Arc::new(Counts::default()),
            line: None,
            backoff: Backoff::new(seed),
            retry_at: Ts::ZERO,
            say_at: Ts::ZERO,
            waiting: VecDeque::new(),
            alarmed: VecDeque::new(),
            way: Way::Unknown,
        }
    }

    /// Where it is confirmed what was read.
    pub fn confirmed(&self) -> Confirmed {
        self.confirmed.clone()
    }

    /// Counts where whoever speaks in this process does.
    #[must_use]
    pub fn counting(self, counts: Arc<Counts>) -> Self {
        Self { counts, ..self }
    }

    /// What was counted.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// What is new; waits at most that long, and may say [`News::Nothing`] before.
    pub fn next(&mut self, patience: Duration) -> News {
        if let Some(news) = self.waiting.pop_front() {
            return news;
        }
        let now = (self.clock)();
        if self.line.is_none() {
            self.connect(now, patience);
        }
        if let Some(mut line) = self.line.take() {
            match self.work(&mut *line, now, patience) {
                Ok(()) => self.line = Some(line),
                Err(fault) => self.loses_the_line(now, &fault),
            }
        }
        self.waiting.pop_front().unwrap_or(News::Nothing)
    }

    fn connect(&mut self, now: Ts, patience: Duration) {
        if now < self.retry_at {
            return pause(patience.min(duration(self.retry_at.since(now))));
        }
        match self.bus.reader() {
            Ok(line) => {
                self.line = Some(line);
                self.say_at = Ts::ZERO;
                // Whatever was met before may be gone, and whatever was missing may be there.
                for cursor in self.cursors.values_mut() {
                    cursor.looks_again();
                    cursor.hole_since = None;
                }
            }
            Err(fault) => self.loses_the_line(now, &fault),
        }
    }

    fn loses_the_line(&mut self, now: Ts, fault: &Fault) {
        self.counts.broken.add(1);
        self.retry_at = now + self.backoff.failed();
        self.is_broken(fault.to_string());
    }

    /// Says once that something is not heard which others have said.
    fn is_broken(&mut self, why: String) {
        if std::mem::replace(&mut self.way, Way::Broken) != Way::Broken {
            self.waiting.push_back(News::Away(why));
        }
    }

    /// Says once that everything which others have said was given out: no stream gave as much as was asked
    /// for, so that more may stand there, and in none of them anything is missing.
    fn is_whole(&mut self, found: &[(Stream, Found)]) {
        if self.way == Way::Whole {
            return;
        }
        let gave_all = |stream: &Stream| {
            let given = found.iter().filter(|(of, _)| of == stream).count();
            given < self.bounds.batch.max(1)
        };
        let all = self
            .cursors
            .iter()
            .all(|(stream, cursor)| cursor.hole_since.is_none() && gave_all(stream));
        if all {
            self.way = Way::Whole;
            self.waiting.push_back(News::Back);
        }
    }

    fn work(&mut self, line: &mut dyn Fetching, now: Ts, patience: Duration) -> Result<(), Fault> {
        if now >= self.say_at {
            line.place(&self.name, &self.confirmed.all())?;
            self.say_at = now + self.bounds.every;
        }
        let mut patience = patience.min(duration(self.say_at.since(now)));
        for cursor in self.cursors.values_mut() {
            match cursor.again_at {
                Some(at) if now >= at => cursor.looks_again(),
                Some(at) => patience = patience.min(duration(at.since(now))),
                None => {}
            }
        }
        let after: Vec<(Stream, RawId)> =
            self.cursors.iter().map(|(stream, cursor)| (*stream, cursor.seen)).collect();
        if after.is_empty() {
            pause(patience);
            return Ok(());
        }
        let found = line.fetch(&after, self.bounds.batch.max(1), patience)?;
        self.backoff.worked();
        for (stream, found) in &found {
            self.meet(*stream, found, now);
        }
        self.is_whole(&found);
        Ok(())
    }

    /// Looks at an entry.
    fn meet(&mut self, stream: Stream, found: &Found, now: Ts) {
        let Some(cursor) = self.cursors.get(&stream).copied() else { return };
        let judged = judge(&self.verifier, stream, cursor.taken, found);
        let again_at = Some(now + Span::from_nanos(self.bounds.every.nanos() / 5));
        let Some(cursor) = self.cursors.get_mut(&stream) else { return };
        cursor.seen = cursor.seen.max(found.id);
        match judged {
            Judged::Taken(said) => {
                *cursor = Cursor { taken: Position::of(&said), hole_since: None, ..*cursor };
                self.counts.read.add(1);
                self.waiting.push_back(News::Said(said));
            }
            Judged::Passed(alarm) => {
                let taken = found.id.position().unwrap_or(cursor.taken);
                *cursor = Cursor { taken, hole_since: None, ..*cursor };
                self.counts.alarms.add(1);
                self.waiting.push_back(News::Alarm(alarm));
            }
            Judged::Repeat => self.counts.repeats.add(1),
            Judged::Early(before) => {
                cursor.again_at = again_at;
                let taken = cursor.taken;
                let since = *cursor.hole_since.get_or_insert_with(|| {
                    // The writer has to know how far we are.
                    self.say_at = now;
                    now
                });
                let detail = || format!("{taken} was the last, and what comes follows {before}");
                let patience = Span::from_nanos(self.bounds.every.nanos() * ROUNDS_WITH_HOLE);
                if now.since(since) >= patience {
                    // Once for a hole, whatever stands behind it.
                    self.alarm(AlarmKind::Hole, stream, taken.into(), detail());
                }
                if self.way != Way::Broken {
                    self.is_broken(format!("{stream}: {}", detail()));
                }
            }
            Judged::Wrong(kind, detail) => {
                cursor.again_at = again_at;
                self.alarm(kind, stream, found.id, detail);
            }
        }
    }

    /// Raises an alarm about an entry, once.
    fn alarm(&mut self, kind: AlarmKind, stream: Stream, id: RawId, detail: String) {
        if self.alarmed.contains(&(stream, id)) {
            return;
        }
        if self.alarmed.len() == ALARMED_MAX {
            self.alarmed.pop_front();
        }
        self.alarmed.push_back((stream, id));
        self.counts.alarms.add(1);
        let place = format!("{stream} {id}");
        self.waiting.push_back(News::Alarm(Alarm::new(kind, place, detail)));
    }
}

impl Cursor {
    fn looks_again(&mut self) {
        self.seen = self.taken.into();
        self.again_at = None;
    }
}

/// What an entry is to somebody who has taken that much.
fn judge(verifier: &Verifier, stream: Stream, taken: Position, found: &Found) -> Judged {
    if found.text.len() > MESSAGE_BYTES_MAX {
        let detail = format!("{} bytes, at most {MESSAGE_BYTES_MAX}", found.text.len());
        return Judged::Wrong(AlarmKind::Forged, detail);
    }
    let Some(genuine) = verifier.check(stream, found) else {
        return suspect(verifier, stream, taken, found);
    };
    if genuine.position <= taken {
        return Judged::Repeat;
    }
    if genuine.before != taken {
        return Judged::Early(genuine.before);
    }
    match codec::read(&found.text) {
        Err(unreadable) => {
            let kind = AlarmKind::Unreadable(unreadable.fault);
            let place = format!("{stream} {}", found.id);
            Judged::Passed(Alarm::new(kind, place, unreadable.detail))
        }
        Ok(said) if Stream::of(&said) != Some(stream) => {
            let detail = format!("{} on {}", said.src.name(), said.topic());
            let place = format!("{stream} {}", found.id);
            Judged::Passed(Alarm::new(AlarmKind::WrongSource, place, detail))
        }
        Ok(said) if Position::of(&said) != genuine.position => {
            let place = format!("{stream} {}", found.id);
            let detail = format!("it is {} of its source", Position::of(&said));
            Judged::Passed(Alarm::new(AlarmKind::Replayed, place, detail))
        }
        Ok(said) => Judged::Taken(said),
    }
}

/// The code does not fit: what it was to pass for.
fn suspect(verifier: &Verifier, stream: Stream, taken: Position, found: &Found) -> Judged {
    let said = match codec::read(&found.text) {
        Ok(said) => said,
        Err(unreadable) => {
            let fits = unreadable.fault == DecodeFault::NotJson;
            let detail = if fits { "no message, and no code" } else { "its code does not fit" };
            return Judged::Wrong(AlarmKind::Forged, detail.to_owned());
        }
    };
    if Stream::of(&said) != Some(stream) {
        let detail = format!("{} on {}", said.src.name(), said.topic());
        return Judged::Wrong(AlarmKind::WrongSource, detail);
    }
    let own = Position::of(&said);
    let at_home = Found { id: own.into(), ..found.clone() };
    if verifier.check(stream, &at_home).is_none() {
        return Judged::Wrong(AlarmKind::Forged, "its code does not fit".to_owned());
    }
    let kind = if own.epoch < taken.epoch { AlarmKind::OldEpoch } else { AlarmKind::Replayed };
    Judged::Wrong(kind, format!("it is {own} of its source"))
}
