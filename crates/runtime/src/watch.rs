//! The watch over the sequencer: a machine that does not come back from a step hangs; a process that
//! waits for its disk or its carrier stalls, and that is not the fault of a machine.
//!
//! The sequencer leaves signs and nothing else; how long one has stood is measured by whoever looks, who
//! does not depend on the sequencer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::{Cause, Span, Ts};

/// What the sequencer is at. The lowest bits of a sign; the others count signs.
const RESTS: u64 = 0;
const DECIDES: u64 = 1;
const WAITS: u64 = 2;
const WHAT: u64 = 3;

/// What the sequencer is at. It alone writes here.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Signs>);

#[derive(Debug, Default)]
struct Signs {
    sign: AtomicU64,
    /// What the present turn, or the last one, answers. Nobody else looks before the sequencer is in
    /// trouble, so it never waits here.
    input: Mutex<Option<Cause>>,
}

impl Pulse {
    fn sign(&self, what: u64) {
        let count = (self.0.sign.load(Ordering::Relaxed) & !WHAT).wrapping_add(WHAT + 1);
        self.0.sign.store(count | what, Ordering::Release);
    }

    fn last_input(&self) -> MutexGuard<'_, Option<Cause>> {
        self.0.input.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn of that input begins.
    pub(crate) fn takes(&self, input: Cause) {
        *self.last_input() = Some(input);
    }

    /// A machine has the word.
    pub(crate) fn decides(&self) {
        self.sign(DECIDES);
    }

    /// Something is handed over, which may have to wait for room.
    pub(crate) fn waits(&self) {
        self.sign(WAITS);
    }

    /// The turn is over.
    pub(crate) fn rests(&self) {
        self.sign(RESTS);
    }
}

/// How the sequencer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It moves, or has nothing to do.
    Well,
    /// A machine has not come back for too long: at least for so long.
    Hung(Span),
    /// It has waited for the disk or the carrier for too long: at least for so long.
    Stalled(Span),
}

/// How long the sequencer may be at one thing.
#[derive(Clone, Copy, Debug)]
pub struct WatchdogLimits {
    /// One step of a machine.
    pub step_max: Span,
    /// One wait for the disk or the carrier.
    pub wait_max: Span,
}

impl Default for WatchdogLimits {
    fn default() -> Self {
        Self { step_max: Span::from_secs(5), wait_max: Span::from_secs(10) }
    }
}

/// Looks at a pulse, again and again.
#[derive(Debug)]
pub struct Watchdog {
    pulse: Pulse,
    limits: WatchdogLimits,
    /// The last sign, and when it was first seen.
    seen: (u64, Ts),
}

impl Watchdog {
    /// Over that pulse.
    pub fn new(pulse: Pulse, limits: WatchdogLimits) -> Self {
        Self { pulse, limits, seen: (0, Ts::ZERO) }
    }

    /// The input whose turn it is, or was last.
    pub fn input(&self) -> Option<Cause> {
        *self.pulse.last_input()
    }

    /// How the sequencer is at `now`, which is the time of whoever looks: what was not lived does not count.
    pub fn look(&mut self, now: Ts) -> Condition {
        let sign = self.pulse.0.sign.load(Ordering::Acquire);
        if sign != self.seen.0 {
            self.seen = (sign, now);
        }
        let lasted = now.since(self.seen.1);
        match sign & WHAT {
            DECIDES if lasted > self.limits.step_max => Condition::Hung(lasted),
            WAITS if lasted > self.limits.wait_max => Condition::Stalled(lasted),
            _ => Condition::Well,
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    fn watched() -> (Pulse, Watchdog) {
        let pulse = Pulse::default();
        let (step_max, wait_max) = (Span::SECOND, Span::from_secs(3));
        (pulse.clone(), Watchdog::new(pulse, WatchdogLimits { step_max, wait_max }))
    }

    #[test]
    fn watchdog_says_well_between_turns_however_long() {
        let (pulse, mut dog) = watched();
        assert_eq!(dog.look(secs(100)), Condition::Well);
        pulse.decides();
        pulse.rests();
        assert_eq!(dog.look(secs(101)), Condition::Well);
        assert_eq!(dog.look(secs(900)), Condition::Well);
    }

    #[test]
    fn watchdog_says_hung_only_of_one_step_without_any_sign() {
        let (pulse, mut dog) = watched();
        pulse.decides();
        assert_eq!(dog.look(secs(100)), Condition::Well);
        assert_eq!(dog.look(secs(101)), Condition::Well);
        // Something was said in between: it is slow, and does not hang.
        pulse.waits();
        pulse.decides();
        assert_eq!(dog.look(secs(102)), Condition::Well);
        assert_eq!(dog.look(secs(104)), Condition::Hung(Span::from_secs(2)));
        pulse.rests();
        assert_eq!(dog.look(secs(105)), Condition::Well);
    }

    #[test]
    fn watchdog_does_not_blame_a_machine_for_a_slow_disk() {
        let (pulse, mut dog) = watched();
        pulse.decides();
        pulse.waits();
        assert_eq!(dog.look(secs(100)), Condition::Well);
        assert_eq!(dog.look(secs(103)), Condition::Well);
        assert_eq!(dog.look(secs(104)), Condition::Stalled(Span::from_secs(4)));
        pulse.decides();
        assert_eq!(dog.look(secs(104)), Condition::Well);
    }
}
