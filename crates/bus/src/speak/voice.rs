//! One stream, as its writer keeps it: where it ends, what is missing on it, and what to do about that.
//!
//! The journal has everything that was ever said; the queue only saves a look into it. An append is
//! conditional on where the stream ends, so nothing is appended twice and nothing out of order, whatever
//! became of an earlier attempt. Whenever the end is not where it should be, it is looked at: what is
//! genuine counts, and what is not is taken away and written anew, from the reader who is behind the most.

use std::collections::VecDeque;

use contracts::{Envelope, Source, Topic, TopicKind, codec};

use super::Plan;
use super::mouth::{Shared, Way};
use crate::history::{History, HistoryFault};
use crate::line::{Appended, End, Entry, Fault, Keep, Standing, Writing};
use crate::news::{Alarm, AlarmKind};
use crate::place::{Position, RawId, ReaderName, Stream};
use crate::policy::Room;
use crate::trust::{Signer, Verifier};

/// How often a stream is mended in one turn; whoever moves its end all the time only delays us.
const MENDS_PER_TURN: usize = 3;

/// What every voice of a process works with.
pub(super) struct Tools<'a> {
    pub(super) shared: &'a Shared,
    pub(super) signer: &'a Signer,
    pub(super) verifier: &'a Verifier,
    pub(super) history: &'a mut dyn History,
}

/// A stream of ours.
pub(super) struct Voice {
    stream: Stream,
    readers: Vec<ReaderName>,
    /// How far each of them was known to be; the server may forget it.
    known: Vec<Option<Position>>,
    state: State,
    /// The last that is known to have been said before our journal was begun. Another one had it, which is no
    /// more: nothing is said twice, and nobody is told that it was missed.
    forgotten: Position,
    /// The journal does not reach back further than this.
    floor: Position,
    waiting: VecDeque<Envelope>,
    length: u64,
    is_held: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody knows how the stream stands.
    Unsure,
    /// Something has to be taken from the journal.
    Behind(Placed),
    /// What waits is all that is missing.
    Live(Placed),
    /// Somebody else speaks here.
    Fenced,
}

/// Where the stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Placed {
    /// The last of ours that stands on it, or that stood on it before it was taken away.
    last: Position,
    /// Where the server says that it ends.
    end: Position,
}

/// Why it does not go on now.
pub(super) enum Stuck {
    /// The line.
    Line(Fault),
    /// The journal.
    Journal(HistoryFault),
}

impl From<Fault> for Stuck {
    fn from(fault: Fault) -> Self {
        Self::Line(fault)
    }
}

impl From<HistoryFault> for Stuck {
    fn from(fault: HistoryFault) -> Self {
        Self::Journal(fault)
    }
}

type Went = Result<(), Stuck>;

impl Voice {
    pub(super) fn new(plan: Plan) -> Self {
        let Plan { stream, readers } = plan;
        let known = vec![None; readers.len()];
        let (forgotten, floor, waiting) = (Position::START, Position::START, VecDeque::new());
        Self {
            stream,
            readers,
            known,
            state: State::Unsure,
            forgotten,
            floor,
            waiting,
            length: 0,
            is_held: false,
        }
    }

    pub(super) const fn stream(&self) -> Stream {
        self.stream
    }

    /// Something was said.
    pub(super) fn hear(&mut self, said: Envelope) {
        self.waiting.push_back(said);
    }

    /// Something was said, and is to be taken from the journal.
    pub(super) fn falls_behind(&mut self) {
        if let State::Live(placed) = self.state {
            self.state = State::Behind(placed);
        }
    }

    /// The line is gone: nobody knows what became of the last append.
    pub(super) fn loses_the_line(&mut self) {
        self.waiting.clear();
        if self.state != State::Fenced {
            self.state = State::Unsure;
        }
    }

    /// How far the stream is, where that is known. One stream of each source says so even before its first
    /// message: it is a sign of life.
    pub(super) fn head(&self) -> Option<((Source, Topic), Position)> {
        let (State::Behind(placed) | State::Live(placed)) = self.state else { return None };
        let kind = self.stream.kind();
        let is_worth_it = placed.last > Position::START || kind == TopicKind::Alerts;
        let topic: Topic = self.stream.channel().parse().ok()?;
        is_worth_it.then_some(((self.stream.source(), topic), placed.last))
    }

