//! What was said, given back by whoever keeps it: the journal of the process that speaks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use contracts::{Envelope, Epoch};

use crate::place::{Position, Stream};

/// Gives back what was said. It only ever shows what the disk has: what it shows, others will be told.
pub trait History: Send {
    /// The start with which it begins. Of earlier ones it cannot know what they said: another journal had it,
    /// which was broken or lost. Zero where it has everything that was ever said.
    fn began(&self) -> Epoch;

    /// How far back it gives what was said on that stream without a long search: behind that place it has
    /// everything. A stream that nobody has to read begins there.
    fn reaches_back(&mut self, stream: Stream) -> Result<Position, HistoryFault>;

    /// Where the last message of that stream stands; [`Position::START`] where there was none.
    fn last(&mut self, stream: Stream) -> Result<Position, HistoryFault>;

    /// What was said on that stream behind `after`, in order and without a hole, at most `most`. Where the
    /// journal does not reach back so far, it begins with the oldest that there is.
    fn after(&mut self, stream: Stream, after: Position, most: usize)
    -> Result<Tail, HistoryFault>;
}

/// A part of what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// What stands right before the first of them; where there are none, the last that was said at or
    /// before the place that was asked for.
    pub before: Position,
    /// The messages, in order.
    pub said: VecDeque<Envelope>,
}

impl Tail {
    /// Where the last of them stands.
    pub fn last(&self) -> Position {
        self.said.back().map_or(self.before, Position::of)
    }

    /// The part of it behind that place, at most so many.
    #[must_use]
    pub fn after(&self, after: Position, most: usize) -> Self {
        let from = self.said.partition_point(|said| Position::of(said) <= after);
        let before = from.checked_sub(1).and_then(|place| self.said.get(place));
        let before = before.map_or(self.before, Position::of);
        Self { before, said: self.said.iter().skip(from).take(most).copied().collect() }
    }

    /// One message more, where it is behind the last; beyond so many the oldest goes.
    pub fn keep(&mut self, said: &Envelope, most: usize) {
        if Position::of(said) <= self.last() {
            return;
        }
        if self.said.len() >= most
            && let Some(oldest) = self.said.pop_front()
        {
            self.before = Position::of(&oldest);
        }
        self.said.push_back(*said);
    }
}

/// The journal could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was said cannot be read back: {0}")]
pub struct HistoryFault(pub String);

/// The last messages of each stream, in memory: for those who have no journal. After a restart it knows
/// nothing, so whoever uses it begins a new epoch with every start.
#[derive(Debug)]
pub struct Recent {
    began: Epoch,
    most: usize,
    streams: BTreeMap<Stream, Tail>,
}

impl Recent {
    /// Keeps so many of each stream.
    pub fn new(most: usize) -> Self {
        Self::begun(Epoch(0), most)
    }

    /// As [`Recent::new`], with nothing of what starts before that one have said.
    pub fn begun(began: Epoch, most: usize) -> Self {
        Self { began, most: most.max(1), streams: BTreeMap::new() }
    }

    /// Keeps a message. Has to be called before it is published; one that is not behind the last is left out.
    pub fn keep(&mut self, said: &Envelope) {
        let Some(stream) = Stream::of(said) else { return };
        self.streams.entry(stream).or_default().keep(said, self.most);
    }
}

impl History for Recent {
    fn began(&self) -> Epoch {
        self.began
    }

    fn reaches_back(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        Ok(self.streams.get(&stream).map_or(Position::START, |kept| kept.before))
    }

    fn last(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        Ok(self.streams.get(&stream).map_or(Position::START, Tail::last))
    }

    fn after(
        &mut self,
        stream: Stream,
        after: Position,
        most: usize,
    ) -> Result<Tail, HistoryFault> {
        Ok(self.streams.get(&stream).map_or_else(Tail::default, |kept| kept.after(after, most)))
    }
}

/// Whoever says something keeps it first, and whoever carries it asks.
impl History for Arc<Mutex<Recent>> {
    fn began(&self) -> Epoch {
        self.lock().unwrap_or_else(PoisonError::into_inner).began()
    }

    fn reaches_back(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        self.lock().unwrap_or_else(PoisonError::into_inner).reaches_back(stream)
    }

    fn last(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        self.lock().unwrap_or_else(PoisonError::into_inner).last(stream)
    }

    fn after(
        &mut self,
        stream: Stream,
        after: Position,
        most: usize,
    ) -> Result<Tail, HistoryFault> {
        self.lock().unwrap_or_else(PoisonError::into_inner).after(stream, after, most)
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{Alert, AlertCode, Event, Seq, Source, TopicKind};

    use super::*;

    fn said(epoch: u32, seq: u64) -> Envelope {
        let alert = Alert { code: AlertCode::BoundReached, symbol: None, order: None };
        let said = Envelope::input(Source::RiskEngine, secs(1), Event::Alert(alert));
        Envelope { epoch: Epoch(epoch), seq: Seq::new(seq), ..said }
    }

    #[test]
    fn recent_gives_back_what_is_behind_a_place_and_what_was_before_it() {
        let mut recent = Recent::new(3);
        let stream = Stream::new(TopicKind::Alerts, Source::RiskEngine).unwrap();
        assert_eq!(recent.after(stream, Position::START, 9).unwrap(), Tail::default());
        for place in [(1, 1), (1, 2), (1, 2), (2, 1), (2, 2), (1, 9)] {
            recent.keep(&said(place.0, place.1));
        }
        let mut check = |after: (u32, u64), most, before: (u32, u64), expected: &[(u32, u64)]| {
            let tail = recent.after(stream, Position::new(after.0, after.1), most).unwrap();
            let said = expected.iter().map(|place| said(place.0, place.1)).collect();
            assert_eq!(tail, Tail { before: Position::new(before.0, before.1), said });
        };
        check((0, 0), 9, (1, 1), &[(1, 2), (2, 1), (2, 2)]);
        check((1, 2), 1, (1, 2), &[(2, 1)]);
        check((1, 77), 9, (1, 2), &[(2, 1), (2, 2)]);
        check((2, 2), 9, (2, 2), &[]);
        check((9, 9), 9, (2, 2), &[]);
        assert_eq!(recent.last(stream), Ok(Position::new(2, 2)));
        assert_eq!(recent.reaches_back(stream), Ok(Position::new(1, 1)));
    }
}
