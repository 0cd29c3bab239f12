//! A past that is forgotten: the chain of this process was broken, and what guards did behind the break is known to
//! others only. The gate tells its decisions once more; what it grants to a guard, some guard has asked for.

use contracts::{IntentSeq, Ts};
use kernel::Outbox;
use risk::Approved;

use super::Protector;
use super::exit::{Exit, Purpose};

impl Protector {
    /// No number that may have been given is given again: to the gate it would be somebody else's. Numbers go on where
    /// nobody who gives a thousand a second can have come to.
    pub(super) fn forget(&mut self, now: Ts) {
        let reached = u64::try_from(now.since(Ts::ZERO).millis()).unwrap_or(0);
        self.state.forgotten = self.state.forgotten.max(IntentSeq::new(reached));
    }

    /// An exit that no guard remembers. It is the one of its guard, where that has none; else it is not wanted any more.
    pub(super) fn recall_exit(&mut self, now: Ts, approved: &Approved, out: &mut Outbox<'_>) {
        let (corr, id, spec) = (approved.corr(), approved.id(), approved.spec());
        let Some(parent) = corr.parent else { return };
        let overdue = now + self.config.overdue;
        let guard = self.guard_mut(parent).filter(|guard| guard.exit.is_none());
        let Some(guard) = guard else {
            return self.say_cancel_for(corr.strategy, parent, id, out);
        };
        let purpose = if spec.trigger().is_some() { Purpose::Stop } else { Purpose::Close };
        let mut exit = Exit::new(id, corr.intent, purpose, Exit::terms_of(&spec));
        exit.granted(&spec);
        guard.exit = Some(exit);
        guard.moved = now;
        if purpose == Purpose::Close {
            guard.overdue = overdue;
        }
        self.state.entries.exit_begins(id, parent);
    }
}
