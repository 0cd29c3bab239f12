//! The latch of the kill switch: once tripped it stays tripped until an operator clears it.
//!
//! Gate and gateway each keep one and feed it the same messages, so that a trip works even where the
//! other one is gone. Configured sources (the file, the shared key) are polled by the shell; a source
//! that cannot be read, or was silent for too long, counts as tripped for as long as that lasts.

use contracts::{Event, KillLevel, KillPoll, KillReading, KillState, KillTrigger, Span, Ts};
use serde::{Deserialize, Serialize};

/// What a latch watches; the settings of each start say it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatchRules {
    /// The sources that the shell polls.
    pub sources: Vec<KillTrigger>,
    /// The level at which a source trips.
    pub level: KillLevel,
    /// A source that was silent for longer is unknown, and unknown means no new risk.
    pub unknown_after: Span,
}

impl LatchRules {
    /// Those sources with what is usual: they trip at `cancel`, and are unknown after a second.
    pub fn of(sources: &[KillTrigger]) -> Self {
        Self { sources: sources.to_vec(), level: KillLevel::Cancel, unknown_after: Span::SECOND }
    }

    /// No source at all.
    pub fn none() -> Self {
        Self::of(&[])
    }
}

/// What the kill switch says about new risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Go on.
    Clear,
    /// A source cannot be read: no new risk until it can.
    Unknown,
    /// Tripped at this level.
    Tripped(KillLevel),
}

/// The latch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    state: Option<KillState>,
    /// The level at which a configured source trips.
    level: KillLevel,
    unknown_after: Span,
    sources: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    trigger: KillTrigger,
    reading: KillReading,
    read_at: Ts,
}

impl Source {
    const fn unread(trigger: KillTrigger) -> Self {
        Self { trigger, reading: KillReading::Unreadable, read_at: Ts::ZERO }
    }
}

impl Latch {
    /// A clear latch. A source that was never read is unreadable, so it starts by refusing new risk.
    pub fn new(rules: &LatchRules) -> Self {
        let LatchRules { sources, level, unknown_after } = rules;
        let sources = sources.iter().copied().map(Source::unread).collect();
        Self { state: None, level: *level, unknown_after: *unknown_after, sources }
    }

    /// A start with other rules: sources that stay keep what was read of them, new ones are unread.
    /// Whether it is tripped stays as it is.
    pub fn adopt(&mut self, rules: &LatchRules) {
        let known = std::mem::take(&mut self.sources);
        let kept = |trigger: &KillTrigger| {
            let kept = known.iter().find(|source| source.trigger == *trigger);
            kept.cloned().unwrap_or(Source::unread(*trigger))
        };
        self.sources = rules.sources.iter().map(kept).collect();
        (self.level, self.unknown_after) = (rules.level, rules.unknown_after);
    }

    /// What holds at `now`.
    pub fn verdict(&self, now: Ts) -> Verdict {
        if let Some(KillState { level: Some(level), .. }) = self.state {
            return Verdict::Tripped(level);
        }
        let unknown = |source: &Source| {
            source.reading != KillReading::Clear || now.since(source.read_at) > self.unknown_after
        };
        if self.sources.iter().any(unknown) { Verdict::Unknown } else { Verdict::Clear }
    }

    /// The last change, if there ever was one.
    pub fn state(&self) -> Option<KillState> {
        self.state
    }

    /// Takes any message about the kill switch; what changed, if anything did.
    pub fn hear(&mut self, now: Ts, event: &Event) -> Option<KillState> {
        match event {
            Event::Trip(trip) => self.trip(now, trip.level, trip.trigger),
            Event::KillPoll(poll) => self.poll(now, *poll),
            Event::ClearKill(_) => self.clear(now),
            // The other latch has tripped: follow it. Clears come from the operator alone.
            Event::KillState(KillState { level: Some(level), trigger, .. }) => {
                self.trip(now, *level, *trigger)
            }
            _ => None,
        }
    }

    /// Trips at `level`; a latch that is tripped already only ever rises.
    pub fn trip(&mut self, now: Ts, level: KillLevel, trigger: KillTrigger) -> Option<KillState> {
        let tripped = self.state.and_then(|state| state.level);
        if tripped.is_some_and(|tripped| tripped >= level) {
            return None;
        }
        self.state = Some(KillState { level: Some(level), trigger, since: now });
        self.state
    }

    fn poll(&mut self, now: Ts, poll: KillPoll) -> Option<KillState> {
        let source = self.sources.iter_mut().find(|source| source.trigger == poll.trigger)?;
        (source.reading, source.read_at) = (poll.reading, now);
        match poll.reading {
            KillReading::Tripped => self.trip(now, self.level, poll.trigger),
            KillReading::Clear | KillReading::Unreadable => None,
        }
    }

