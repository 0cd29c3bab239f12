//! Who is to run: entries as people write them, instances as the host takes them.

use contracts::{StrategyId, Symbol};
use serde::Deserialize;
use serde_json::Value;

use crate::hears::{Begin, Begun, begin};
use crate::invalid::Invalid;
use crate::setup::Wants;
use crate::strategy::Strategy;

/// One strategy that is to run, as the settings name it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterEntry {
    /// Its name, of which there is one.
    pub id: StrategyId,
    /// The class; the name where nothing is said.
    #[serde(default)]
    pub class: Option<String>,
    /// Whether it is to run at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What it trades.
    pub symbols: Vec<Symbol>,
    /// Its parameters; see `strategy explain`.
    #[serde(default)]
    pub params: Value,
    /// What it remembers from before a restart.
    #[serde(default)]
    pub state: StatePolicy,
}

fn yes() -> bool {
    true
}

/// What a strategy remembers from before a restart. Its orders, its books and the numbers of its
/// intents are always kept; this is about the strategy's own state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatePolicy {
    /// What it had, if its class and parameters are the same; otherwise it begins anew. One that is
    /// quarantined stays so.
    #[default]
    Keep,
    /// Nothing: it begins anew, and a quarantine ends.
    Fresh,
}

/// A strategy that is ready to run.
pub struct Instance {
    pub(crate) id: StrategyId,
    pub(crate) class: &'static str,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) policy: StatePolicy,
    pub(crate) begin: Begin,
    pub(crate) begun: Begun,
}

impl Instance {
    /// A strategy of class `S`; refused where its parameters or symbols make no sense.
    pub fn of<S: Strategy>(
        id: StrategyId,
        symbols: &[Symbol],
        params: &Value,
    ) -> Result<Self, Invalid> {
        Self::begin((S::NAME, begin::<S>), id, symbols, params)
    }

    pub(crate) fn begin(
        (class, begin): (&'static str, Begin),
        id: StrategyId,
        symbols: &[Symbol],
        params: &Value,
    ) -> Result<Self, Invalid> {
        let checked = check_symbols(symbols).and_then(|()| begin(params, symbols));
        let begun = checked.map_err(|invalid| invalid.at(id.as_str()))?;
        let policy = StatePolicy::Keep;
        Ok(Self { id, class, symbols: symbols.to_vec(), policy, begin, begun })
    }

    /// The same with another memory.
    #[must_use]
    pub fn with_state(mut self, policy: StatePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Its name.
    pub fn id(&self) -> StrategyId {
        self.id
    }

    /// The name of its class.
    pub fn class(&self) -> &'static str {
        self.class
    }

    /// Every parameter, the defaults included.
    pub fn params(&self) -> &Value {
        &self.begun.params
    }
}

/// What the settings ask for, kept for as long as the host lives: a start may find another roster in the
/// journal.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) id: StrategyId,
    pub(crate) class: &'static str,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) params: Value,
    pub(crate) policy: StatePolicy,
    pub(crate) begin: Begin,
    pub(crate) wants: Wants,
}

impl Wanted {
    pub(crate) fn of(instance: &Instance) -> Self {
        let Instance { id, class, symbols, policy, begin, begun } = instance;
        let Begun { wants, params, .. } = begun;
        Self {
            id: *id,
            class,
            symbols: symbols.clone(),
            params: params.clone(),
            policy: *policy,
            begin: *begin,
            wants: wants.clone(),
        }
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("id", &self.id)
            .field("class", &self.class)
            .field("symbols", &self.symbols)
            .field("params", &self.begun.params)
            .finish_non_exhaustive()
    }
}

fn check_symbols(symbols: &[Symbol]) -> Result<(), Invalid> {
    if symbols.is_empty() {
        return Err(Invalid::new("no symbol to trade").at("symbols").advice("[\"BTC/USD\"]"));
    }
    let twice =
        symbols.iter().enumerate().find(|(place, symbol)| symbols[..*place].contains(symbol));
    match twice {
        Some((_, symbol)) => Err(Invalid::new(format!("{symbol} stands twice")).at("symbols")),
        None => Ok(()),
    }
}
