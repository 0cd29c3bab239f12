//! Time as the watcher lives it.
//!
//! A machine that slept, a process that stood still, a clock that was set: then nothing was silent, nobody
//! looked. Of the time between two looks so much counts as a watcher needs that is merely slow, and no more.

use contracts::{Span, Ts};

/// The time that somebody has spent awake.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awake {
    looked_at: Ts,
    now: Ts,
    most: Span,
}

impl Awake {
    /// From now on; two looks are `most` apart, at most.
    pub(super) fn new(now: Ts, most: Span) -> Self {
        Self { looked_at: now, now, most }
    }

    /// A look, by the clock: what time it is for whoever looks.
    pub(super) fn look(&mut self, now: Ts) -> Ts {
        let passed = now.since(self.looked_at).clamp(Span::ZERO, self.most);
        self.looked_at = now;
        self.now = self.now + passed;
        self.now
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    #[test]
    fn time_that_nobody_was_awake_for_does_not_count() {
        let mut awake = Awake::new(secs(100), Span::SECOND);
        let half = Span::from_millis(500);
        assert_eq!(awake.look(secs(100) + half), secs(100) + half);
        assert_eq!(awake.look(secs(101)), secs(101));
        // It slept for an hour, and has looked once.
        assert_eq!(awake.look(secs(3_701)), secs(102));
        // The clock was set back.
        assert_eq!(awake.look(secs(50)), secs(102));
        assert_eq!(awake.look(secs(51)), secs(103));
    }

    #[test]
    fn watcher_that_is_always_late_comes_to_its_end_too() {
        let mut awake = Awake::new(secs(0), Span::SECOND);
        let lived = (1..=5).map(|look| awake.look(secs(look * 10))).last();
        assert_eq!(lived, Some(secs(5)));
    }
}
