//! What the settings ask for, in the words of the machines: every configuration that they are built with.
//!
//! Plain data. The machines are built from it as often as they are needed: at a start, after a crash, for
//! a replay. What the settings cannot say together with the strategies is refused here, with its place.

use contracts::{Asset, KillTrigger, RunId, SealKey, Source};
use execution::{Gateway, GatewayConfig, ProtectiveOnKill, Protector, ProtectorConfig};
use portfolio::Method;
use risk::{Gate, GateConfig, LatchRules, Limits};
use settings::{
    KeyFolder, KillSource, Loaded, Lots, Mode, Problem, Problems, RiskLimits, Settings, VenuePlace,
};
use simvenue::{SimVenue, VenueConfig};
use strategy::{Host, HostConfig, Registry, RosterEntry, Word};

use super::fit::Fit;
use super::venue::venue;

/// How deep books are, ours and those of the simulated venue: exactly as deep as their feed shows them.
pub(crate) const BOOK_DEPTH: u16 = 10;

/// Everything that the machines of a system are built from.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// The session; ids of orders are derived from it.
    pub run: RunId,
    /// The currency in which everything is counted.
    pub currency: Asset,
    /// The classes of strategy that may be named.
    pub registry: Registry,
    /// The strategies.
    pub roster: Vec<RosterEntry>,
    /// The host of the strategies.
    pub host: HostConfig,
    /// The gate.
    pub gate: GateConfig,
    /// The gateway.
    pub gateway: GatewayConfig,
    /// The keeper of stops and targets.
    pub protector: ProtectorConfig,
    /// The simulated venue.
    pub venue: VenueConfig,
    /// Tells which strategy has the word.
    pub word: Word,
    /// Whether it is a machine in this process.
    pub venue_inside: bool,
}

/// The keys that the machines seal with.
#[derive(Clone)]
pub struct Seals {
    /// What the gate seals its approvals with.
    pub gate: SealKey,
    /// What the gateway seals its requests with.
    pub venue: SealKey,
}

impl Seals {
    /// Derived from the keys of their sources: equal after every restart, so that replay is.
    pub fn of(keys: &KeyFolder) -> Result<Self, Problem> {
        Ok(Self {
            gate: keys.source(Source::RiskEngine)?.seal_key("gate"),
            venue: keys.source(Source::ExecutionGateway)?.seal_key("venue"),
        })
    }
}

impl Blueprint {
    /// What those settings ask for, or what is wrong with them.
    pub fn of(loaded: &Loaded, registry: &Registry, seals: &Seals) -> Result<Self, Problems> {
        let Fit { roster, currency, cash, limits } = Fit::of(loaded, registry)?;
        let settings = loaded.settings();
        let run = RunId::new(settings.run.session);
        let pool = settings.venue.funds.get(&currency).copied();
        let method = match settings.account.lots {
            Lots::Fifo => Method::Fifo,
            Lots::Average => Method::Average,
        };
        let mut host = HostConfig::new(run);
        host.method = method;
        host.pool = pool.map(|pool| (currency, pool)).into_iter().collect();
        host.cash = cash.iter().map(|(id, amount)| (*id, currency, *amount)).collect();
        host.book_depth = BOOK_DEPTH;
        let gate = GateConfig {
            run,
            key: seals.gate.clone(),
            limits,
            currency,
            method,
            cash,
            pool,
            spot: true,
            kill: kill(settings),
        };
        Ok(Self {
            run,
            currency,
            registry: registry.clone(),
            roster,
            host,
            gate,
            gateway: gateway(settings, seals),
            protector: protector(settings, run, seals),
            venue: venue(settings),
            word: Word::default(),
            venue_inside: settings.run.venue == VenuePlace::Inside,
        })
    }

    /// The same for services that are processes of their own.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.gateway.tells_trips = true;
        self
    }

    /// The machine that runs the strategies.
    pub fn host(&self) -> Result<Host, NotBuilt> {
        let host = Host::new(self.host.clone(), self.registry.assemble(&self.roster)?)?;
        Ok(host.knowing(self.registry.clone()).giving(self.word.clone()))
    }

    /// The gate between what they want and what is done.
    pub fn gate(&self) -> Result<Gate, NotBuilt> {
        Ok(Gate::new(self.gate.clone())?)
    }

    /// The gateway to the venue.
    pub fn gateway(&self) -> Gateway {
        Gateway::new(self.gateway.clone())
    }

    /// The keeper of stops and targets.
    pub fn protector(&self) -> Protector {
        Protector::new(self.protector.clone())
    }

    /// The simulated venue.
    pub fn venue(&self) -> SimVenue {
        SimVenue::new(self.venue.clone(), self.gateway.venue_key.clone())
    }
}

