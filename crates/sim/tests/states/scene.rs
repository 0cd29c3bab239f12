//! The scene of which states are kept: a desk in one process, the bundled strategies and one that breaks, in a
//! world where everything goes wrong. Everything follows from one seed; nothing here follows a setting.

use contracts::testing::{price, qty, strategy, symbol};
use contracts::{
    Asset, Bps, ClearKill, Corr, Envelope, Event, Fill, IntentSeq, KillLevel, KillTrigger, Label,
    LimitKey, LimitValue, Liquidity, Money, Net, OrderId, Origin, Price, Qty, Report, Rounding,
    RunId, Says, SetLimit, Side, Signal, Source, Span, StrategyControl, StrategyId, StrategyRun,
    Symbol, SymbolMap, Trade, Trip, Ts, VenueReason,
};
use execution::ProtectiveOnKill;
use kernel::{Machine, Seeded, Sequencer, Snapshot};
use portfolio::Method;
use risk::{LatchRules, Limits};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sim::{Desk, Faults, MarketFeed, NodeSpec, World, WorldSpec};
use simvenue::synthetic::{Market, MarketConfig, Streams, SymbolConfig, btc_usd, eth_usd};
use simvenue::{Funds, Latency, SelfTrade, SimVenue, VenueConfig};
use strategy::{Cx, Invalid, RosterEntry, Setup, Strategy};

/// 2026-01-01 00:00 UTC, a little before: a day ends in the scene.
const START: Ts = Ts::from_nanos(1_767_225_580_000_000_000);
/// Other seeds, other troubles; in the last one the market is beyond a stop that has not traded yet.
const SEEDS: [u64; 12] = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 120];
const LASTS: i64 = 75;

/// A state, with the moment at which it was kept and the process whose it is.
pub(crate) struct Kept {
    pub(crate) moment: String,
    pub(crate) process: &'static str,
    pub(crate) snapshot: Snapshot,
}

/// The machines of a process of the scene, at their beginning.
pub(crate) fn machines(process: &str) -> Vec<Box<dyn Machine>> {
    let desk = desk();
    match process {
        "venue" => vec![Box::new(desk.venue())],
        _ => desk.machines().unwrap().into_iter().skip(1).collect(),
    }
}

/// Everybody's state at every second of every scene.
pub(crate) fn play() -> Vec<Kept> {
    SEEDS.into_iter().flat_map(play_seed).collect()
}

fn play_seed(seed: u64) -> Vec<Kept> {
    let desk = desk();
    let node =
        NodeSpec { name: "njord", build: Box::new(|| machines("njord")), talks_to_venue: true };
    let spec = WorldSpec {
        seed,
        start: START,
        nodes: vec![node],
        venue: machines("venue"),
        market: Box::new(Feed(Market::new(market(), seed).unwrap())),
        strategies: desk.cash.iter().map(|(strategy, _)| *strategy).collect(),
        limits: desk.limits.clone(),
        kill_file: true,
        faults: Faults::all(&mut Seeded::new(seed)),
    };
    let (mut world, mut kept) = (World::new(spec, Vec::new()), Vec::new());
    for second in 1..=LASTS {
        match second {
            5 => somebody_elses(&mut world),
            10 => tighten(&mut world),
            30 => pause(&mut world, "ema_cross", StrategyRun::Paused),
            36 => pause(&mut world, "ema_cross", StrategyRun::Running),
            60 => trip(&mut world, KillLevel::Flatten),
            70 => clear(&mut world),
            _ if second % 4 == 0 => want(&mut world, second / 4),
            _ => {}
        }
        world.run_until(START + Span::from_secs(second)).unwrap();
        let moment = format!("seed {seed}, second {second}");
        if let (Some(snapshot), _) = world.nodes()[0].disk().latest() {
            let (moment, snapshot) = (moment.clone(), snapshot.clone());
            kept.push(Kept { moment, process: "njord", snapshot });
        }
        kept.push(Kept { moment, process: "venue", snapshot: of_venue(&world) });
    }
    kept
}

