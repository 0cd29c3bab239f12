//! How long to wait before the next attempt: longer each time, and never for two processes the same.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use contracts::Span;
use kernel::Seeded;

/// The first pause.
const FIRST: Span = Span::from_millis(50);
/// The longest.
const LONGEST: Span = Span::from_secs(5);

/// The pauses between attempts: doubled up to five seconds, the second half of each left to chance, so
/// that processes which lost the same server do not come back in step.
#[derive(Debug)]
pub struct Backoff {
    attempts: u32,
    dice: Seeded,
}

impl Backoff {
    /// Pauses of that seed, which is drawn by whoever has entropy.
    pub const fn new(seed: u64) -> Self {
        Self { attempts: 0, dice: Seeded::new(seed) }
    }

    /// It worked.
    pub const fn worked(&mut self) {
        self.attempts = 0;
    }

    /// It failed; the pause until the next attempt.
    pub fn failed(&mut self) -> Span {
        let doubled = FIRST.nanos() << self.attempts.min(20);
        let whole = doubled.min(LONGEST.nanos());
        self.attempts = self.attempts.saturating_add(1);
        Span::from_nanos(whole / 2 + self.dice.between(0, whole / 2))
    }
}

/// Waits for nothing.
pub(crate) fn pause(patience: Duration) {
    let (nothing, never) = (Mutex::new(()), Condvar::new());
    let held = nothing.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = never.wait_timeout_while(held, patience, |()| true);
}

/// A length of time, as waiting takes it.
pub(crate) fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.nanos().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_to_its_bound_with_chance_in_it_and_begins_anew() {
        let (mut one, mut other) = (Backoff::new(1), Backoff::new(2));
        let pauses: Vec<Span> = (0..40).map(|_| one.failed()).collect();
        for (attempt, pause) in pauses.iter().enumerate() {
            let whole = (FIRST.nanos() << attempt.min(20)).min(LONGEST.nanos());
            assert!((whole / 2..=whole).contains(&pause.nanos()), "{attempt}: {pause:?}");
        }
        assert!(pauses[30..].iter().any(|pause| *pause != pauses[39]), "no chance in it");
        assert_ne!(pauses, (0..40).map(|_| other.failed()).collect::<Vec<_>>());
        one.worked();
        assert!(one.failed() <= FIRST);
    }
}