    /// What is known of the way.
    pub(super) fn way(&self, shared: &Shared) -> Way {
        let room = match self.state {
            State::Fenced => Room::Fenced,
            State::Unsure => Room::Away,
            _ if self.is_held || self.length >= shared.bounds.entries_max => Room::Full,
            State::Behind(_) | State::Live(_) => Room::Plenty,
        };
        Way { room, is_held: self.is_held, is_behind: false }
    }

    /// Brings everything that is missing to the server, as far as there is room.
    pub(super) fn carry(&mut self, line: &mut dyn Writing, tools: &mut Tools<'_>) -> Went {
        for _ in 0..MENDS_PER_TURN {
            self.carry_once(line, tools)?;
            if self.state != State::Unsure {
                break;
            }
        }
        Ok(())
    }

    fn carry_once(&mut self, line: &mut dyn Writing, tools: &mut Tools<'_>) -> Went {
        match self.state {
            State::Unsure => self.look_and_mend(line, tools)?,
            _ if self.length >= tools.shared.bounds.entries_max => self.tend(line, tools)?,
            _ => {}
        }
        if self.is_held {
            self.waiting.clear();
            return Ok(());
        }
        if let State::Live(placed) = self.state {
            self.carry_what_waits(placed, line, tools)?;
        }
        while let State::Behind(placed) = self.state {
            self.carry_from_journal(placed, line, tools)?;
            if self.is_held {
                break;
            }
        }
        Ok(())
    }

    fn carry_what_waits(
        &mut self,
        mut placed: Placed,
        line: &mut dyn Writing,
        tools: &mut Tools<'_>,
    ) -> Went {
        let mut entries = Vec::with_capacity(self.waiting.len().min(tools.shared.bounds.batch));
        let mut before = placed.last;
        while let Some(said) = self.waiting.front() {
            let position = Position::of(said);
            if position > before && !position.is_next_of(before) {
                // Only the journal knows what lies between.
                self.state = State::Behind(placed);
                break;
            }
            if position > before {
                entries.extend(self.entry(before, said, tools));
                before = position;
            } else {
                tools.shared.counts.repeats.add(1);
            }
            self.waiting.pop_front();
            if entries.len() == tools.shared.bounds.batch {
                if !self.append(&mut placed, &entries, line, tools)? {
                    return Ok(());
                }
                entries.clear();
            }
        }
        let is_behind = matches!(self.state, State::Behind(_));
        if self.append(&mut placed, &entries, line, tools)? && is_behind {
            self.state = State::Behind(placed);
        }
        Ok(())
    }

    fn carry_from_journal(
        &mut self,
        mut placed: Placed,
        line: &mut dyn Writing,
        tools: &mut Tools<'_>,
    ) -> Went {
        let tail = tools.history.after(self.stream, placed.last, tools.shared.bounds.batch)?;
        if tail.said.is_empty() {
            self.state = State::Live(placed);
            return self.carry_what_waits_if_it_follows(placed, line, tools);
        }
        let mut before = tail.before.max(placed.last);
        let mut entries = Vec::with_capacity(tail.said.len());
        for said in &tail.said {
            entries.extend(self.entry(before, said, tools));
            before = Position::of(said);
        }
        tools.shared.counts.from_journal.add(entries.len());
        if self.append(&mut placed, &entries, line, tools)? {
            self.state = State::Behind(placed);
        }
        Ok(())
    }

    /// The journal has no more. What waits and does not follow is older, or not in the journal: then whoever
    /// keeps it has broken their word, and it is left out rather than told in a wrong place.
    fn carry_what_waits_if_it_follows(
        &mut self,
        placed: Placed,
        line: &mut dyn Writing,
        tools: &mut Tools<'_>,
    ) -> Went {
        let mut before = placed.last;
        let total = self.waiting.len();
        self.waiting.retain(|said| {
            let follows = Position::of(said).is_next_of(before);
            before = if follows { Position::of(said) } else { before };
            follows
        });
        tools.shared.counts.repeats.add(total - self.waiting.len());
        self.carry_what_waits(placed, line, tools)
    }