/// Why a machine cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBuilt {
    /// A strategy.
    #[error("strategies: {0}")]
    Strategies(#[from] strategy::Invalid),
    /// A limit.
    #[error("limits: {0}")]
    Limits(#[from] risk::InvalidLimit),
}

/// The limits of the gate. Each field by name: a limit that is added on either side does not compile until
/// it is on both.
pub(super) fn limits(settings: &Settings) -> Limits {
    let RiskLimits {
        version,
        order_notional_max,
        order_qty_max,
        symbol_gross_max,
        strategy_gross_max,
        portfolio_gross_max,
        portfolio_net_max,
        open_orders_max,
        symbol_orders_per_minute,
        strategy_orders_per_minute,
        collar,
        price_age_max,
        daily_loss_cap,
        daily_loss_kill,
        drawdown_kill,
        fee_max,
        live_cap,
        live_cap_proof: _,
        approval_ttl,
    } = settings.risk.clone();
    Limits {
        version,
        order_notional_max,
        order_qty_max: order_qty_max.into_iter().collect(),
        symbol_gross_max,
        strategy_gross_max,
        portfolio_gross_max,
        portfolio_net_max,
        open_orders_max,
        symbol_orders_per_minute,
        strategy_orders_per_minute,
        collar,
        price_age_max,
        daily_loss_cap,
        daily_loss_kill,
        drawdown_kill,
        fee_max,
        live_cap: (settings.run.mode == Mode::Live).then_some(live_cap),
        approval_ttl,
    }
}

fn kill(settings: &Settings) -> LatchRules {
    let trigger = |source: &KillSource| match source {
        KillSource::File => KillTrigger::File,
        KillSource::Key => KillTrigger::Key,
    };
    LatchRules {
        sources: settings.kill.sources.iter().map(trigger).collect(),
        level: settings.kill.level,
        unknown_after: settings.kill.unknown_after,
    }
}

fn on_kill(settings: &Settings) -> ProtectiveOnKill {
    match settings.kill.protective {
        settings::ProtectiveOnKill::Keep => ProtectiveOnKill::Keep,
        settings::ProtectiveOnKill::Cancel => ProtectiveOnKill::Cancel,
    }
}

fn gateway(settings: &Settings, seals: &Seals) -> GatewayConfig {
    let said = &settings.execution;
    GatewayConfig {
        deadline: said.deadline,
        grace: said.grace,
        answer_timeout: said.answer_timeout,
        ask_every_max: said.ask_every_max,
        check_every: said.check_every,
        order_notional_max: limits(settings).order_ceiling(),
        finished_kept: said.finished_kept as usize,
        // The watcher renews the venue's switch: it knows whether all is well.
        dead_man: None,
        kill: kill(settings),
        protective_on_kill: on_kill(settings),
        ..GatewayConfig::new(seals.gate.clone(), seals.venue.clone())
    }
}

fn protector(settings: &Settings, run: RunId, seals: &Seals) -> ProtectorConfig {
    let usual = ProtectorConfig::new(run, seals.gate.clone());
    ProtectorConfig {
        on_kill: on_kill(settings),
        kill: kill(settings),
        // A worst price beyond the collar would be refused, and what it guards left without its stop.
        slip: usual.slip.min(limits(settings).collar),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Bps, Money};
    use settings::{Sources, load};

    use super::*;

    fn blueprint(flags: &[&str]) -> Result<Blueprint, String> {
        let loaded = load(&Sources::none().with_flags(flags.iter().copied())).unwrap();
        let seals = Seals { gate: SealKey::new([1; 16]), venue: SealKey::new([2; 16]) };
        let registry = strategies::registry().unwrap();
        Blueprint::of(&loaded, &registry, &seals).map_err(|problems| problems.to_string())
    }

    #[test]
    fn defaults_are_the_machines_own_but_for_what_only_settings_know() {
        let blueprint = blueprint(&[]).unwrap();
        assert_eq!(blueprint.gate.limits, Limits::default());
        assert_eq!(blueprint.gate.kill, LatchRules::of(&[KillTrigger::File]));
        let usual = GatewayConfig::new(SealKey::new([1; 16]), SealKey::new([2; 16]));
        let said = &blueprint.gateway;
        let times = |config: &GatewayConfig| {
            [config.deadline, config.grace, config.answer_timeout, config.ask_every_max]
        };
        assert_eq!(times(said), times(&usual));
        assert_eq!(
            (said.check_every, said.finished_kept),
            (usual.check_every, usual.finished_kept)
        );
        assert_eq!(said.order_notional_max, Money::from_units(1_030));
        assert!(blueprint.venue_inside);
    }

    #[test]
    fn kill_and_lots_are_what_the_settings_say_in_every_machine() {
        let flags = ["kill.unknown_after=3s", "kill.level=flatten", "account.lots=average"];
        let blueprint = blueprint(&flags).unwrap();
        let Blueprint { gate, gateway, protector, host, .. } = &blueprint;
        assert_eq!(gate.kill.unknown_after, contracts::Span::from_secs(3));
        assert_eq!(gate.kill.level, contracts::KillLevel::Flatten);
        assert_eq!((&gate.kill, &gate.kill), (&gateway.kill, &protector.kill));
        assert_eq!((gate.method, host.method), (Method::Average, Method::Average));
    }

    #[test]
    fn guards_ask_for_no_worse_price_than_the_gate_allows() {
        let slip = |flags: &[&str]| blueprint(flags).unwrap().protector.slip;
        assert_eq!([slip(&[]), slip(&["risk.collar=40"])], [Bps::new(100), Bps::new(40)]);
    }

    #[test]
    fn live_trading_has_its_hard_cap_at_the_gate_and_once_more_at_the_gateway() {
        let blueprint = blueprint(&["run.mode=live", "market.source=kraken"]).unwrap();
        assert_eq!(blueprint.gate.limits.live_cap, Some(RiskLimits::LIVE_CAP));
        assert_eq!(blueprint.gateway.order_notional_max, RiskLimits::LIVE_CAP);
    }

    #[test]
    fn strategies_that_cannot_begin_are_named_with_their_place() {
        let flags = ["strategies.x.class=ema_crosss", "strategies.x.symbols=[\"BTC/USD\"]"];
        let wrong = blueprint(&flags).unwrap_err();
        assert!(wrong.starts_with("--set strategies.x.class: strategies.x: "), "{wrong}");
    }
}
