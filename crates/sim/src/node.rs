//! A process of the world: a sequencer, its journal, and what others have read of it.

use std::collections::BTreeMap;

use contracts::{Delivery, Envelope, Epoch, Source, TopicKind, Ts};
use kernel::{Divergence, Machine, Record, Replay, Seeded, Sequencer, Tap, Topics};

use crate::disk::Disk;
use crate::faults::Crash;

/// An ordered stream of durable messages: one per source and kind of topic.
pub type StreamKey = (Source, TopicKind);

/// How a process is put together.
pub struct NodeSpec {
    /// Its name, for people.
    pub name: &'static str,
    /// Builds its machines, at the start and after each crash.
    pub build: Box<dyn Fn() -> Vec<Box<dyn Machine>>>,
    /// Whether it is the one that talks to the venue.
    pub talks_to_venue: bool,
}

/// A process.
pub struct Node {
    spec: NodeSpec,
    disk: Disk,
    interests: Topics,
    live: Option<Sequencer>,
    /// What it has said, for those who read it. Rebuilt from the disk after a crash.
    streams: BTreeMap<StreamKey, Vec<Envelope>>,
    /// How much of each stream of others it has taken. Rebuilt from the disk after a crash.
    taken: BTreeMap<StreamKey, u64>,
    inputs_since_snapshot: u32,
    /// What others have of it and it has forgotten, and before which records that stood, in order.
    forgotten: Vec<(usize, Vec<Envelope>)>,
    /// The epoch of its last start, also if it has forgotten that.
    epoch: Epoch,
    /// Up to which record the world has seen it; what a crash kept from it is shown later.
    shown: usize,
    crashes: u32,
    breaks: usize,
}

/// Taking an input ended so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// All went well; everybody may be told.
    Well,
    /// The process crashed; of what it said, so much was told before it did.
    Crashed(usize),
    /// A machine met a state that must not be.
    Halted(&'static str),
}

/// A break is at most so many records from the end.
const FORGOTTEN_MAX: u64 = 400;
/// A snapshot is taken after so many inputs.
const SNAPSHOT_EVERY: u32 = 256;

struct Journal<'a>(&'a mut Disk, Vec<Envelope>);

impl Tap for Journal<'_> {
    fn input(&mut self, envelope: &Envelope) {
        self.0.append(Record::Input(*envelope));
    }
    fn output(&mut self, envelope: &Envelope) {
        self.0.append(Record::Output(*envelope));
        self.1.push(*envelope);
    }
}

