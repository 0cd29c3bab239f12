//! Prices, days and losses.

use contracts::{Event, KillLevel, KillTrigger, Span, Symbol, Ts};
use kernel::Outbox;

use super::Gate;

/// Timer: take marks.
pub(super) const SAMPLE: u32 = 1;
/// How often the portfolio is told, while anything changes.
const PORTFOLIO_EVERY: Span = Span::SECOND;

impl Gate {
    #[inline]
    pub(super) fn market(&mut self, now: Ts, event: &Event, out: &mut Outbox<'_>) {
        if let Event::Instrument(instrument) = event {
            if instrument.quote() == self.config.currency {
                let known = &mut self.state.instruments;
                if let Some(held) = known.get_or_insert_if_room(instrument.symbol, || *instrument) {
                    *held = *instrument;
                }
            }
            return;
        }
        self.price(now, event, out);
    }

    #[inline]
    pub(super) fn price(&mut self, now: Ts, event: &Event, out: &mut Outbox<'_>) {
        if let Some(due) = self.state.sampler.observe(now, event, self.state.limits.price_age_max) {
            out.wake_at(SAMPLE, due);
        }
    }

    /// What there is to know before an order is judged: the latest price, and the loss at it. Where the
    /// round of all prices should have been, they are taken first: the totals stand on them.
    pub(super) fn look(&mut self, now: Ts, symbol: Symbol, out: &mut Outbox<'_>) {
        if self.state.sampler.is_overdue(now) {
            return self.sample_all(now, out);
        }
        self.state.books.turn_day(now);
        self.mark(now, symbol, out);
        self.watch_losses(now, out);
    }

    pub(super) fn sample_all(&mut self, now: Ts, out: &mut Outbox<'_>) {
        self.state.books.turn_day(now);
        while let Some(symbol) = self.state.sampler.next_of_round() {
            self.mark(now, symbol, out);
        }
        self.watch_losses(now, out);
        if now.since(self.state.portfolio_told) >= PORTFOLIO_EVERY {
            self.state.portfolio_told = now;
            out.emit_alone(Event::Portfolio(self.state.books.portfolio()));
        }
    }

    /// Takes the price of an instrument, if it is another one than before.
    fn mark(&mut self, now: Ts, symbol: Symbol, out: &mut Outbox<'_>) {
        let state = &mut self.state;
        let Some((mark, reach)) = state.sampler.sample(symbol) else { return };
        state.marks.insert(symbol, *mark);
        if let Some(reach) = reach {
            state.claims.wake(symbol, reach);
        }
        let booked = mark.value_price().map_or(Ok(()), |price| {
            // The exposure knows the instruments that the books know, and those have a bound.
            state.books.mark(symbol, price).map(|()| state.exposure.mark(symbol, price))
        });
        out.emit_alone(Event::Mark(*mark));
        if booked.is_err() {
            self.trip(now, KillLevel::Cancel, KillTrigger::Reconcile, out);
        }
    }

    /// The day's loss and the drawdown, after anything that moves them. The day has to be turned
    /// before that: what moves them after midnight is of the new day.
    pub(super) fn watch_losses(&mut self, now: Ts, out: &mut Outbox<'_>) {
        self.state.books.watch();
        let losses = self.state.books.losses();
        let limits = &self.state.limits;
        let (kill, fall) = (limits.daily_loss_kill, limits.drawdown_kill);
        self.state.worst_loss.note(now, losses.day);
        if losses.unaccepted > kill {
            self.trip(now, self.config.kill.level, KillTrigger::DailyLoss, out);
        }
        if losses.drawdown > fall {
            self.trip(now, self.config.kill.level, KillTrigger::Drawdown, out);
        }
    }
}
