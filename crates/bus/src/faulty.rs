//! A server that does what networks and servers do: messages are lost, come twice, late and out of order,
//! lines break before and after the work is done, and at times nothing gets through at all.
//!
//! All of it follows from a seed. It stands in front of any other server, for tests and drills.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Seeded;

use crate::line::{
    Answer, Appended, Ask, Bus, Entry, Fault, FaultKind, Fetching, Found, Hearing, Keep, KillKey,
    Message, Standing, Writing,
};
use crate::place::{Channel, Position, RawId, ReaderName, Stream};

/// How often something goes wrong, in a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A message is lost, or the end of an answer.
    pub drop_ppm: u32,
    /// A message, an entry or an append comes twice.
    pub duplicate_ppm: u32,
    /// A message, an answer or an append comes later than what follows it.
    pub delay_ppm: u32,
    /// Two neighbours change places.
    pub reorder_ppm: u32,
    /// The line breaks; half the time after the work is done.
    pub disconnect_ppm: u32,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self =
        Self { drop_ppm: 0, duplicate_ppm: 0, delay_ppm: 0, reorder_ppm: 0, disconnect_ppm: 0 };

    /// Everything goes wrong, that many times in a million.
    pub const fn all(ppm: u32) -> Self {
        Self {
            drop_ppm: ppm,
            duplicate_ppm: ppm,
            delay_ppm: ppm,
            reorder_ppm: ppm,
            disconnect_ppm: ppm,
        }
    }
}

/// A server with faults in front of it; each copy is the same one.
#[derive(Clone)]
pub struct FaultyBus {
    inner: Arc<dyn Bus>,
    fate: Arc<Mutex<Fate>>,
}

struct Fate {
    faults: Faults,
    dice: Seeded,
    is_parted: bool,
    /// Appends that are still on their way, from lines that are gone.
    late: VecDeque<Late>,
}

struct Late {
    stream: Stream,
    after: Position,
    entries: Vec<Entry>,
    most: u64,
}

/// When a call breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Never,
    Before,
    After,
}

impl FaultyBus {
    /// That server, with those faults from that seed.
    pub fn new(inner: Arc<dyn Bus>, faults: Faults, seed: u64) -> Self {
        let fate =
            Fate { faults, dice: Seeded::new(seed), is_parted: false, late: VecDeque::new() };
        Self { inner, fate: Arc::new(Mutex::new(fate)) }
    }

    /// From now on these.
    pub fn set(&self, faults: Faults) {
        self.fate().faults = faults;
    }

    /// Nothing gets through any more, or everything does again.
    pub fn part(&self, is_parted: bool) {
        self.fate().is_parted = is_parted;
    }

    fn fate(&self) -> MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn breaks(&self) -> Breaks {
        let mut fate = self.fate();
        if fate.is_parted {
            return Breaks::Before;
        }
        let ppm = fate.faults.disconnect_ppm;
        match (fate.dice.chance_ppm(ppm), fate.dice.chance_ppm(500_000)) {
            (false, _) => Breaks::Never,
            (true, false) => Breaks::Before,
            (true, true) => Breaks::After,
        }
    }

    fn happens(&self, ppm: fn(&Faults) -> u32) -> bool {
        let mut fate = self.fate();
        let ppm = ppm(&fate.faults);
        fate.dice.chance_ppm(ppm)
    }

    fn below(&self, bound: usize) -> usize {
        self.fate().dice.below(bound as u64) as usize
    }

    /// Two neighbours change places, if it happens.
    fn reorder<T>(&self, items: &mut [T]) {
        if items.len() > 1 && self.happens(|faults| faults.reorder_ppm) {
            let place = self.below(items.len() - 1);
            items.swap(place, place + 1);
        }
    }

    /// A call that may break.
    fn call<T>(&self, call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        match self.breaks() {
            Breaks::Before => Err(broken()),
            Breaks::Never => call(),
            Breaks::After => call().and_then(|_| Err(broken())),
        }
    }

    /// What was on its way arrives; whatever comes of it, nobody hears of it.
    fn arrive(&self, line: &mut dyn Writing) {
        let late: Vec<Late> = self.fate().late.drain(..).collect();
        for Late { stream, after, entries, most } in late {
            let _ = line.append(stream, after, &entries, most);
        }
    }
}

fn broken() -> Fault {
    Fault::new(FaultKind::Away, "the line broke, as it was told to")
}

impl Bus for FaultyBus {
    fn writer(&self) -> Result<Box<dyn Writing>, Fault> {
        let line = self.call(|| self.inner.writer())?;
        Ok(Box::new(Writer { fate: self.clone(), line, late: Vec::new() }))
    }

