//! A trader and a venue to try: each a process with its own journal, and a socket between them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use contracts::testing::asset;
use contracts::{
    Bps, Envelope, Event, Money, Net, OrderId, OrderState, RunId, Says, Span, StrategyId, Symbol,
    Ts, VenueReason,
};
use journal::files::Files;
use journal::testing::FaultyDisk;
use journal::{JournalKey, Limits, Place, Start};
use kernel::{Machine, Sequencer, Tap};
use risk::Gate;
use runtime::{
    Brake, Comparing, DoorLimits, Doors, Ended, Exchange, Holds, Link, Notes, Outlet,
    ProcessConfig, Seat, Stop, Switch, Teller, Ticker, ToVenue, pace, take_seat,
    take_seat_after_hang, wall_clock,
};
use serde_json::json;
use sim::Desk;
use simvenue::SimVenue;
use simvenue::synthetic::{Market, MarketConfig, Streams, SymbolConfig, btc_usd, eth_usd};
use telemetry::Clock;

/// How deep the books of the synthetic market are.
pub(crate) const DEPTH: u16 = 10;

/// The clock of the machine, so fast that a test need not wait long for a market.
pub(crate) fn fast_clock() -> Clock {
    let (clock, began) = (wall_clock(), wall_clock()());
    Arc::new(move || began + Span::from_nanos(clock().since(began).nanos() * 20))
}

pub(crate) fn desk() -> Desk {
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
        method: portfolio::Method::Fifo,
        spot: true,
        kill: risk::LatchRules::none(),
        protective_on_kill: execution::ProtectiveOnKill::Cancel,
        pool: None,
        dead_man: None,
        venue: simvenue::VenueConfig::default(),
    }
}

pub(crate) fn market(start: Ts) -> Market {
    let lively = |preset: SymbolConfig| SymbolConfig {
        orders_per_hour: 14_400,
        daily_volatility: Bps::new(2_000),
        ..preset
    };
    let symbols = vec![lively(btc_usd()), lively(eth_usd())];
    Market::new(MarketConfig { start, streams: Streams::CheckedBook, symbols }, 7).unwrap()
}

pub(crate) fn seat(files: Arc<dyn Files>, now: Ts, machines: Vec<Box<dyn Machine>>) -> Seat {
    seat_in(PathBuf::from("/journal"), files, now, machines)
}

pub(crate) fn seat_in(
    folder: PathBuf,
    files: Arc<dyn Files>,
    now: Ts,
    machines: Vec<Box<dyn Machine>>,
) -> Seat {
    let note = Notes::new(Arc::clone(&files), vec![folder.clone()]).find().unwrap();
    let place = Place {
        files,
        folder,
        key: JournalKey::new([7; 32]),
        limits: Limits::default(),
        anchors: Vec::new(),
        holder: "a test".to_owned(),
    };
    let start = Start::new(RunId::new(1), "test", "test", now);
    match note.and_then(|note| note.input) {
        Some(input) => take_seat_after_hang(place, start, machines, input).unwrap(),
        None => take_seat(place, start, machines).unwrap(),
    }
}

/// What a trader has told so far, as of the end of a turn.
#[derive(Clone, Default)]
pub(crate) struct Told {
    shown: Arc<Mutex<Heard>>,
    heard: Heard,
}

#[derive(Clone, Default)]
struct Heard {
    fills: usize,
    open: BTreeMap<OrderId, OrderState>,
    unknown: usize,
    halted: usize,
    tripped: bool,
}

impl Outlet for Told {
    fn carry(&mut self, said: &Envelope) {
        let heard = &mut self.heard;
        match said.event {
            Event::Fill(_) => heard.fills += 1,
            Event::Order(order) if order.state.is_done() => {
                heard.open.remove(&order.id);
                heard.halted += usize::from(order.reason == VenueReason::Halted);
            }
            Event::Order(order) => {
                heard.open.insert(order.id, order.state);
                heard.unknown += usize::from(order.state == OrderState::Unknown);
            }
            Event::KillState(state) => heard.tripped = state.level.is_some(),
            _ => {}
        }
    }

    fn turn_ends(&mut self) {
        *self.shown.lock().unwrap() = self.heard.clone();
    }
}

impl Told {
    pub(crate) fn fills(&self) -> usize {
        self.shown.lock().unwrap().fills
    }