    fn entry(&self, before: Position, said: &Envelope, tools: &Tools<'_>) -> Option<Entry> {
        let mut text = Vec::with_capacity(512);
        codec::write(said, &mut text);
        tools.signer.sign(self.stream, before, Position::of(said), text)
    }

    /// Appends; `false` where the stream has not taken everything, and the state says why.
    fn append(
        &mut self,
        placed: &mut Placed,
        entries: &[Entry],
        line: &mut dyn Writing,
        tools: &Tools<'_>,
    ) -> Result<bool, Fault> {
        if entries.is_empty() {
            return Ok(true);
        }
        let bounds = &tools.shared.bounds;
        let most = bounds.entries_max.saturating_add(bounds.reserve);
        match line.append(self.stream, placed.end, entries, most)? {
            Appended::Elsewhere => {
                self.state = State::Unsure;
                Ok(false)
            }
            Appended::Taken { entries: taken, length } => {
                tools.shared.counts.appended.add(taken);
                self.length = length;
                if let Some(last) = taken.checked_sub(1).and_then(|last| entries.get(last)) {
                    *placed = Placed { last: last.position, end: last.position };
                }
                self.is_held = taken < entries.len();
                self.state =
                    if self.is_held { State::Behind(*placed) } else { State::Live(*placed) };
                Ok(!self.is_held)
            }
        }
    }

    fn look_and_mend(&mut self, line: &mut dyn Writing, tools: &mut Tools<'_>) -> Went {
        let standing = line.look(self.stream, &self.readers)?;
        self.mend(&standing, line, tools)
    }

    /// Finds out where the stream ends, and takes away what nobody of ours has written.
    fn mend(&mut self, standing: &Standing, line: &mut dyn Writing, tools: &mut Tools<'_>) -> Went {
        let found = match &standing.end {
            End::At(found) => tools.verifier.check(self.stream, found),
            End::Nothing | End::Strange => None,
        };
        self.note(standing);
        self.learn(found.map(|found| found.position), tools);
        let said_last = self.last(tools)?;
        match found {
            None if standing.end == End::Nothing => self.begin(said_last, tools)?,
            Some(found) if found.position > said_last => {
                let detail =
                    format!("{} stands there, and our last is {said_last}", found.position);
                tools.shared.alarm(Alarm::new(AlarmKind::Fenced, self.stream, detail));
                self.state = State::Fenced;
            }
            Some(found) if !self.is_written_anew(standing, tools.verifier, said_last) => {
                let last = found.position.max(self.forgotten);
                self.state = State::Behind(Placed { last, end: found.position });
            }
            Some(_) => self.write_anew(said_last, line, tools)?,
            None => {
                let detail = "its end is not of its source; it is written anew";
                tools.shared.alarm(Alarm::new(AlarmKind::Tampered, self.stream, detail));
                self.write_anew(said_last, line, tools)?;
            }
        }
        Ok(())
    }

    /// What was said last, by our journal or before it.
    fn last(&self, tools: &mut Tools<'_>) -> Result<Position, HistoryFault> {
        Ok(tools.history.last(self.stream)?.max(self.forgotten))
    }

    /// Where somebody is who has read, or what stands at the end: if our journal is younger, it was begun
    /// behind that.
    fn learn(&mut self, stands: Option<Position>, tools: &Tools<'_>) {
        let began = tools.history.began();
        let places = self.known.iter().flatten().copied().chain(stands);
        let forgotten = places.filter(|place| place.epoch < began).max();
        self.forgotten = self.forgotten.max(forgotten.unwrap_or_default());
    }

    fn write_anew(
        &mut self,
        said_last: Position,
        line: &mut dyn Writing,
        tools: &mut Tools<'_>,
    ) -> Went {
        tools.shared.counts.rewritten.add(1);
        self.state = State::Unsure;
        line.clear(self.stream)?;
        self.begin(said_last, tools)
    }

