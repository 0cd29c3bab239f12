//! What the watcher decides: whether to stop, whether everything has to be cancelled now, and whether the
//! venue's dead man's switch is renewed. Data in, data out; reads no clock and asks nobody.

use contracts::{KillLevel, KillReading, KillTrigger, Span, Ts};

use super::source::Known;
use crate::watch::Condition;

/// After so many questions without an answer it is said that the venue does not answer, and asked on at a
/// slower pace.
const ATTEMPTS: u32 = 8;
/// The slower pace.
const SLOWLY: Span = Span::from_secs(30);

/// How the watcher acts.
#[derive(Clone, Copy, Debug)]
pub struct KillLimits {
    /// A source that has not said "go on" for so long has said stop.
    pub unknown_after: Span,
    /// How far a source trips. Below `cancel` nothing is cancelled for it.
    pub level: KillLevel,
    /// Orders that guard positions stay when a source trips: the process cancels the others itself. Where it
    /// cannot, because it hangs, stalls or has died, everything is cancelled all the same.
    pub keep_guards: bool,
    /// How long the venue waits for a sign of life before it cancels everything by itself. It is given
    /// three times in that span, and only while nothing is wrong here.
    pub dead_man: Option<Span>,
    /// Everything is cancelled a second time so long after the first: what was on its way has then arrived,
    /// or is too late. More than the deadline of an order.
    pub again_after: Span,
    /// The pauses between questions without an answer: the first, and the longest.
    pub pauses: (Span, Span),
}

impl Default for KillLimits {
    fn default() -> Self {
        Self {
            unknown_after: Span::SECOND,
            level: KillLevel::Cancel,
            keep_guards: false,
            dead_man: None,
            again_after: Span::from_secs(6),
            pauses: (Span::from_millis(100), Span::from_secs(2)),
        }
    }
}

/// Why nothing new may be risked. Each outranks those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A source says stop, or cannot be read.
    Source(KillTrigger),
    /// The process has waited for its disk for too long.
    Stalled,
    /// A machine does not come back.
    Hung,
    /// The process has ended, and not in peace.
    Ended,
}

/// What is to be asked of the venue now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    Nothing,
    CancelAll,
    Renew(Span),
}

/// The watcher's mind.
#[derive(Debug)]
pub(super) struct Vigil {
    limits: KillLimits,
    why: Option<Why>,
    /// How often everything was cancelled since it tripped.
    cancelled: u32,
    /// How many questions in a row had no answer.
    failed: u32,
    /// When to cancel everything, and when to give a sign of life.
    cancel_at: Ts,
    renew_at: Ts,
}

impl Vigil {
    pub(super) fn new(limits: KillLimits) -> Self {
        let (why, cancel_at, renew_at) = (None, Ts::ZERO, Ts::ZERO);
        Self { limits, why, cancelled: 0, failed: 0, cancel_at, renew_at }
    }

    /// Why it is tripped, if it is.
    pub(super) fn why(&self) -> Option<Why> {
        self.why
    }

    /// Takes in how things are; why it trips, if it does so now or for a graver reason than before.
    pub(super) fn look(&mut self, now: Ts, known: &[Known], condition: Condition) -> Option<Why> {
        let why = match condition {
            Condition::Hung(_) => Some(Why::Hung),
            Condition::Stalled(_) => Some(Why::Stalled),
            Condition::Well => known.iter().find_map(|known| {
                let unknown = known.silent > self.limits.unknown_after;
                let stop = known.reading == KillReading::Tripped || unknown;
                stop.then_some(Why::Source(known.trigger))
            }),
        };
        self.is_so(now, why)
    }

    /// The process has ended otherwise than in peace.
    pub(super) fn ends(&mut self, now: Ts) {
        self.is_so(now, Some(Why::Ended));
    }

    fn is_so(&mut self, now: Ts, why: Option<Why>) -> Option<Why> {
        let before = self.why;
        // From a machine that hung, and from an end, nothing leads back.
        self.why = why.max(before.filter(|why| *why >= Why::Hung));
        let graver = self.why.filter(|_| self.why > before);
        if graver.is_some() {
            (self.cancelled, self.failed, self.cancel_at) = (0, 0, now);
        }
        graver
    }

