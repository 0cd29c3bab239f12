//! What a message of the sequencer means for the metrics. One exhaustive match: a new event cannot
//! be forgotten here.
//!
//! Messages between machines are counted where they are said, so that nothing counts twice when all
//! services share a process; what comes from outside is counted where it comes in.

use contracts::{Envelope, Event, Fill, KillState, Portfolio, Position, StrategyId, Ts};

use super::Metrics;
use super::catalogue::{AllSeries, Direction, IntentKind, Known, Named};
use super::grid::{Grid, Level};
use crate::shown_number::{amount, seconds, size};

impl Metrics {
    /// The sequencer took this from outside.
    pub fn came_in(&self, envelope: &Envelope) {
        let Some(series) = self.counting() else { return };
        let kind = envelope.event.topic().kind();
        series.events.get([&kind, &Direction::In]).inc();
        if let Event::Trade(trade) = envelope.event
            && trade.at > Ts::ZERO
        {
            series.market_delay.observe(seconds(envelope.rx.since(trade.at)));
        }
        if let Event::Feed(feed) = envelope.event {
            let symbol = self.inner.known.symbol(feed.symbol);
            show(&series.feed_state, [&symbol], f64::from(feed.state as u8));
        }
    }

    /// A machine of this process said this.
    pub fn went_out(&self, envelope: &Envelope) {
        let Some(series) = self.counting() else { return };
        let kind = envelope.event.topic().kind();
        series.events.get([&kind, &Direction::Out]).inc();
        let strategy = envelope.corr.map(|corr| corr.strategy);
        Said { series, known: &self.inner.known, strategy }.count(&envelope.event, envelope.ts);
    }
}

/// Something said, with what is needed to count it.
struct Said<'a> {
    series: &'a AllSeries,
    known: &'a Known,
    strategy: Option<StrategyId>,
}

impl Said<'_> {
    /// The strategy that it belongs to; what belongs to none is `other`.
    fn who(&self) -> Named {
        self.strategy.map_or_else(|| self.known.no_strategy(), |name| self.known.strategy(name))
    }

    fn count(&self, event: &Event, now: Ts) {
        let series = self.series;
        match event {
            Event::Place(_) => self.intent(IntentKind::Place),
            Event::Cancel(_) => self.intent(IntentKind::Cancel),
            Event::Amend(_) => self.intent(IntentKind::Amend),
            Event::Protect(_) => self.intent(IntentKind::Protect),
            Event::Approved(_)
            | Event::AmendApproved(_)
            | Event::CancelApproved(_)
            | Event::ProtectApproved(_) => series.intents_allowed.get([&self.who()]).inc(),
            Event::Refused(refusal) => series.rejections.get([&refusal.breach.reason]).inc(),
            Event::Accepted(order) => {
                let symbol = self.known.symbol(order.spec.symbol());
                series.orders.get([&self.who(), &symbol, &order.spec.side()]).inc();
            }
            Event::Order(update) => series.order_states.get([&update.state]).inc(),
            Event::Fill(fill) => self.filled(fill, now),
            Event::Position(position) => self.position(position),
            Event::Portfolio(portfolio) => self.portfolio(portfolio),
            Event::KillState(state) => self.kill(state),
            Event::StrategyControl(control) => {
                let who = self.who();
                show(&series.strategy_state, [&who], f64::from(control.run as u8));
            }
            Event::Gap(gap) => series.gaps.get([&gap.of.kind()]).inc(),
            Event::DeadLetter(letter) => series.dead_letters.get([&letter.fault]).inc(),
            Event::Alert(alert) => series.alerts.get([&alert.code]).inc(),
            Event::Feed(feed) => {
                let symbol = self.known.symbol(feed.symbol);
                show(&series.feed_state, [&symbol], f64::from(feed.state as u8));
            }
            Event::Instrument(_)
            | Event::Trade(_)
            | Event::Level(_)
            | Event::Ticker(_)
            | Event::Bar(_)
            | Event::Mark(_)
            | Event::Signal(_)
            | Event::RefusedAlso(_)
            | Event::Submit(_)
            | Event::CancelOrder(_)
            | Event::AmendOrder(_)
            | Event::QueryOrder(_)
            | Event::AskStatement(_)
            | Event::CancelAll(_)
            | Event::ArmDeadMan(_)
            | Event::Executed(_)
            | Event::Report(_)
            | Event::Statement(_)
            | Event::StatementOrder(_)
            | Event::StatementTrade(_)
            | Event::StatementBalance(_)
            | Event::Trip(_)
            | Event::ClearKill(_)
            | Event::KillPoll(_)
            | Event::SetLimit(_)
            | Event::LimitState(_)
            | Event::Wake(_)
            | Event::Head(_)
            | Event::Roster(_)
            | Event::Carried(_)
            | Event::BooksCompared(_) => {}
        }
    }

    fn intent(&self, kind: IntentKind) {
        self.series.intents.get([&self.who(), &kind]).inc();
    }

    fn filled(&self, fill: &Fill, now: Ts) {
        let symbol = self.known.symbol(fill.symbol);
        self.series.fills.get([&self.who(), &symbol, &fill.side]).inc();
        if let Ok(cost) = fill.price.cost(fill.qty) {
            self.series.turnover.get([&self.who(), &symbol]).inc_by(amount(cost).abs());
        }
        self.series.fill_delay.observe(seconds(now.since(fill.at)));
    }

    fn position(&self, position: &Position) {
        let symbol = self.known.symbol(position.symbol);
        let who = self.who();
        show(&self.series.position, [&who, &symbol], size(position.net));
        show(&self.series.realised, [&who, &symbol], amount(position.realised));
    }

    fn portfolio(&self, portfolio: &Portfolio) {
        self.series.equity.set(amount(portfolio.equity));
        self.series.day_result.set(amount(portfolio.day));
        self.series.unrealised.set(amount(portfolio.unrealised));
        self.series.fees.set(amount(portfolio.fees));
    }

    fn kill(&self, state: &KillState) {
        let level = state.level.map_or(0, |level| level as u8 + 1);
        self.series.kill_level.set(f64::from(level));
        if state.level.is_some() {
            self.series.kill_trips.get([&state.trigger]).inc();
        }
    }
}

/// Sets a gauge of names that each have a series of their own: what is now of several things cannot
/// be said in one number.
fn show<const N: usize>(gauges: &Grid<Level, N>, names: [&Named; N], value: f64) {
    if names.iter().all(|name| name.is_known())
        && let Some(gauge) = gauges.own(names.map(|name| name as _))
    {
        gauge.set(value);
    }
}
