//! A whole trading desk in a world: put together, let loose, brought to rest, and judged.

use contracts::{
    Asset, Corr, Envelope, Event, IntentSeq, KillLevel, KillTrigger, Money, Net, Origin, RunId,
    SealKey, Source, Span, StrategyControl, StrategyId, StrategyRun, Symbol, Trip, Ts,
};
use execution::{Gateway, GatewayConfig};
use kernel::{Machine, ResultHash, Seeded};
use portfolio::Method;
use risk::{Gate, GateConfig, Limits};

use crate::faults::Faults;
use crate::judge::{Counts, Judge};
use crate::node::{Node, NodeSpec};
use crate::noise::{Noise, NoiseConfig};
use crate::plain_market::PlainMarket;
use crate::plain_venue::{PlainVenue, VenueConfig};
use crate::world::{Observer, Violation, World, WorldSpec};

/// How the machines are spread over processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// All in one process.
    Embedded,
    /// Strategies, gate and gateway each in their own.
    Distributed,
}

/// A run of a desk.
#[derive(Clone, Debug)]
pub struct DeskSpec {
    /// Everything random follows from this.
    pub seed: u64,
    /// One process or several.
    pub layout: Layout,
    /// What goes wrong.
    pub faults: Faults,
    /// How long it trades before it is brought to rest.
    pub trades_for: Span,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How much there was of what.
    pub counts: Counts,
    /// The hash of everything that was decided.
    pub hash: ResultHash,
    /// When all had come to rest.
    pub ended: Ts,
}

const START: Ts = Ts::from_nanos(1_767_225_600_000_000_000);
const RUN: RunId = RunId::new(1);
const GATE_KEY: SealKey = SealKey::new(*b"gate key of sim.");
const VENUE_KEY: SealKey = SealKey::new(*b"venue key of sim");

impl DeskSpec {
    /// The run of a seed: layout and faults follow from it too.
    pub fn of_seed(seed: u64) -> Self {
        let mut dice = Seeded::new(seed).fork("desk");
        let layout = if dice.below(3) == 0 { Layout::Embedded } else { Layout::Distributed };
        let faults = Faults::all(&mut dice);
        Self { seed, layout, faults, trades_for: Span::from_secs(60) }
    }
}

/// Runs a desk to its end and judges it; the observers may watch.
pub fn run(spec: &DeskSpec, watchers: Vec<Box<dyn Observer>>) -> Result<Outcome, Violation> {
    run_with(spec, watchers, |_, machine| machine)
}

/// The same, with a chance to tamper with each machine as it is built; how planted bugs get in.
pub fn run_with(
    spec: &DeskSpec,
    watchers: Vec<Box<dyn Observer>>,
    tamper: fn(&'static str, Box<dyn Machine>) -> Box<dyn Machine>,
) -> Result<Outcome, Violation> {
    let names = Names::new().ok_or(Violation { at: START, what: "bad names".to_owned() })?;
    let judge = Judge::new(limits(), &names.cash());
    let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(judge.clone())];
    observers.extend(watchers);
    let market = PlainMarket::new(spec.seed, START, names.symbol);
    let config = VenueConfig::instant(VENUE_KEY);
    let world = WorldSpec {
        seed: spec.seed,
        start: START,
        nodes: nodes(spec, &names, tamper),
        venue: vec![tamper("venue", Box::new(PlainVenue::new(config)))],
        market: Box::new(market),
        faults: spec.faults.clone(),
    };
    let mut world = World::new(world, observers);
    world.run_until(START + spec.trades_for)?;
    bring_to_rest(&mut world, &names)?;
    let at = world.now();
    all_is_well(&world, &judge, &names).map_err(|what| Violation { at, what })?;
    Ok(Outcome { counts: judge.counts(), hash: judge.hash(), ended: at })
}

/// Who and what.
#[derive(Clone, Copy)]
struct Names {
    symbol: Symbol,
    currency: Asset,
    strategies: [StrategyId; 2],
}

impl Names {
    fn new() -> Option<Self> {
        Some(Self {
            symbol: Symbol::new("BTC/USD").ok()?,
            currency: Asset::new("USD").ok()?,
            strategies: [StrategyId::new("noise_a").ok()?, StrategyId::new("noise_b").ok()?],
        })
    }

    fn cash(&self) -> Vec<(StrategyId, Money)> {
        let [a, b] = self.strategies;
        vec![(a, Money::from_units(2_000)), (b, Money::from_units(400))]
    }
}

fn limits() -> Limits {
    let usd = Money::from_units;
    Limits {
        order_notional_max: usd(250),
        symbol_gross_max: usd(900),
        strategy_gross_max: usd(700),
        portfolio_gross_max: usd(900),
        portfolio_net_max: usd(900),
        open_orders_max: 12,
        symbol_orders_per_minute: 400,
        strategy_orders_per_minute: 300,
        daily_loss_cap: usd(500),
        daily_loss_kill: usd(1_000),
        drawdown_kill: usd(1_000),
        ..Limits::default()
    }
}

