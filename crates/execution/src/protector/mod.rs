//! Protective groups: stop, target and trailing stop of one entry, of which one closes.
//!
//! [`Protector`] hears what the gate granted, what traded and where prices are, and says intents:
//! always orders that only reduce, each judged by the gate like anybody's. A group has at most one
//! exit order alive, because one inventory can be offered once. Its stop rests at the venue and works
//! while we are dead; its target and its trailing distance are watched here, on marks. The second leg
//! is asked for only when the first is told to be over, so both can never trade.
//!
//! It never sells more than the group holds, never gives up, never asks twice for the same, and never
//! acts on a price that is not live. What it asks is numbered without gaps. It relies on standing in
//! one process with the gateway, behind it in the roster: an approval is heard before anything that
//! follows from it. Fills and updates may come in either order.

mod acts;
mod config;
mod decisions;
mod entries;
mod entry;
mod exit;
mod guard;
mod hears;
mod levels;
mod moves;
mod pace;
mod recall;
mod sight;
mod steps;

use contracts::{
    Envelope, Event, IntentSeq, OrderId, Qty, RosterControl, RosterStep, Source, StrategyId,
    Symbol, TopicKind, Ts,
};
use kernel::{Layout, Machine, Outbox, StateError, Topics, load_state, save_state};
use serde::{Deserialize, Serialize};

use crate::believed::is_believed;
use crate::remembered::Remembered;
pub use config::ProtectorConfig;
use entries::Entries;
use sight::Sight;

/// The machine that keeps protective groups.
pub struct Protector {
    config: ProtectorConfig,
    state: State,
    /// Room for lists of groups, so that hearing a price allocates nothing.
    scratch: Vec<OrderId>,
}

#[derive(Serialize, Deserialize)]
struct State {
    entries: Entries,
    /// Orders that the gate refused: a guard for one of them guards nothing, and need not alarm.
    refused: Remembered<OrderId>,
    /// The last intent of each strategy's guards.
    numbers: Vec<(StrategyId, IntentSeq)>,
    /// What was asked by a past that is forgotten has no higher number.
    forgotten: IntentSeq,
    sight: Sight,
    /// The highest number of a grant that was heard.
    heard: u32,
    next_timer: u32,
}

/// A group, to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// The entry that it guards, and its name.
    pub entry: OrderId,
    /// Whose it is.
    pub strategy: StrategyId,
    /// What is traded.
    pub symbol: Symbol,
    /// What it holds.
    pub held: Qty,
    /// Its exit order, if one is alive, and the most that may still trade of it.
    pub exit: Option<(OrderId, Qty)>,
    /// Whether a level was reached.
    pub closing: bool,
    /// Whether it was removed and only waits for its exit to end.
    pub removed: bool,
}

impl Protector {
    /// A protector without groups.
    pub fn new(config: ProtectorConfig) -> Self {
        let state = State {
            entries: Entries::default(),
            refused: Remembered::default(),
            numbers: Vec::new(),
            forgotten: IntentSeq::new(0),
            sight: Sight::new(&config),
            heard: 0,
            next_timer: 0,
        };
        Self { config, state, scratch: Vec::new() }
    }

    /// Every group, by symbol and age.
    pub fn groups(&self) -> impl Iterator<Item = GroupView> {
        self.state.entries.guarded().filter_map(|entry| {
            let guard = entry.guard.as_ref()?;
            Some(GroupView {
                entry: entry.id,
                strategy: entry.strategy,
                symbol: entry.symbol,
                held: entry.held(),
                exit: guard.exit.as_ref().map(|exit| (exit.id, exit.rest())),
                closing: guard.closing.is_some(),
                removed: guard.removed,
            })
        })
    }
}

impl Machine for Protector {
    fn source(&self) -> Source {
        Source::Protector
    }

    fn interests(&self) -> Topics {
        Topics::of(&[
            TopicKind::Instrument,
            TopicKind::Mark,
            TopicKind::Decision,
            TopicKind::OrdersUpdate,
            TopicKind::Fills,
            TopicKind::ControlKill,
            TopicKind::ControlPoll,
            TopicKind::ControlStrategy,
            TopicKind::ControlLimits,
        ])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        // Of what the gateway disbelieves too, it tells; of the rest the gate does.
        if !is_believed(input) {
            return;
        }
        match (&input.event, input.corr) {
            (Event::Mark(mark), _) => self.mark(now, mark, out),
            (Event::Fill(fill), Some(corr)) => self.fill(now, &corr, fill, out),
            (Event::Order(update), _) => self.order(now, update, out),
            (Event::LimitState(state), _) => self.state.sight.limit(state),
            (Event::Instrument(instrument), _) => self.instrument(now, instrument, out),
            (Event::Wake(wake), _) => self.wake(now, wake.timer, out),
            (Event::Roster(RosterControl { step }), _) => match step {
                RosterStep::Adopt => self.state.sight.adopt(&self.config),
                RosterStep::Forget => self.forget(now),
                RosterStep::Announce | RosterStep::Keep => {}
            },
            _ if input.topic().kind() == TopicKind::Decision => self.decided(now, input, out),
            (event, _) => self.control(now, event, out),
        }
    }

    fn layout(&self) -> Layout {
        Layout::after(&[steps::with_nothing_forgotten, steps::with_the_collar_of_the_settings])
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.state, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.state = load_state(state)?;
        self.state.entries.connect();
        self.state.refused.connect();
        Ok(())
    }
}
