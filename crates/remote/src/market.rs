//! The markets as others tell them: whatever is missing makes a market untrusted, at once and here, until
//! whoever brings it has begun anew with it.
//!
//! The same word is said to the gate while nobody can be sure of the rest: while a process that it relies on
//! gives no sign of life, the way to the others is gone, or what it says finds no room. It then takes no new
//! risk, and goes on by itself when all is well again.

use std::collections::BTreeMap;
use std::time::Duration;

use bus::{Listener, Mouth, News};
use contracts::{
    Envelope, Epoch, Event, Feed, FeedState, Gap, Seq, Source, Span, Symbol, Topic, TopicKind, Ts,
};
use kernel::Topics;
use runtime::{Doors, Offered, Reopen, Stop};
use telemetry::Clock;

use super::alarms::{Alarmed, Alarms};
use super::doubt::Doubt;

/// How long nothing is waited for at once.
const PATIENCE: Duration = Duration::from_millis(50);
/// Everybody says something every second; who is silent for so long is not there.
const SILENT_MAX: Span = Span::from_secs(3);
/// A beginning is asked for again so soon.
const ASK_EVERY: Span = Span::from_millis(500);

/// What a listener is made of.
pub(super) struct Setup {
    pub(super) listener: Listener,
    pub(super) doors: Doors,
    pub(super) mouth: Mouth,
    pub(super) clock: Clock,
    /// In whose name it asks, and in which start.
    pub(super) as_whom: (Source, Epoch),
    pub(super) relies_on: &'static [Source],
    /// The markets that it is to hear of.
    pub(super) symbols: Vec<Symbol>,
    pub(super) interests: Topics,
    pub(super) doubt: Doubt,
    pub(super) reopen: Reopen,
    pub(super) alarmed: Alarmed,
}

/// Hears markets, and whether the others live.
pub(super) struct Listening {
    setup: Setup,
    /// Markets that are not to be trusted, and whether a new beginning of them has come since.
    behind: BTreeMap<Symbol, Beginning>,
    /// Nobody can be sure of the rest.
    in_doubt: bool,
    ask_at: Ts,
    asked: u64,
    alarms: Alarms,
}

/// How far a new beginning of a market has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    /// It is to come.
    Awaited,
    /// Its first message was here, and nothing has been missing since.
    Begun,
}

impl Listening {
    pub(super) fn new(setup: Setup) -> Self {
        let behind = setup.symbols.iter().map(|symbol| (*symbol, Beginning::Awaited)).collect();
        let alarms = Alarms::of(&setup.alarmed);
        Self { setup, behind, in_doubt: true, ask_at: Ts::ZERO, asked: 0, alarms }
    }

    /// Brings what comes until it is over.
    pub(super) fn keep(mut self, stop: &Stop) {
        // What the process before this one trusted has gone on without it.
        self.break_all();
        while !stop.is_said() {
            let news = self.setup.listener.next(PATIENCE);
            let now = (self.setup.clock)();
            self.hear(news, now);
            self.look(now);
        }
    }

    fn hear(&mut self, news: News, now: Ts) {
        match news {
            News::Said(said) => self.said(said),
            News::Gap(gap) => {
                if let (Source::MdIngest, Some(symbol)) = (gap.source, gap.of.symbol()) {
                    self.breaks(symbol, FeedState::Gap);
                }
            }
            News::Away(_) => self.break_all(),
            News::Alarm(alarm) => self.alarms.raise(alarm, &self.setup.doors, now),
            News::Back | News::Nothing => {}
        }
    }

    fn said(&mut self, said: Envelope) {
        let topic = said.topic();
        match (&said.event, topic.symbol()) {
            // Somebody asks for a new beginning of a market that we bring.
            (Event::Gap(gap), _) => {
                if let (Source::MdIngest, Some(symbol)) = (gap.source, gap.of.symbol()) {
                    self.setup.reopen.ask(symbol);
                }
            }
            (Event::Mark(_), _) if said.src == Source::RiskEngine => drop(self.bring(said)),
            (_, Some(symbol)) if said.src == Source::MdIngest => self.market(symbol, said),
            _ => {}
        }
    }

    fn market(&mut self, symbol: Symbol, said: Envelope) {
        let beginning = self.behind.get_mut(&symbol);
        match (&said.event, beginning) {
            (Event::Instrument(_), Some(beginning)) => *beginning = Beginning::Begun,
            (Event::Feed(Feed { state: FeedState::Live, .. }), Some(beginning)) => {
                if self.in_doubt || *beginning == Beginning::Awaited {
                    *beginning = Beginning::Awaited;
                    return;
                }
                self.behind.remove(&symbol);
            }
            _ => {}
        }
        if self.bring(said) == Offered::Lost {
            self.behind.insert(symbol, Beginning::Awaited);
        }
    }

    fn bring(&self, said: Envelope) -> Offered {
        let kind = said.topic().kind();
        if self.setup.interests.contains(kind) || kind == TopicKind::Feed {
            self.setup.doors.market(said)
        } else {
            Offered::Taken
        }
    }

    /// A market is not to be trusted from here on.
    fn breaks(&mut self, symbol: Symbol, state: FeedState) {
        self.setup.doors.breaks(symbol, state);
        self.behind.insert(symbol, Beginning::Awaited);
    }

    fn break_all(&mut self) {
        let known: Vec<Symbol> =
            self.setup.symbols.iter().chain(self.behind.keys()).copied().collect();
        for symbol in known {
            self.breaks(symbol, FeedState::Down);
        }
    }

    fn look(&mut self, now: Ts) {
        while let Some(alarm) = self.setup.mouth.alarm() {
            self.alarms.raise(alarm, &self.setup.doors, now);
        }
        let in_doubt = self.is_in_doubt(now);
        if in_doubt && !std::mem::replace(&mut self.in_doubt, in_doubt) {
            self.break_all();
        }
        self.in_doubt = in_doubt;
        if !in_doubt && !self.behind.is_empty() && now >= self.ask_at && self.setup.doors.has_room()
        {
            self.ask_at = now + ASK_EVERY;
            let behind: Vec<Symbol> = self.behind.keys().copied().collect();
            for symbol in behind {
                self.ask(now, symbol);
            }
        }
    }

    /// Whether nobody can be sure of the rest.
    fn is_in_doubt(&self, now: Ts) -> bool {
        let Setup { listener, mouth, relies_on, doubt, .. } = &self.setup;
        let is_silent = |source: &Source| {
            listener.heard_from(*source).is_none_or(|at| now.since(at) > SILENT_MAX)
        };
        doubt.holds() || !mouth.room().allows_new_risk() || relies_on.iter().any(is_silent)
    }

    /// Asks whoever brings that market to begin anew with it: all of it is missing here.
    fn ask(&mut self, now: Ts, symbol: Symbol) {
        let (source, epoch) = self.setup.as_whom;
        self.asked += 1;
        let (expected, got) = (Seq::new(0), Seq::new(0));
        let of = Topic::Feed(symbol);
        let gap = Gap { of, source: Source::MdIngest, epoch: Epoch(0), expected, got };
        let ask = Envelope::input(source, now, Event::Gap(gap));
        let _ = self.setup.mouth.publish(&Envelope { epoch, seq: Seq::new(self.asked), ..ask });
    }
}

#[cfg(test)]
#[path = "market_tests.rs"]
mod tests;