    /// There is no stream: it begins behind the reader who has read the least, or, where none has said how
    /// far it is, with what is said next. Whoever turns out to need more has it written anew. Where nobody
    /// has to read it, nobody says so either, nor whether anything of it was there before: it begins as far
    /// back as the journal gives it.
    fn begin(&mut self, said_last: Position, tools: &mut Tools<'_>) -> Went {
        let from = match self.lowest_known() {
            Some(lowest) => lowest.min(said_last),
            None if self.readers.is_empty() => tools.history.reaches_back(self.stream)?,
            None => said_last,
        };
        let before = tools.history.after(self.stream, from, 1)?.before.max(self.forgotten);
        if before > from {
            let detail = format!("{from} is asked for, and the journal begins behind {before}");
            tools.shared.alarm(Alarm::new(AlarmKind::Unhealable, self.stream, detail));
            self.floor = self.floor.max(before);
        }
        self.length = 0;
        self.is_held = false;
        self.state = State::Behind(Placed { last: before, end: Position::START });
        Ok(())
    }

    fn note(&mut self, standing: &Standing) {
        for (known, told) in self.known.iter_mut().zip(&standing.readers) {
            *known = told.or(*known);
        }
        self.length = standing.length;
    }

    fn lowest_known(&self) -> Option<Position> {
        self.known.iter().flatten().min().copied()
    }

    /// Whether somebody cannot follow it from where it begins, and the journal may help: they need what stood
    /// before, or have read what it knows nothing of.
    fn is_written_anew(
        &self,
        standing: &Standing,
        verifier: &Verifier,
        said_last: Position,
    ) -> bool {
        let Some(lowest) = self.lowest_known() else { return false };
        let first = standing.first.as_ref().map(|first| verifier.check(self.stream, first));
        let (base, first) = match first {
            Some(Some(first)) => (first.before, first.position),
            // It begins with something that is not ours: nobody can follow it from there.
            Some(None) => return true,
            None => (said_last, said_last),
        };
        let is_needed = lowest.max(self.floor).max(self.forgotten) < base;
        is_needed || base < self.forgotten && self.forgotten < first
    }

    /// Looks whether all is as it should be: from time to time, and when room is short.
    pub(super) fn tend(&mut self, line: &mut dyn Writing, tools: &mut Tools<'_>) -> Went {
        let (State::Behind(placed) | State::Live(placed)) = self.state else { return Ok(()) };
        let standing = line.look(self.stream, &self.readers)?;
        self.note(&standing);
        self.learn(None, tools);
        let ends_as_left = match &standing.end {
            End::Nothing => placed.end == Position::START,
            End::At(found) => found.id == RawId::from(placed.end),
            End::Strange => false,
        };
        let is_empty = standing.end == End::Nothing;
        let lowest = self.lowest_known().map(|lowest| lowest.max(self.floor));
        let begins_late = is_empty && lowest.is_some_and(|lowest| lowest < placed.last);
        let said_last = placed.last;
        if !ends_as_left {
            self.state = State::Unsure;
            self.mend(&standing, line, tools)?;
        } else if begins_late
            || !is_empty && self.is_written_anew(&standing, tools.verifier, said_last)
        {
            self.write_anew(self.last(tools)?, line, tools)?;
        } else {
            self.trim(&standing, line, tools)?;
        }
        self.is_held = false;
        Ok(())
    }

    /// Drops what every reader has; of a stream that nobody has to read, everything beyond half its bound.
    fn trim(&mut self, standing: &Standing, line: &mut dyn Writing, tools: &Tools<'_>) -> Went {
        if self.readers.is_empty() {
            let most = tools.shared.bounds.entries_max;
            if standing.length >= most {
                line.trim(self.stream, Keep::Last(most / 2))?;
                self.length = most / 2;
            }
            return Ok(());
        }
        let all = self.known.iter().copied().collect::<Option<Vec<_>>>();
        let lowest = all.and_then(|all| all.into_iter().min());
        let (State::Behind(placed) | State::Live(placed)) = self.state else { return Ok(()) };
        // The last entry stays: it says where the stream ends.
        let lowest = lowest.map(|lowest| lowest.min(placed.end));
        let first = standing.first.as_ref().map(|first| first.id);
        if let (Some(lowest), Some(first)) = (lowest, first)
            && first < RawId::from(lowest)
        {
            line.trim(self.stream, Keep::From(lowest))?;
            self.length = line.look(self.stream, &[])?.length;
        }
        Ok(())
    }
}