    fn reader(&self) -> Result<Box<dyn Fetching>, Fault> {
        let line = self.call(|| self.inner.reader())?;
        Ok(Box::new(Reader { fate: self.clone(), line }))
    }

    fn listener(&self, channels: &[Channel]) -> Result<Box<dyn Hearing>, Fault> {
        let line = self.call(|| self.inner.listener(channels))?;
        Ok(Box::new(Ear { fate: self.clone(), line, waiting: VecDeque::new() }))
    }
}

struct Writer {
    fate: FaultyBus,
    line: Box<dyn Writing>,
    late: Vec<Message>,
}

impl Writing for Writer {
    fn append(
        &mut self,
        stream: Stream,
        after: Position,
        entries: &[Entry],
        most: u64,
    ) -> Result<Appended, Fault> {
        if self.fate.happens(|faults| faults.delay_ppm) {
            let late = Late { stream, after, entries: entries.to_vec(), most };
            self.fate.fate().late.push_back(late);
            return Err(broken());
        }
        if self.fate.happens(|faults| faults.duplicate_ppm) {
            self.fate.call(|| self.line.append(stream, after, entries, most))?;
        }
        let appended = self.fate.call(|| self.line.append(stream, after, entries, most));
        self.fate.arrive(&mut *self.line);
        appended
    }

    fn tell(&mut self, messages: &[Message]) -> Result<(), Fault> {
        let mut told = std::mem::take(&mut self.late);
        for message in messages {
            if self.fate.happens(|faults| faults.drop_ppm) {
                continue;
            }
            if self.fate.happens(|faults| faults.duplicate_ppm) {
                told.push(message.clone());
            }
            let is_late = self.fate.happens(|faults| faults.delay_ppm);
            if is_late { &mut self.late } else { &mut told }.push(message.clone());
        }
        self.fate.reorder(&mut told);
        self.fate.call(|| self.line.tell(&told))
    }

    fn look(&mut self, stream: Stream, readers: &[ReaderName]) -> Result<Standing, Fault> {
        self.fate.call(|| self.line.look(stream, readers))
    }

    fn clear(&mut self, stream: Stream) -> Result<(), Fault> {
        self.fate.call(|| self.line.clear(stream))
    }

    fn trim(&mut self, stream: Stream, keep: Keep) -> Result<(), Fault> {
        self.fate.call(|| self.line.trim(stream, keep))
    }

    fn lend(&mut self, ask: &Ask) -> Result<Answer, Fault> {
        self.fate.call(|| self.line.lend(ask))
    }

    fn give_back(&mut self, ask: &Ask) -> Result<(), Fault> {
        self.fate.call(|| self.line.give_back(ask))
    }

    fn kill_key(&mut self, key: &str) -> Result<KillKey, Fault> {
        self.fate.call(|| self.line.kill_key(key))
    }
}

struct Reader {
    fate: FaultyBus,
    line: Box<dyn Fetching>,
}

impl Fetching for Reader {
    fn fetch(
        &mut self,
        after: &[(Stream, RawId)],
        most: usize,
        patience: Duration,
    ) -> Result<Vec<(Stream, Found)>, Fault> {
        let mut found = self.fate.call(|| self.line.fetch(after, most, patience))?;
        if self.fate.happens(|faults| faults.delay_ppm) {
            return Ok(Vec::new());
        }
        if self.fate.happens(|faults| faults.drop_ppm) {
            let kept = self.fate.below(found.len() + 1);
            found.truncate(kept);
        }
        if !found.is_empty() && self.fate.happens(|faults| faults.duplicate_ppm) {
            let place = self.fate.below(found.len());
            let again = found[place].clone();
            found.push(again);
        }
        self.fate.reorder(&mut found);
        Ok(found)
    }

    fn place(&mut self, reader: &ReaderName, read: &[(Stream, Position)]) -> Result<(), Fault> {
        self.fate.call(|| self.line.place(reader, read))
    }
}

struct Ear {
    fate: FaultyBus,
    line: Box<dyn Hearing>,
    waiting: VecDeque<Message>,
}

impl Hearing for Ear {
    fn hear(&mut self, patience: Duration) -> Result<Option<Message>, Fault> {
        let heard = self.fate.call(|| self.line.hear(patience))?;
        let Some(message) = heard else { return Ok(self.waiting.pop_front()) };
        if self.fate.happens(|faults| faults.drop_ppm) {
            return Ok(None);
        }
        if self.fate.happens(|faults| faults.duplicate_ppm) {
            self.waiting.push_back(message.clone());
        }
        let is_late = |faults: &Faults| faults.delay_ppm.max(faults.reorder_ppm);
        if self.fate.happens(is_late) {
            self.waiting.push_back(message);
            return Ok(None);
        }
        Ok(Some(message))
    }
}