impl Node {
    /// A process at its first start.
    pub fn start(spec: NodeSpec) -> Self {
        let sequencer = Sequencer::new(Epoch(1), (spec.build)());
        let interests =
            (spec.build)().iter().fold(Topics::NONE, |all, machine| all.with(machine.interests()));
        let mut disk = Disk::default();
        disk.append(Record::Began(Epoch(1)));
        disk.sync();
        Self {
            spec,
            disk,
            interests,
            live: Some(sequencer),
            streams: BTreeMap::new(),
            taken: BTreeMap::new(),
            inputs_since_snapshot: 0,
            forgotten: Vec::new(),
            epoch: Epoch(1),
            shown: 0,
            crashes: 0,
            breaks: 0,
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Whether it is the one that talks to the venue.
    pub fn talks_to_venue(&self) -> bool {
        self.spec.talks_to_venue
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.live.is_some()
    }

    /// How often it crashed.
    pub fn crashes(&self) -> u32 {
        self.crashes
    }

    /// Whether any of its machines listens to that kind.
    pub fn listens_to(&self, kind: TopicKind) -> bool {
        self.interests.contains(kind)
    }

    /// A machine of the running process, to look at.
    pub fn machine<M: Machine>(&self) -> Option<&M> {
        self.live.as_ref()?.machine()
    }

    /// Its journal.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// When its earliest timer wants to fire, by its own clock.
    pub fn next_wake(&self) -> Option<Ts> {
        self.live.as_ref()?.next_wake()
    }

    /// The streams it offers, with their lengths.
    pub fn heads(&self) -> impl Iterator<Item = (StreamKey, u64)> {
        self.streams.iter().map(|(key, said)| (*key, said.len() as u64))
    }

    /// A message of one of its streams.
    pub fn said(&self, key: StreamKey, index: u64) -> Option<&Envelope> {
        self.streams.get(&key)?.get(index as usize)
    }

    /// How much of a stream of another process it has taken.
    pub fn taken(&self, key: StreamKey) -> u64 {
        self.taken.get(&key).copied().unwrap_or(0)
    }

    /// Takes an input, or crashes where `crash` says.
    pub fn take(
        &mut self,
        now: Ts,
        input: Envelope,
        crash: Option<Crash>,
        dice: &mut Seeded,
    ) -> Took {
        let Some(sequencer) = self.live.as_mut() else { return Took::Well };
        if crash == Some(Crash::BeforeInput) {
            return self.crash(0, dice);
        }
        if crash == Some(Crash::AfterInput) {
            let mut input = input;
            input.rx = sequencer.now().max(now);
            // An unnumbered input is numbered when it is taken; cut short before, it is lost.
            if input.seq.get() != 0 {
                self.disk.append(Record::Input(input));
            }
            return self.crash(0, dice);
        }
        let mut journal = Journal(&mut self.disk, Vec::new());
        let result = sequencer.take(now, input, &mut journal);
        let said = journal.1;
        if let Err(stopped) = result {
            return Took::Halted(stopped.0.reason);
        }
        if crash == Some(Crash::BeforeSync) {
            return self.crash(0, dice);
        }
        self.finish(input, &said, crash, dice)
    }

    /// Fires the earliest timer if it is due; `None` when none is.
    pub fn wake(&mut self, now: Ts, crash: Option<Crash>, dice: &mut Seeded) -> Option<Took> {
        let sequencer = self.live.as_mut()?;
        if sequencer.next_wake().is_none_or(|at| at > now) {
            return None;
        }
        if matches!(crash, Some(Crash::BeforeInput | Crash::AfterInput)) {
            return Some(self.crash(0, dice));
        }
        let mut journal = Journal(&mut self.disk, Vec::new());
        let result = sequencer.wake(now, &mut journal);
        let said = journal.1;
        if let Err(stopped) = result {
            return Some(Took::Halted(stopped.0.reason));
        }
        if crash == Some(Crash::BeforeSync) {
            return Some(self.crash(0, dice));
        }
        let event = contracts::Event::Wake(contracts::Wake { machine: 0, timer: 0 });
        let input = Envelope::input(Source::Runtime, now, event);
        Some(self.finish(input, &said, crash, dice))
    }

    /// The sync and what comes after it: the point from which effects may happen.
    fn finish(
        &mut self,
        input: Envelope,
        said: &[Envelope],
        crash: Option<Crash>,
        dice: &mut Seeded,
    ) -> Took {
        self.disk.sync();
        self.count(&input);
        self.inputs_since_snapshot += 1;
        if self.inputs_since_snapshot >= SNAPSHOT_EVERY {
            self.inputs_since_snapshot = 0;
            if let Some(sequencer) = &self.live {
                self.disk.keep_snapshot(sequencer.snapshot());
            }
        }
        if crash == Some(Crash::BeforeEffects) {
            return self.crash(0, dice);
        }
        self.offer(said);
        if crash == Some(Crash::AmidEffects) {
            let told = dice.below(said.len() as u64 + 1) as usize;
            return self.crash(told, dice);
        }
        Took::Well
    }

    fn count(&mut self, input: &Envelope) {
        let kind = input.topic().kind();
        if kind.delivery() == Delivery::Durable {
            *self.taken.entry((input.src, kind)).or_default() += 1;
        }
    }

    fn offer(&mut self, said: &[Envelope]) {
        for envelope in said {
            let kind = envelope.topic().kind();
            if kind.delivery() == Delivery::Durable {
                self.streams.entry((envelope.src, kind)).or_default().push(*envelope);
            }
        }
    }

    fn crash(&mut self, told: usize, dice: &mut Seeded) -> Took {
        self.live = None;
        self.crashes += 1;
        self.disk.lose_power(dice);
        Took::Crashed(told)
    }

    /// Starts again: recovery is the snapshot, then the records after it. What the last input still
    /// owed is said now.
    pub fn restart(&mut self) -> Result<(), Divergence> {
        let mut sequencer = Sequencer::new(Epoch(0), (self.spec.build)());
        let (snapshot, tail) = self.disk.latest();
        if let Some(snapshot) = snapshot {
            // A snapshot that cannot be taken back shows as a divergence at the first record.
            let _ = sequencer.restore(snapshot);
        }
        let mut replay = Replay::new(&mut sequencer);
        for record in tail {
            replay.feed(record)?;
        }
        for envelope in replay.finish() {
            self.disk.append(Record::Output(envelope));
        }
        self.epoch = Epoch(self.epoch.0 + 1);
        self.disk.append(Record::Began(self.epoch));
        self.disk.sync();
        sequencer.begin_epoch(self.epoch);
        self.rebuild();
        self.inputs_since_snapshot = 0;
        self.live = Some(sequencer);
        Ok(())
    }

    /// How often its chain was broken.
    pub fn breaks(&self) -> usize {
        self.breaks
    }

    /// Its chain was broken while it was away: it forgets what stands behind the break, of the last things it took and
    /// said. What is forgotten.
    pub fn forget(&mut self, dice: &mut Seeded) -> Vec<Record> {
        let records = self.disk.records().len();
        let lost = dice.below(FORGOTTEN_MAX).min(records as u64 - 1) as usize;
        let place = records - lost;
        let forgotten = self.disk.break_at(place);
        // Another break may have been within what is forgotten now.
        let kept = self.forgotten.iter().take_while(|(before, _)| *before <= place).count();
        let mut within = self.forgotten.split_off(kept).into_iter().peekable();
        let mut said = Vec::new();
        for (at, record) in (place..).zip(&forgotten) {
            if let Some((_, earlier)) = within.next_if(|(before, _)| *before == at) {
                said.extend(earlier);
            }
            if let Record::Output(output) = record {
                said.push(*output);
            }
        }
        self.forgotten.push((place, said));
        self.breaks += 1;
        self.shown = place;
        forgotten
    }

    /// What it has taken and said and the world has not seen yet: it is on the disk, so it happened.
    pub fn unshown(&mut self) -> Vec<Record> {
        let records = self.disk.records();
        let unshown = records[self.shown..].to_vec();
        self.shown = records.len();
        unshown
    }

    /// The same, up to and with so many things that it said.
    pub fn unshown_up_to(&mut self, mut said: usize) -> Vec<Record> {
        let from = self.shown;
        while let Some(record) = self.disk.records().get(self.shown).filter(|_| said > 0) {
            said -= usize::from(matches!(record, Record::Output(_)));
            self.shown += 1;
        }
        self.disk.records()[from..self.shown].to_vec()
    }

    /// Its journal, when all is over.
    pub fn into_journal(self) -> (&'static str, Vec<Record>) {
        (self.spec.name, self.disk.into_records())
    }

    fn rebuild(&mut self) {
        self.streams.clear();
        self.taken.clear();
        let (disk, forgotten) =
            (std::mem::take(&mut self.disk), std::mem::take(&mut self.forgotten));
        let mut before = forgotten.iter().peekable();
        for (at, record) in disk.records().iter().enumerate() {
            while let Some((_, said)) = before.next_if(|(place, _)| *place == at) {
                self.offer(said);
            }
            match record {
                Record::Input(input) => self.count(input),
                Record::Output(output) => self.offer(std::slice::from_ref(output)),
                Record::Began(_) => {}
            }
        }
        (self.disk, self.forgotten) = (disk, forgotten);
    }

    /// Replays the whole journal from nothing: the outputs must be the recorded ones, and the state
    /// that of the running process.
    pub fn replay_whole(&self) -> Result<(), String> {
        let mut sequencer = Sequencer::new(Epoch(0), (self.spec.build)());
        let mut replay = Replay::new(&mut sequencer);
        for record in self.disk.records() {
            replay.feed(record).map_err(|divergence| divergence.to_string())?;
        }
        if let Some(owed) = replay.finish().first() {
            return Err(format!("said more than was recorded: {owed:?}"));
        }
        match &self.live {
            Some(live) => same(live.snapshot().bytes(), sequencer.snapshot().bytes()),
            None => Ok(()),
        }
    }
}

/// Whether two states are one; if not, what they say where they part.
fn same(live: &[u8], replayed: &[u8]) -> Result<(), String> {
    if live == replayed {
        return Ok(());
    }
    let parting = live.iter().zip(replayed).take_while(|(a, b)| a == b).count();
    let around = |state: &[u8]| {
        let (from, to) = (parting.saturating_sub(120), (parting + 60).min(state.len()));
        String::from_utf8_lossy(&state[from..to]).into_owned()
    };
    Err(format!("the state is …{}… and by its replay …{}…", around(live), around(replayed)))
}
