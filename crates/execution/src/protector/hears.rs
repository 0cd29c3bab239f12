//! What a protector hears: grants and refusals, fills and updates, prices, rules, the kill switch.

use contracts::{
    AlertCode, Approval, Breach, Corr, Event, Figures, Fill, Instrument, Mark, Net, OrderId,
    OrderUpdate, Origin, Protect, Reason, Refusal, RefusalDetail, Symbol, Ts, VenueReason,
};
use kernel::Outbox;

use super::Protector;
use super::acts::alert;
use super::guard::Guard;
use super::levels::Levels;

impl Protector {
    // ── decisions ────────────────────────────────────────────────────────────────────────────────

    pub(super) fn approved(&mut self, corr: &Corr, approval: &Approval, out: &mut Outbox<'_>) {
        let Approval { id, spec, .. } = *approval;
        if corr.origin == Origin::Protector {
            if let Some(guard) = self.guard_of_exit(id)
                && let Some(exit) = guard.exit.as_mut()
            {
                exit.granted(&spec);
            }
        } else if self.state.entries.len() < self.config.orders_max {
            self.state.entries.add(id, corr.strategy, spec.symbol(), spec.side());
        } else {
            alert(out, AlertCode::BoundReached, Some(spec.symbol()), Some(id));
        }
    }

    pub(super) fn change_approved(
        &mut self,
        now: Ts,
        corr: &Corr,
        approval: &Approval,
        out: &mut Outbox<'_>,
    ) {
        let Some(guard) = self.guard_of_exit(approval.id) else { return };
        let Some(exit) = guard.exit.as_mut() else { return };
        let refused = exit.change_granted(corr.intent, approval.number);
        self.change_settled(now, approval.id, refused, out);
    }

    pub(super) fn refused(
        &mut self,
        now: Ts,
        corr: Option<&Corr>,
        refusal: &Refusal,
        out: &mut Outbox<'_>,
    ) {
        let Some(entry) = self.state.entries.of_exit(refusal.id) else {
            let ours = corr.is_some_and(|corr| corr.origin == Origin::Protector);
            if !ours && self.state.entries.get(refusal.id).is_none() {
                self.state.refused.add(refusal.id, self.config.finished_kept);
            }
            return;
        };
        let Some(guard) = self.guard_of_exit(refusal.id) else { return };
        let Some(exit) = guard.exit.as_mut() else { return };
        let refused = exit.change.filter(|change| corr.is_some_and(|c| c.intent == change.intent));
        if let Some(change) = refused {
            exit.change = None;
            if change.terms.qty < exit.terms.qty {
                // It offers more than is held, so it cannot stay as it is.
                guard.change_failed();
            } else {
                // It guards a part, and the rest is asked for again later.
                self.failed(now, entry, out);
            }
            self.tend(now, entry, out);
        } else if corr.is_none_or(|corr| corr.intent == exit.intent) {
            guard.pace.most = passes(&refusal.breach, exit.terms.qty);
            self.exit_over(now, entry, out);
            self.tend(now, entry, out);
        }
    }

    /// A further rule may say how much would have passed.
    pub(super) fn refused_also(&mut self, corr: &Corr, detail: &RefusalDetail) {
        let Some(entry) = corr.parent.filter(|_| corr.origin == Origin::Protector) else { return };
        let Some(entry) = self.state.entries.get_mut(entry) else { return };
        let held = entry.held();
        let Some(guard) = entry.guard.as_mut().filter(|guard| guard.exit.is_none()) else { return };
        let most = &mut guard.pace.most;
        *most = passes(&detail.breach, most.unwrap_or(held)).or(*most);
    }

    pub(super) fn protect(
        &mut self,
        now: Ts,
        corr: &Corr,
        protect: &Protect,
        out: &mut Outbox<'_>,
    ) {
        let levels = Levels::of(protect);
        let fits = self.state.entries.get(protect.entry).filter(|entry| {
            entry.strategy == corr.strategy
                && entry.symbol == protect.symbol
                && entry.exit_side() == protect.exit_side
        });
        let Some(entry) = fits else {
            if !levels.is_none() && !self.state.refused.contains(protect.entry) {
                let code = AlertCode::GuardWithoutOrder;
                alert(out, code, Some(protect.symbol), Some(protect.entry));
            }
            return;
        };
        let (id, guarded) = (entry.id, entry.guard.is_some());
        if !guarded {
            if levels.is_none() {
                return;
            }
            let entries = &self.state.entries;
            let room = entries.guards_of(corr.strategy) < self.config.guards_max;
            if !room || !entries.has_room(protect.symbol) {
                return alert(out, AlertCode::BoundReached, Some(protect.symbol), Some(id));
            }
            self.state.next_timer = self.state.next_timer.wrapping_add(1);
            self.state.entries.guard(id, Guard::new(levels, self.state.next_timer));
            let side = protect.exit_side.opposite();
            self.trim(now, (corr.strategy, protect.symbol, side), out);
        } else if let Some(guard) = self.guard_mut(id) {
            guard.replace(levels);
        }
        self.look(now, id, out);
    }

