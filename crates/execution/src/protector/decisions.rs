//! What a protector hears of the gate: grants and refusals.
//!
//! It acts on no grant but one that the gate has sealed, and on none twice: who could forge or repeat
//! the grant of a guard could take a stop away.

use contracts::{AlertCode, Corr, Envelope, Event, OrderId, Origin, Protect, Refusal, Ts};
use kernel::Outbox;
use risk::{Approved, ApprovedProtect, Granted};

use super::Protector;
use super::acts::alert;
use super::entry::Entry;
use super::exit::Standing;
use super::guard::Guard;
use super::levels::Levels;

impl Protector {
    pub(super) fn decided(&mut self, now: Ts, decision: &Envelope, out: &mut Outbox<'_>) {
        match (&decision.event, decision.corr) {
            (Event::Refused(refusal), corr) => self.refused(now, corr.as_ref(), refusal, out),
            _ => self.granted(now, decision, out),
        }
    }

    fn granted(&mut self, now: Ts, decision: &Envelope, out: &mut Outbox<'_>) {
        match risk::verify(decision, &self.config.gate_key) {
            Ok(Granted::Place(approved)) if self.is_new(approved.number()) => {
                self.approved(now, &approved, out);
            }
            Ok(Granted::Amend(approved)) if self.is_new(approved.number()) => {
                self.change_approved(now, &approved, out);
            }
            Ok(Granted::Protect(approved)) if self.is_new(approved.number()) => {
                self.protect(now, &approved, out);
            }
            // Of what is forged the gateway tells.
            _ => {}
        }
    }

    /// The gate counts its grants; one with a number that is not new was heard before.
    fn is_new(&mut self, number: u32) -> bool {
        let is_new = number > self.state.heard;
        self.state.heard = self.state.heard.max(number);
        is_new
    }

    fn approved(&mut self, now: Ts, approved: &Approved, out: &mut Outbox<'_>) {
        let (corr, id, spec) = (approved.corr(), approved.id(), approved.spec());
        if corr.origin == Origin::Protector {
            match self.guard_of_exit(id).and_then(|guard| guard.exit.as_mut()) {
                Some(exit) => exit.granted(&spec),
                None => self.recall_exit(now, approved, out),
            }
        } else if self.state.entries.len() < self.config.orders_max {
            self.state.entries.add(id, corr.strategy, spec.symbol(), spec.side());
        } else {
            alert(out, AlertCode::BoundReached, Some(spec.symbol()), Some(id));
        }
    }

    fn change_approved(&mut self, now: Ts, approved: &Approved, out: &mut Outbox<'_>) {
        let Some(guard) = self.guard_of_exit(approved.id()) else { return };
        let Some(exit) = guard.exit.as_mut() else { return };
        if exit.change.is_none() {
            exit.recall_change(approved);
        }
        let refused = exit.change_granted(approved.corr().intent, approved.number());
        self.change_settled(now, approved.id(), refused, out);
    }

    fn refused(&mut self, now: Ts, corr: Option<&Corr>, refusal: &Refusal, out: &mut Outbox<'_>) {
        // What could not be read at all was no guard's.
        let Some(id) = refusal.id else { return };
        let Some(entry) = self.state.entries.of_exit(id) else {
            return self.order_refused(corr, id);
        };
        let Some(guard) = self.guard_mut(entry) else { return };
        let Some(exit) = &guard.exit else { return };
        let intent = corr.map(|corr| corr.intent);
        if exit.change.is_some_and(|change| Some(change.intent) == intent) {
            if guard.change_refused() {
                self.failed(now, entry, out);
            }
        } else if exit.standing == Standing::Asked
            && intent.is_none_or(|intent| intent == exit.intent)
        {
            // Where it is not about what is held, no smaller one would pass either.
            guard.pace.most = Some(refusal.qty_max).filter(|most| !most.is_zero());
            self.exit_over(now, entry, out);
        } else {
            return;
        }
        self.tend(now, entry, out);
    }

    /// What a strategy wanted will never be an order; a guard for it guards nothing.
    fn order_refused(&mut self, corr: Option<&Corr>, id: OrderId) {
        let ours = corr.is_some_and(|corr| corr.origin == Origin::Protector);
        // An order that is known was not refused: a change of it was.
        if !ours && self.state.entries.get(id).is_none() {
            self.state.refused.add(id, self.config.finished_kept);
        }
    }

    fn protect(&mut self, now: Ts, approved: &ApprovedProtect, out: &mut Outbox<'_>) {
        let (corr, protect) = (approved.corr(), approved.protect());
        let levels = Levels::of(&protect);
        let entry = self.state.entries.get_mut(protect.entry);
        let Some(entry) = entry.filter(|entry| fits(entry, &corr, &protect)) else {
            return self.guards_nothing(&protect, levels, out);
        };
        if let Some(guard) = entry.guard.as_mut() {
            guard.replace(levels);
        } else if levels.is_none() {
            // There is nothing to remove.
            return;
        } else if self.has_room(&corr, &protect) {
            self.guard(now, &corr, &protect, out);
        } else {
            let code = AlertCode::BoundReached;
            return alert(out, code, Some(protect.symbol), Some(protect.entry));
        }
        self.look(now, protect.entry, out);
    }

    /// Whether one more guard of that strategy can be kept.
    fn has_room(&self, corr: &Corr, protect: &Protect) -> bool {
        let entries = &self.state.entries;
        entries.guards_of(corr.strategy) < self.config.guards_max
            && entries.has_room(protect.symbol)
    }

    fn guard(&mut self, now: Ts, corr: &Corr, protect: &Protect, out: &mut Outbox<'_>) {
        self.state.next_timer = self.state.next_timer.wrapping_add(1);
        let guard = Guard::new(Levels::of(protect), self.state.next_timer);
        self.state.entries.guard(protect.entry, guard);
        let side = protect.exit_side.opposite();
        self.trim(now, (corr.strategy, protect.symbol, side), out);
    }

    /// A guard for an order that nobody knows is alarming, but not for one that was refused.
    fn guards_nothing(&self, protect: &Protect, levels: Levels, out: &mut Outbox<'_>) {
        if !levels.is_none() && !self.state.refused.contains(protect.entry) {
            let code = AlertCode::GuardWithoutOrder;
            alert(out, code, Some(protect.symbol), Some(protect.entry));
        }
    }
}

/// Whether an entry is what somebody wants to guard.
fn fits(entry: &Entry, corr: &Corr, protect: &Protect) -> bool {
    entry.strategy == corr.strategy
        && entry.symbol == protect.symbol
        && entry.exit_side() == protect.exit_side
}
