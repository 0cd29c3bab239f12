//! What a protector hears of facts: fills and updates, prices, rules, the kill switch.

use contracts::{
    AlertCode, Corr, Event, Fill, Instrument, Mark, Net, OrderId, OrderUpdate, Origin, Symbol, Ts,
    VenueReason,
};
use kernel::Outbox;

use super::Protector;
use super::acts::alert;

impl Protector {
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
    pub(super) fn change_settled(
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
    pub(super) fn look(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
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