    /// Whether the trip is one for which the watcher cancels.
    fn cancels(&self) -> bool {
        match self.why {
            None => false,
            Some(Why::Source(_)) => {
                self.limits.level >= KillLevel::Cancel && !self.limits.keep_guards
            }
            Some(Why::Stalled | Why::Hung | Why::Ended) => true,
        }
    }

    /// What to do at `now`.
    pub(super) fn duty(&self, now: Ts) -> Duty {
        if self.cancels() {
            let due = self.cancelled < 2 && now >= self.cancel_at;
            return if due { Duty::CancelAll } else { Duty::Nothing };
        }
        match self.limits.dead_man {
            Some(timeout) if self.why.is_none() && now >= self.renew_at => Duty::Renew(timeout),
            _ => Duty::Nothing,
        }
    }

    /// The venue has answered a call to cancel everything, or has not.
    pub(super) fn cancelled(&mut self, now: Ts, answered: bool) {
        if answered {
            (self.cancelled, self.failed) = (self.cancelled + 1, 0);
            self.cancel_at = now + self.limits.again_after;
        } else {
            self.failed = self.failed.saturating_add(1);
            self.cancel_at = now + self.pause();
        }
    }

    /// The venue has taken a sign of life, or has not.
    pub(super) fn renewed(&mut self, now: Ts, timeout: Span, answered: bool) {
        let part = if answered { 3 } else { 12 };
        self.renew_at = now + Span::from_nanos(timeout.nanos() / part);
    }

    /// How long to wait after a question without an answer.
    pub(super) fn pause(&self) -> Span {
        if self.has_given_up() {
            return SLOWLY;
        }
        let (first, longest) = self.limits.pauses;
        let doubled = self.failed.saturating_sub(1).min(16);
        first.times(1 << doubled).min(longest)
    }

    /// Whether the venue has left so many questions without an answer that nobody should wait for it.
    pub(super) fn has_given_up(&self) -> bool {
        self.failed >= ATTEMPTS
    }

    /// How many questions in a row had no answer.
    pub(super) fn failed(&self) -> u32 {
        self.failed
    }

