//! A strategy at its place in the host.

use contracts::{StrategyId, StrategyRun, Symbol};
use serde_json::Value;
use serde_json::value::RawValue;

use super::memory::{Memory, let_go};
use super::saved::begun_with;
use crate::desk::{Desk, Fault};
use crate::hears::{Begin, Hears};
use crate::orders::OpenOrder;
use crate::roster::{Instance, StatePolicy, Wanted};
use crate::setup::Wants;
use crate::unsent::UnsentLog;

/// A strategy and what is kept for it. One that is quarantined, or that is no longer in the roster, is
/// an empty seat: its orders and numbers are still looked after, and nobody is called.
pub(crate) struct Seat {
    pub(crate) desk: Desk,
    pub(crate) class: String,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) params: Value,
    pub(crate) wants: Wants,
    /// Whether it is in the roster.
    pub(crate) listed: bool,
    pub(crate) strategy: Option<Box<dyn Hears>>,
    /// What it had saved and could not take back: kept as it is until it is decided what becomes of it.
    pub(crate) lost: Option<Memory>,
    /// How to begin anew; nothing where nobody here knows.
    pub(crate) begin: Option<Begin>,
    /// What it said when it panicked.
    pub(crate) words: String,
    /// Whether a restart has changed how it runs, and nobody knows yet.
    pub(crate) unannounced: bool,
}

impl Seat {
    pub(crate) fn new(instance: Instance) -> Self {
        let wanted = Wanted::of(&instance);
        let strategy = Some(instance.begun.strategy);
        Self { strategy, ..Self::empty_for(&wanted) }
    }

    /// A seat that nobody has taken yet.
    pub(crate) fn empty_for(wanted: &Wanted) -> Self {
        let Wanted { id, class, symbols, params, begin, wants, policy: _ } = wanted.clone();
        Self {
            desk: Desk::new(id, &symbols, &wants),
            class: class.to_owned(),
            symbols,
            params,
            wants,
            listed: true,
            strategy: None,
            lost: None,
            begin: Some(begin),
            words: String::new(),
            unannounced: false,
        }
    }

    pub(crate) fn id(&self) -> StrategyId {
        self.desk.strategy
    }

    /// Becomes what the settings ask for now. Orders, books and numbers are kept; what the strategy knows is
    /// kept where class and parameters are the same and nobody asks for a fresh one.
    pub(crate) fn adopt(&mut self, wanted: &Wanted) {
        let is_fresh = wanted.policy == StatePolicy::Fresh;
        let knows = (self.class.as_str(), &self.params) == (wanted.class, &wanted.params);
        let same_streams = (&self.symbols, &self.wants) == (&wanted.symbols, &wanted.wants);
        let new = wanted.symbols.iter().filter(|symbol| !self.symbols.contains(symbol));
        let new: Vec<Symbol> = new.copied().collect();
        let memory = Memory::of(self);
        let Wanted { class, symbols, params, begin, wants, .. } = wanted.clone();
        (self.class, self.symbols, self.params, self.wants) =
            (class.to_owned(), symbols, params, wants);
        (self.begin, self.listed) = (Some(begin), true);
        if self.desk.is_quarantined() {
            if !is_fresh {
                return self.vacate();
            }
            (self.desk.run, self.desk.fault) = (StrategyRun::Running, None);
            self.unannounced = true;
        }
        match memory {
            Memory::Of(_) if knows && !is_fresh && same_streams && self.strategy.is_some() => {}
            Memory::Of(state) if knows && !is_fresh => {
                self.desk.extend_warm_up(&new, &self.wants);
                self.go_on(&state);
            }
            Memory::Unwritable if knows && !is_fresh => self.break_off(Fault::StateUnwritable),
            Memory::Of(_) | Memory::Unwritable | Memory::None => self.begin_anew(),
        }
    }

    /// Begins with the present parameters and what it knew.
    fn go_on(&mut self, state: &RawValue) {
        self.empty();
        self.strategy = begun_with(self.begin, (&self.params, &self.symbols), state);
        if self.strategy.is_none() {
            self.break_off(Fault::StateUnreadable);
        }
    }

    /// Begins with the present parameters and knows nothing. What it waited for, it will ask for again.
    pub(crate) fn begin_anew(&mut self) {
        self.vacate();
        self.desk.begin_warm_up(&self.symbols, &self.wants);
        self.words.clear();
        match self.begin.map(|begin| begin(&self.params, &self.symbols)) {
            Some(Ok(begun)) => self.strategy = Some(begun.strategy),
            Some(Err(_)) | None => self.break_off(Fault::Panicked),
        }
    }

    /// It is not in the roster any more.
    pub(crate) fn depart(&mut self) {
        self.vacate();
        (self.listed, self.begin, self.wants) = (false, None, Wants::default());
    }

    /// Empties the seat. What a panic has left half done is dropped and never called again.
    pub(crate) fn vacate(&mut self) {
        self.empty();
        self.desk.cancel_timers();
    }

    fn empty(&mut self) {
        let_go(self.strategy.take());
        self.lost = None;
    }

    pub(crate) fn quarantine(&mut self, fault: Fault) {
        self.vacate();
        (self.desk.run, self.desk.fault) = (StrategyRun::Quarantined, Some(fault));
    }

    /// Quarantines it without a word; that it is so has yet to be said.
    pub(crate) fn break_off(&mut self, fault: Fault) {
        self.quarantine(fault);
        self.unannounced = true;
    }
}

/// A strategy of the host, to look at.
#[derive(Clone, Copy)]
pub struct StrategyView<'a> {
    pub(crate) seat: &'a Seat,
}

impl<'a> StrategyView<'a> {
    /// Its name.
    pub fn id(&self) -> StrategyId {
        self.seat.id()
    }

    /// Its class.
    pub fn class(&self) -> &'a str {
        &self.seat.class
    }

    /// What it trades.
    pub fn symbols(&self) -> &'a [Symbol] {
        &self.seat.symbols
    }

    /// Every parameter, the defaults included.
    pub fn params(&self) -> &'a Value {
        &self.seat.params
    }

    /// Whether it is in the roster; one that is not only has its orders looked after.
    pub fn is_listed(&self) -> bool {
        self.seat.listed
    }

    /// Whether it runs.
    pub fn run(&self) -> StrategyRun {
        self.seat.desk.run
    }

    /// Why it is quarantined.
    pub fn fault(&self) -> Option<Fault> {
        self.seat.desk.fault
    }

    /// What it said when it panicked; empty otherwise, and after a restart.
    pub fn last_words(&self) -> &'a str {
        &self.seat.words
    }

    /// How many intents it has said.
    pub fn intents(&self) -> u64 {
        self.seat.desk.said.get()
    }

    /// Its open orders, the oldest first.
    pub fn open_orders(&self) -> &'a [OpenOrder] {
        self.seat.desk.orders.as_slice()
    }

    /// What it asked for and was not sent.
    pub fn unsent(&self) -> &'a UnsentLog {
        &self.seat.desk.unsent
    }
}
