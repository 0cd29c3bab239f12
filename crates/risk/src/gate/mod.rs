//! The gate as a machine: hears intents and facts, says decisions.
//!
//! It keeps its own books from fills and its own claims from approvals, so that no other part has to
//! be believed. What it cannot be sure of, it counts as risk.

mod controls;
mod facts;
mod intents;
mod limits;
mod prices;
mod recall;
mod sources;
mod steps;

use contracts::{
    Amend, Asset, Cancel, Envelope, Event, Instrument, KillState, Mark, Money, OrderId, Place,
    Protect, RosterControl, RunId, SealKey, Source, StrategyId, StrategyRun, SymbolMap, TopicKind,
    Ts,
};
use kernel::{Layout, Machine, Outbox, StateError, Topics, load_state, save_state};
use portfolio::{Executions, Method};
use serde::{Deserialize, Serialize};

use crate::books::Books;
use crate::claims::Claims;
use crate::exposure::Exposure;
use crate::flatten::Flattener;
use crate::latch::{Latch, LatchRules, Verdict};
use crate::limits::{InvalidLimit, Limits};
use crate::rates::Bucket;
use crate::sampler::Sampler;
use crate::seen::Seen;
use crate::worst::WorstLoss;

/// What a gate is built from.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// The session; ids of orders are derived from it.
    pub run: RunId,
    /// The secret with which approvals are sealed; the gateway has the same.
    pub key: SealKey,
    /// The limits at the very first start; later they are part of the state.
    pub limits: Limits,
    /// The currency in which limits, cash and loss are counted. Instruments quoted in another one are
    /// not known to this gate.
    pub currency: Asset,
    /// How lots are closed.
    pub method: Method,
    /// The cash that each strategy starts with.
    pub cash: Vec<(StrategyId, Money)>,
    /// All the money that there is to start with. Who comes later gets no more than what of it is left.
    pub pool: Option<Money>,
    /// Whether only owned cash and inventory may be used.
    pub spot: bool,
    /// What trips the kill switch from outside, and at which level. A loss and a drawdown trip it at
    /// the same.
    pub kill: LatchRules,
}

/// The gate.
pub struct Gate {
    config: GateConfig,
    state: State,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    /// The limits in force: those of the configuration, as they have been changed since.
    limits: Limits,
    latch: Latch,
    seen: Seen,
    executions: Executions,
    sampler: Sampler,
    instruments: SymbolMap<Instrument>,
    marks: SymbolMap<Mark>,
    books: Books,
    claims: Claims,
    exposure: Exposure,
    flattener: Flattener,
    symbol_rates: SymbolMap<Bucket>,
    strategies: Vec<StrategyState>,
    worst_loss: WorstLoss,
    approvals: u32,
    /// Its chain was broken: what was asked up to here may have been granted by a past that is forgotten.
    forgotten_until: Option<Ts>,
    portfolio_told: Ts,
}

/// The most strategies of which it is remembered how often they ask and whether they are paused: a name is all
/// that it takes to be one. Who finds no room gets no order.
const STRATEGIES_MAX: usize = 1_024;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StrategyState {
    strategy: StrategyId,
    run: StrategyRun,
    rate: Bucket,
}

impl Gate {
    /// A gate; refused where the limits make no sense.
    pub fn new(config: GateConfig) -> Result<Self, InvalidLimit> {
        config.limits.validate()?;
        let mut claims = Claims::default();
        claims.reckon(config.limits.fee_max);
        let state = State {
            limits: config.limits.clone(),
            latch: Latch::new(&config.kill),
            seen: Seen::default(),
            executions: Executions::default(),
            sampler: Sampler::default(),
            instruments: SymbolMap::new(),
            marks: SymbolMap::new(),
            books: Books::new(config.currency, config.method, &config.cash, config.pool),
            claims,
            exposure: Exposure::default(),
            flattener: Flattener::default(),
            symbol_rates: SymbolMap::new(),
            strategies: Vec::new(),
            worst_loss: WorstLoss::default(),
            approvals: 0,
            forgotten_until: None,
            portfolio_told: Ts::ZERO,
        };
        Ok(Self { config, state })
    }

    /// The books, to look at.
    pub fn ledger(&self) -> &portfolio::Ledger {
        self.state.books.ledger()
    }

    /// How many approved orders are not finished.
    pub fn open_orders(&self) -> usize {
        self.state.claims.len()
    }

    /// What the kill switch says at `now`.
    pub fn verdict(&self, now: Ts) -> Verdict {
        self.state.latch.verdict(now)
    }

    /// The last move of its latch, if it ever moved.
    pub fn latched(&self) -> Option<KillState> {
        self.state.latch.state()
    }

