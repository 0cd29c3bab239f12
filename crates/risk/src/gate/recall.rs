//! A past that is forgotten: the chain of this process was broken, and what the gate decided behind the break others
//! know, but it does not.
//!
//! Intents of that time are told once more. Whether one was granted nobody here can tell, so none is granted now: what
//! became of it the gateway tells, and the kill switch, which is tripped, has it cancelled.

use contracts::{Envelope, Event, IntentSeq, Reason, Span, Ts};
use kernel::Outbox;

use super::intents::About;
use super::{Gate, State, intent_about};
use crate::rules::plain;

/// More grants than are between two states that are kept.
const FORGOTTEN_MAX: u32 = 1 << 20;
/// How far the clocks of two processes may be apart.
const CLOCKS_APART: Span = Span::SECOND;

impl Gate {
    /// No number that may have been given is given again: the gateway would take it for used, and the orders behind it
    /// would wait for ever.
    pub(super) fn forget(&mut self, now: Ts) {
        let State { approvals, flattener, forgotten_until, .. } = &mut self.state;
        *approvals = approvals.saturating_add(FORGOTTEN_MAX);
        flattener.forget(IntentSeq::new(u64::from(*approvals)));
        *forgotten_until = Some(now);
    }

    /// Whether that was asked for in a past that is forgotten. A cancel never is: it may be carried out twice.
    pub(super) fn may_be_granted_already(&self, input: &Envelope) -> bool {
        let Some(until) = self.state.forgotten_until else { return false };
        let asks = matches!(input.event, Event::Place(_) | Event::Amend(_) | Event::Protect(_));
        let margin = if input.rx == input.ts { Span::ZERO } else { CLOCKS_APART };
        asks && input.ts <= until + margin
    }

    pub(super) fn refuse_forgotten(&self, input: &Envelope, out: &mut Outbox<'_>) {
        let about = intent_about(&input.event).map(|id| About::order(id, None));
        if let Some(about) = about {
            self.refuse(about, &[plain(Reason::Duplicate)], out);
        }
    }
}
