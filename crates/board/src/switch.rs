//! The kill switch as everybody tells of it: the gate's latch, the gateway's, and the polled sources.

use std::collections::BTreeMap;

use contracts::{KillPoll, KillReading, KillState, KillTrigger, Source, Ts};

use crate::view::{KillShown, PollShown};

/// What was told about the kill switch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switch {
    latches: BTreeMap<Source, KillState>,
    polls: BTreeMap<KillTrigger, (KillReading, Ts)>,
}

impl Switch {
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
