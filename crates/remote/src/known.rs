//! What a bus knows of somebody who is about to speak there.

use std::sync::Arc;

use bus::{Bus, End, Fault, Position, Standing, Stream, Verifier, Writing};
use contracts::Epoch;
use settings::{KeyFolder, Loaded};

use super::{NotSaid, parties, plan, source_keys};

/// The last start of a source of which somebody is believed who only says that they have read that far, and has
/// not signed it: whoever says more would use up the numbers of starts.
pub(super) const BELIEVED_MAX: Epoch = Epoch(1 << 20);

/// The start of a service under which it has said the last thing that stands on the bus under its key; zero where nothing
/// does.
pub fn last_start(loaded: &Loaded, bus: &Arc<dyn Bus>, service: &str) -> Result<Epoch, NotSaid> {
    let keys = KeyFolder::at(&loaded.places().keys);
    let sources = parties::speaks_as(service);
    let verifier = Verifier::new(source_keys(loaded, &keys, sources)?);
    let streams: Vec<Stream> = sources.iter().copied().flat_map(parties::writes).collect();
    let found = look(&mut *bus.writer()?, &streams)?;
    let signed = found.iter().map(|(stream, found)| Known::of(*stream, found, &verifier).signed);
    Ok(signed.map(|signed| signed.epoch).max().unwrap_or_default())
}

/// How each of those streams stands, and how far those are who have to read it.
pub(super) fn look(
    line: &mut dyn Writing,
    streams: &[Stream],
) -> Result<Vec<(Stream, Standing)>, Fault> {
    let look = |stream| Ok((stream, line.look(stream, &plan(stream, true).readers)?));
    streams.iter().copied().map(look).collect()
}

/// The last of what was ever said on a stream, as far as it shows there.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// What its source has signed.
    signed: Position,
    /// Where somebody says that they have read so far.
    read: Position,
}

impl Known {
    pub(super) fn of(stream: Stream, found: &Standing, verifier: &Verifier) -> Self {
        let signed = match &found.end {
            End::At(end) => verifier.check(stream, end).map(|genuine| genuine.position),
            End::Nothing | End::Strange => None,
        };
        let read = found.readers.iter().flatten().copied().max();
        Self { signed: signed.unwrap_or_default(), read: read.unwrap_or_default() }
    }

    pub(super) fn last(self) -> Position {
        self.signed.max(self.read)
    }

    /// The last start of the source that there has been.
    pub(super) fn believed(self) -> Epoch {
        let read = Some(self.read.epoch).filter(|epoch| *epoch <= BELIEVED_MAX);
        self.signed.epoch.max(read.unwrap_or_default())
    }
}
