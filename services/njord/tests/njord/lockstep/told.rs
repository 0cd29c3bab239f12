//! What was said in the whole of a run, and the hash of it.

use contracts::{Corr, Envelope, Epoch, Origin, Seal, Seq, Ts};
use kernel::{Digest, ResultHash};

/// Everything that the machines said, each with the number of the input that it followed from.
#[derive(Default)]
pub(super) struct Told(Vec<(usize, Envelope)>);

impl Told {
    pub(super) fn add(&mut self, input: usize, said: &Envelope) {
        self.0.push((input, *said));
    }

    /// The hash of what is decided: ids and canonical bodies of everything durable.
    pub(super) fn hash(&self) -> ResultHash {
        let mut digest = Digest::default();
        self.0.iter().for_each(|(_, said)| digest.add(said));
        digest.result()
    }

    /// How often that kind of message was said.
    pub(super) fn count(&self, kind: &str) -> usize {
        self.0.iter().filter(|(_, said)| said.event.name() == kind).count()
    }

    /// How often it was said for that strategy, and by that part of its house.
    pub(super) fn count_for(&self, kind: &str, strategy: &str, origin: Origin) -> usize {
        let is_theirs = |corr: Corr| corr.strategy.as_str() == strategy && corr.origin == origin;
        let counts =
            |said: &Envelope| said.event.name() == kind && said.corr.is_some_and(is_theirs);
        self.0.iter().filter(|(_, said)| counts(said)).count()
    }

    /// The first thing that one said and the other did not say there, marks and positions among it.
    pub(super) fn first_difference(&self, other: &Self) -> Option<String> {
        let of = |told: &Self, place: usize| {
            told.0.get(place).map(|(input, said)| (*input, plain(said)))
        };
        let both = |place| (of(self, place), of(other, place));
        let mut pairs = (0..self.0.len().max(other.0.len())).map(both);
        let (ours, theirs) = pairs.find(|(ours, theirs)| ours != theirs)?;
        Some(format!("{ours:?}\nand elsewhere\n{theirs:?}"))
    }
}

/// The message without what layouts may differ in.
fn plain(said: &Envelope) -> Envelope {
    Envelope {
        epoch: Epoch(0),
        seq: Seq::new(0),
        ts: Ts::ZERO,
        rx: Ts::ZERO,
        cause: None,
        event: said.event.with_seal(Seal::NONE),
        ..*said
    }
}
