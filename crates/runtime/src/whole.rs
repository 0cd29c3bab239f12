//! Replaying a whole journal: every start, every input, every output, every state that was kept.
//!
//! A start made with other settings cannot be repeated by these machines: it is passed over, and the state
//! that the next start with these settings kept at its beginning is taken for granted. So are the records that
//! a start after a machine that hung left out. It only reads.

use std::collections::BTreeSet;

use contracts::{Epoch, Event, RosterStep};
use journal::{Entry, Fault, Reader, Record, Start, StateRecord};
use kernel::{Divergence, Machine, Replay, Sequencer, StateError};
use serde::Deserialize;

/// So many changes between starts are told; more are counted.
const CHANGES_MAX: usize = 16;

/// What a replay of a whole journal came to.
#[derive(Debug)]
pub struct Whole {
    /// The last record.
    pub records: u64,
    /// How many starts the journal tells of.
    pub starts: u64,
    /// How many inputs were taken again.
    pub inputs: u64,
    /// How many outputs came again just as they were.
    pub outputs: u64,
    /// How many kept states were compared, and are the same.
    pub states: u64,
    /// How many kept states, written in an older layout, have become another one than that of the replay. They
    /// were gone on with, as a start by this build does.
    pub raised: u64,
    /// What was said at the end and does not stand there: the next start writes it.
    pub unwritten: usize,
    /// Whether something stands at the end that is not whole.
    pub torn: bool,
    /// What could not be replayed.
    pub passed_over: PassedOver,
    /// Where settings or build changed between starts.
    pub changes: Vec<Change>,
    /// How many changes more there were.
    pub unlisted: u64,
    /// The hash of the state of the machines where the replay ended.
    pub state: u128,
    /// The first record that is not repeated, if there is one.
    pub parted: Option<Parting>,
}

/// Inputs and outputs that could not be replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// How many of a start with other settings.
    pub other_settings: u64,
    /// How many that a later start left out, such as that over which a machine hung.
    pub left_out: u64,
    /// How many that rest on a state from before the first record.
    pub no_state: u64,
}

/// A start with other settings, or by another build, than the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The record that says so.
    pub record: u64,
    /// Which start.
    pub start: Epoch,
    /// The settings before, and from then on.
    pub settings: Option<(String, String)>,
    /// The build before, and from then on.
    pub build: Option<(String, String)>,
}

/// Where a replay left the journal.
#[derive(Debug)]
pub struct Parting {
    /// At which record it was seen.
    pub record: u64,
    /// Under which start.
    pub start: Epoch,
    /// The build of that start, where it is not this one.
    pub other_build: Option<String>,
    /// In what they differ.
    pub why: Difference,
}

/// In what a replay and a journal differ.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// Something else was said, or a machine halted.
    #[error(transparent)]
    Said(#[from] Divergence),
    /// The state is another one.
    #[error("the state that was kept is {kept}, by the replay it is {replayed}")]
    State {
        /// The hash in the journal.
        kept: String,
        /// The hash now.
        replayed: String,
    },
    /// The state that was kept is not of these machines.
    #[error("the state that was kept cannot be taken: {0}")]
    NoState(#[from] StateError),
}

/// Replays a journal from its first record to its last. `these` are the settings and the build of the
/// machines.
pub fn replay_whole(
    reader: &Reader,
    machines: Vec<Box<dyn Machine>>,
    these: &Start,
) -> Result<Whole, Fault> {
    let mut sequencer = Sequencer::new(Epoch(1), machines);
    let from = reader.segments().first().map_or(1, |segment| segment.first);
    let mut telling = Telling::new(Replay::new(&mut sequencer), these);
    telling.left_out = left_out(reader, from)?;
    let read = reader.read(from, |record| {
        telling.hear(&record);
        Ok(())
    })?;
    let Telling { replay, mut whole, standing, .. } = telling;
    let unwritten = replay.finish().len();
    if standing == Standing::Here && whole.parted.is_none() {
        whole.unwritten = unwritten;
    }
    whole.torn = read.torn;
    whole.state = sequencer.snapshot().hash();
    Ok(whole)
}

/// From which records on something was left out, each up to the state that says so.
fn left_out(reader: &Reader, from: u64) -> Result<BTreeSet<u64>, Fault> {
    let mut left_out = BTreeSet::new();
    reader.read(from, |record| {
        if let Entry::Snapshot(StateRecord { shell: Some(shell), .. }) = &record.entry {
            let shell: Shell = serde_json::from_str(shell.get()).unwrap_or_default();
            left_out.extend(shell.left_out_from.and_then(|from| from.parse::<u64>().ok()));
        }
        Ok(())
    })?;
    Ok(left_out)
}

/// What of the shell's own state is of interest here.
#[derive(Default, Deserialize)]
struct Shell {
    left_out_from: Option<String>,
}

/// Where the machines are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Where the journal is.
    Here,
    /// Before it: the records that led here cannot be replayed, for lack of the state before them.
    NoState,
    /// Before it: these records are of other settings.
    OtherSettings,
    /// Before it: a later start left these records out.
    LeftOut,
}

