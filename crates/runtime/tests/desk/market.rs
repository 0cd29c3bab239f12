//! A trader and a venue, each a process with its own journal, and a socket between them.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use contracts::testing::asset;
use contracts::{
    Bps, Envelope, Event, KillLevel, KillTrigger, Money, Net, OrderId, RunId, Source, Span,
    StrategyId, Symbol, Trip, Ts,
};
use execution::Gateway;
use journal::testing::FaultyDisk;
use journal::{JournalKey, Limits, Place, Start};
use kernel::{Machine, Sequencer};
use risk::Gate;
use runtime::{
    DoorLimits, Doors, Ended, Exchange, Link, Outlet, ProcessConfig, Seat, Stop, ToVenue, pace,
    take_seat, wall_clock,
};
use serde_json::json;
use sim::Desk;
use simvenue::SimVenue;
use simvenue::synthetic::{Market, MarketConfig, Streams, SymbolConfig, btc_usd, eth_usd};
use telemetry::Clock;

/// How deep the books of the synthetic market are.
const DEPTH: u16 = 10;

/// The clock of the machine, so fast that a test need not wait long for a market.
fn fast_clock() -> Clock {
    let (clock, began) = (wall_clock(), wall_clock()());
    Arc::new(move || began + Span::from_nanos(clock().since(began).nanos() * 20))
}

fn desk() -> Desk {
    let roster = json!([
        { "id": "ema_cross", "symbols": ["BTC/USD"],
          "params": { "pulse": "trades", "fast": 5, "slow": 15, "stake": "150", "stop": 15 } },
        { "id": "market_maker", "symbols": ["ETH/USD"],
          "params": { "half_spread": 4, "skew": 4, "requote": 1, "stake": "60",
                      "inventory": "240", "refresh": "250ms", "rest": "3s" } },
    ]);
    let usd = Money::from_units;
    let cash = ["ema_cross", "market_maker"].map(|id| (StrategyId::new(id).unwrap(), usd(1_000)));
    Desk {
        run: RunId::new(1),
        registry: strategies::registry().unwrap(),
        roster: serde_json::from_value(roster).unwrap(),
        currency: asset("USD"),
        cash: cash.to_vec(),
        limits: risk::Limits {
            daily_loss_cap: usd(500),
            daily_loss_kill: usd(900),
            ..Default::default()
        },
        spot: true,
        kill_sources: Vec::new(),
        dead_man: None,
        venue: simvenue::VenueConfig::default(),
    }
}

fn market(start: Ts) -> Market {
    let lively = |preset: SymbolConfig| SymbolConfig {
        orders_per_hour: 14_400,
        daily_volatility: Bps::new(2_000),
        ..preset
    };
    let symbols = vec![lively(btc_usd()), lively(eth_usd())];
    Market::new(MarketConfig { start, streams: Streams::CheckedBook, symbols }, 7).unwrap()
}

fn seat(disk: &FaultyDisk, now: Ts, machines: Vec<Box<dyn Machine>>) -> Seat {
    let place = Place {
        files: disk.files(),
        folder: PathBuf::from("/journal"),
        key: JournalKey::new([7; 32]),
        limits: Limits::default(),
        anchors: Vec::new(),
        holder: "a test".to_owned(),
    };
    take_seat(place, Start::new(RunId::new(1), "test", "test", now), machines).unwrap()
}

/// What a trader has told so far, as of the end of a turn.
#[derive(Clone, Default)]
struct Told {
    shown: Arc<Mutex<Heard>>,
    heard: Heard,
}

#[derive(Clone, Default)]
struct Heard {
    fills: usize,
    open: BTreeSet<OrderId>,
    tripped: bool,
}

impl Outlet for Told {
    fn carry(&mut self, said: &Envelope) {
        let heard = &mut self.heard;
        match said.event {
            Event::Fill(_) => heard.fills += 1,
            Event::Order(order) if order.state.is_done() => drop(heard.open.remove(&order.id)),
            Event::Order(order) => drop(heard.open.insert(order.id)),
            Event::KillState(_) => heard.tripped = true,
            _ => {}
        }
    }

    fn turn_ends(&mut self) {
        *self.shown.lock().unwrap() = self.heard.clone();
    }
}

impl Told {
    fn fills(&self) -> usize {
        self.shown.lock().unwrap().fills
    }

    /// The kill switch is tripped, and every order that this has cancelled is over.
    fn is_at_rest(&self) -> bool {
        let shown = self.shown.lock().unwrap();
        shown.tripped && shown.open.is_empty()
    }
}

fn wait_until(happened: impl Fn() -> bool) {
    let patience = Stop::default();
    while !happened() {
        patience.wait(Duration::from_millis(5));
    }
}

