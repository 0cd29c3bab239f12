//! The kill switch as everybody tells of it: the gate's latch, the gateway's, and the polled sources.

use std::collections::BTreeMap;

use contracts::{KillPoll, KillReading, KillState, KillTrigger, Source, Ts};

use crate::view::{KillShown, PollShown};

/// What was told about the kill switch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switch {
    latches: BTreeMap<Source, KillState>,
    polls: BTreeMap<KillTrigger, (KillReading, Ts)>,
    /// Whether a latch of which nothing was heard has never moved.
    from_first: bool,
}

impl Switch {
    pub(crate) fn new(from_first: bool) -> Self {
        Self { from_first, ..Self::default() }
    }

    /// So stand all of them now.
    pub(crate) fn stands(&mut self, latches: &[(Source, KillState)]) {
        self.latches = latches.iter().copied().collect();
        self.from_first = true;
    }

    /// Whether it is known how the gate's stands.
    pub(crate) fn is_known(&self) -> bool {
        self.from_first || self.latches.contains_key(&Source::RiskEngine)
    }

    pub(crate) fn moved(&mut self, source: Source, state: KillState) {
        self.latches.insert(source, state);
    }

    pub(crate) fn polled(&mut self, at: Ts, poll: KillPoll) {
        self.polls.insert(poll.trigger, (poll.reading, at));
    }

    /// The highest level of any latch counts: what one of them stops is stopped.
    pub(crate) fn shown(&self) -> KillShown {
        let tripped = self.latches.values().filter(|state| state.level.is_some());
        let highest = tripped.max_by_key(|state| (state.level, state.since));
        let latest = self.latches.values().max_by_key(|state| state.since);
        let sources = self.polls.iter().map(|(trigger, (reading, at))| PollShown {
            trigger: *trigger,
            reading: *reading,
            at: *at,
        });
        let state = highest.or(latest);
        KillShown {
            level: state.and_then(|state| state.level),
            trigger: state.map(|state| state.trigger),
            since: state.map(|state| state.since),
            sources: sources.collect(),
        }
    }
}
