//! The controls: the kill switch with its highest level, pauses, timers.

use contracts::{
    Alert, AlertCode, Corr, Event, KillLevel, KillState, KillTrigger, RosterStep, Span, StrategyId,
    StrategyRun, Symbol, Trip, Ts,
};
use kernel::Outbox;

use super::prices::SAMPLE;
use super::recall::REMEMBERED;
use super::{Gate, State, strategy_mut, strategy_of};
use crate::exposure::Stake;
use crate::flatten::Closing;
use crate::latch::Verdict;
use crate::sight;

/// Timer: look again whether positions are left to close.
const FLATTEN: u32 = 2;
const FLATTEN_EVERY: Span = Span::from_secs(2);

impl Gate {
    /// What a start asks for. With other settings, who is new is paid in, and the sources of the kill switch are those
    /// that are polled now. Limits have messages of their own.
    pub(super) fn starts(&mut self, now: Ts, step: RosterStep, out: &mut Outbox<'_>) {
        match step {
            RosterStep::Adopt => self.adopt(),
            RosterStep::Forget => self.forget(now, out),
            RosterStep::Announce | RosterStep::Keep => {}
        }
    }

    fn adopt(&mut self) {
        self.state.books.pay_in_new(&self.config.cash, self.config.pool);
        self.state.latch.adopt(&self.config.kill);
    }

    /// Trips, here and at once: what is judged in this very step is judged by it. The others are told.
    pub(super) fn trip(
        &mut self,
        now: Ts,
        level: KillLevel,
        trigger: KillTrigger,
        out: &mut Outbox<'_>,
    ) {
        if let Some(moved) = self.state.latch.trip(now, level, trigger) {
            out.emit_alone(Event::Trip(Trip { level, trigger }));
            out.emit_alone(Event::KillState(moved));
            self.flatten_if_tripped(now, moved, out);
        }
    }

    pub(super) fn control(&mut self, now: Ts, event: &Event, out: &mut Outbox<'_>) {
        let Some(moved) = self.state.latch.hear(now, event) else { return };
        if matches!(event, Event::ClearKill(_)) {
            self.accept_losses();
        }
        // What was heard as a state of the other latch is not said again.
        if !matches!(event, Event::KillState(_)) {
            out.emit_alone(Event::KillState(moved));
        }
        self.flatten_if_tripped(now, moved, out);
    }

    /// What has tripped is looked at and accepted: otherwise the same loss would trip again with the next price, and
    /// nobody could go on. A smaller one is still counted: clearing a trip of another kind forgives nothing.
    fn accept_losses(&mut self) {
        let State { books, limits, .. } = &mut self.state;
        let losses = books.losses();
        if losses.drawdown > limits.drawdown_kill {
            books.accept_fall();
        }
        if losses.unaccepted > limits.daily_loss_kill {
            books.accept_day();
        }
    }

    pub(super) fn flatten_if_tripped(&mut self, now: Ts, state: KillState, out: &mut Outbox<'_>) {
        if state.level == Some(KillLevel::Flatten) {
            self.flatten(now, out);
        }
    }

    /// Asks for every open position to be closed, and again while any is left.
    pub(super) fn flatten(&mut self, now: Ts, out: &mut Outbox<'_>) {
        let flattening = Verdict::Tripped(KillLevel::Flatten);
        if self.state.latch.verdict(now) != flattening {
            return;
        }
        // What would be refused is not asked for: it would count as perhaps granted.
        if !self.knows_too_little(now) {
            for (symbol, stakes) in self.state.exposure.open_positions() {
                self.close(now, symbol, &stakes, out);
            }
        }
        out.wake_at(FLATTEN, now + FLATTEN_EVERY);
    }

    /// Asks for what the account holds of an instrument to be closed, but for what open orders close already. What
    /// strategies hold against each other is no risk of the account, and nobody could close it: half of it would be an
    /// increase.
    fn close(
        &mut self,
        now: Ts,
        symbol: Symbol,
        stakes: &[(StrategyId, Stake)],
        out: &mut Outbox<'_>,
    ) {
        let Self { config, state } = self;
        let Some(instrument) = state.instruments.get(symbol) else { return };
        let Ok(account) = state.exposure.account(symbol) else { return };
        let Some(held) = account.net.side() else { return };
        let side = held.opposite();
        let mut left = account.net.size().saturating_minus(account.open(side));
        let age_max = state.limits.price_age_max;
        let price = state.marks.get(symbol).and_then(|m| sight::touch(m, side, now, age_max));
        for (strategy, stake) in stakes.iter().filter(|(_, stake)| stake.net.side() == Some(held)) {
            let qty = stake.net.size().saturating_minus(stake.open(side)).min(left);
            let closing = Closing { strategy: *strategy, side, qty, instrument, price };
            let closing = state.flattener.close(config.run, now, &closing);
            if let Some((corr, place)) = closing {
                left = left.saturating_minus(qty);
                out.emit_for(corr, Event::Place(place));
            }
        }
    }

    pub(super) fn strategy(&mut self, corr: Option<Corr>, run: StrategyRun, out: &mut Outbox<'_>) {
        let Some(Corr { strategy, .. }) = corr else { return };
        let known = &mut self.state.strategies;
        // Whoever is not known runs.
        if run == StrategyRun::Running && strategy_of(known, strategy).is_none() {
            return;
        }
        if let Some(held) = strategy_mut(known, strategy) {
            held.run = run;
        } else {
            // It gets no order either way.
            let (code, symbol, order) = (AlertCode::BoundReached, None, None);
            out.emit(Event::Alert(Alert { code, symbol, order }));
        }
    }

    pub(super) fn wake(&mut self, now: Ts, timer: u32, out: &mut Outbox<'_>) {
        match timer {
            SAMPLE => self.sample_all(now, out),
            FLATTEN => self.flatten(now, out),
            REMEMBERED => self.remember(),
            _ => {}
        }
    }
}