    /// Whether nothing has to be cancelled any more before the process may go.
    pub(super) fn may_go(&self) -> bool {
        !self.cancels() || self.cancelled > 0 || self.has_given_up()
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    const WELL: Condition = Condition::Well;
    const FILE: Why = Why::Source(KillTrigger::File);

    fn file(reading: KillReading, silent: i64) -> Vec<Known> {
        vec![Known::new(KillTrigger::File, reading, Span::from_secs(silent))]
    }

    fn hung() -> Condition {
        Condition::Hung(Span::SECOND)
    }

    fn stalled() -> Condition {
        Condition::Stalled(Span::SECOND)
    }

    fn vigil() -> Vigil {
        let dead_man = Some(Span::from_secs(60));
        Vigil::new(KillLimits { dead_man, ..KillLimits::default() })
    }

    #[test]
    fn vigil_trips_at_once_on_a_file_and_after_a_second_on_what_it_cannot_read() {
        use KillReading::{Clear, Tripped, Unreadable};
        for (reading, silent, why) in [
            (Clear, 0, None),
            (Tripped, 0, Some(FILE)),
            (Unreadable, 0, None),
            (Unreadable, 1, None),
            (Unreadable, 2, Some(FILE)),
            // Said to be clear, but long ago: the read does not come back.
            (Clear, 2, Some(FILE)),
        ] {
            assert_eq!(vigil().look(secs(10), &file(reading, silent), WELL), why, "{reading:?}");
        }
        assert_eq!(vigil().look(secs(10), &[], WELL), None);
    }

    #[test]
    fn vigil_cancels_twice_for_a_trip_and_again_for_the_next_one() {
        let mut vigil = vigil();
        let there = file(KillReading::Tripped, 0);
        assert_eq!(vigil.look(secs(10), &there, WELL), Some(FILE));
        assert_eq!(vigil.duty(secs(10)), Duty::CancelAll);
        vigil.cancelled(secs(10), true);
        assert!(vigil.may_go());
        assert_eq!(vigil.look(secs(11), &there, WELL), None);
        assert_eq!(vigil.duty(secs(15)), Duty::Nothing);
        assert_eq!(vigil.duty(secs(16)), Duty::CancelAll);
        vigil.cancelled(secs(16), true);
        assert_eq!(vigil.duty(secs(99)), Duty::Nothing);
        assert_eq!(vigil.look(secs(99), &file(KillReading::Clear, 0), WELL), None);
        assert_eq!(vigil.why(), None);
        assert_eq!(vigil.look(secs(100), &there, WELL), Some(FILE));
        assert_eq!(vigil.duty(secs(100)), Duty::CancelAll);
    }

    #[test]
    fn vigil_asks_again_with_growing_pauses_and_says_when_nobody_should_wait() {
        let mut vigil = vigil();
        vigil.look(secs(10), &[], stalled());
        let mut pauses = Vec::new();
        for _ in 0..=ATTEMPTS {
            pauses.push((vigil.has_given_up(), vigil.may_go()));
            vigil.cancelled(secs(10), false);
            assert_eq!(vigil.duty(secs(10) + vigil.pause()), Duty::CancelAll);
            assert_eq!(vigil.duty(secs(10)), Duty::Nothing);
        }
        let ends = (0..=ATTEMPTS).map(|attempt| (attempt >= ATTEMPTS, attempt >= ATTEMPTS));
        assert_eq!(pauses, ends.collect::<Vec<_>>());
        assert_eq!(vigil.pause(), SLOWLY);
        vigil.cancelled(secs(50), true);
        assert!(vigil.may_go() && !vigil.has_given_up());
    }

    #[test]
    fn vigil_gives_signs_of_life_only_while_nothing_is_wrong() {
        let mut vigil = vigil();
        let timeout = Span::from_secs(60);
        assert_eq!(vigil.duty(secs(10)), Duty::Renew(timeout));
        vigil.renewed(secs(10), timeout, true);
        assert_eq!(vigil.duty(secs(29)), Duty::Nothing);
        assert_eq!(vigil.duty(secs(30)), Duty::Renew(timeout));
        vigil.renewed(secs(30), timeout, false);
        assert_eq!(vigil.duty(secs(34)), Duty::Nothing);
        assert_eq!(vigil.duty(secs(35)), Duty::Renew(timeout));
        for condition in [stalled(), hung()] {
            vigil.look(secs(35), &[], condition);
            vigil.cancelled(secs(35), true);
            assert_eq!(vigil.duty(secs(36)), Duty::Nothing);
        }
        let nothing = KillLimits { dead_man: None, ..KillLimits::default() };
        assert_eq!(Vigil::new(nothing).duty(secs(10)), Duty::Nothing);
    }

    #[test]
    fn vigil_leaves_to_the_process_what_only_it_can_tell_apart() {
        for limits in [
            KillLimits { keep_guards: true, ..KillLimits::default() },
            KillLimits { level: KillLevel::Entries, ..KillLimits::default() },
        ] {
            let mut vigil = Vigil::new(limits);
            assert_eq!(vigil.look(secs(9), &file(KillReading::Tripped, 0), WELL), Some(FILE));
            assert_eq!(vigil.duty(secs(9)), Duty::Nothing);
            assert!(vigil.may_go());
            vigil.look(secs(10), &[], stalled());
            assert_eq!(vigil.duty(secs(10)), Duty::CancelAll);
        }
    }

    #[test]
    fn vigil_never_comes_back_from_a_hang_or_an_end_and_acts_anew_on_what_is_graver() {
        let mut vigil = vigil();
        vigil.look(secs(9), &file(KillReading::Tripped, 0), WELL);
        vigil.cancelled(secs(9), true);
        assert_eq!(vigil.look(secs(10), &[], hung()), Some(Why::Hung));
        assert_eq!(vigil.duty(secs(10)), Duty::CancelAll);
        vigil.cancelled(secs(10), true);
        assert_eq!(vigil.look(secs(11), &[], WELL), None);
        assert_eq!(vigil.why(), Some(Why::Hung));
        vigil.ends(secs(12));
        assert_eq!((vigil.why(), vigil.duty(secs(12))), (Some(Why::Ended), Duty::CancelAll));
    }
}