/// A trader that works until `act` is done with it.
fn trade(
    disk: &FaultyDisk,
    venue: SocketAddr,
    clock: &Clock,
    act: impl FnOnce(&Doors, &Link, &Told),
) -> (Ended, Sequencer) {
    let desk = desk();
    let machines: Vec<Box<dyn Machine>> = vec![
        Box::new(desk.gate().unwrap()),
        Box::new(desk.host().unwrap()),
        Box::new(desk.gateway()),
        Box::new(desk.protector()),
    ];
    let seat = seat(disk, clock(), machines);
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let (link, told, stop) = (Link::new(venue, clock.clone()), Told::default(), Stop::default());
    let to_venue = ToVenue::new(link.clone(), Desk::VENUE_KEY, None);
    let outlets: Vec<Box<dyn Outlet>> = vec![Box::new(to_venue), Box::new(told.clone())];
    let config = ProcessConfig { outlets, ..ProcessConfig::new(clock.clone()) };
    thread::scope(|threads| {
        let working = threads.spawn(|| runtime::run(seat, inbox, config));
        let keeping = threads.spawn(|| link.keep(&doors, &stop));
        act(&doors, &link, &told);
        doors.close();
        stop.say();
        link.down();
        keeping.join().unwrap();
        working.join().unwrap()
    })
}

fn nets(gate: &Gate) -> Vec<(Symbol, Net)> {
    let symbols = ["BTC/USD", "ETH/USD"].map(|name| Symbol::new(name).unwrap());
    let held = |symbol| {
        let strategies = desk().cash;
        let holdings = strategies.iter().filter_map(|(id, _)| gate.ledger().holding(*id, symbol));
        holdings.map(portfolio::Holding::net).try_fold(Net::ZERO, Net::plus).unwrap()
    };
    symbols.map(|symbol| (symbol, held(symbol))).to_vec()
}

fn traded(venue: &SimVenue) -> Vec<(Symbol, Net)> {
    let symbols = ["BTC/USD", "ETH/USD"].map(|name| Symbol::new(name).unwrap());
    let net = |symbol| {
        let fills = venue.trades_shown().filter(|(_, fill)| fill.symbol == symbol);
        let nets = fills.map(|(_, fill)| Net::of(fill.side, fill.qty));
        nets.into_iter().try_fold(Net::ZERO, Net::plus).unwrap()
    };
    symbols.map(|symbol| (symbol, net(symbol))).to_vec()
}

#[test]
fn trader_that_dies_and_loses_its_line_ends_with_the_books_of_the_venue() {
    let clock = fast_clock();
    let (venue_disk, disk) = (FaultyDisk::new(), FaultyDisk::new());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let exchange = Exchange::new(Doors::open(DoorLimits::default()), DEPTH, stop.clone());
    let ticker = exchange.ticker();
    let (venue, gate, open) = thread::scope(|threads| {
        let seat = seat(&venue_disk, clock(), vec![Box::new(desk().venue())]);
        let config = ProcessConfig::new(clock.clone());
        let (listener, market) = (&listener, market(clock()));
        let (paced, pacing) = (stop.clone(), clock.clone());
        let serving = threads.spawn(move || exchange.serve(listener, seat, config).unwrap());
        threads.spawn(move || {
            let mut market = market;
            let events = std::iter::from_fn(move || market.next());
            pace(events, &pacing, &paced, |now, event| ticker.happened(now, event));
        });
        // One life that ends with its disk, in the middle of trading.
        let (ended, _) = trade(&disk, address, &clock, |_, _, told| {
            wait_until(|| told.fills() >= 5);
            disk.kill_process();
        });
        assert!(matches!(ended, Ended::Disk(_)), "{ended:?}");
        // Another, whose line breaks, and that then cancels everything and waits for peace.
        let (ended, machines) = trade(&disk, address, &clock, |doors, link, told| {
            wait_until(|| told.fills() >= 5);
            link.down();
            let before = told.fills();
            wait_until(|| told.fills() >= before + 5);
            let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
            doors.control(Envelope::input(Source::Operator, clock(), Event::Trip(trip)));
            wait_until(|| told.is_at_rest());
        });
        assert_eq!(ended, Ended::InPeace);
        stop.say();
        let (ended, venue) = serving.join().unwrap();
        assert_eq!(ended, Ended::InPeace);
        let gateway: &Gateway = machines.machine().unwrap();
        let gate: &Gate = machines.machine().unwrap();
        let venue: &SimVenue = venue.machine().unwrap();
        (traded(venue), nets(gate), (gateway.open_orders(), venue.open_orders().len()))
    });
    assert_eq!(open, (0, 0));
    assert_eq!(gate, venue);
}
