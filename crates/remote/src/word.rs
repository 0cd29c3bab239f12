//! A word to services that are processes of their own, of the operator or of a program outside: written down
//! first, in a journal of its own, then said on the bus under the key of whoever says it, and waited for until
//! those who have to read it have it on their disks.
//!
//! It takes no part in anything else: for as long as a word takes, a process that has one machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bus::{
    Bus, End, Fault, Position, Room, Signer, SpeakerSetup, Stream, Verifier, Writing, speak,
};
use contracts::{Corr, Envelope, Epoch, Event, Source, Span, TopicKind, Ts, codec};
use journal::files::Files;
use journal::{JournalKey, Place, Start};
use kernel::{Layout, Machine, Outbox, StateError, Topics};
use runtime::{DoorLimits, Doors, Ended, NoSeat, Outlet, ProcessConfig, Stop, run, take_seat};
use settings::{KeyFolder, Loaded, Problem};
use telemetry::Clock;

use super::known::{Known, look};
use super::past::{Latest, Past};
use super::{NotJoined, bounds, parties, plan, seed, source_keys};

/// How long what loosens something is heeded after it was said. Who says a word has to wait for longer: a
/// service that was not seen to have it by then never heeds it.
pub const HEEDED_FOR: Span = Span::from_secs(10);
/// How often it is looked whether the word has come.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What may be said so.
const SAYS: &[TopicKind] = &[TopicKind::ControlKill, TopicKind::ControlStrategy, TopicKind::Signal];

/// What saying a word takes.
pub struct Word<'a> {
    /// Whose it is.
    pub source: Source,
    /// The settings.
    pub loaded: &'a Loaded,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The disk, and the folder of the journal in which it is written down.
    pub files: Arc<dyn Files>,
    /// Where that journal is.
    pub folder: PathBuf,
    /// How its start is written down.
    pub start: Start,
    /// Tells the time.
    pub clock: Clock,
}

/// Who had to read it, and whether it is on their disk.
pub type Readers = BTreeMap<&'static str, bool>;

/// Why a word was not said, or the last one not understood. Nothing is written down then, or only a part where
/// the journal itself fails.
#[derive(Debug, thiserror::Error)]
pub enum NotSaid {
    /// The bus.
    #[error("the bus: {0}")]
    Bus(#[from] Fault),
    /// A key.
    #[error(transparent)]
    Key(#[from] Problem),
    /// The keys of the sources, or chance.
    #[error(transparent)]
    NotJoined(#[from] NotJoined),
    /// The journal.
    #[error(transparent)]
    Seat(#[from] NoSeat),
    /// Nobody has ever read there what is said so.
    #[error("no service has ever run on that bus")]
    Nobody,
    /// Words were said in our name that our journal does not know, so that ours would pass for old ones. Where
    /// there is no journal, one is begun behind them instead.
    #[error(
        "{known} of {stream} is known there, and {} knows of none behind {ours}: it is an old copy, or somebody \
         else speaks in that name",
        journal.display()
    )]
    Elsewhere {
        /// Where.
        stream: Stream,
        /// The last of them.
        known: Position,
        /// Our own last.
        ours: Position,
        /// Our journal.
        journal: PathBuf,
    },
    /// Somebody began to speak in our name meanwhile: it may not have been heard.
    #[error("somebody else speaks on {0} in that name")]
    Fenced(Stream),
    /// What stands last on a stream was not said by its source, or by another build.
    #[error("what stands last on {0} cannot be believed, or not be read")]
    NotGenuine(Stream),
    /// The journal could not be written.
    #[error("the journal of what is said could not be written: {0:?}")]
    Ended(Ended),
}

/// Says what came in as somebody's, as that one.
struct Herald(Source);

impl Machine for Herald {
    fn source(&self) -> Source {
        self.0
    }

    fn interests(&self) -> Topics {
        Topics::of(SAYS)
    }

    fn step(&mut self, _now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        // What a start itself brings, such as a trip after a chain that broke, is nobody's word; and it hears
        // itself.
        if input.src == self.0 && input.cause.is_none() {
            out.emit(input.event);
        }
    }

    fn layout(&self) -> Layout {
        Layout::FIRST
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"0");
    }

    fn load(&mut self, _state: &[u8]) -> Result<(), StateError> {
        Ok(())
    }
}

/// What was said once the disk had it.
#[derive(Clone)]
struct Noted {
    latest: Latest,
    said: Arc<Mutex<Vec<Envelope>>>,
}

impl Outlet for Noted {
    fn carry(&mut self, said: &Envelope) {
        if let Some(stream) = Stream::of(said) {
            self.latest.keep(stream, said);
            self.said.lock().unwrap_or_else(PoisonError::into_inner).push(*said);
        }
    }
}

impl Word<'_> {
    /// Says it, and waits so long until everybody has it who has to read it. Who has not by then may hear of
    /// it later, and does not heed what loosens anything after [`HEEDED_FOR`].
    pub fn say(&self, words: &[(Option<Corr>, Event)], patience: Span) -> Result<Readers, NotSaid> {
        let streams: Vec<Stream> = parties::writes(self.source).collect();
        let mut line = self.bus.writer()?;
        let found = look(&mut *line, &streams)?;
        if found.iter().flat_map(|(_, found)| &found.readers).all(Option::is_none) {
            return Err(NotSaid::Nobody);
        }
        let keys = KeyFolder::at(&self.loaded.places().keys);
        // Everything that may be missing is asked for before anything is written down: a word that stands there
        // and was not said would come with the next one.
        let signer = Signer::new(source_keys(self.loaded, &keys, &[self.source])?);
        let (key, seed) = (JournalKey::new(*keys.journal()?.expose()), seed()?);
        let verifier = signer.verifier();
        let known = found.iter();
        let known: Vec<_> =
            known.map(|(stream, found)| (*stream, Known::of(*stream, found, &verifier))).collect();
        let (began, latest, said) = self.write_down(&keys, words, &known)?;
        let until = (self.clock)() + patience;
        let history = Past::of(began, latest, Arc::clone(&self.files), self.folder.clone(), key);
        let (mouth, mut speaker) = speak(SpeakerSetup {
            bus: Arc::clone(&self.bus),
            plans: streams.iter().map(|stream| plan(*stream, true)).collect(),
            signer,
            history: Box::new(history),
            bounds: bounds(self.loaded),
            clock: self.clock.clone(),
            seed,
        });
        let (mut has_it, pause) = (nobody(&said), Stop::default());
        loop {
            mouth.nudge();
            speaker.turn();
            let is_fenced = |stream: &Stream| mouth.room_of(*stream) == Some(Room::Fenced);
            if let Some(stream) = said.iter().filter_map(Stream::of).find(is_fenced) {
                return Err(NotSaid::Fenced(stream));
            }
            match readers(&mut *line, &said) {
                Ok(readers) => has_it = readers,
                Err(_) => line = self.bus.writer().unwrap_or(line),
            }
            if has_it.values().all(|has_it| *has_it) || (self.clock)() >= until {
                return Ok(has_it);
            }
            pause.wait(LOOK_EVERY);
        }
    }

