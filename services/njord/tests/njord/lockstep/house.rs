//! What both layouts are made of: one home with its settings and keys, and the services of the product.

use std::sync::Arc;

use bus::{Signer, SourceKey, Verifier};
use contracts::{Epoch, Source};
use kernel::{Machine, Sequencer, Topics};
use launch::{Blueprint, Rank, Seals, ServiceSpec};
use settings::{KeyFolder, Loaded, Sources, load};

use crate::rig::Desk;

/// A market in a hurry, strategies without patience, and limits that are met.
const SETTINGS: &str = r#"
[market]
hurry = 100

[venue]
fees = "flat"
maker_fee = 100
taker_fee = 300

[risk]
symbol_orders_per_minute = 600
strategy_orders_per_minute = 900
symbol_gross_max = 300
daily_loss_cap = 60
daily_loss_kill = 900
drawdown_kill = 900

[strategies.trend]
class = "ema_cross"
symbols = ["BTC/USD", "ETH/USD"]
params = { pulse = "trades", fast = 3, slow = 10, stake = "90", stop = 10 }

[strategies.guarded]
class = "ema_cross"
symbols = ["BTC/USD"]
params = { pulse = "trades", fast = 5, slow = 40, stake = "90", stop = 1 }

[strategies.maker]
class = "market_maker"
symbols = ["ETH/USD"]
params = { half_spread = 1, requote = 1, skew = 5, stake = "90", inventory = "250", refresh = "20ms", rest = "1s" }
"#;

/// A home with settings and keys, and what is built from them.
pub(super) struct House {
    pub(super) loaded: Loaded,
    blueprint: Blueprint,
    keys: KeyFolder,
    desk: Arc<Desk>,
}

/// Machines and their sequencer.
pub(super) struct Crew {
    /// Who they are, in the order of the roster.
    pub(super) ranks: Vec<Rank>,
    /// What each of them listens to.
    pub(super) listens: Vec<Topics>,
    pub(super) sequencer: Sequencer,
}

impl House {
    pub(super) fn new() -> Self {
        let desk = Desk::home();
        desk.write("lockstep.toml", SETTINGS);
        Self::of(&Arc::new(desk), &[])
    }

    /// The same house with some values of its settings changed.
    pub(super) fn with(&self, flags: &[&str]) -> Self {
        Self::of(&self.desk, flags)
    }

    fn of(desk: &Arc<Desk>, flags: &[&str]) -> Self {
        let sources = Sources::in_home(desk.path("")).with_file(desk.path("lockstep.toml"));
        let loaded = load(&sources.with_flags(flags.iter().copied())).unwrap();
        let keys = KeyFolder::at(&loaded.places().keys);
        let registry = strategies::registry().unwrap();
        let blueprint = Blueprint::of(&loaded, &registry, &Seals::of(&keys).unwrap()).unwrap();
        Self { loaded, blueprint, keys, desk: Arc::clone(desk) }
    }

    /// The machines of those services in one sequencer.
    pub(super) fn crew(&self, services: &[ServiceSpec], epoch: u32) -> Crew {
        let machines = |service: &ServiceSpec| (service.machines)(&self.blueprint).unwrap();
        let mut seated: Vec<_> = services.iter().flat_map(machines).collect();
        seated.sort_by_key(|seated| seated.rank);
        let ranks = seated.iter().map(|seated| seated.rank).collect();
        let machines: Vec<Box<dyn Machine>> =
            seated.into_iter().map(|seated| seated.machine).collect();
        let listens = machines.iter().map(|machine| machine.interests()).collect();
        Crew { ranks, listens, sequencer: Sequencer::new(Epoch(epoch), machines) }
    }

    /// Signs as those sources.
    pub(super) fn signer(&self, sources: &[Source]) -> Signer {
        Signer::new(self.source_keys(sources))
    }

    /// Knows what those sources have signed.
    pub(super) fn verifier(&self, sources: &[Source]) -> Verifier {
        Verifier::new(self.source_keys(sources))
    }

    fn source_keys(&self, sources: &[Source]) -> Vec<(Source, SourceKey)> {
        let key = |source: &Source| SourceKey::new(*self.keys.source(*source).unwrap().expose());
        sources.iter().map(|source| (*source, key(source))).collect()
    }
}

impl Crew {
    /// What all of them listen to.
    pub(super) fn interests(&self) -> Topics {
        self.listens.iter().fold(Topics::NONE, |all, listens| all.with(*listens))
    }
}

/// Every service there is.
pub(super) fn services() -> [ServiceSpec; 4] {
    [
        md_ingest::service(),
        strategy_engine::service(),
        risk_engine::service(),
        execution_gateway::service(),
    ]
}
