//! Taking a seat: the machines of a process with the state that its journal gives back to them.
//!
//! Recovering repeats what was and changes nothing. What this start is to change (other strategies, another
//! policy for what they remember) is then taken as an input, and the whole state is kept before anything
//! else happens. Each start thus begins with a snapshot, and no replay crosses a change of the settings.

use contracts::{
    Cause, Envelope, Epoch, Event, KillTrigger, RosterControl, RosterStep, Source, Ts,
};
use journal::{Entry, Fault, Found, Journal, Place, Purpose, Recovered, Start, State, recover};
use kernel::{Divergence, Machine, Sequencer, StateError, Stopped, Tap};

use crate::beside;
use crate::books::Books;
use crate::reach::Reach;
use crate::replayed::{Replayed, replay, speakers};

/// A process that can go on where the one before it stopped.
pub struct Seat {
    /// The machines, as they were.
    pub sequencer: Sequencer,
    /// The journal, begun anew.
    pub journal: Journal,
    /// What had been said, and of which nobody knows whether it was told: it is told again, and whoever
    /// hears it twice knows it by source, epoch and number. Requests to the venue are not among it: nobody
    /// knows how long ago they were decided, so their fate is asked for instead.
    pub owed: Vec<Envelope>,
    /// In what shape the journal was found.
    pub found: Found,
    /// How many records were replayed.
    pub replayed: u64,
    /// Nothing may be risked until an operator has looked: the process begins with the kill switch tripped,
    /// for this reason.
    pub must_halt: Option<KillTrigger>,
    /// What is known of our books beside the venue's.
    pub(crate) books: Books,
    /// How far what was said and heard reaches.
    pub reach: Reach,
    /// The first record of the turn that could not be repeated and was left out; only ever there for a
    /// start that was to get out, or that came after a machine that hung.
    pub left_out_from: Option<u64>,
}

/// Why a process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum NoSeat {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] Fault),
    /// The state in the journal is not that of these machines.
    #[error(
        "the state in the journal is not one that this build can go on with: {0}; nothing was begun, so the build that wrote it can go on; or close what is open with that one, and begin with a new folder of the state"
    )]
    State(#[from] StateError),
    /// The machines decide otherwise than they did.
    #[error(
        "the journal does not replay from record {record} on: {why}; start with the settings and the build that wrote it, stop it in peace, and then change them; or start to get out, which cancels all and risks nothing"
    )]
    Replay {
        /// Where.
        record: u64,
        /// In what.
        why: Divergence,
    },
    /// A machine has halted, and halts each time it comes there again.
    #[error(
        "{machine} halted at record {record} of the journal: {reason}; that state must not be, and this build comes to it each time: start a build in which it is mended, or start to get out, which leaves that record out, cancels all and risks nothing"
    )]
    Halted {
        /// In whose name it speaks.
        machine: String,
        /// What must not be.
        reason: &'static str,
        /// The record after which it halted.
        record: u64,
    },
}

/// What a start is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    GoingOn,
    GettingOut,
    /// As going on, without the last input if it is this one: a machine hung over it.
    GoingOnAfter(Cause),
}

/// Takes the seat of a journal: recovers, restores, replays, and begins the next start.
pub fn take_seat(
    place: Place,
    start: Start,
    machines: Vec<Box<dyn Machine>>,
) -> Result<Seat, NoSeat> {
    sit(place, start, machines, For::GoingOn)
}

/// Takes the seat to get out: where the machines do not repeat the journal, everything from that turn on
/// is left out, and the process begins with the kill switch tripped: it cancels what is open, shrinks what
/// it holds if told to, and opens nothing. What the venue did meanwhile is found by reconciliation.
///
/// The records that are left out stay in the journal, before a snapshot that says so. Nothing helps where
/// the state itself cannot be read: then cancel at the venue.
pub fn take_seat_to_get_out(
    place: Place,
    start: Start,
    machines: Vec<Box<dyn Machine>>,
) -> Result<Seat, NoSeat> {
    sit(place, start, machines, For::GettingOut)
}

/// Takes the seat after a machine has hung over that input. Nothing that followed from it was told to
/// anybody, and whoever takes it again hangs again: it is left out, if it is the last.
pub fn take_seat_after_hang(
    place: Place,
    start: Start,
    machines: Vec<Box<dyn Machine>>,
    input: Cause,
) -> Result<Seat, NoSeat> {
    sit(place, start, machines, For::GoingOnAfter(input))
}