    // ── facts ────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn fill(&mut self, now: Ts, corr: &Corr, fill: &Fill, out: &mut Outbox<'_>) {
        let change = Net::of(fill.side, fill.qty);
        let entries = &mut self.state.entries;
        let mut counted = entries.traded(corr.strategy, fill.symbol, change).is_ok();
        let group = if corr.origin == Origin::Protector {
            // What an exit that is over has traded was counted at its end.
            let group = entries.of_exit(fill.id);
            if let Some(guard) = self.guard_of_exit(fill.id) {
                guard.exit_trades(now, fill.qty);
            }
            group
        } else {
            let entry = entries.get_mut(fill.id);
            counted &= entry.is_none_or(|entry| entry.book(fill).is_ok());
            Some(fill.id)
        };
        if !counted {
            alert(out, AlertCode::BoundReached, Some(fill.symbol), Some(fill.id));
        }
        self.trim(now, (corr.strategy, fill.symbol, fill.side.opposite()), out);
        // What turns a position builds less than it trades.
        self.trim(now, (corr.strategy, fill.symbol, fill.side), out);
        if let Some(id) = group {
            self.completed(id);
            self.look(now, id, out);
        }
    }

    pub(super) fn order(&mut self, now: Ts, update: &OrderUpdate, out: &mut Outbox<'_>) {
        if let Some(entry) = self.state.entries.of_exit(update.id) {
            return self.exit_moved(now, entry, update, out);
        }
        let Some(entry) = self.state.entries.get_mut(update.id) else { return };
        if update.state.is_done() && entry.done.is_none() {
            entry.done = Some(update.filled);
            self.completed(update.id);
            self.tend(now, update.id, out);
        }
    }

    fn exit_moved(&mut self, now: Ts, entry: OrderId, update: &OrderUpdate, out: &mut Outbox<'_>) {
        let Some(guard) = self.guard_mut(entry) else { return };
        let refused = guard.exit_hears(now, update);
        if update.state.is_done() {
            self.exit_over(now, entry, out);
            return self.look(now, entry, out);
        }
        self.change_settled(now, update.id, refused, out);
    }

    /// A change is settled, or nothing was.
    fn change_settled(
        &mut self,
        now: Ts,
        exit: OrderId,
        refused: Option<VenueReason>,
        out: &mut Outbox<'_>,
    ) {
        let Some(entry) = self.state.entries.of_exit(exit) else { return };
        match refused {
            None => {}
            // Nobody knows whether it was made: asked for again, it does no harm.
            Some(VenueReason::TooLate | VenueReason::ApprovalExpired) => {
                self.failed(now, entry, out);
            }
            Some(_) => {
                if let Some(guard) = self.guard_mut(entry) {
                    guard.change_failed();
                }
            }
        }
        self.tend(now, entry, out);
    }

    /// Remembers an entry of which nothing more will come, if no guard does.
    fn completed(&mut self, id: OrderId) {
        let kept = self.config.finished_kept;
        let entries = &mut self.state.entries;
        let over = |entry: &super::entry::Entry| entry.is_complete() && entry.guard.is_none();
        if entries.get(id).is_some_and(over) {
            entries.complete(id, kept);
        }
    }

    // ── prices, rules, controls ──────────────────────────────────────────────────────────────────

    #[inline]
    pub(super) fn mark(&mut self, now: Ts, mark: &Mark, out: &mut Outbox<'_>) {
        self.state.sight.mark(mark);
        self.look_at(now, mark.symbol, out);
    }

    pub(super) fn instrument(&mut self, now: Ts, rules: &Instrument, out: &mut Outbox<'_>) {
        self.state.sight.rules(rules);
        self.look_at(now, rules.symbol, out);
    }

    pub(super) fn control(&mut self, now: Ts, event: &Event, out: &mut Outbox<'_>) {
        if self.state.sight.control(now, event) {
            let ids: Vec<OrderId> = self.state.entries.guarded().map(|entry| entry.id).collect();
            for id in ids {
                self.look(now, id, out);
            }
        }
    }

    pub(super) fn wake(&mut self, now: Ts, timer: u32, out: &mut Outbox<'_>) {
        let Some(id) = self.state.entries.of_timer(timer) else { return };
        let overdue = self.config.overdue;
        if let Some(guard) = self.guard_mut(id)
            && guard.exit.is_some()
            && now >= guard.overdue
        {
            guard.overdue = now + overdue;
            self.failed(now, id, out);
        }
        self.look(now, id, out);
    }

    /// Looks at every group of an instrument, the oldest first.
    #[inline]
    fn look_at(&mut self, now: Ts, symbol: Symbol, out: &mut Outbox<'_>) {
        if !self.state.entries.are_guarded(symbol) {
            return;
        }
        let mut ids = std::mem::take(&mut self.scratch);
        self.state.entries.list(symbol, &mut ids);
        for id in &ids {
            self.look(now, *id, out);
        }
        self.scratch = ids;
    }

    /// Looks at the price as it is known, then does what is to be done.
    fn look(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(entry) = self.state.entries.get(id).filter(|entry| entry.guard.is_some()) else {
            return;
        };
        let (symbol, exit_side) = (entry.symbol, entry.exit_side());
        let sight = &self.state.sight;
        if let Some(watched) = sight.prices(symbol, exit_side)
            && let Some(entry) = self.state.entries.get_mut(id)
        {
            entry.watch(watched, &sight.scene(&self.config, now, symbol));
        }
        self.tend(now, id, out);
    }
}

/// What of an order the broken rule would have let pass, where it is about inventory.
fn passes(breach: &Breach, asked: contracts::Qty) -> Option<contracts::Qty> {
    match (breach.reason, breach.figures) {
        (Reason::Inventory, Figures::Qty { found, allowed }) => {
            Some(asked.saturating_minus(found.saturating_minus(allowed)))
        }
        _ => None,
    }
}