    /// Clears, unless a source still says stop.
    fn clear(&mut self, now: Ts) -> Option<KillState> {
        let tripped = self.state.filter(|state| state.level.is_some())?;
        if self.sources.iter().any(|source| source.reading == KillReading::Tripped) {
            return None;
        }
        self.state = Some(KillState { level: None, trigger: tripped.trigger, since: now });
        self.state
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{ClearKill, Trip};

    use super::*;

    const CLEAR: Event = Event::ClearKill(ClearKill::by(1));

    fn poll(trigger: KillTrigger, reading: KillReading) -> Event {
        Event::KillPoll(KillPoll { trigger, reading })
    }

    fn latch() -> Latch {
        let mut latch = Latch::new(&LatchRules::of(&[KillTrigger::File, KillTrigger::Key]));
        latch.hear(secs(10), &poll(KillTrigger::File, KillReading::Clear));
        latch.hear(secs(10), &poll(KillTrigger::Key, KillReading::Clear));
        latch
    }

    #[test]
    fn latch_never_polled_is_unknown() {
        let fresh = Latch::new(&LatchRules::of(&[KillTrigger::File]));
        assert_eq!(fresh.verdict(secs(0)), Verdict::Unknown);
        assert_eq!(Latch::new(&LatchRules::none()).verdict(secs(0)), Verdict::Clear);
    }

    #[test]
    fn latch_file_only_key_only_both_neither() {
        use KillReading::{Clear, Tripped};
        for (file, key, verdict) in [
            (Clear, Clear, Verdict::Clear),
            (Tripped, Clear, Verdict::Tripped(KillLevel::Cancel)),
            (Clear, Tripped, Verdict::Tripped(KillLevel::Cancel)),
            (Tripped, Tripped, Verdict::Tripped(KillLevel::Cancel)),
        ] {
            let mut latch = latch();
            latch.hear(secs(11), &poll(KillTrigger::File, file));
            latch.hear(secs(11), &poll(KillTrigger::Key, key));
            assert_eq!(latch.verdict(secs(11)), verdict);
        }
    }

    #[test]
    fn latch_unreadable_or_silent_source_is_unknown_and_recovers() {
        let mut latch = latch();
        assert_eq!(latch.verdict(secs(11)), Verdict::Clear);
        assert_eq!(latch.verdict(secs(11) + Span::from_nanos(1)), Verdict::Unknown);
        latch.hear(secs(11), &poll(KillTrigger::File, KillReading::Clear));
        latch.hear(secs(11), &poll(KillTrigger::Key, KillReading::Unreadable));
        assert_eq!(latch.verdict(secs(11)), Verdict::Unknown);
        latch.hear(secs(11), &poll(KillTrigger::Key, KillReading::Clear));
        assert_eq!(latch.verdict(secs(11)), Verdict::Clear);
    }

    #[test]
    fn latch_only_rises_and_clears_only_by_operator_with_sources_clear() {
        let mut latch = latch();
        let trip = |level| Event::Trip(Trip { level, trigger: KillTrigger::Command });
        let tripped = latch.hear(secs(10), &trip(KillLevel::Flatten));
        assert!(tripped.is_some_and(|state| state.level == Some(KillLevel::Flatten)));
        assert!(latch.hear(secs(10), &trip(KillLevel::Entries)).is_none());
        assert_eq!(latch.state(), tripped);
        assert_eq!(latch.verdict(secs(10)), Verdict::Tripped(KillLevel::Flatten));
        latch.hear(secs(10), &poll(KillTrigger::File, KillReading::Tripped));
        assert!(latch.hear(secs(10), &CLEAR).is_none());
        latch.hear(secs(10), &poll(KillTrigger::File, KillReading::Clear));
        assert_eq!(latch.verdict(secs(10)), Verdict::Tripped(KillLevel::Flatten));
        assert!(latch.hear(secs(10), &CLEAR).is_some());
        assert_eq!(latch.verdict(secs(10)), Verdict::Clear);
        assert!(latch.state().is_some_and(|state| state.level.is_none()));
    }

    #[test]
    fn latch_adopts_other_sources_and_keeps_what_it_knows_of_the_old() {
        let poll = |trigger, reading| Event::KillPoll(KillPoll { trigger, reading });
        let mut latch = Latch::new(&LatchRules::of(&[KillTrigger::File]));
        latch.hear(secs(1), &poll(KillTrigger::File, KillReading::Clear));
        assert_eq!(latch.verdict(secs(1)), Verdict::Clear);
        let unknown_after = Span::from_secs(5);
        let both = LatchRules::of(&[KillTrigger::File, KillTrigger::Key]);
        latch.adopt(&LatchRules { level: KillLevel::Flatten, unknown_after, ..both });
        assert_eq!(latch.verdict(secs(1)), Verdict::Unknown);
        latch.hear(secs(1), &poll(KillTrigger::Key, KillReading::Clear));
        assert_eq!(latch.verdict(secs(6)), Verdict::Clear);
        assert_eq!(latch.verdict(secs(6) + Span::from_nanos(1)), Verdict::Unknown);
        latch.hear(secs(1), &poll(KillTrigger::Key, KillReading::Tripped));
        assert_eq!(latch.verdict(secs(1)), Verdict::Tripped(KillLevel::Flatten));
        latch.adopt(&LatchRules::none());
        assert_eq!(latch.verdict(secs(900)), Verdict::Tripped(KillLevel::Flatten));
        latch.hear(secs(900), &Event::ClearKill(ClearKill::by(1)));
        assert_eq!(latch.verdict(secs(9_000)), Verdict::Clear);
    }
}