/// A journal that is being replayed.
struct Telling<'a> {
    replay: Replay<'a>,
    these: &'a Start,
    whole: Whole,
    standing: Standing,
    /// The start that the records belong to.
    start: Option<Start>,
    /// The last input was the one after which a start keeps its state, and takes it back.
    adopts: bool,
    left_out: BTreeSet<u64>,
}

impl<'a> Telling<'a> {
    fn new(replay: Replay<'a>, these: &'a Start) -> Self {
        let whole = Whole {
            records: 0,
            starts: 0,
            inputs: 0,
            outputs: 0,
            states: 0,
            raised: 0,
            unwritten: 0,
            torn: false,
            passed_over: PassedOver::default(),
            changes: Vec::new(),
            unlisted: 0,
            state: 0,
            parted: None,
        };
        // A journal whose first segments were archived begins with a state.
        Self {
            replay,
            these,
            whole,
            standing: Standing::NoState,
            start: None,
            adopts: false,
            left_out: BTreeSet::new(),
        }
    }

    fn hear(&mut self, record: &Record) {
        self.whole.records = record.seq;
        if self.goes_on() && self.left_out.contains(&record.seq) {
            self.standing = Standing::LeftOut;
        }
        let heard = match &record.entry {
            Entry::Genesis(start) | Entry::Began(start) => self.begins(record, start),
            Entry::Snapshot(kept) => self.state(kept),
            _ => self.follows(record),
        };
        if let Err(why) = heard {
            let start = self.start.as_ref();
            self.whole.parted.get_or_insert_with(|| Parting {
                record: record.seq,
                start: start.map_or(Epoch(0), |start| start.epoch),
                other_build: start
                    .filter(|start| start.build != self.these.build)
                    .map(|start| start.build.clone()),
                why,
            });
        }
    }

    /// An input, or what was said to it.
    fn follows(&mut self, record: &Record) -> Result<(), Difference> {
        let Some(step) = record.entry.for_replay() else { return Ok(()) };
        if let kernel::Record::Input(input) = &step {
            self.adopts =
                matches!(&input.event, Event::Roster(said) if said.step == RosterStep::Adopt);
        }
        if !self.goes_on() {
            match self.standing {
                Standing::OtherSettings => self.whole.passed_over.other_settings += 1,
                Standing::NoState => self.whole.passed_over.no_state += 1,
                Standing::LeftOut => self.whole.passed_over.left_out += 1,
                Standing::Here => {}
            }
            return Ok(());
        }
        self.replay.feed(&step)?;
        match step {
            kernel::Record::Input(_) => self.whole.inputs += 1,
            _ => self.whole.outputs += 1,
        }
        Ok(())
    }

    fn goes_on(&self) -> bool {
        self.standing == Standing::Here && self.whole.parted.is_none()
    }

    fn begins(&mut self, record: &Record, start: &Start) -> Result<(), Difference> {
        self.whole.starts += 1;
        self.note_changes(record.seq, start);
        // What was said before this start belongs to the settings before it.
        let said = if self.goes_on() { self.replay.between().map(drop) } else { Ok(()) };
        let is_first = matches!(record.entry, Entry::Genesis(_)) && start.predecessor.is_none();
        if start.settings != self.these.settings {
            self.standing = Standing::OtherSettings;
        } else if is_first {
            self.standing = Standing::Here;
        }
        said?;
        self.start = Some(start.clone());
        if self.goes_on() {
            self.replay.feed(&kernel::Record::Began(start.epoch))?;
        }
        Ok(())
    }

    fn note_changes(&mut self, record: u64, start: &Start) {
        let Some(before) = &self.start else { return };
        let pair = |was: &String, is: &String| (was != is).then(|| (was.clone(), is.clone()));
        let settings = pair(&before.settings, &start.settings);
        let build = pair(&before.build, &start.build);
        if settings.is_none() && build.is_none() {
            return;
        }
        if self.whole.changes.len() < CHANGES_MAX {
            self.whole.changes.push(Change { record, start: start.epoch, settings, build });
        } else {
            self.whole.unlisted += 1;
        }
    }

    /// A state that was kept: ours must be the same, or is this one from now on.
    fn state(&mut self, kept: &StateRecord) -> Result<(), Difference> {
        if self.whole.parted.is_some() {
            return Ok(());
        }
        let is_ours = self.start.as_ref().is_none_or(|it| it.settings == self.these.settings);
        if self.standing != Standing::Here {
            if is_ours {
                // It was taken from what was said before; nothing of that is waited for any more.
                self.replay.between()?.restore(&kept.snapshot())?;
                self.standing = Standing::Here;
            }
            return Ok(());
        }
        let machines = self.replay.between()?;
        let (ours, kept_state) = (machines.snapshot(), kept.snapshot());
        if !kept_state.has_layouts_of(&ours) {
            // Who started here went on with what was made of it, and so does this.
            machines.restore(&kept_state)?;
            let same = machines.snapshot() == ours;
            let count = if same { &mut self.whole.states } else { &mut self.whole.raised };
            *count += 1;
            return Ok(());
        }
        let replayed = format!("{:032x}", ours.hash());
        if replayed != kept.hash {
            return Err(Difference::State { kept: kept.hash.clone(), replayed });
        }
        self.whole.states += 1;
        if self.adopts {
            // As the start itself did: what was taken over is asked anew what it listens to.
            machines.restore(&kept_state)?;
        }
        Ok(())
    }
}
