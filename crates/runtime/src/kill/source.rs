//! What trips the kill switch from outside, and the threads that read it again and again.
//!
//! Each has a thread that does nothing else, because a read may never come back: then its silence is the reading.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bus::{Bus, Fault, KillKey, Writing};
use contracts::{Envelope, Event, KillPoll, KillReading, KillTrigger, Source, Span, Ts};
use telemetry::Clock;

use crate::brake::read_kill_file;
use crate::doors::Doors;
use crate::stop::Stop;

/// A place outside the process where somebody can say stop.
pub trait KillSource: Send {
    /// Which kind it is.
    fn trigger(&self) -> KillTrigger;

    /// What it says now.
    fn read(&mut self) -> KillReading;
}

/// The file of the kill switch: it says stop by being there.
#[derive(Clone, Debug)]
pub struct KillFile(pub PathBuf);

impl KillSource for KillFile {
    fn trigger(&self) -> KillTrigger {
        KillTrigger::File
    }

    fn read(&mut self) -> KillReading {
        read_kill_file(&self.0)
    }
}

/// The key of the kill switch on the bus: it says stop by being `1`.
pub struct KeyOnBus {
    bus: Arc<dyn Bus>,
    key: String,
    line: Option<Box<dyn Writing>>,
}

impl KeyOnBus {
    /// That key on that bus; nothing is connected before it is read.
    pub fn new(bus: Arc<dyn Bus>, key: &str) -> Self {
        Self { bus, key: key.to_owned(), line: None }
    }

    fn look(&mut self) -> Result<KillKey, Fault> {
        let line = match &mut self.line {
            Some(line) => line,
            none => none.insert(self.bus.writer()?),
        };
        line.kill_key(&self.key)
    }
}

impl KillSource for KeyOnBus {
    fn trigger(&self) -> KillTrigger {
        KillTrigger::Key
    }

    fn read(&mut self) -> KillReading {
        match self.look() {
            Ok(KillKey::Clear) => KillReading::Clear,
            Ok(KillKey::Stop) => KillReading::Tripped,
            Ok(KillKey::Strange) => KillReading::Unreadable,
            Err(_) => {
                self.line = None;
                KillReading::Unreadable
            }
        }
    }
}

/// What is known of a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) trigger: KillTrigger,
    pub(super) reading: KillReading,
    /// How long it has not said go on, for whoever looks.
    pub(super) silent: Span,
    /// How often it had said so, and when that was seen.
    seen: (u64, Ts),
}

impl Known {
    pub(super) const fn new(trigger: KillTrigger, reading: KillReading, silent: Span) -> Self {
        Self { trigger, reading, silent, seen: (0, Ts::ZERO) }
    }

    fn look(&mut self, told: &Told, now: Ts) {
        if told.clears != self.seen.0 {
            self.seen = (told.clears, now);
        }
        (self.reading, self.silent) = (told.reading, now.since(self.seen.1));
    }
}

/// What a source has told.
struct Told {
    trigger: KillTrigger,
    reading: KillReading,
    /// How often it has said go on; that reading began counts too.
    clears: u64,
}

/// What is known of all sources; as many copies as there are users.
#[derive(Clone, Default)]
pub(super) struct Readings(Arc<Mutex<Vec<Told>>>);

impl Readings {
    fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of it, for whoever has known that until now, and looks at `now`.
    pub(super) fn look(&self, known: &mut Vec<Known>, now: Ts) {
        let told = self.told();
        for told in told.iter().skip(known.len()) {
            known.push(Known::new(told.trigger, told.reading, Span::ZERO));
        }
        for (known, told) in known.iter_mut().zip(told.iter()) {
            known.look(told, now);
        }
    }

    fn note(&self, place: usize, reading: KillReading) {
        if let Some(told) = self.told().get_mut(place) {
            told.reading = reading;
            told.clears += u64::from(reading == KillReading::Clear);
        }
    }
}

/// Reads those sources until `stop` is said, each on a thread of its own, and tells the process each time. One that
/// does not come back keeps nobody else from being read.
pub(super) fn poll(
    sources: Vec<Box<dyn KillSource>>,
    every: Duration,
    doors: &Doors,
    clock: &Clock,
    stop: &Stop,
) -> io::Result<Readings> {
    let readings = Readings::default();
    readings.told().extend(sources.iter().map(|source| Told {
        trigger: source.trigger(),
        reading: KillReading::Unreadable,
        clears: 1,
    }));
    for (place, mut source) in sources.into_iter().enumerate() {
        let (noted, doors) = (readings.clone(), doors.clone());
        let (clock, stop) = (clock.clone(), stop.clone());
        let mut read = move || {
            let (reading, now) = (source.read(), clock());
            noted.note(place, reading);
            let poll = Event::KillPoll(KillPoll { trigger: source.trigger(), reading });
            // A process that takes no polls does not hear that all is well, and risks nothing new.
            let _ = doors.poll(Envelope::input(Source::Runtime, now, poll));
        };
        thread::Builder::new().name("kill-poll".to_owned()).spawn(move || {
            read();
            while !stop.wait(every) {
                read();
            }
        })?;
    }
    Ok(readings)
}