fn sit(
    place: Place,
    start: Start,
    machines: Vec<Box<dyn Machine>>,
    purpose: For,
) -> Result<Seat, NoSeat> {
    let recovered = recover(place)?;
    let found = recovered.found().clone();
    let is_broken = matches!(found, Found::Broken { .. });
    let mut must_halt = recovered.must_halt().then_some(KillTrigger::Audit);
    let speakers = speakers(&machines);
    let mut sequencer = Sequencer::new(Epoch(1), machines);
    let beginning = sequencer.snapshot();
    // What a machine hung over was told to nobody; of anything else that is lost here, others may have heard.
    let is_lost = found == Found::Nothing && start.epoch > Epoch::default();
    let mut forgets = is_broken || is_lost;
    let mut left_out_from = match purpose {
        For::GoingOnAfter(input) => last_input(&recovered, input)?,
        For::GoingOn | For::GettingOut => None,
    };
    let until = left_out_from.unwrap_or(u64::MAX);
    let mut replayed = replay(&recovered, None, &mut sequencer, until)?;
    if purpose == For::GettingOut {
        must_halt = must_halt.or(Some(KillTrigger::Service));
    }
    if let Some(parted) = replayed.parted.take() {
        if purpose != For::GettingOut {
            return Err(parted.into_error(&speakers));
        }
        left_out_from = Some(parted.from);
        forgets = true;
        let again = replay(&recovered, Some(&beginning), &mut sequencer, parted.from)?;
        // What is to be told is told, also of the turns that are left out.
        let Replayed { untold, reach, .. } = replayed;
        replayed = Replayed { unwritten: Vec::new(), untold, reach, ..again };
    }
    let Replayed { unwritten, mut untold, records, mut books, mut reach, .. } = replayed;
    let at = start.at;
    let mut journal = recovered.begin(start, &unwritten)?;
    sequencer.begin_epoch(journal.epoch());
    for said in &unwritten {
        untold.said(said);
        reach.output(said);
        books.hear(said);
    }
    untold.begins();
    books.begins();
    // On a full disk there is only room to get out: it goes on as it was.
    if forgets || left_out_from.is_some() || !journal.watermark().is_low() {
        let steps = if forgets {
            &[RosterStep::Forget, RosterStep::Adopt][..]
        } else {
            &[RosterStep::Adopt]
        };
        for step in steps {
            for said in begin_with(*step, &mut journal, &mut sequencer, at)? {
                untold.said(&said);
                reach.output(&said);
                books.hear(&said);
            }
        }
        let state = sequencer.snapshot();
        sequencer.restore(&state)?;
        let shell = beside::write(&untold, &books, &reach, left_out_from)?;
        let state = State::of(&state)?.with_shell(shell)?;
        journal.rotate(Some(&state), at)?;
    }
    let owed = untold.waiting();
    Ok(Seat {
        sequencer,
        journal,
        owed,
        found,
        replayed: records,
        must_halt,
        books,
        reach,
        left_out_from,
    })
}

/// The record of that input, if it is the last one.
fn last_input(recovered: &Recovered, wanted: Cause) -> Result<Option<u64>, NoSeat> {
    let mut last = None;
    recovered.replay(|record| {
        if let Entry::Input(input) = &record.entry {
            last = (input.as_cause() == wanted).then_some(record.seq);
        }
        Ok(())
    })?;
    Ok(last)
}

/// What the shell has to say to the host of the strategies.
pub(crate) fn to_roster(step: RosterStep, at: Ts) -> Envelope {
    Envelope::input(Source::Runtime, at, Event::Roster(RosterControl { step }))
}

/// What is said, in its order.
#[derive(Default)]
struct Outputs(Vec<Envelope>);

impl Tap for Outputs {
    fn output(&mut self, said: &Envelope) {
        self.0.push(*said);
    }
}

/// The machines are told that something is lost to them; or they take over what the settings ask for now, and may
/// listen to other things than before. Those to whom it was addressed say nothing to it; whoever else hears it may find
/// that time has passed, as a venue does, and what follows from that has to be told.
fn begin_with(
    step: RosterStep,
    journal: &mut Journal,
    sequencer: &mut Sequencer,
    at: Ts,
) -> Result<Vec<Envelope>, NoSeat> {
    let mut heard = (journal.turn(Purpose::GetOut)?, Outputs::default());
    let took = sequencer.take(at, to_roster(step, at), &mut heard);
    let (turn, Outputs(said)) = heard;
    turn.commit()?;
    let record = journal.watermark().head().seq;
    took.map_err(|Stopped(halt)| {
        let machine = Source::StrategyEngine.name().to_owned();
        NoSeat::Halted { machine, reason: halt.reason, record }
    })?;
    Ok(said)
}
