//! The controls: the kill switch with its highest level, pauses, timers.

use contracts::{Corr, Event, KillLevel, KillState, KillTrigger, Span, StrategyRun, Trip, Ts};
use kernel::Outbox;

use super::prices::SAMPLE;
use super::{Gate, strategy_mut};
use crate::latch::Verdict;

/// Timer: look again whether positions are left to close.
const FLATTEN: u32 = 2;
const FLATTEN_EVERY: Span = Span::from_secs(2);

impl Gate {
    /// A start with other settings: who is new is paid in, and the sources of the kill switch are those that
    /// are polled now. Limits have messages of their own.
    pub(super) fn adopt(&mut self) {
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
        let (_, drawdown) = self.state.books.day_and_drawdown();
        if matches!(event, Event::ClearKill(_)) && drawdown > self.state.limits.drawdown_kill {
            // Otherwise the same fall would trip again with the next price, and nobody could go on. A
            // smaller fall is still counted: clearing a trip of another kind forgives nothing.
            self.state.books.accept_fall();
        }
        // What was heard as a state of the other latch is not said again.
        if !matches!(event, Event::KillState(_)) {
            out.emit_alone(Event::KillState(moved));
        }
        self.flatten_if_tripped(now, moved, out);
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
        for (symbol, strategy, stake) in self.state.exposure.open_positions() {
            let Some(instrument) = self.state.instruments.get(symbol) else { continue };
            let flattener = &mut self.state.flattener;
            let held = (strategy, stake);
            if let Some((corr, place)) = flattener.close(self.config.run, now, held, instrument) {
                out.emit_for(corr, Event::Place(place));
            }
        }
        out.wake_at(FLATTEN, now + FLATTEN_EVERY);
    }

    pub(super) fn strategy(&mut self, corr: Option<Corr>, run: StrategyRun) {
        if let Some(corr) = corr {
            strategy_mut(&mut self.state.strategies, corr.strategy).run = run;
        }
    }

    pub(super) fn wake(&mut self, now: Ts, timer: u32, out: &mut Outbox<'_>) {
        match timer {
            SAMPLE => self.sample_all(now, out),
            FLATTEN => self.flatten(now, out),
            _ => {}
        }
    }
}
