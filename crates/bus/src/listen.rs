//! Hearing what may be lost: each message at most once, in order, and every loss said.
//!
//! Nothing is asked for again: the next message makes good for a lost one. A loss shows by the number of
//! the next message, or by the head that is said every second. Messages that may be lost are not signed; heads
//! are, and what they say holds: they alone show that somebody lives, and where a topic really is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use contracts::{Envelope, Event, Head, Source, TopicKind, Ts, codec};
use telemetry::Clock;

use crate::backoff::{Backoff, duration, pause};
use crate::counts::Counts;
use crate::life::{Life, Sign};
use crate::line::{Bus, Fault, Hearing, Message};
use crate::news::{Alarm, AlarmKind, News};
use crate::place::{Channel, Position};
use crate::policy::Bounds;
use crate::track::{Noted, Tracker};
use crate::trust::Verifier;

/// What is needed to listen.
pub struct ListenerSetup {
    /// The server.
    pub bus: Arc<dyn Bus>,
    /// What is listened to.
    pub channels: Vec<Channel>,
    /// The keys of those whose heads are believed. A head of anybody else has no effect, and of what they say
    /// nothing is known to be missing or said twice.
    pub verifier: Verifier,
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
    life: Life,
    is_away: bool,
    /// It was said already that there are too many topics.
    is_crowded: bool,
}

impl Listener {
    /// Somebody who will hear that. Nothing is connected yet.
    pub fn new(setup: ListenerSetup) -> Self {
        let ListenerSetup { bus, channels, verifier, bounds, clock, seed } = setup;
        Self {
            bus,
            channels,
            tracker: Tracker::new(bounds.topics),
            clock,
            counts: Arc::new(Counts::default()),
            line: None,
            backoff: Backoff::new(seed),
            retry_at: Ts::ZERO,
            waiting: VecDeque::new(),
            life: Life::new(verifier),
            is_away: false,
            is_crowded: false,
        }
    }

    /// Counts where whoever speaks in this process does.
    #[must_use]
    pub fn counting(self, counts: Arc<Counts>) -> Self {
        Self { counts, ..self }
    }

    /// What was counted.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// When a head of that source was last heard, on the line that there is now: whoever lives says one every
    /// second, and after a line broke only when everything durable that it has said stands there again.
    pub fn heard_from(&self, source: Source) -> Option<Ts> {
        self.life.heard_from(source)
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
        self.life.forgets();
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
        if let Event::Head(head) = said.event {
            self.head(&said, head, &message.channel);
        }
        if self.channels.iter().any(|channel| channel.covers(&topic)) {
            // Whoever cannot be checked could leave us deaf to the genuine ones for good.
            let noted = if self.life.knows(said.src) {
                self.tracker.said((said.src, topic), Position::of(&said))
            } else {
                Noted::InOrder
            };
            self.tell(noted, Some(said), &message.channel);
        }
    }

    fn head(&mut self, said: &Envelope, head: Head, channel: &str) {
        let of = || format!("a head of {} by {}", head.of, said.src.name());
        match self.life.sign(said, (self.clock)()) {
            Sign::OfLife => {}
            Sign::OfNobodyKnown => return,
            Sign::SaidBefore => return self.counts.repeats.add(1),
            Sign::Forged => return self.alarm(Alarm::new(AlarmKind::Forged, channel, of())),
            Sign::Old => return self.alarm(Alarm::new(AlarmKind::Replayed, channel, of())),
        }
        if self.channels.iter().any(|channel| channel.covers(&head.of)) {
            let at = Position { epoch: head.epoch, seq: head.seq };
            let noted = self.tracker.head((head.source, head.of), at);
            self.tell(noted, None, channel);
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
            Noted::Untrue(gap) => {
                let detail = "somebody has said more there than its source";
                self.alarm(Alarm::new(AlarmKind::Forged, channel, detail));
                self.waiting.push_back(News::Gap(gap));
            }
            Noted::Again if said.is_some() => return self.counts.repeats.add(1),
            Noted::Again => return,
            Noted::OldEpoch(latest, missing) => {
                self.waiting.extend(missing.map(News::Gap));
                let detail = format!("the latest is epoch {latest}");
                return self.alarm(Alarm::new(AlarmKind::OldEpoch, channel, detail));
            }
            Noted::TooMany => {
                if !std::mem::replace(&mut self.is_crowded, true) {
                    let detail = format!("{} are followed", self.tracker.most());
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
