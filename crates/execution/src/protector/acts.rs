//! What a protector does: the moves of groups become intents, each with the next number.

use contracts::{
    Alert, AlertCode, Amend, Cancel, Corr, Event, IntentSeq, Label, Lifetime, OrderId, OrderKind,
    OrderSpec, Origin, Place, Qty, Side, StrategyId, Symbol, Ts,
};
use kernel::Outbox;

use super::Protector;
use super::exit::{Change, Exit, Purpose, Terms};
use super::guard::{Guard, Why};
use super::moves::{Move, next_move};

/// No group does more than this at one moment: it cancels its entry, then closes.
const MOVES_MAX: usize = 4;

impl Protector {
    pub(super) fn guard_mut(&mut self, entry: OrderId) -> Option<&mut Guard> {
        self.state.entries.get_mut(entry)?.guard.as_deref_mut()
    }

    pub(super) fn guard_of_exit(&mut self, exit: OrderId) -> Option<&mut Guard> {
        let entry = self.state.entries.of_exit(exit)?;
        self.guard_mut(entry)
    }

    /// Does what a group should do now.
    pub(super) fn tend(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        for _ in 0..MOVES_MAX {
            let Some(entry) = self.state.entries.get(id) else { return };
            let Some(guard) = &entry.guard else { return };
            let scene = self.state.sight.scene(&self.config, now, entry.symbol);
            let (timer, deadline) = (guard.timer, guard.deadline(&scene));
            let what = next_move(entry, &scene);
            if what == Move::TooLittle {
                self.stuck(id, out);
            }
            match what {
                Move::Nothing | Move::TooLittle => {
                    if let Some(at) = deadline {
                        out.wake_at(timer, at);
                    }
                    return;
                }
                Move::Wait(at) => return out.wake_at(timer, deadline.unwrap_or(at).min(at)),
                Move::Drop(left) => return self.drop_group(id, left, out),
                what => self.carry_out(now, id, what, out),
            }
        }
    }

    fn carry_out(&mut self, now: Ts, id: OrderId, what: Move, out: &mut Outbox<'_>) {
        match what {
            Move::PlaceStop(terms) => self.place(now, id, terms, out),
            Move::PlaceClose(qty) => {
                let terms = Terms { qty, trigger: None, limit: None };
                self.place(now, id, terms, out);
            }
            Move::Amend(terms) => self.amend(now, id, terms, out),
            Move::CancelExit => self.cancel_exit(now, id, out),
            Move::CancelEntry => {
                if let Some(guard) = self.guard_mut(id) {
                    guard.entry_cancelled = true;
                }
                self.say_cancel(id, id, out);
            }
            Move::Nothing | Move::TooLittle | Move::Wait(_) | Move::Drop(_) => {}
        }
    }

    fn place(&mut self, now: Ts, entry: OrderId, terms: Terms, out: &mut Outbox<'_>) {
        let purpose = if terms.trigger.is_some() { Purpose::Stop } else { Purpose::Close };
        let Some(held) = self.state.entries.get(entry) else { return };
        let (strategy, symbol, side) = (held.strategy, held.symbol, held.exit_side());
        // Terms are made of a quantity above zero and prices that exist.
        let Ok(spec) = spec_of(symbol, side, terms) else { return };
        let corr = self.next(strategy, entry);
        let id = OrderId::derive(self.config.run, strategy, Origin::Protector, corr.intent);
        let (expires, overdue) = (now + self.config.wanted_for, now + self.config.overdue);
        let Some(guard) = self.guard_mut(entry) else { return };
        guard.exit = Some(Exit::new(id, corr.intent, purpose, terms));
        guard.moved = now;
        if purpose == Purpose::Close {
            guard.overdue = overdue;
        }
        let why = Label::new(match guard.closing.map(|closing| closing.why) {
            Some(Why::Target) => "target",
            Some(Why::Stop) => "stop_now",
            None => "stop",
        });
        self.state.entries.exit_begins(id, entry);
        out.emit_for(corr, Event::Place(Place { id, spec, expires, why }));
    }

    fn amend(&mut self, now: Ts, entry: OrderId, terms: Terms, out: &mut Outbox<'_>) {
        let Some(strategy) = self.state.entries.get(entry).map(|entry| entry.strategy) else {
            return;
        };
        let corr = self.next(strategy, entry);
        let Some(guard) = self.guard_mut(entry) else { return };
        guard.moved = now;
        let Some(exit) = guard.exit.as_mut() else { return };
        exit.change = Some(Change { intent: corr.intent, number: None, terms });
        let (target, why) = (exit.id, Label::new("stop"));
        let Terms { qty, trigger, limit } = terms;
        out.emit_for(corr, Event::Amend(Amend { target, qty, limit, trigger, why }));
    }