    /// Whether an order rests, as the venue has told.
    pub(crate) fn rests(&self) -> bool {
        self.shown.lock().unwrap().open.values().any(|state| *state == OrderState::New)
    }

    /// Whether the kill switch is tripped.
    pub(crate) fn is_tripped(&self) -> bool {
        self.shown.lock().unwrap().tripped
    }

    /// How many orders were ever of unknown fate, and how many ended because they were not sent.
    pub(crate) fn unknown_and_halted(&self) -> (usize, usize) {
        let shown = self.shown.lock().unwrap();
        (shown.unknown, shown.halted)
    }

    /// The kill switch is tripped, and every order that this has cancelled is over.
    pub(crate) fn is_at_rest(&self) -> bool {
        let shown = self.shown.lock().unwrap();
        shown.tripped && shown.open.is_empty()
    }
}

pub(crate) fn wait_until(happened: impl Fn() -> bool) {
    let patience = Stop::default();
    while !happened() {
        patience.wait(Duration::from_millis(5));
    }
}

/// The machines of a trader.
pub(crate) fn machines(desk: &Desk) -> Vec<Box<dyn Machine>> {
    vec![
        Box::new(desk.gate().unwrap()),
        Box::new(desk.host().unwrap()),
        Box::new(desk.gateway()),
        Box::new(desk.protector()),
    ]
}

/// A trader that works until `act` is done with it.
pub(crate) fn trade(
    disk: &FaultyDisk,
    venue: SocketAddr,
    clock: &Clock,
    act: impl FnOnce(&Doors, &Link, &Told),
) -> (Ended, Sequencer) {
    let seat = seat(disk.files(), clock(), machines(&desk()));
    trade_on(seat, venue, clock, Beside::default(), act)
}

/// What is there beside a trader.
#[derive(Default)]
pub(crate) struct Beside {
    /// A file that may stop it.
    pub(crate) kill_file: Option<PathBuf>,
    /// How its books are compared with the venue's.
    pub(crate) books: Option<Comparing>,
    /// Who listens at its sequencer.
    pub(crate) ears: Vec<Box<dyn Tap + Send>>,
}

/// The same on that seat, beside all that.
pub(crate) fn trade_on(
    seat: Seat,
    venue: SocketAddr,
    clock: &Clock,
    beside: Beside,
    act: impl FnOnce(&Doors, &Link, &Told),
) -> (Ended, Sequencer) {
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let (link, told, stop) = (Link::new(venue, clock.clone()), Told::default(), Stop::default());
    let (switch, to) = (Switch::default(), doors.clone());
    let Beside { kill_file, books, ears } = beside;
    let held = books.as_ref().map_or_else(Switch::default, Comparing::holds);
    let (holds, time) = (Holds::default(), clock.clone());
    let brake = Brake { kill_file, switch, books: held, holds, doors: to, clock: time };
    let to_venue = ToVenue::new(link.clone(), Desk::VENUE_KEY, brake);
    let outlets: Vec<Box<dyn Outlet>> = vec![Box::new(to_venue), Box::new(told.clone())];
    let (asking, usual) = (books.clone(), ProcessConfig::new(clock.clone()));
    let config = ProcessConfig { outlets, books, ears, ..usual };
    thread::scope(|threads| {
        if let Some(asking) = &asking {
            let (link, stop) = (&link, &stop);
            threads.spawn(move || {
                asking.keep(
                    clock,
                    stop,
                    || link.ups(),
                    |question| {
                        link.ask(question);
                    },
                );
            });
        }
        let working = threads.spawn(|| runtime::run(seat, inbox, config));
        let keeping = threads.spawn(|| link.keep(Teller::new(doors.clone(), DEPTH), &doors, &stop));
        act(&doors, &link, &told);
        doors.close();
        stop.say();
        link.down();
        keeping.join().unwrap();
        working.join().unwrap()
    })
}

/// Says stop at the end, and when a test fails: otherwise it would hang instead of failing.
pub(crate) struct AtTheEnd<'a>(pub(crate) &'a Stop);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.say();
    }
}

/// What a venue has reported so far.
#[derive(Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<Reported>>);

#[derive(Default)]
struct Reported {
    slow: bool,
    open: BTreeSet<OrderId>,
    by_dead_man: usize,
}

