//! Hearing what may be lost: each message at most once, in order, and every loss said.
//!
//! Nothing is asked for again: the next message makes good for a lost one. A loss shows by the number of
//! the next message, or by the head that is said every second. What is heard here is not signed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use contracts::{Envelope, Event, Gap, Seq, Source, Topic, TopicKind, Ts, codec};
use telemetry::Clock;

use crate::backoff::{Backoff, duration, pause};
use crate::counts::Counts;
use crate::line::{Bus, Fault, Hearing, Message};
use crate::news::{Alarm, AlarmKind, News};
use crate::place::{Channel, Position};
use crate::policy::Bounds;

/// What is needed to listen.
pub struct ListenerSetup {
    /// The server.
    pub bus: Arc<dyn Bus>,
    /// What is listened to.
    pub channels: Vec<Channel>,
    /// How many topics are followed.
    pub bounds: Bounds,
    /// Tells the time.
    pub clock: Clock,
    /// A number drawn by whoever has entropy, for the pauses between attempts.
    pub seed: u64,
}

/// Hears channels.
pub struct Listener {
    bus: Arc<dyn Bus>,
    channels: Vec<Channel>,
    tracker: Tracker,
    clock: Clock,
    counts: Arc<Counts>,
    line: Option<Box<dyn Hearing>>,
    backoff: Backoff,
    retry_at: Ts,
    waiting: VecDeque<News>,
    /// When each source was last heard of.
    heard_at: BTreeMap<Source, Ts>,
    is_away: bool,
    /// It was said already that there are too many topics.
    is_crowded: bool,
}

impl Listener {
    /// Somebody who will hear that. Nothing is connected yet.
    pub fn new(setup: ListenerSetup) -> Self {
        let ListenerSetup { bus, channels, bounds, clock, seed } = setup;
        Self {
            bus,
            channels,
            tracker: Tracker { most: bounds.topics, last: BTreeMap::new() },
            clock,
            counts: Arc::new(Counts::default()),
            line: None,
            backoff: Backoff::new(seed),
            retry_at: Ts::ZERO,
            waiting: VecDeque::new(),
            heard_at: BTreeMap::new(),
            is_away: false,
            is_crowded: false,
        }
    }

    /// What was counted.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// When anything of that source was last heard, its heads among it: whoever lives is heard of every
    /// second.
    pub fn heard_from(&self, source: Source) -> Option<Ts> {
        self.heard_at.get(&source).copied()
    }

    /// What is new; waits at most that long, and may say [`News::Nothing`] before.
    pub fn next(&mut self, patience: Duration) -> News {
        if let Some(news) = self.waiting.pop_front() {
            return news;
        }
        let now = (self.clock)();
        if self.line.is_none() {
            self.connect(now, patience);
        }
        if let Some(mut line) = self.line.take() {
            match line.hear(patience) {
                Ok(message) => {
                    self.line = Some(line);
                    if let Some(message) = message {
                        self.hear(&message);
                    }
                }
                Err(fault) => self.loses_the_line(now, &fault),
            }
        }
        self.waiting.pop_front().unwrap_or(News::Nothing)
    }

    fn connect(&mut self, now: Ts, patience: Duration) {
        if now < self.retry_at {
            return pause(patience.min(duration(self.retry_at.since(now))));
        }
        let mut channels = self.channels.clone();
        channels.push(Channel::Kind(TopicKind::Heads));
        match self.bus.listener(&channels) {
            Ok(line) => {
                self.line = Some(line);
                self.backoff.worked();
                if std::mem::take(&mut self.is_away) {
                    self.waiting.push_back(News::Back);
                }
            }
            Err(fault) => self.loses_the_line(now, &fault),
        }
    }

    fn loses_the_line(&mut self, now: Ts, fault: &Fault) {
        self.counts.broken.add(1);
        self.retry_at = now + self.backoff.failed();
        if !std::mem::replace(&mut self.is_away, true) {
            self.waiting.push_back(News::Away(fault.to_string()));
        }
    }

    fn hear(&mut self, message: &Message) {
        let said = match codec::read(&message.text) {
            Ok(said) => said,
            Err(unreadable) => {
                let kind = AlarmKind::Unreadable(unreadable.fault);
                return self.alarm(Alarm::new(kind, &message.channel, unreadable.detail));
            }
        };
        let topic = said.topic();
        if message.channel != topic.to_string() {
            let detail = format!("{topic} of {}", said.src.name());
            return self.alarm(Alarm::new(AlarmKind::WrongSource, &message.channel, detail));
        }
        self.heard_at.insert(said.src, (self.clock)());
        if let Event::Head(head) = said.event
            && self.channels.iter().any(|channel| channel.covers(&head.of))
        {
            let at = Position { epoch: head.epoch, seq: head.seq };
            let noted = self.tracker.head((head.source, head.of), at);
            self.tell(noted, None, &message.channel);
        }
        if self.channels.iter().any(|channel| channel.covers(&topic)) {
            let noted = self.tracker.said((said.src, topic), Position::of(&said));
            self.tell(noted, Some(said), &message.channel);
        }
    }