    fn cancel_exit(&mut self, now: Ts, entry: OrderId, out: &mut Outbox<'_>) {
        let overdue = now + self.config.overdue;
        let Some(guard) = self.guard_mut(entry) else { return };
        guard.overdue = overdue;
        let Some(exit) = guard.exit.as_mut() else { return };
        exit.cancelling = true;
        let target = exit.id;
        self.say_cancel(entry, target, out);
    }

    fn say_cancel(&mut self, entry: OrderId, target: OrderId, out: &mut Outbox<'_>) {
        let Some(strategy) = self.state.entries.get(entry).map(|entry| entry.strategy) else {
            return;
        };
        self.say_cancel_for(strategy, entry, target, out);
    }

    pub(super) fn say_cancel_for(
        &mut self,
        strategy: StrategyId,
        entry: OrderId,
        target: OrderId,
        out: &mut Outbox<'_>,
    ) {
        let corr = self.next(strategy, entry);
        out.emit_for(corr, Event::Cancel(Cancel { target, why: Label::new("guard") }));
    }

    /// An exit is over; what it has closed is closed.
    pub(super) fn exit_over(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(entry) = self.state.entries.get_mut(id) else { return };
        let symbol = entry.symbol;
        let scene = self.state.sight.scene(&self.config, now, symbol);
        let over = entry.guard.as_mut().and_then(|guard| guard.exit_over(&scene));
        let Some((exit, tell)) = over else { return };
        entry.close(exit.filled());
        self.state.entries.exit_ends(exit.id);
        if tell {
            alert(out, AlertCode::ExitBlocked, Some(symbol), Some(id));
        }
    }

    /// An attempt was in vain; a person is told when there were too many.
    pub(super) fn failed(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(entry) = self.state.entries.get_mut(id) else { return };
        let symbol = entry.symbol;
        let guard = entry.guard.as_mut();
        if guard.is_some_and(|guard| guard.pace.failed(now, &self.config)) {
            alert(out, AlertCode::ExitBlocked, Some(symbol), Some(id));
        }
    }

    /// Nothing can be asked for; a person is told once.
    fn stuck(&mut self, id: OrderId, out: &mut Outbox<'_>) {
        let symbol = self.state.entries.get(id).map(|entry| entry.symbol);
        if self.guard_mut(id).is_some_and(|guard| guard.pace.stuck()) {
            alert(out, AlertCode::ExitBlocked, symbol, Some(id));
        }
    }

    /// A group is over. What is left is too small for the venue, and said.
    fn drop_group(&mut self, id: OrderId, left: Qty, out: &mut Outbox<'_>) {
        let symbol = self.state.entries.get(id).map(|entry| entry.symbol);
        if let Some(timer) = self.state.entries.unguard(id, self.config.finished_kept) {
            out.cancel_wake(timer);
        }
        if !left.is_zero() {
            alert(out, AlertCode::ExitBlocked, symbol, Some(id));
        }
    }

    /// Lets go of what groups of that side cannot hold any more.
    pub(super) fn trim(
        &mut self,
        now: Ts,
        (strategy, symbol, side): (StrategyId, Symbol, Side),
        out: &mut Outbox<'_>,
    ) {
        let mut touched = std::mem::take(&mut self.scratch);
        self.state.entries.trim(strategy, symbol, side, &mut touched);
        for id in &touched {
            self.tend(now, *id, out);
        }
        self.scratch = touched;
    }

    fn next(&mut self, strategy: StrategyId, parent: OrderId) -> Corr {
        let numbers = &mut self.state.numbers;
        let index = numbers.binary_search_by_key(&strategy, |(held, _)| *held);
        let index = index.unwrap_or_else(|index| {
            numbers.insert(index, (strategy, IntentSeq::new(0)));
            index
        });
        let number = &mut numbers[index].1;
        *number = self.state.forgotten.max(*number).next();
        let corr = Corr::new(strategy, Origin::Protector, *number);
        Corr { parent: Some(parent), ..corr }
    }
}

/// The order of an exit: it only ever reduces.
fn spec_of(symbol: Symbol, side: Side, terms: Terms) -> Result<OrderSpec, contracts::InvalidOrder> {
    let kind = match (terms.trigger, terms.limit) {
        (Some(trigger), None) => OrderKind::Stop { trigger },
        (Some(trigger), Some(limit)) => OrderKind::StopLimit { trigger, limit },
        (None, _) => OrderKind::Market,
    };
    let lifetime = Lifetime::UntilCancelled;
    OrderSpec::new(symbol, side, terms.qty, kind, lifetime).map(OrderSpec::reduce_only)
}

pub(super) fn alert(
    out: &mut Outbox<'_>,
    code: AlertCode,
    symbol: Option<Symbol>,
    order: Option<OrderId>,
) {
    out.emit_alone(Event::Alert(Alert { code, symbol, order }));
}
