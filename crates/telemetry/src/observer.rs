//! Listens at the sequencer, and makes metrics and log lines of what passes.
//!
//! The machines know nothing of this: they say events, and what an event means to those who run the
//! system is decided here, in one exhaustive match. Allocates nothing and never waits.

use contracts::{
    Approval, Envelope, Event, Feed, FeedState, Fill, Gap, KillState, OrderState, OrderUpdate,
    Refusal, StrategyId, StrategyRun, VenueReason,
};
use kernel::Tap;

use crate::log::{Component, Log, Said};
use crate::metrics::Metrics;
use crate::notice::Notice;

/// A listener at the sequencer.
#[derive(Clone, Debug)]
pub struct Observer {
    metrics: Metrics,
    log: Log,
}

impl Observer {
    /// Counts in `metrics`, says what matters in `log`.
    pub fn new(metrics: &Metrics, log: &Log) -> Self {
        Self { metrics: metrics.clone(), log: log.clone() }
    }
}

impl Tap for Observer {
    fn input(&mut self, envelope: &Envelope) {
        self.metrics.came_in(envelope);
        // Of what comes from outside, only how well we see and hear is news to people.
        if let Event::Feed(_) | Event::Gap(_) | Event::DeadLetter(_) = envelope.event {
            self.say(envelope);
        }
    }

    fn output(&mut self, envelope: &Envelope) {
        self.metrics.went_out(envelope);
        self.say(envelope);
    }
}

impl Observer {
    fn say(&self, envelope: &Envelope) {
        if let Some(notice) = notice(envelope) {
            let said = Said::from(notice).at(envelope.rx).of(envelope.corr);
            self.log.component(component(envelope)).tell(said);
        }
    }
}

/// The service that spoke.
fn component(envelope: &Envelope) -> Component {
    Component::new(envelope.src.name())
}

/// What a message means to people, if anything.
fn notice(envelope: &Envelope) -> Option<Notice> {
    let strategy = envelope.corr.map(|corr| corr.strategy);
    match envelope.event {
        Event::Approved(approval) | Event::AmendApproved(approval) => Some(approved(&approval)),
        Event::Refused(refusal) => Some(refused(&refusal, strategy)),
        Event::Order(update) => Some(moved(&update)),
        Event::Fill(fill) => Some(filled(&fill, strategy)),
        Event::KillState(state) => Some(latch(&state)),
        Event::StrategyControl(control) => strategy.map(|strategy| ran(strategy, control.run)),
        Event::Feed(feed) => Some(seen(&feed)),
        Event::Gap(gap) => Some(missed(&gap)),
        Event::DeadLetter(letter) => {
            Some(Notice::DeadLetter { fault: letter.fault, bytes: letter.bytes })
        }
        Event::Alert(alert) => {
            let (code, symbol, order) = (alert.code, alert.symbol, alert.order);
            Some(Notice::AlertRaised { code, symbol, order })
        }
        // Told by what follows from them, or too many to tell.
        Event::Instrument(_)
        | Event::Trade(_)
        | Event::Level(_)
        | Event::Ticker(_)
        | Event::Bar(_)
        | Event::Mark(_)
        | Event::Place(_)
        | Event::Cancel(_)
        | Event::Amend(_)
        | Event::Protect(_)
        | Event::Signal(_)
        | Event::CancelApproved(_)
        | Event::ProtectApproved(_)
        | Event::RefusedAlso(_)
        | Event::Accepted(_)
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
        | Event::Position(_)
        | Event::Portfolio(_)
        | Event::Trip(_)
        | Event::ClearKill(_)
        | Event::KillPoll(_)
        | Event::SetLimit(_)
        | Event::LimitState(_)
        | Event::Wake(_)
        | Event::Head(_)
        | Event::Roster(_)
        | Event::Carried(_)
        | Event::BooksCompared(_) => None,
    }
}

fn approved(approval: &Approval) -> Notice {
    let spec = &approval.spec;
    let (symbol, side, qty) = (spec.symbol(), spec.side(), spec.qty());
    Notice::IntentApproved { order: approval.id, symbol, side, qty }
}

fn refused(refusal: &Refusal, strategy: Option<StrategyId>) -> Notice {
    Notice::IntentRefused {
        order: refusal.id,
        strategy,
        symbol: refusal.symbol,
        reason: refusal.breach.reason,
        figures: refusal.breach.figures,
        setting: Some(refusal.breach.reason.setting()).filter(|setting| !setting.is_empty()),
        broken: refusal.broken,
    }
}

fn moved(update: &OrderUpdate) -> Notice {
    let (order, symbol, state, reason) = (update.id, update.symbol, update.state, update.reason);
    let was_wanted = matches!(reason, VenueReason::None | VenueReason::Requested);
    match state {
        OrderState::Unknown => Notice::OrderUnknown { order, symbol },
        _ if state.is_done() && !was_wanted => Notice::OrderEnded { order, symbol, state, reason },
        _ => {
            let (filled, qty) = (update.filled, update.qty);
            Notice::OrderMoved { order, symbol, state, filled, qty }
        }
    }
}

fn filled(fill: &Fill, strategy: Option<StrategyId>) -> Notice {
    Notice::Filled {
        order: fill.id,
        strategy,
        symbol: fill.symbol,
        side: fill.side,
        qty: fill.qty,
        price: fill.price,
        fee: fill.fee,
    }
}

fn latch(state: &KillState) -> Notice {
    match state.level {
        Some(level) => Notice::KillTripped { level, trigger: state.trigger },
        None => Notice::KillCleared { trigger: state.trigger },
    }
}

fn ran(strategy: StrategyId, run: StrategyRun) -> Notice {
    match run {
        StrategyRun::Quarantined => Notice::StrategyQuarantined { strategy },
        run => Notice::StrategyMoved { strategy, run },
    }
}

fn seen(feed: &Feed) -> Notice {
    match feed.state {
        FeedState::Live => Notice::FeedLive { symbol: feed.symbol },
        state => Notice::FeedUnsafe { symbol: feed.symbol, state },
    }
}

fn missed(gap: &Gap) -> Notice {
    let (expected, got) = (gap.expected.get(), gap.got.get());
    Notice::GapSeen { of: gap.of, source: gap.source, expected, got }
}
