//! What trips the kill switch from outside, and the thread that reads it again and again.
//!
//! The thread does nothing else, because a read may never come back: then its silence is the reading.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use contracts::{Envelope, Event, KillPoll, KillReading, KillTrigger, Source, Ts};
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

/// What is known of a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) trigger: KillTrigger,
    pub(super) reading: KillReading,
    /// When it last said go on, or when reading began.
    pub(super) clear_at: Ts,
}

/// What is known of all sources; as many copies as there are users.
#[derive(Clone, Default)]
pub(super) struct Readings(Arc<Mutex<Vec<Known>>>);

impl Readings {
    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of it, as of now.
    pub(super) fn now(&self, into: &mut Vec<Known>) {
        into.clear();
        into.extend_from_slice(&self.known());
    }

    fn note(&self, place: usize, reading: KillReading, now: Ts) {
        if let Some(known) = self.known().get_mut(place) {
            known.reading = reading;
            if reading == KillReading::Clear {
                known.clear_at = now;
            }
        }
    }
}

/// Reads those sources until `stop` is said, on a thread of its own, and tells the process each time.
pub(super) fn poll(
    mut sources: Vec<Box<dyn KillSource>>,
    every: Duration,
    doors: Doors,
    clock: Clock,
    stop: Stop,
) -> io::Result<Readings> {
    let readings = Readings::default();
    let begun = clock();
    readings.known().extend(sources.iter().map(|source| Known {
        trigger: source.trigger(),
        reading: KillReading::Unreadable,
        clear_at: begun,
    }));
    let noted = readings.clone();
    let round = move || {
        for (place, source) in sources.iter_mut().enumerate() {
            let (reading, now) = (source.read(), clock());
            noted.note(place, reading, now);
            let poll = Event::KillPoll(KillPoll { trigger: source.trigger(), reading });
            // A process that takes no polls does not hear that all is well, and risks nothing new.
            let _ = doors.poll(Envelope::input(Source::Runtime, now, poll));
        }
    };
    thread::Builder::new().name("kill-poll".to_owned()).spawn(move || {
        let mut round = round;
        round();
        while !stop.wait(every) {
            round();
        }
    })?;
    Ok(readings)
}