type Tamper = fn(&'static str, Box<dyn Machine>) -> Box<dyn Machine>;

fn nodes(spec: &DeskSpec, names: &Names, tamper: Tamper) -> Vec<NodeSpec> {
    let (names, seed) = (*names, spec.seed);
    let strategies = move || -> Vec<Box<dyn Machine>> {
        let noise = |(index, strategy): (usize, StrategyId)| {
            tamper("noise", Box::new(noise(&names, strategy, seed ^ index as u64)))
        };
        names.strategies.into_iter().enumerate().map(noise).collect()
    };
    let gate = move || -> Vec<Box<dyn Machine>> {
        gate(&names).map(|gate| tamper("gate", Box::new(gate))).into_iter().collect()
    };
    let gateway = move || -> Vec<Box<dyn Machine>> {
        let config = GatewayConfig::new(GATE_KEY, VENUE_KEY);
        vec![tamper("gateway", Box::new(Gateway::new(config)))]
    };
    let node = |name, talks_to_venue, build: Box<dyn Fn() -> Vec<Box<dyn Machine>>>| NodeSpec {
        name,
        build,
        talks_to_venue,
    };
    match spec.layout {
        Layout::Embedded => {
            let all = move || {
                let mut machines = strategies();
                machines.extend(gate());
                machines.extend(gateway());
                machines
            };
            vec![node("njord", true, Box::new(all))]
        }
        Layout::Distributed => vec![
            node("strategy-engine", false, Box::new(strategies)),
            node("risk-engine", false, Box::new(gate)),
            node("execution-gateway", true, Box::new(gateway)),
        ],
    }
}

fn noise(names: &Names, strategy: StrategyId, seed: u64) -> Noise {
    let instrument = PlainMarket::new(seed, START, names.symbol).instrument();
    Noise::new(NoiseConfig {
        run: RUN,
        strategy,
        symbol: names.symbol,
        lot: instrument.lot,
        tick: instrument.tick,
        lots: 20_000,
        act_ppm: 400_000,
        seed,
    })
}

fn gate(names: &Names) -> Option<Gate> {
    let config = GateConfig {
        run: RUN,
        key: GATE_KEY,
        limits: limits(),
        currency: names.currency,
        method: Method::Fifo,
        cash: names.cash(),
        spot: true,
        kill_sources: Vec::new(),
        kill_level: KillLevel::Cancel,
    };
    Gate::new(config).ok()
}

/// The faults end, then the operator stops everything; given time, all must come to rest.
fn bring_to_rest(world: &mut World, names: &Names) -> Result<(), Violation> {
    world.calm();
    world.run_until(world.now() + Span::from_secs(30))?;
    for strategy in names.strategies {
        let corr = Corr::new(strategy, Origin::Operator, IntentSeq::new(0));
        let pause = Event::StrategyControl(StrategyControl { run: StrategyRun::Paused });
        world.control(Envelope::input(Source::Operator, world.now(), pause).with_corr(corr));
    }
    world.run_until(world.now() + Span::from_secs(5))?;
    let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command });
    world.control(Envelope::input(Source::Operator, world.now(), trip));
    world.run_until(world.now() + Span::from_secs(120))
}

/// What must hold at the end.
fn all_is_well(world: &World, judge: &Judge, names: &Names) -> Result<(), String> {
    if let Some(down) = world.nodes().iter().find(|node| !node.is_up()) {
        return Err(format!("{} never came back", down.name()));
    }
    let gateway: &Gateway = world.machine().ok_or("no gateway")?;
    let gate: &Gate = world.machine().ok_or("no gate")?;
    if let Some(venue) = world.venue::<PlainVenue>() {
        let left = venue.open_orders();
        if !left.is_empty() {
            let ours: Vec<_> = gateway.orders().collect();
            return Err(format!("the venue still has {left:?}, the gateway {ours:?}"));
        }
    }
    if gateway.open_orders() > 0 {
        let left: Vec<_> = gateway.orders().collect();
        return Err(format!("the gateway still has {left:?}"));
    }
    if gate.open_orders() > 0 {
        return Err(format!("the gate still claims for {} orders", gate.open_orders()));
    }
    if judge.untold() > 0 {
        return Err(format!("{} executions were never told", judge.untold()));
    }
    gate.ledger().audit().map_err(|imbalance| imbalance.to_string())?;
    for strategy in names.strategies {
        let (net, cash) = judge.truth(strategy);
        let held = gate.ledger().holding(strategy, names.symbol);
        let held = held.map_or(Net::ZERO, portfolio::Holding::net);
        let purse = gate.ledger().purse(strategy, names.currency).cash();
        if (held, purse) != (net, cash) {
            return Err(format!(
                "{strategy} holds {held:?} and {purse:?} in our books, {net:?} and {cash:?} in truth"
            ));
        }
    }
    world.nodes().iter().try_for_each(replays)
}

fn replays(node: &Node) -> Result<(), String> {
    node.replay_whole()
        .map_err(|why| format!("the journal of {} does not replay: {why}", node.name()))
}