impl Outlet for Shown {
    fn carry(&mut self, said: &Envelope) {
        let Event::Report(report) = said.event else { return };
        if self.0.lock().unwrap().slow {
            Stop::default().wait(Duration::from_millis(10));
        }
        let mut reported = self.0.lock().unwrap();
        if report.says == Says::Accepted {
            reported.open.insert(report.id);
        } else if report.says.final_state().is_some() {
            reported.open.remove(&report.id);
            reported.by_dead_man += usize::from(report.reason == VenueReason::DeadMan);
        }
    }
}

impl Shown {
    /// How many orders are open at the venue.
    pub(crate) fn open(&self) -> usize {
        self.0.lock().unwrap().open.len()
    }

    /// Lets the venue take its time with every report, or not.
    pub(crate) fn slow(&self, slow: bool) {
        self.0.lock().unwrap().slow = slow;
    }

    /// Whether that order is open at the venue.
    pub(crate) fn is_open(&self, id: OrderId) -> bool {
        self.0.lock().unwrap().open.contains(&id)
    }

    /// How many orders the dead man's switch has cancelled.
    pub(crate) fn by_dead_man(&self) -> usize {
        self.0.lock().unwrap().by_dead_man
    }
}

/// A venue that is open.
pub(crate) struct Venue {
    pub(crate) address: SocketAddr,
    pub(crate) ticker: Ticker,
    pub(crate) shown: Shown,
    market: Stop,
    stop: Stop,
}

impl Venue {
    /// Its market moves no more. Whoever comes to rest then stays so: a stop that is reached later would send
    /// an order of which nobody hears any more.
    pub(crate) fn stands_still(&self) {
        self.market.say();
    }
}

/// A venue for as long as `act` takes; with what it is like afterwards.
pub(crate) fn open_venue<R>(clock: &Clock, act: impl FnOnce(&Venue) -> R) -> (R, Sequencer) {
    let disk = FaultyDisk::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (stop, shown) = (Stop::default(), Shown::default());
    let exchange = Exchange::new(Doors::open(DoorLimits::default()), DEPTH, stop.clone());
    let (address, ticker) = (listener.local_addr().unwrap(), exchange.ticker());
    let seat = seat(disk.files(), clock(), vec![Box::new(desk().venue())]);
    let mut config = ProcessConfig::new(clock.clone());
    config.outlets.push(Box::new(shown.clone()));
    let venue = Venue { address, ticker, shown, market: Stop::default(), stop };
    thread::scope(|threads| {
        let serving = threads.spawn(|| exchange.serve(&listener, seat, config).unwrap());
        let closes = AtTheEnd(&venue.stop);
        let done = act(&venue);
        drop(closes);
        let (ended, machines) = serving.join().unwrap();
        assert_eq!(ended, Ended::InPeace);
        (done, machines)
    })
}

/// The same, with a market.
pub(crate) fn at_a_venue<R>(clock: &Clock, act: impl FnOnce(&Venue) -> R) -> (R, Sequencer) {
    open_venue(clock, |venue| {
        thread::scope(|threads| {
            let (told, mut market) = (venue.ticker.clone(), market(clock()));
            let stop = venue.market.clone();
            threads.spawn(move || {
                let events = std::iter::from_fn(move || market.next());
                pace(events, clock, &stop, |now, event| told.happened(now, event));
            });
            let _ends = AtTheEnd(&venue.market);
            act(venue)
        })
    })
}

pub(crate) fn nets(gate: &Gate) -> Vec<(Symbol, Net)> {
    let symbols = ["BTC/USD", "ETH/USD"].map(|name| Symbol::new(name).unwrap());
    let held = |symbol| {
        let strategies = desk().cash;
        let holdings = strategies.iter().filter_map(|(id, _)| gate.ledger().holding(*id, symbol));
        holdings.map(portfolio::Holding::net).try_fold(Net::ZERO, Net::plus).unwrap()
    };
    symbols.map(|symbol| (symbol, held(symbol))).to_vec()
}

pub(crate) fn traded(venue: &SimVenue) -> Vec<(Symbol, Net)> {
    let symbols = ["BTC/USD", "ETH/USD"].map(|name| Symbol::new(name).unwrap());
    let net = |symbol| {
        let fills = venue.trades_shown().filter(|(_, fill)| fill.symbol == symbol);
        let nets = fills.map(|(_, fill)| Net::of(fill.side, fill.qty));
        nets.into_iter().try_fold(Net::ZERO, Net::plus).unwrap()
    };
    symbols.map(|symbol| (symbol, net(symbol))).to_vec()
}