/// The venue tells of an order and of an execution that are not ours.
fn somebody_elses(world: &mut World) {
    let (id, at) = (OrderId::from_bits(7).unwrap(), world.now());
    let fill = Fill {
        id,
        exec: "TFOREI-GNTRA-DEOFUS".parse().unwrap(),
        symbol: symbol("BTC/USD"),
        qty: qty("1"),
        price: price("100"),
        fee: Money::ZERO,
        fee_asset: Asset::new("USD").unwrap(),
        at,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    };
    let report = Report {
        id: OrderId::from_bits(8).unwrap(),
        venue_ref: Some("OFOREI-GNORD-EROFUS".parse().unwrap()),
        symbol: Some(symbol("BTC/USD")),
        qty: qty("1"),
        filled: Qty::ZERO,
        limit: None,
        at,
        answers: None,
        says: Says::Accepted,
        reason: VenueReason::None,
    };
    for event in [Event::Executed(fill), Event::Report(report)] {
        world.control(Envelope::input(Source::Venue, at, event));
    }
}

/// The venue's state, in a sequencer of its own.
fn of_venue(world: &World) -> Snapshot {
    let (mut venue, mut state) = (desk().venue(), Vec::new());
    world.venue::<SimVenue>().unwrap().save(&mut state);
    venue.load(&state).unwrap();
    Sequencer::new(contracts::Epoch(1), vec![Box::new(venue)]).snapshot()
}

fn pause(world: &mut World, name: &str, run: StrategyRun) {
    let control = Event::StrategyControl(StrategyControl { run });
    let corr = Corr::new(strategy(name), Origin::Operator, IntentSeq::new(0));
    world.control(Envelope::input(Source::Operator, world.now(), control).with_corr(corr));
}

/// A program outside wants another position each time, now and then at a price of its own.
fn want(world: &mut World, number: i64) {
    let lots = number % 4;
    let signal = Signal {
        strategy: strategy("follow_signals"),
        symbol: symbol("ETH/USD"),
        target: Net::from_pico(i128::from(lots) * 20_000_000_000),
        limit: (lots == 3).then(|| price("100")),
        expires: world.now() + Span::from_secs(7),
        why: Label::new("model"),
    };
    world.control(Envelope::input(Source::External, world.now(), Event::Signal(signal)));
}

fn tighten(world: &mut World) {
    let (limit, value) = (LimitKey::Collar, LimitValue::Bps { most: Bps::new(250) });
    let change = SetLimit { version: 0, limit, value, symbol: None, operator: None };
    world.control(Envelope::input(Source::Operator, world.now(), Event::SetLimit(change)));
}

fn trip(world: &mut World, level: KillLevel) {
    let trip = Event::Trip(Trip { level, trigger: KillTrigger::Command });
    world.control(Envelope::input(Source::Operator, world.now(), trip));
}

fn clear(world: &mut World) {
    let clear = Event::ClearKill(ClearKill::by(1));
    world.control(Envelope::input(Source::Operator, world.now(), clear));
}

struct Feed(Market);

impl MarketFeed for Feed {
    fn next_event(&mut self) -> Option<(Ts, Event)> {
        self.0.next()
    }
}

fn market() -> MarketConfig {
    let lively = |preset: SymbolConfig, orders_per_hour| SymbolConfig {
        orders_per_hour,
        daily_volatility: Bps::new(2_000),
        updates_per_order: 2,
        jumps_per_week: 1_000,
        ..preset
    };
    let symbols = vec![lively(btc_usd(), 14_400), lively(eth_usd(), 7_200)];
    MarketConfig { start: START, streams: Streams::CheckedBook, symbols }
}

