//! Replaying a journal on the machines: how far they repeat it, and what they had still to say.

use contracts::{Envelope, Event, Source};
use journal::{Entry, Record, Recovered};
use kernel::{Divergence, Machine, Replay, Sequencer, Snapshot, Stopped};

use crate::beside::Beside;
use crate::books::Books;
use crate::reach::Reach;
use crate::seat::NoSeat;
use crate::untold::Untold;

/// What a replay came to.
pub(crate) struct Replayed {
    /// What was said at the end and had not been written.
    pub(crate) unwritten: Vec<Envelope>,
    /// What has been said and perhaps not told.
    pub(crate) untold: Untold,
    /// What is known of our books beside the venue's.
    pub(crate) books: Books,
    /// How far what was said and heard reaches.
    pub(crate) reach: Reach,
    /// How many records were replayed.
    pub(crate) records: u64,
    /// Where the machines and the journal part.
    pub(crate) parted: Option<Parted>,
}

/// The turn that is not repeated.
pub(crate) struct Parted {
    /// The record of its input.
    pub(crate) from: u64,
    /// The record at which it was seen.
    at: u64,
    why: Divergence,
}

impl Parted {
    /// What to say to whoever wanted to start.
    pub(crate) fn into_error(self, speakers: &[Source]) -> NoSeat {
        match self.why {
            Divergence::Stopped(Stopped(halt)) => {
                let speaker = speakers.get(usize::from(halt.machine));
                let machine = speaker.map_or("the sequencer", |source| source.name()).to_owned();
                NoSeat::Halted { machine, reason: halt.reason, record: self.from }
            }
            why @ Divergence::Differs { .. } => NoSeat::Replay { record: self.at, why },
        }
    }
}

/// In whose name each machine speaks, in the order of the roster.
pub(crate) fn speakers(machines: &[Box<dyn Machine>]) -> Vec<Source> {
    machines.iter().map(|machine| machine.source()).collect()
}

/// Puts the machines to where the journal's state was kept and replays, not from record `until` on. Machines
/// that have replayed before are put back to `beginning` where no state was kept.
pub(crate) fn replay(
    recovered: &Recovered,
    beginning: Option<&Snapshot>,
    sequencer: &mut Sequencer,
    until: u64,
) -> Result<Replayed, NoSeat> {
    let mut beside = Beside::default();
    match recovered.snapshot()? {
        Some(kept) => {
            sequencer.restore(&kept.snapshot())?;
            if let Some(shell) = &kept.shell {
                beside = Beside::read(shell)?;
            }
        }
        None => beginning.map_or(Ok(()), |beginning| sequencer.restore(beginning))?,
    }
    let Beside { mut untold, mut books, mut reach } = beside;
    let mut replay = Replay::new(sequencer);
    let (mut records, mut input, mut parted) = (0, 0, None);
    recovered.replay(|record| {
        follow(&mut untold, &mut reach, &record);
        if let Entry::Input(heard) | Entry::Output(heard) = &record.entry
            && record.seq < until
        {
            books.hear(heard);
        }
        if matches!(record.entry, Entry::Input(_)) {
            input = record.seq;
        }
        if let (None, Some(step)) = (&parted, record.entry.for_replay())
            && record.seq < until
        {
            records += 1;
            let at = record.seq;
            parted = replay.feed(&step).err().map(|why| Parted { from: input, at, why });
        }
        Ok(())
    })?;
    let unwritten = replay.finish();
    Ok(Replayed { unwritten, untold, books, reach, records, parted })
}

/// What a record tells about what is to be told, and about how far streams reach.
fn follow(untold: &mut Untold, reach: &mut Reach, record: &Record) {
    if let Entry::Input(heard) = &record.entry {
        reach.input(heard);
    }
    match &record.entry {
        Entry::Output(said) => {
            untold.said(said);
            reach.output(said);
        }
        Entry::Input(Envelope { src: Source::Runtime, event: Event::Carried(carried), .. }) => {
            untold.told(carried.outputs.get());
        }
        Entry::Genesis(_) | Entry::Began(_) => untold.begins(),
        _ => {}
    }
}
