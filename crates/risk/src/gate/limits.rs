//! Changes of limits. Each is a message, so that it stands in the journal and replay knows it.

use contracts::{Event, LimitOutcome, LimitState, SetLimit};
use kernel::Outbox;

use super::Gate;

impl Gate {
    /// Puts a changed limit in force, or says why not.
    pub(super) fn set_limit(&mut self, change: &SetLimit, out: &mut Outbox<'_>) {
        let outcome = self.try_limit(change);
        let (limit, symbol) = (change.limit, change.symbol);
        let (version, value) = (self.state.limits.version, self.state.limits.value(limit, symbol));
        out.emit_alone(Event::LimitState(LimitState { version, limit, value, symbol, outcome }));
    }

    fn try_limit(&mut self, change: &SetLimit) -> LimitOutcome {
        let limits = &self.state.limits;
        if change.version <= limits.version {
            return LimitOutcome::OldVersion;
        }
        let Ok(changed) = limits.changed(change) else { return LimitOutcome::Invalid };
        if limits.would_loosen(change) && change.operator.is_none() {
            return LimitOutcome::NeedsOperator;
        }
        self.state.claims.reckon(changed.fee_max);
        self.state.limits = changed;
        LimitOutcome::InForce
    }
}
