//! Who sits in one process that trades on a simulated venue, in the order in which they hear things.

use contracts::{Asset, KillLevel, Money, RunId, SealKey, StrategyId};
use execution::{Gateway, GatewayConfig};
use kernel::Machine;
use portfolio::Method;
use risk::{Gate, GateConfig, InvalidLimit, Limits};
use simvenue::{SimVenue, VenueConfig};
use strategy::{Host, HostConfig, Instance, Invalid};

const GATE_KEY: SealKey = SealKey::new(*b"gate key of sim.");
const VENUE_KEY: SealKey = SealKey::new(*b"venue key of sim");

/// What a process of strategies, gate, gateway and simulated venue is put together from.
///
/// The keys are no secrets: in one process a seal keeps mistakes out, not people.
pub struct Roster {
    /// The session; ids of orders are derived from it.
    pub run: RunId,
    /// The strategies.
    pub strategies: Vec<Instance>,
    /// The currency of the account.
    pub currency: Asset,
    /// What each strategy starts with.
    pub cash: Vec<(StrategyId, Money)>,
    /// The limits of the gate.
    pub limits: Limits,
    /// The venue.
    pub venue: VenueConfig,
}

/// Why a roster cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum NotARoster {
    /// A strategy.
    #[error("strategies: {0}")]
    Strategies(#[from] Invalid),
    /// A limit.
    #[error("limits: {0}")]
    Limits(#[from] InvalidLimit),
}

impl Roster {
    /// The machines: the venue hears the market first, so that an order never trades on evidence from
    /// before it was decided; then strategies, gate and gateway.
    pub fn machines(self) -> Result<Vec<Box<dyn Machine>>, NotARoster> {
        let Self { run, strategies, currency, cash, limits, venue } = self;
        let mut host = HostConfig::new(run);
        host.cash = cash.iter().map(|(id, amount)| (*id, currency, *amount)).collect();
        let gate = GateConfig {
            run,
            key: GATE_KEY,
            limits,
            currency,
            method: Method::Fifo,
            cash,
            spot: true,
            kill_sources: Vec::new(),
            kill_level: KillLevel::Cancel,
        };
        Ok(vec![
            Box::new(SimVenue::new(venue, VENUE_KEY)),
            Box::new(Gate::new(gate)?),
            Box::new(Host::new(host, strategies)?),
            Box::new(Gateway::new(GatewayConfig::new(GATE_KEY, VENUE_KEY))),
        ])
    }
}