    /// What a source has said last on a stream, if that is genuine.
    pub fn last(&self, kind: TopicKind, source: Source) -> Result<Option<Event>, NotSaid> {
        let Some(stream) = Stream::new(kind, source) else { return Ok(None) };
        let keys = KeyFolder::at(&self.loaded.places().keys);
        let verifier = Verifier::new(source_keys(self.loaded, &keys, &[source])?);
        let found = match self.bus.writer()?.look(stream, &[])?.end {
            End::Nothing => return Ok(None),
            End::At(found) if verifier.check(stream, &found).is_some() => found,
            End::At(_) | End::Strange => return Err(NotSaid::NotGenuine(stream)),
        };
        let said = codec::read(&found.text).map_err(|_| NotSaid::NotGenuine(stream))?;
        Ok(Some(said.event))
    }

    /// Writes it down: what was said, where what is older can be found, and since when.
    fn write_down(
        &self,
        keys: &KeyFolder,
        words: &[(Option<Corr>, Event)],
        known: &[(Stream, Known)],
    ) -> Result<(Epoch, Latest, Vec<Envelope>), NotSaid> {
        let place = Place {
            files: Arc::clone(&self.files),
            folder: self.folder.clone(),
            key: JournalKey::new(*keys.journal()?.expose()),
            limits: journal::Limits::default(),
            anchors: Vec::new(),
            holder: self.source.name().to_owned(),
        };
        let epoch = known.iter().map(|(_, known)| known.believed()).max().unwrap_or_default();
        let start = self.start.clone().behind(epoch);
        let seat = take_seat(place, start, vec![Box::new(Herald(self.source))])?;
        let began = seat.journal.id().epoch;
        for (stream, known) in known {
            let (known, ours) = (known.last(), seat.reach.said(*stream));
            if known > ours && known.epoch >= began {
                let (stream, journal) = (*stream, self.folder.clone());
                return Err(NotSaid::Elsewhere { stream, known, ours, journal });
            }
        }
        let latest = Latest::behind(&seat.reach, known.iter().map(|(stream, _)| *stream));
        // All of it has room before anybody takes the first.
        let room = DoorLimits { controls: words.len().max(1), ..DoorLimits::default() };
        let (doors, inbox) = Doors::open(room);
        for (corr, event) in words {
            let word = Envelope::input(self.source, (self.clock)(), *event);
            doors.control(Envelope { corr: *corr, ..word });
        }
        doors.close();
        let noted = Noted { latest: latest.clone(), said: Arc::default() };
        let outlets: Vec<Box<dyn Outlet>> = vec![Box::new(noted.clone())];
        let config = ProcessConfig { outlets, ..ProcessConfig::new(self.clock.clone()) };
        match run(seat, inbox, config) {
            (Ended::InPeace, _) => {}
            (ended, _) => return Err(NotSaid::Ended(ended)),
        }
        let said = std::mem::take(&mut *noted.said.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((began, latest, said))
    }
}

/// Those who have to read it.
fn nobody(said: &[Envelope]) -> Readers {
    let streams = said.iter().filter_map(Stream::of);
    streams.flat_map(parties::readers).map(|name| (*name, false)).collect()
}

/// Who has all of it.
fn readers(line: &mut dyn Writing, said: &[Envelope]) -> Result<Readers, Fault> {
    let mut all = Readers::new();
    for (stream, said) in said.iter().filter_map(|said| Some((Stream::of(said)?, said))) {
        let read = line.look(stream, &plan(stream, true).readers)?.readers;
        for (name, read) in parties::readers(stream).iter().zip(read) {
            // Of another start than ours nobody has read anything that we have said.
            let is_there =
                read.is_some_and(|read| read.epoch == said.epoch && read >= Position::of(said));
            *all.entry(*name).or_insert(true) &= is_there;
        }
    }
    Ok(all)
}

#[cfg(test)]
#[path = "word_tests.rs"]
mod tests;
