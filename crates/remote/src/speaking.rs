//! What the machines say goes out: what is durable once the disk has it, the market as it comes.

use std::collections::BTreeSet;

use bus::{Confirmed, Mouth, Position, Stream};
use contracts::{Delivery, Envelope, Source};
use kernel::Tap;
use runtime::Outlet;

use super::past::Latest;
use crate::parties;

/// Carries to the bus what was said, and tells writers what the disk has of theirs. At its end nothing more
/// is said.
pub(super) struct Spoken {
    mouth: Mouth,
    latest: Latest,
    confirmed: Option<Confirmed>,
    sources: BTreeSet<Source>,
    streams: BTreeSet<Stream>,
}

impl Spoken {
    pub(super) fn new(
        mouth: Mouth,
        latest: Latest,
        confirmed: Option<Confirmed>,
        sources: &[Source],
    ) -> Self {
        let streams = sources.iter().flat_map(|source| parties::writes(*source)).collect();
        Self { mouth, latest, confirmed, sources: sources.iter().copied().collect(), streams }
    }
}

impl Outlet for Spoken {
    fn carry(&mut self, said: &Envelope) {
        match Stream::of(said) {
            Some(stream) if self.streams.contains(&stream) => {
                // Whoever is told a message can ask for it again: it is kept first.
                self.latest.keep(stream, said);
                // What is refused now is taken from the journal later.
                let _ = self.mouth.publish(said);
            }
            None if self.sources.contains(&said.src) => drop(self.mouth.publish(said)),
            _ => {}
        }
    }

    fn is_safe(&mut self, input: &Envelope) {
        if let (Some(confirmed), Some(stream)) = (&self.confirmed, Stream::of(input)) {
            confirmed.up_to(stream, Position::of(input));
        }
    }
}

impl Drop for Spoken {
    fn drop(&mut self) {
        self.mouth.close();
    }
}

/// Says the market aloud as it is taken: it may be lost, so it waits for no disk.
pub(super) struct Aloud(pub(super) Mouth);

impl Tap for Aloud {
    fn input(&mut self, input: &Envelope) {
        if input.src == Source::MdIngest && input.topic().delivery() == Delivery::Lossy {
            let _ = self.0.publish(input);
        }
    }

    fn output(&mut self, _said: &Envelope) {}
}
