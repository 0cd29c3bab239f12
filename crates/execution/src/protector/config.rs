//! What a protector is set up with.

use contracts::{Bps, RunId, SealKey, Span};
use risk::LatchRules;

use crate::config::ProtectiveOnKill;

/// The set-up.
#[derive(Clone, Debug)]
pub struct ProtectorConfig {
    /// The session; ids of orders are derived from it.
    pub run: RunId,
    /// The key that the gate seals its grants with.
    pub gate_key: SealKey,
    /// The most guards of one strategy at a time; one more is refused, and said.
    pub guards_max: usize,
    /// The most orders that are followed at a time, because a guard may still be asked for them.
    pub orders_max: usize,
    /// How many finished orders are remembered for a guard that is asked for late.
    pub finished_kept: usize,
    /// A trailing stop at the venue is moved when it would move by at least this.
    pub trail_step: Bps,
    /// A trailing stop at the venue is moved no more often than this.
    pub trail_every: Span,
    /// How far beyond its trigger a stop that buys may trade, where the collar of the gate does not
    /// say less: the gate wants a worst price. A stop that sells has none: it gets out.
    pub slip: Bps,
    /// A stop at the venue that the price has reached is left alone for so long; then it is cancelled
    /// and what is left is closed at once.
    pub stop_grace: Span,
    /// The pause after the first exit that came to nothing; then twice as long each time.
    pub retry_first: Span,
    /// The longest pause. Nothing is ever given up.
    pub retry_max: Span,
    /// After so many attempts in vain a person is told, once until something trades again.
    pub alert_after: u32,
    /// A closing order that has not ended after this counts as an attempt in vain.
    pub overdue: Span,
    /// How long an exit that is asked for is wanted.
    pub wanted_for: Span,
    /// What a trip at the level `cancel` does to resting stops; the gateway is told the same.
    pub on_kill: ProtectiveOnKill,
    /// What trips the kill switch from outside; the gateway is told the same.
    pub kill: LatchRules,
}

impl ProtectorConfig {
    /// The usual set-up of that session, beside a gate with that key.
    pub fn new(run: RunId, gate_key: SealKey) -> Self {
        Self {
            run,
            gate_key,
            guards_max: 256,
            orders_max: 8_192,
            finished_kept: 1_024,
            trail_step: Bps::new(10),
            trail_every: Span::SECOND,
            slip: Bps::new(100),
            stop_grace: Span::from_secs(2),
            retry_first: Span::from_millis(500),
            retry_max: Span::MINUTE,
            alert_after: 3,
            overdue: Span::from_secs(10),
            wanted_for: Span::from_secs(5),
            on_kill: ProtectiveOnKill::Cancel,
            kill: LatchRules::none(),
        }
    }

    /// The pause after so many attempts in vain.
    pub(crate) fn pause(&self, attempts: u32) -> Span {
        self.retry_first.times(1 << attempts.saturating_sub(1).min(20)).min(self.retry_max)
    }
}