fn desk() -> Desk {
    let roster: Vec<RosterEntry> = serde_json::from_value(json!([
        {
            "id": "ema_cross", "symbols": ["BTC/USD"],
            "params": { "pulse": "trades", "fast": 5, "slow": 15, "stake": "150", "stop": 15 },
        },
        {
            "id": "follow_signals", "symbols": ["ETH/USD"],
            "params": { "most": "0.1", "patience": "2s", "rest": "1s" },
        },
        {
            "id": "market_maker", "symbols": ["ETH/USD"],
            "params": { "half_spread": 4, "skew": 4, "requote": 1, "stake": "60",
                        "inventory": "240", "refresh": "250ms", "rest": "3s" },
        },
        {
            "id": "rsi_tema_bb", "symbols": ["BTC/USD", "ETH/USD"],
            "params": { "bars": "1m", "rsi": 2, "oversold": 50, "overbought": 51, "tema": 3,
                        "bands": 4, "width": 0.1, "stake": "120" },
        },
        {
            "id": "trendline_break", "symbols": ["BTC/USD"],
            "params": { "bars": "1m", "lookback": 3, "threshold": 1, "qty": "0.001" },
        },
        { "id": "versatile", "symbols": ["BTC/USD"], "params": { "breaks_after": 130 } },
    ]))
    .unwrap();
    let cash: Vec<(StrategyId, Money)> =
        roster.iter().map(|entry| (entry.id, Money::from_units(1_000))).collect();
    let usd = Asset::new("USD").unwrap();
    Desk {
        run: RunId::new(1),
        registry: strategies::registry().unwrap().with::<Versatile>().unwrap(),
        roster,
        currency: usd,
        cash,
        limits: limits(),
        method: Method::Fifo,
        spot: true,
        kill: LatchRules::of(&[KillTrigger::File]),
        protective_on_kill: ProtectiveOnKill::Cancel,
        pool: Some(Money::from_units(6_000)),
        dead_man: Some(Span::from_secs(20)),
        venue: VenueConfig {
            self_trade: SelfTrade::CancelOldest,
            latency: Latency::fixed(Span::from_millis(400), Span::from_millis(300)),
            funds: Funds::Unlimited { start: vec![(usd, Money::from_units(6_000))] },
            ..VenueConfig::default()
        },
    }
}

fn limits() -> Limits {
    let usd = Money::from_units;
    let mut order_qty_max = SymbolMap::new();
    order_qty_max.insert(symbol("BTC/USD"), qty("0.01"));
    Limits {
        order_qty_max,
        order_notional_max: usd(250),
        symbol_gross_max: usd(1_000),
        strategy_gross_max: usd(700),
        portfolio_gross_max: usd(1_700),
        portfolio_net_max: usd(1_700),
        open_orders_max: 12,
        symbol_orders_per_minute: 400,
        strategy_orders_per_minute: 300,
        price_age_max: Span::from_secs(10),
        daily_loss_cap: usd(2),
        daily_loss_kill: usd(1_000),
        drawdown_kill: usd(1_000),
        ..Limits::default()
    }
}

strategy::params! {
    pub(crate) struct VersatileConfig {
        /// After how many trades it breaks.
        breaks_after: u32 = 100, in 1..=100_000;
        /// What each purchase may cost.
        stake: Money = "40";
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Heard {
    trades: u32,
}

/// Asks for every kind of order in turn, with stops, targets and trails, and then breaks.
pub(crate) struct Versatile {
    config: VersatileConfig,
    heard: Heard,
}

impl Strategy for Versatile {
    const NAME: &'static str = "versatile";
    const ABOUT: &'static str = "asks for every kind of order, then breaks";
    type Config = VersatileConfig;
    type State = Heard;

    fn on_start(config: VersatileConfig, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades();
        Ok(Self { config, heard: Heard::default() })
    }

    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>) {
        self.heard.trades += 1;
        cx.timer("soon", trade.at + Span::MINUTE);
        let (symbol, stake): (Symbol, Money) = (trade.symbol, self.config.stake);
        let at = |bps| -> Price { trade.price.shifted(Bps::new(bps), Rounding::Floor).unwrap() };
        match self.heard.trades % 16 {
            0 => drop(cx.buy(symbol, stake).stop(Bps::new(15)).send("with a stop")),
            4 => drop(cx.buy(symbol, stake).limit(at(-40)).send("it rests")),
            8 => drop(cx.buy(symbol, stake).trail(Bps::new(20)).target(Bps::new(30)).send("both")),
            6 => {
                let open = cx.open_orders().iter().find(|order| order.limit.is_some());
                if let Some((id, qty)) = open.map(|order| (order.id, order.qty)) {
                    cx.amend(id, qty, at(-30), "nearer");
                }
            }
            9 => cx.pause(symbol),
            11 => cx.resume(symbol),
            12 => drop(cx.close(symbol).send("it leaves")),
            _ => {}
        }
        if self.heard.trades >= self.config.breaks_after {
            // Like a panic, but without a word about it on the screen.
            std::panic::resume_unwind(Box::new("it breaks"));
        }
    }

    fn state(&self) -> &Heard {
        &self.heard
    }

    fn restore(&mut self, state: Heard) -> Result<(), Invalid> {
        self.heard = state;
        Ok(())
    }
}
