//! Those who say something, and those who read and hear it.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bus::{
    Bounds, Bus, Channel, Listener, ListenerSetup, Mouth, Offered, Plan, Position, Reader,
    ReaderName, ReaderSetup, Recent, Room, Signer, SourceKey, Speaker, SpeakerSetup, Stream, speak,
};
use contracts::{Delivery, Envelope, Source, TopicKind, Ts};
use telemetry::Clock;

use crate::messages::message;

/// How much of what was said is kept for a speaker that has fallen behind: it stands for the journal.
const KEPT: usize = 100_000;

pub(crate) fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Ts::from_nanos(since.as_nanos() as i64)
    })
}

fn keys() -> Signer {
    Signer::new(Source::ALL.map(|source| (source, SourceKey::new([source as u8 + 1; 32]))))
}

/// The names of so many readers.
pub(crate) fn names(count: usize) -> Vec<ReaderName> {
    (0..count).map(|number| ReaderName::new(&format!("reader-{number}")).unwrap()).collect()
}

/// Somebody who says one kind of thing; a thread has to carry it.
pub(crate) struct Voice {
    pub(crate) mouth: Mouth,
    kind: TopicKind,
    source: Source,
    journal: Arc<Mutex<Recent>>,
    seq: u64,
}

impl Voice {
    /// Somebody who says that, kept for so many readers.
    pub(crate) fn new(
        bus: &Arc<dyn Bus>,
        kind: TopicKind,
        source: Source,
        readers: usize,
    ) -> (Self, Speaker) {
        let journal = Arc::new(Mutex::new(Recent::new(KEPT)));
        let stream = Stream::new(kind, source);
        let plan = |stream| Plan { stream, readers: names(readers) };
        let (mouth, speaker) = speak(SpeakerSetup {
            bus: Arc::clone(bus),
            plans: stream.map(plan).into_iter().collect(),
            signer: keys(),
            history: Box::new(Arc::clone(&journal)),
            bounds: Bounds::default(),
            clock: clock(),
            seed: 1,
        });
        (Self { mouth, kind, source, journal, seq: 0 }, speaker)
    }

    /// What is said next.
    pub(crate) fn next(&mut self) -> Envelope {
        self.seq += 1;
        message(self.kind, self.source, self.seq)
    }

    /// Says it.
    pub(crate) fn says(&mut self, said: &Envelope) -> Offered {
        if self.kind.delivery() == Delivery::Durable {
            self.journal.lock().unwrap().keep(said);
        }
        self.mouth.publish(said)
    }

    pub(crate) fn says_the_next(&mut self) -> Offered {
        let said = self.next();
        self.says(&said)
    }

    pub(crate) fn is_ready(&self) {
        while self.mouth.room() != Room::Plenty {
            thread::yield_now();
        }
    }
}

pub(crate) fn reader(bus: &Arc<dyn Bus>, stream: Stream, name: ReaderName) -> Reader {
    Reader::new(ReaderSetup {
        bus: Arc::clone(bus),
        name,
        from: vec![(stream, Position::START)],
        verifier: keys().verifier(),
        bounds: Bounds::default(),
        clock: clock(),
        seed: 1,
    })
}

/// Somebody who hears that from now on.
pub(crate) fn listener(bus: &Arc<dyn Bus>, kind: TopicKind) -> Listener {
    let mut listener = Listener::new(ListenerSetup {
        bus: Arc::clone(bus),
        channels: vec![Channel::Kind(kind)],
        verifier: keys().verifier(),
        bounds: Bounds::default(),
        clock: clock(),
        seed: 1,
    });
    listener.next(Duration::from_millis(1));
    listener
}
