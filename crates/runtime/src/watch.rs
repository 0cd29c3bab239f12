//! The watch over the sequencer: a turn that does not end is a strategy that hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use contracts::{Span, Ts};

/// When the present turn began; zero between turns.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicI64>);

impl Pulse {
    pub(crate) fn begins(&self, now: Ts) {
        self.0.store(now.nanos(), Ordering::Release);
    }

    pub(crate) fn rests(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// A turn has taken too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overrun {
    /// When it began.
    pub since: Ts,
    /// How long it has taken so far.
    pub lasted: Span,
}

/// Whether the present turn has taken longer than `at_most`. To be asked again and again by somebody
/// who does not depend on the sequencer.
pub fn watch(pulse: &Pulse, now: Ts, at_most: Span) -> Option<Overrun> {
    let since = Ts::from_nanos(pulse.0.load(Ordering::Acquire));
    let lasted = now.since(since);
    (since > Ts::ZERO && lasted > at_most).then_some(Overrun { since, lasted })
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    #[test]
    fn watch_says_nothing_between_turns_and_when_a_turn_is_quick() {
        let pulse = Pulse::default();
        assert_eq!(watch(&pulse, secs(100), Span::SECOND), None);
        pulse.begins(secs(100));
        assert_eq!(watch(&pulse, secs(101), Span::SECOND), None);
        let lasted = Span::from_nanos(1_000_000_001);
        let late = secs(100) + lasted;
        assert_eq!(watch(&pulse, late, Span::SECOND), Some(Overrun { since: secs(100), lasted }));
        pulse.rests();
        assert_eq!(watch(&pulse, secs(500), Span::SECOND), None);
    }
}
