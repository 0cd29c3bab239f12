//! A trading desk: who decides, who judges, who guards, who sends, and where it all trades.
//!
//! Plain data, from which the machines are built as often as they are needed: at a start, after a
//! crash, for a replay. Which process each of them sits in is for others to say.

use contracts::{Asset, Money, RunId, SealKey, Span, StrategyId};
use execution::{Gateway, GatewayConfig, ProtectiveOnKill, Protector, ProtectorConfig};
use kernel::Machine;
use portfolio::Method;
use risk::{Gate, GateConfig, InvalidLimit, LatchRules, Limits};
use simvenue::{SimVenue, VenueConfig};
use strategy::{Host, HostConfig, Invalid, Registry, RosterEntry};

const GATE_KEY: SealKey = SealKey::new(*b"gate key of sim.");

/// What a desk is put together from.
///
/// Its keys are no secrets: in a simulation a seal keeps mistakes out, not people.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The session; ids of orders are derived from it.
    pub run: RunId,
    /// The classes of strategy that may be named.
    pub registry: Registry,
    /// The strategies.
    pub roster: Vec<RosterEntry>,
    /// The currency of the account.
    pub currency: Asset,
    /// What each strategy starts with.
    pub cash: Vec<(StrategyId, Money)>,
    /// All the money that there is to start with.
    pub pool: Option<Money>,
    /// The limits of the gate.
    pub limits: Limits,
    /// Which of what it bought somebody sells first.
    pub method: Method,
    /// Whether nobody may sell what it does not have.
    pub spot: bool,
    /// What trips the kill switch from outside, and is read again and again.
    pub kill: LatchRules,
    /// What a trip does to the orders that guard positions.
    pub protective_on_kill: ProtectiveOnKill,
    /// Whether the venue cancels everything after so long without a word from us.
    pub dead_man: Option<Span>,
    /// The venue.
    pub venue: VenueConfig,
}

/// Why a desk cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADesk {
    /// A strategy.
    #[error("strategies: {0}")]
    Strategies(#[from] Invalid),
    /// A limit.
    #[error("limits: {0}")]
    Limits(#[from] InvalidLimit),
}

impl Desk {
    /// With what the venue tells the gateway's requests from others.
    pub const VENUE_KEY: SealKey = SealKey::new(*b"venue key of sim");

    /// The machine that runs the strategies.
    pub fn host(&self) -> Result<Host, NotADesk> {
        let mut config = HostConfig { method: self.method, ..HostConfig::new(self.run) };
        config.cash = self.cash.iter().map(|(id, amount)| (*id, self.currency, *amount)).collect();
        config.pool = self.pool.map(|pool| (self.currency, pool)).into_iter().collect();
        Ok(Host::new(config, self.registry.assemble(&self.roster)?)?.knowing(self.registry.clone()))
    }

    /// The gate between what they want and what is done.
    pub fn gate(&self) -> Result<Gate, NotADesk> {
        Ok(Gate::new(GateConfig {
            run: self.run,
            key: GATE_KEY,
            limits: self.limits.clone(),
            currency: self.currency,
            method: self.method,
            cash: self.cash.clone(),
            spot: self.spot,
            kill: self.kill.clone(),
            pool: self.pool,
        })?)
    }

    /// The keeper of stops and targets.
    pub fn protector(&self) -> Protector {
        let config = ProtectorConfig::new(self.run, GATE_KEY);
        let (on_kill, kill) = (self.protective_on_kill, self.kill.clone());
        let slip = config.slip.min(self.limits.collar);
        Protector::new(ProtectorConfig { on_kill, kill, slip, ..config })
    }

    /// The gateway to the venue.
    pub fn gateway(&self) -> Gateway {
        let config = GatewayConfig::new(GATE_KEY, Self::VENUE_KEY);
        let (kill, dead_man) = (self.kill.clone(), self.dead_man);
        let order_notional_max = self.limits.order_ceiling();
        let protective_on_kill = self.protective_on_kill;
        Gateway::new(GatewayConfig {
            dead_man,
            kill,
            order_notional_max,
            protective_on_kill,
            ..config
        })
    }

    /// The venue.
    pub fn venue(&self) -> SimVenue {
        SimVenue::new(self.venue.clone(), Self::VENUE_KEY)
    }

    /// All of them for one process, in the order in which they hear things: the venue hears the market
    /// first, so that an order never trades on evidence from before it was decided, and the protector
    /// hears of an approval before anything that follows from it.
    pub fn machines(&self) -> Result<Vec<Box<dyn Machine>>, NotADesk> {
        Ok(vec![
            Box::new(self.venue()),
            Box::new(self.gate()?),
            Box::new(self.host()?),
            Box::new(self.gateway()),
            Box::new(self.protector()),
        ])
    }
}
