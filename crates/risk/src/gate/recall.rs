//! A past that is forgotten: the chain of this process was broken, and what the gate decided behind the break others
//! know, but it does not.
//!
//! Intents of that time are told once more. Whether one was granted nobody here can tell, so none is granted now, and
//! each claims what it asked for until the gateway has told what became of it, or must have if it was ever granted. The
//! kill switch is tripped, and for as long nothing new is risked, whoever clears it.

use contracts::{
    Alert, AlertCode, Amend, Corr, Envelope, Event, IntentSeq, KillLevel, KillTrigger, OrderId,
    OrderSpec, Place, Reason, Span, Symbol, Ts,
};
use kernel::Outbox;

use super::intents::About;
use super::{Gate, State, intent_about};
use crate::claims::{Claim, Moved};
use crate::rules::plain;
use crate::seen::Novelty;

/// More grants than are between two states that are kept.
const FORGOTTEN_MAX: u32 = 1 << 20;
/// How far the clocks of two processes may be apart.
const CLOCKS_APART: Span = Span::SECOND;
/// Timer: whatever there was to hear of a past that is forgotten has been heard.
pub(super) const REMEMBERED: u32 = 3;
/// Where nothing of it was asked for in so long, whoever knows of it has told it.
const TOLD_WITHIN: Span = Span::MINUTE;
/// Within this most of it has been told: before, even a way out might go further than the position that it leaves.
const MOSTLY_TOLD_WITHIN: Span = Span::from_secs(10);

impl Gate {
    /// No number that may have been given is given again: the gateway would take it for used, and the orders behind it
    /// would wait for ever.
    pub(super) fn forget(&mut self, now: Ts, out: &mut Outbox<'_>) {
        let State { approvals, flattener, forgotten_until, .. } = &mut self.state;
        *approvals = approvals.saturating_add(FORGOTTEN_MAX);
        flattener.forget(IntentSeq::new(u64::from(*approvals)));
        *forgotten_until = Some(now);
        self.hears_of_the_past(now, out);
    }

    /// Something of that past is told, so there may be more.
    fn hears_of_the_past(&mut self, now: Ts, out: &mut Outbox<'_>) {
        self.state.claims.forget();
        out.wake_at(REMEMBERED, now + TOLD_WITHIN.max(self.granted_for()));
    }

    /// How long what was granted may be sent, by any clock.
    fn granted_for(&self) -> Span {
        Span::from_nanos(
            self.state.limits.approval_ttl.nanos().saturating_add(CLOCKS_APART.nanos()),
        )
    }

    /// Whether so much is unknown that even a way out may be one too many.
    pub(super) fn knows_too_little(&self, now: Ts) -> bool {
        let held_for = MOSTLY_TOLD_WITHIN.max(self.granted_for());
        self.state.forgotten_until.is_some_and(|until| now < until + held_for)
    }

    /// The same of one instrument: nobody knows what an order of it does.
    pub(super) fn knows_too_little_of(&self, now: Ts, symbol: Symbol) -> bool {
        self.knows_too_little(now) || self.state.claims.has_stranger(symbol)
    }

    /// What was never told to be granted was not.
    pub(super) fn remember(&mut self) {
        for moved in self.state.claims.remember() {
            self.expose(Some(moved));
        }
    }

    /// Whether that was asked for in a past that is forgotten. A cancel never is: it may be carried out twice.
    pub(super) fn may_be_granted_already(&self, input: &Envelope) -> bool {
        let Some(until) = self.state.forgotten_until else { return false };
        let asks = matches!(input.event, Event::Place(_) | Event::Amend(_) | Event::Protect(_));
        let margin = if input.rx == input.ts { Span::ZERO } else { CLOCKS_APART };
        asks && input.ts <= until + margin
    }

    /// It is answered, and claims what it asked for: unless it was asked in a past that is still known, and what became of
    /// it with it.
    pub(super) fn refuse_forgotten(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        if let Some(corr) = input.corr
            && self.state.seen.note(&corr, &input.event) == Novelty::New
        {
            self.hears_of_the_past(now, out);
            let moved = self.claim_perhaps(corr, &input.event);
            self.expose(moved);
            self.mind_the_bounds(now, intent_about(&input.event), out);
        }
        let about = intent_about(&input.event).map(|id| About::order(id, None));
        if let Some(about) = about {
            self.refuse(about, &[plain(Reason::Duplicate)], out);
        }
    }

    /// What finds no room holds nothing back, so all that is open is cancelled, and nothing new risked until an operator
    /// has looked.
    pub(super) fn mind_the_bounds(
        &mut self,
        now: Ts,
        order: Option<OrderId>,
        out: &mut Outbox<'_>,
    ) {
        if self.state.claims.has_overflown() {
            let (code, symbol) = (AlertCode::BoundReached, None);
            out.emit(Event::Alert(Alert { code, symbol, order }));
            self.trip(now, KillLevel::Cancel, KillTrigger::Service, out);
        }
    }

    fn claim_perhaps(&mut self, corr: Corr, asked: &Event) -> Option<Moved> {
        let State { claims, instruments, .. } = &mut self.state;
        match asked {
            Event::Place(Place { id, spec, .. }) => {
                let Corr { strategy, origin, intent, .. } = corr;
                let is_ours = *id == OrderId::derive(self.config.run, strategy, origin, intent);
                if !is_ours {
                    return None;
                }
                // Its rules may have been told in the past that is forgotten, too.
                if instruments.get(spec.symbol()).is_none() {
                    claims.strange(*id, spec.symbol());
                    return None;
                }
                claims.perhaps(*id, Claim::new(corr, *spec))
            }
            Event::Amend(Amend { target, qty, limit, trigger, .. }) => {
                let changed = |spec: &OrderSpec| spec.amended(*qty, *limit, *trigger).ok();
                claims.perhaps_changed(*target, corr.strategy, changed)
            }
            _ => None,
        }
    }
}
