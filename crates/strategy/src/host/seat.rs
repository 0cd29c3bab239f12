//! A strategy at its place in the host.

use std::panic::{AssertUnwindSafe, catch_unwind};

use contracts::{StrategyId, StrategyRun, Symbol};
use serde_json::Value;

use crate::desk::{Desk, Fault};
use crate::hears::{Begin, Begun, Hears};
use crate::invalid::Invalid;
use crate::orders::OpenOrder;
use crate::roster::{Instance, StatePolicy};
use crate::setup::Wants;
use crate::unsent::UnsentLog;

/// A strategy and what is kept for it. One that is quarantined, or that is no longer in the roster, is
/// an empty seat: its orders and numbers are still looked after, and nobody is called.
pub(crate) struct Seat {
    pub(crate) desk: Desk,
    pub(crate) class: String,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) params: Value,
    pub(crate) policy: StatePolicy,
    pub(crate) wants: Wants,
    pub(crate) strategy: Option<Box<dyn Hears>>,
    /// How to begin anew; nothing for one that is no longer in the roster.
    begin: Option<Begin>,
    /// What it said when it panicked.
    pub(crate) words: String,
    /// Whether a restart has changed how it runs, and nobody knows yet.
    pub(crate) unannounced: bool,
    /// Whether a restart has emptied it, and nobody looks after its orders yet.
    pub(crate) just_emptied: bool,
}

impl Seat {
    pub(crate) fn new(instance: Instance) -> Self {
        let Instance { id, class, symbols, policy, begin, begun } = instance;
        let Begun { strategy, wants, params } = begun;
        Self {
            desk: Desk::new(id, &symbols, &wants),
            class: class.to_owned(),
            symbols,
            params,
            policy,
            wants,
            strategy: Some(strategy),
            begin: Some(begin),
            words: String::new(),
            unannounced: false,
            just_emptied: false,
        }
    }

    /// The seat of a strategy that is no longer in the roster.
    pub(crate) fn departed(desk: Desk, class: String, symbols: Vec<Symbol>, params: Value) -> Self {
        Self {
            desk,
            class,
            symbols,
            params,
            policy: StatePolicy::Keep,
            wants: Wants::default(),
            strategy: None,
            begin: None,
            words: String::new(),
            unannounced: false,
            just_emptied: false,
        }
    }

    pub(crate) fn id(&self) -> StrategyId {
        self.desk.strategy
    }

    /// Whether it is in the roster.
    pub(crate) fn is_listed(&self) -> bool {
        self.begin.is_some()
    }

    /// Puts a fresh strategy with a fresh desk here.
    pub(crate) fn begin_anew(&mut self) -> Result<(), Invalid> {
        let Some(begin) = self.begin else { return Ok(()) };
        let begun = begin(&self.params, &self.symbols)?;
        self.desk = Desk::new(self.id(), &self.symbols, &begun.wants);
        (self.wants, self.strategy) = (begun.wants, Some(begun.strategy));
        self.words.clear();
        Ok(())
    }

    /// Empties the seat. What a panic has left half done is dropped and never called again.
    pub(crate) fn vacate(&mut self) {
        let torn = self.strategy.take();
        // A drop that panics as well must not take the others with it.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(torn)));
        self.desk.cancel_timers();
    }

    pub(crate) fn quarantine(&mut self, fault: Fault) {
        self.vacate();
        (self.desk.run, self.desk.fault) = (StrategyRun::Quarantined, Some(fault));
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
        self.seat.is_listed()
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
