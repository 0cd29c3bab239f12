//! The settings themselves: one typed tree, every section with its keys, defaults, ranges and units.
//!
//! Plain data. Nothing here reads a file or decides anything; what the sections may not say together
//! stands in `agree`.

mod agree;
mod modes;
mod ports;
mod risk;
mod serving;
mod strategies;
mod trading;

use std::collections::BTreeMap;

use contracts::StrategyId;
use serde_json::Value;

use crate::catalogue::{Catalogue, Section, SectionSpec};
use crate::path::Path;
use crate::problem::ProblemKind;
use crate::resolve::Reader;

pub use modes::{
    BusKind, Env, FeeModel, KillSource, LogFormat, LogLevel, Lots, MarketSource, Memory, Mode,
    PostOnlyMode, ProtectiveOnKill, Queue, SelfTrade, VenuePlace,
};
pub use ports::{Ports, Service};
pub use risk::RiskLimits;
pub use serving::{Bus, BusUrl, Journal, SecretSources, Telemetry};
pub use strategies::StrategyEntry;
pub use trading::{Account, Execution, Kill, Market, Run, Venue};

pub(crate) use agree::agree;

/// More strategies are no roster.
const STRATEGIES_MAX: usize = 256;

macro_rules! tree {
    ($($(#[doc = $about:literal])* $field:ident: $section:ty,)*) => {
        /// Every setting, checked.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Settings {
            $( $(#[doc = $about])* pub $field: $section, )*
            /// The strategies that are to run, by name.
            pub strategies: BTreeMap<StrategyId, StrategyEntry>,
        }

        impl Settings {
            /// What is known about every section.
            pub(crate) fn catalogue() -> Catalogue {
                let strategies = SectionSpec { named: true, ..StrategyEntry::describe() };
                Catalogue(vec![$( <$section>::describe(), )* strategies])
            }

            /// Reads the whole tree.
            pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
                Self {
                    $( $field: <$section>::read(reader, &Path::from([stringify!($field)])), )*
                    strategies: read_strategies(reader),
                }
            }

            /// Every key with its value in canonical form, in the order of the catalogue.
            pub(crate) fn show(&self) -> Vec<(Path, Value)> {
                let mut shown = Vec::new();
                $({
                    let at = Path::from([stringify!($field)]);
                    let keys = self.$field.show().into_iter();
                    shown.extend(keys.map(|(key, value)| (at.join(key), value)));
                })*
                for (id, entry) in &self.strategies {
                    let at = Path::from(["strategies", id.as_str()]);
                    shown.extend(entry.show().into_iter().map(|(key, value)| (at.join(key), value)));
                }
                shown
            }
        }
    };
}

tree! {
    /// What is run, and where it keeps its things.
    run: Run,
    /// The market that is listened to.
    market: Market,
    /// The simulated venue of backtests and paper trading.
    venue: Venue,
    /// How the books are kept.
    account: Account,
    /// The limits of the gate.
    risk: RiskLimits,
    /// The gateway: how long it waits, and what it does then.
    execution: Execution,
    /// What trips the kill switch from outside.
    kill: Kill,
    /// The journal.
    journal: Journal,
    /// Logs, metrics, alerts.
    telemetry: Telemetry,
    /// The one plan of ports.
    ports: Ports,
    /// How processes talk.
    bus: Bus,
    /// Where keys and secrets are; never what they are.
    secrets: SecretSources,
}

fn read_strategies(reader: &mut Reader<'_>) -> BTreeMap<StrategyId, StrategyEntry> {
    let mut strategies = BTreeMap::new();
    let names = reader.names("strategies");
    if names.len() > STRATEGIES_MAX {
        let what = format!("{} strategies, at most {STRATEGIES_MAX}", names.len());
        let at = Path::from(["strategies"]);
        reader.object(ProblemKind::OutOfRange, &at, what, "several processes, a part of them each");
        return strategies;
    }
    for name in names {
        let at = Path::from(["strategies", &name]);
        match StrategyId::new(&name) {
            Ok(id) => {
                strategies.insert(id, StrategyEntry::read(reader, &at));
            }
            Err(why) => {
                let what = format!("no name for a strategy: {why}");
                let advice = "lower case letters, digits and `_`, at most sixteen";
                reader.object(ProblemKind::WrongType, &at, what, advice);
            }
        }
    }
    strategies
}