    /// Whether each strategy that has ever asked, or been paused, runs.
    pub fn runs(&self) -> impl Iterator<Item = (StrategyId, StrategyRun)> {
        self.state.strategies.iter().map(|held| (held.strategy, held.run))
    }

    /// The limits in force. They are part of the state: a snapshot brings back those that were in force
    /// then, and whoever wants others says so by messages ([`Limits::changes_to`]).
    pub fn limits(&self) -> &Limits {
        &self.state.limits
    }
}

/// The order that an intent is about; `None` for whatever is no intent.
fn intent_about(event: &Event) -> Option<OrderId> {
    match event {
        Event::Place(Place { id, .. })
        | Event::Amend(Amend { target: id, .. })
        | Event::Cancel(Cancel { target: id, .. })
        | Event::Protect(Protect { entry: id, .. }) => Some(*id),
        _ => None,
    }
}

fn strategy_of(strategies: &[StrategyState], strategy: StrategyId) -> Option<&StrategyState> {
    let found = strategies.binary_search_by_key(&strategy, |held| held.strategy);
    found.ok().map(|index| &strategies[index])
}

/// Whether a strategy is known, or finds room.
fn has_room(strategies: &[StrategyState], strategy: StrategyId) -> bool {
    strategies.len() < STRATEGIES_MAX || strategy_of(strategies, strategy).is_some()
}

fn strategy_mut(
    strategies: &mut Vec<StrategyState>,
    strategy: StrategyId,
) -> Option<&mut StrategyState> {
    let index = match strategies.binary_search_by_key(&strategy, |held| held.strategy) {
        Ok(index) => index,
        Err(_) if strategies.len() >= STRATEGIES_MAX => return None,
        Err(index) => {
            let (run, rate) = (StrategyRun::Running, Bucket::default());
            strategies.insert(index, StrategyState { strategy, run, rate });
            index
        }
    };
    strategies.get_mut(index)
}

impl Machine for Gate {
    fn source(&self) -> Source {
        Source::RiskEngine
    }

    fn interests(&self) -> Topics {
        Topics::of(&[
            TopicKind::Instrument,
            TopicKind::Trades,
            TopicKind::Ticker,
            TopicKind::Feed,
            TopicKind::Intent,
            TopicKind::OrdersUpdate,
            TopicKind::Fills,
            TopicKind::ControlKill,
            TopicKind::ControlPoll,
            TopicKind::ControlStrategy,
            TopicKind::ControlLimits,
            TopicKind::DeadLetters,
        ])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        // Prices are most of what comes, and need no more than a look at where they come from.
        if let (Event::Trade(_) | Event::Ticker(_), Source::MdIngest) = (&input.event, input.src) {
            return self.price(now, &input.event, out);
        }
        if !sources::is_believed(input) {
            return self.disbelieve(input, out);
        }
        if let (Some(id), None) = (intent_about(&input.event), input.corr) {
            return self.malformed(id, out);
        }
        if self.may_be_granted_already(input) {
            return self.refuse_forgotten(now, input, out);
        }
        match (&input.event, input.corr) {
            (Event::Place(place), Some(corr)) => self.place(now, corr, place, out),
            (Event::Amend(amend), Some(corr)) => self.amend(now, corr, amend, out),
            (Event::Cancel(cancel), Some(corr)) => self.cancel(now, corr, cancel, out),
            (Event::Protect(protect), Some(corr)) => self.protect(now, corr, protect, out),
            (Event::Order(update), _) => self.order(now, update, out),
            (Event::Fill(fill), corr) => self.fill(now, corr, fill, out),
            (Event::DeadLetter(letter), _) => self.dead_letter(letter, out),
            (Event::StrategyControl(control), corr) => self.strategy(corr, control.run, out),
            (Event::SetLimit(change), _) => self.set_limit(change, out),
            (Event::Roster(RosterControl { step }), _) => self.starts(now, *step, out),
            (Event::Wake(wake), _) => self.wake(now, wake.timer, out),
            (
                Event::Trip(_) | Event::ClearKill(_) | Event::KillPoll(_) | Event::KillState(_),
                _,
            ) => self.control(now, &input.event, out),
            _ => self.market(now, &input.event, out),
        }
    }

    fn layout(&self) -> Layout {
        Layout::after(&[
            steps::with_the_worst_loss,
            steps::with_nothing_forgotten,
            steps::with_no_order_forgotten,
        ])
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.state, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.state = load_state(state)?;
        self.state.claims.reckon(self.state.limits.fee_max);
        if self.state.books.currency() != self.config.currency {
            return Err(StateError::Contradiction("the account currency is another one"));
        }
        Ok(())
    }
}