    /// Tells what came of it, and the message after it where there is one.
    fn tell(&mut self, noted: Noted, said: Option<Envelope>, channel: &str) {
        match noted {
            Noted::InOrder => {}
            Noted::After(gap) => {
                self.counts.gaps.add(1);
                self.waiting.push_back(News::Gap(gap));
            }
            Noted::Again if said.is_some() => return self.counts.repeats.add(1),
            Noted::Again => return,
            Noted::OldEpoch(latest) => {
                let detail = format!("the latest is epoch {latest}");
                return self.alarm(Alarm::new(AlarmKind::OldEpoch, channel, detail));
            }
            Noted::TooMany => {
                if !std::mem::replace(&mut self.is_crowded, true) {
                    let detail = format!("{} are followed", self.tracker.most);
                    self.alarm(Alarm::new(AlarmKind::TooMany, channel, detail));
                }
                return;
            }
        }
        if let Some(said) = said {
            self.counts.heard.add(1);
            self.waiting.push_back(News::Said(said));
        }
    }

    fn alarm(&mut self, alarm: Alarm) {
        self.counts.alarms.add(1);
        self.waiting.push_back(News::Alarm(alarm));
    }
}

/// How far each topic of each source has come.
struct Tracker {
    most: usize,
    last: BTreeMap<(Source, Topic), Position>,
}

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noted {
    /// The first, or the next.
    InOrder,
    /// Something is missing before it.
    After(Gap),
    /// It was there before.
    Again,
    /// Its source has begun anew since.
    OldEpoch(u32),
    /// It cannot be followed.
    TooMany,
}

impl Tracker {
    /// A message came.
    fn said(&mut self, of: (Source, Topic), at: Position) -> Noted {
        let Some(last) = self.last.get(&of).copied() else { return self.begin(of, at) };
        if at.epoch < last.epoch {
            return Noted::OldEpoch(last.epoch.0);
        }
        if at <= last {
            return Noted::Again;
        }
        self.last.insert(of, at);
        let expected = expected_behind(last, at);
        if at.seq == expected { Noted::InOrder } else { Noted::After(gap(of, expected, at)) }
    }

    /// A head came: everything up to and with it has been said.
    fn head(&mut self, of: (Source, Topic), at: Position) -> Noted {
        let Some(last) = self.last.get(&of).copied() else { return self.begin(of, at) };
        if at <= last {
            return Noted::Again;
        }
        self.last.insert(of, at);
        Noted::After(gap(of, expected_behind(last, at), at))
    }

    /// Whoever joins late has lost nothing.
    fn begin(&mut self, of: (Source, Topic), at: Position) -> Noted {
        if self.last.len() >= self.most {
            return Noted::TooMany;
        }
        self.last.insert(of, at);
        Noted::InOrder
    }
}

/// The number that comes next; in another epoch it begins with one.
fn expected_behind(last: Position, at: Position) -> Seq {
    if at.epoch == last.epoch { last.seq.next() } else { Seq::new(1) }
}

fn gap((source, of): (Source, Topic), expected: Seq, got: Position) -> Gap {
    Gap { of, source, epoch: got.epoch, expected, got: got.seq }
}

#[cfg(test)]
mod tests {
    use contracts::testing::symbol;

    use super::*;

    const AT: fn(u32, u64) -> Position = Position::new;

    fn tracker(most: usize) -> (Tracker, (Source, Topic)) {
        let of = (Source::MdIngest, Topic::Trades(symbol("BTC/USD")));
        (Tracker { most, last: BTreeMap::new() }, of)
    }

    #[test]
    fn tracker_late_joiner_has_no_gap_and_every_loss_has_one() {
        let (mut tracker, of) = tracker(8);
        let missing = |expected, got: Position| Noted::After(gap(of, Seq::new(expected), got));
        for (at, expected) in [
            (AT(1, 40), Noted::InOrder),
            (AT(1, 41), Noted::InOrder),
            (AT(1, 41), Noted::Again),
            (AT(1, 44), missing(42, AT(1, 44))),
            (AT(1, 43), Noted::Again),
            (AT(2, 1), Noted::InOrder),
            (AT(1, 45), Noted::OldEpoch(2)),
            (AT(3, 4), missing(1, AT(3, 4))),
        ] {
            assert_eq!(tracker.said(of, at), expected, "{at}");
        }
    }

    #[test]
    fn tracker_head_shows_a_loss_in_silence_and_nothing_else() {
        let (mut tracker, of) = tracker(8);
        let missing = |expected, got: Position| Noted::After(gap(of, Seq::new(expected), got));
        assert_eq!(tracker.head(of, AT(1, 7)), Noted::InOrder);
        assert_eq!(tracker.said(of, AT(1, 8)), Noted::InOrder);
        assert_eq!(tracker.head(of, AT(1, 8)), Noted::Again);
        assert_eq!(tracker.head(of, AT(1, 9)), missing(9, AT(1, 9)));
        assert_eq!(tracker.said(of, AT(1, 9)), Noted::Again, "it was told as lost");
        assert_eq!(tracker.head(of, AT(2, 2)), missing(1, AT(2, 2)));
    }

    #[test]
    fn tracker_follows_so_many_topics_and_no_more() {
        let (mut tracker, of) = tracker(1);
        let other = (Source::MdIngest, Topic::Trades(symbol("ETH/USD")));
        assert_eq!(tracker.said(of, AT(1, 1)), Noted::InOrder);
        assert_eq!(tracker.said(other, AT(1, 1)), Noted::TooMany);
        assert_eq!(tracker.said(of, AT(1, 2)), Noted::InOrder);
    }
}
