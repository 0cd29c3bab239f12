//! Taking a seat: the machines of a process with the state that its journal gives back to them.

use contracts::{Envelope, Epoch, TopicKind};
use journal::{Fault, Found, Journal, Place, Start, State, recover};
use kernel::{Divergence, Machine, Replay, Sequencer, Snapshot, StateError};

/// A process that can go on where the one before it stopped.
pub struct Seat {
    /// The machines, as they were.
    pub sequencer: Sequencer,
    /// The journal, begun anew.
    pub journal: Journal,
    /// What had been said, and by whom nobody knows whether it was told. Requests to the venue are not
    /// among it: nobody knows how long ago they were decided, so their fate is asked for instead.
    pub owed: Vec<Envelope>,
    /// In what shape the journal was found.
    pub found: Found,
    /// How many records were replayed.
    pub replayed: u64,
    /// Nothing may be risked until an operator has looked at the journal: the process begins with the kill
    /// switch tripped.
    pub must_halt: bool,
}

/// Why a process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum NoSeat {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] Fault),
    /// The state in the journal is not that of these machines.
    #[error(
        "the state in the journal is not of this roster or build: {0}; start with the settings and the build that wrote it, stop it in peace, and then change them"
    )]
    State(#[from] StateError),
    /// The machines decide otherwise than they did.
    #[error(
        "the journal does not replay: {0}; start with the settings and the build that wrote it, stop it in peace, and then change them"
    )]
    Replay(#[from] Divergence),
}

/// Takes the seat of a journal: recovers, restores, replays, and begins the next start.
pub fn take_seat(
    place: Place,
    start: Start,
    machines: Vec<Box<dyn Machine>>,
) -> Result<Seat, NoSeat> {
    let recovered = recover(place)?;
    let (found, must_halt) = (recovered.found().clone(), recovered.must_halt());
    let mut sequencer = Sequencer::new(Epoch(1), machines);
    if let Some(state) = recovered.snapshot()? {
        sequencer.restore(&Snapshot::from_bytes(state.machines.get().as_bytes().to_vec()))?;
    }
    let mut replay = Replay::new(&mut sequencer);
    let (mut replayed, mut diverged) = (0, None);
    recovered.replay(|record| {
        if let (None, Some(step)) = (&diverged, record.entry.for_replay()) {
            replayed += 1;
            diverged = replay.feed(&step).err();
        }
        Ok(())
    })?;
    if let Some(diverged) = diverged {
        return Err(diverged.into());
    }
    let unwritten = replay.finish();
    let at = start.at;
    let mut journal = recovered.begin(start, &unwritten)?;
    if matches!(found, Found::Broken { .. }) {
        journal.rotate(Some(&State::of(&sequencer.snapshot())?), at)?;
    }
    sequencer.begin_epoch(journal.epoch());
    let mut owed = unwritten;
    owed.retain(|said| said.topic().kind() != TopicKind::VenueRequest);
    Ok(Seat { sequencer, journal, owed, found, replayed, must_halt })
}
