//! What a strategy is: the trait, its read-only view of the world, and the host machine that runs many.
//!
//! A strategy is written once and runs unchanged in a backtest, on paper and live. It implements
//! [`Strategy`], declares its parameters with [`params!`] and the streams it needs through [`Setup`],
//! and says intents through [`Cx`]. [`Host`] is the [`kernel::Machine`] that brings it the market and
//! the fate of its orders; a [`Registry`] knows the classes by name.
//!
//! Four things are not what one might expect, each for a reason:
//!
//! * Timeframes are `Timeframe::M5`, not `"5m"`: a name that is mistyped does not compile, and as a
//!   parameter it is checked with all others.
//! * State per symbol is asked for with [`PerSymbol::of`], which makes it where there is none; an
//!   index would panic there.
//! * Whether intents are dropped during warm-up is a question about a symbol, as `is_flat` is: a new
//!   pair warms up while the others trade.
//! * What a strategy remembers is one associated type with two short methods. The host then decides
//!   when it may be taken back: never by one with other parameters, whose indicators would silently
//!   keep their old periods.
//!
//! Nothing here reads a clock, does IO or decides about risk. What a strategy asks for and is not sent
//! is counted by reason ([`UnsentLog`]); what is sent is judged by the gate. The crate relies on
//! `kernel`, `book`, `portfolio` and `indicators`.

mod bars;
mod closing;
mod cx;
mod desk;
mod hears;
mod host;
mod invalid;
mod market;
mod orders;
mod params;
mod per_symbol;
mod pulse;
mod registry;
mod request;
mod roster;
mod said;
mod setup;
mod strategy;
mod unsent;
mod word;

pub mod testing;

pub use cx::Cx;
pub use desk::{Fault, TIMERS_PER_STRATEGY_MAX};
pub use host::{Host, HostConfig, STRATEGIES_MAX, StrategyView};
pub use invalid::Invalid;
pub use orders::{ORDERS_MAX, OpenOrder};
pub use params::{NotThatKind, ParamInfo, ParamValue, Params};
pub use per_symbol::PerSymbol;
pub use pulse::Pulse;
pub use registry::{Class, Registry};
pub use request::{OrderRequest, Stake};
pub use roster::{Instance, RosterEntry, StatePolicy};
pub use said::INTENTS_PER_CALL_MAX;
pub use setup::{Declared, Setup};
pub use strategy::{Heeded, Strategy};
pub use unsent::{LastUnsent, Unsent, UnsentLog};
pub use word::Word;

/// What the macros of this crate refer to; not for use by hand.
#[doc(hidden)]
pub mod export {
    pub use crate::params::Given;
    pub use serde::de::Error as DeserializeError;
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
    pub use serde_json::{Map, Value};
}
