//! When the venue is asked for a statement, and what holds while it does not answer.
//!
//! Between the thread that asks and the sequencer that compares. It knows no venue: how it is asked is handed
//! in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{AskStatement, Event, Span, Ts};
use telemetry::Clock;

use crate::brake::Switch;
use crate::stop::Stop;

/// How often it is looked whether it is time to ask.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A question without an answer is asked again so soon.
const AGAIN: Span = Span::SECOND;
/// Books that were not compared for so many times the span between comparisons are in doubt.
const MISSED_MAX: i64 = 3;

/// The comparisons of a process; as many copies as there are users.
#[derive(Clone, Debug)]
pub struct Comparing {
    every: Span,
    holds: Switch,
    asked: Arc<Mutex<Asked>>,
}

#[derive(Debug, Default)]
struct Asked {
    /// Questions so far.
    number: u32,
    /// When the last one was.
    at: Option<Ts>,
    /// Whether it was answered.
    answered: bool,
    /// From when on the next answer has to be complete.
    since: Ts,
    /// The disk is full: nobody asks.
    rests: bool,
    /// How often the line had come up when the last question was asked.
    ups: u64,
}

impl Comparing {
    /// Comparisons that often. `first` says that nothing that could open a position leaves before the first
    /// one: the venue has a life of its own, and the journal may know less.
    pub fn new(every: Span, first: bool) -> Self {
        let holds = Switch::default();
        holds.turn(first);
        Self { every, holds, asked: Arc::default() }
    }

    /// Says stop while our books are in doubt.
    pub fn holds(&self) -> Switch {
        self.holds.clone()
    }

    /// After so long without a comparison nothing new is risked.
    pub fn overdue_after(&self) -> Span {
        self.every.times(MISSED_MAX)
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The question that is to be asked at `now`, if one is. `ups` counts how often the line came up: a new
    /// one may have missed anything.
    pub fn question(&self, now: Ts, ups: u64) -> Option<Event> {
        let mut asked = self.asked();
        let pause = if asked.answered { self.every } else { AGAIN.min(self.every) };
        let due = asked.at.is_none_or(|at| now.since(at) >= pause) || asked.ups != ups;
        if !due || asked.rests {
            return None;
        }
        asked.number = asked.number.wrapping_add(1);
        (asked.at, asked.answered, asked.ups) = (Some(now), false, ups);
        Some(Event::AskStatement(AskStatement { number: asked.number, since: asked.since }))
    }

    /// Asks whenever it is time, until `stop` is said. Wants a thread of its own.
    pub fn keep(
        &self,
        clock: &Clock,
        stop: &Stop,
        ups: impl Fn() -> u64,
        mut ask: impl FnMut(Event),
    ) {
        while !stop.wait(LOOK_EVERY) {
            if let Some(question) = self.question(clock(), ups()) {
                ask(question);
            }
        }
    }

    /// A comparison is done with at `now`; how long it took from its question, where there was one. Doubt
    /// is lifted only where nothing is left that no fact explains.
    pub(crate) fn done(&self, now: Ts, since: Ts, is_clean: bool) -> Option<Span> {
        let mut asked = self.asked();
        let took = asked.at.filter(|_| !asked.answered).map(|at| now.since(at).max(Span::ZERO));
        (asked.answered, asked.since) = (true, since);
        drop(asked);
        if is_clean {
            self.holds.turn(false);
        }
        took
    }

    /// A process begins whose trades are settled up to about there.
    pub(crate) fn begins(&self, since: Ts) {
        self.asked().since = since;
    }

    /// The disk is full, or has room again.
    pub(crate) fn rests(&self, rests: bool) {
        self.asked().rests = rests;
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    fn check(comparing: &Comparing, now: i64, ups: u64, since: Option<Ts>) {
        let question = comparing.question(secs(now), ups).map(|question| match question {
            Event::AskStatement(ask) => ask.since,
            other => panic!("{other:?}"),
        });
        assert_eq!(question, since, "at {now}");
    }

    #[test]
    fn comparing_asks_at_once_again_after_a_second_and_then_as_often_as_it_was_told() {
        let comparing = Comparing::new(Span::from_secs(30), true);
        assert!(comparing.holds().is_stop());
        comparing.begins(secs(5));
        check(&comparing, 100, 0, Some(secs(5)));
        check(&comparing, 100, 0, None);
        check(&comparing, 101, 0, Some(secs(5)));
        assert_eq!(comparing.done(secs(103), secs(90), false), Some(Span::from_secs(2)));
        assert!(comparing.holds().is_stop(), "something is unexplained");
        assert_eq!(comparing.done(secs(104), secs(90), true), None);
        assert!(!comparing.holds().is_stop());
        check(&comparing, 130, 0, None);
        check(&comparing, 131, 0, Some(secs(90)));
    }

    #[test]
    fn comparing_asks_at_once_on_a_new_line_and_never_on_a_full_disk() {
        let comparing = Comparing::new(Span::from_secs(30), false);
        assert!(!comparing.holds().is_stop());
        check(&comparing, 100, 1, Some(Ts::ZERO));
        comparing.done(secs(100), Ts::ZERO, true);
        check(&comparing, 101, 2, Some(Ts::ZERO));
        comparing.rests(true);
        check(&comparing, 200, 3, None);
        comparing.rests(false);
        check(&comparing, 200, 3, Some(Ts::ZERO));
    }
}
