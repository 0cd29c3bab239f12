//! One desk in one process on a market without end: what benches and endurance runs measure.

use std::error::Error;

use contracts::{
    Asset, Envelope, Epoch, Event, Instrument, MarketStatus, Money, Price, Qty, RunId, Side,
    Source, Span, StrategyId, Symbol, Trade, TradeId, Ts,
};
use kernel::{Seeded, Sequencer, Stopped, Tap};
use portfolio::Method;
use risk::Limits;
use serde_json::json;
use simvenue::VenueConfig;
use strategy::Host;

use crate::desk::Desk;

/// How many steps of the walk are drawn; then they come again, from another price.
const STEPS: u64 = 1 << 16;
/// The price that the walk is pulled back to, in cents.
const HOME: i64 = 6_000_000;

/// The whole way of a market event (venue, gate, strategy, and where it acts approval, life cycle,
/// matching, fill and books) with an EMA cross of 50 and 200 trades on every cross of a random walk.
pub struct Treadmill {
    sequencer: Sequencer,
    symbol: Symbol,
    qty: Qty,
    steps: Vec<i64>,
    every: Span,
    taken: u64,
    cents: i64,
    now: Ts,
}

impl Treadmill {
    /// A walk with a trade every so often. The gate takes a mark every 100 ms, if anything has traded.
    pub fn new(every: Span) -> Result<Self, Box<dyn Error>> {
        let (symbol, id) = (Symbol::new("BTC/USD")?, StrategyId::new("ema_cross")?);
        let params =
            json!({ "pulse": "trades", "fast": 50, "slow": 200, "stake": "500", "stop": 0 });
        let entry = json!({ "id": id, "symbols": [symbol], "params": params });
        let desk = Desk {
            run: RunId::new(1),
            registry: strategies::registry()?,
            roster: vec![serde_json::from_value(entry)?],
            currency: Asset::new("USD")?,
            cash: vec![(id, Money::from_units(1_000_000_000))],
            limits: limits(),
            method: Method::Fifo,
            spot: true,
            kill: risk::LatchRules::none(),
            pool: None,
            dead_man: None,
            venue: VenueConfig::default(),
        };
        let mut dice = Seeded::new(7);
        let mut treadmill = Self {
            sequencer: Sequencer::new(Epoch(1), desk.machines()?),
            symbol,
            qty: "1".parse()?,
            steps: (0..STEPS).map(|_| dice.between(-50, 50)).collect(),
            every,
            taken: 0,
            cents: HOME,
            now: Ts::from_nanos(1_767_225_600_000_000_000),
        };
        treadmill.give(Event::Instrument(rules(symbol)?), &mut ())?;
        Ok(treadmill)
    }

    /// One more trade, with everything that follows from it.
    #[inline]
    pub fn step<T: Tap>(&mut self, tap: &mut T) -> Result<(), Stopped> {
        let step = self.steps[(self.taken % STEPS) as usize];
        self.taken += 1;
        self.cents += step - (self.cents - HOME) / 4_096;
        self.now = self.now + self.every;
        let price = Price::from_pico(u128::from(self.cents.unsigned_abs()) * 10_000_000_000);
        let taker = if step > 0 { Side::Buy } else { Side::Sell };
        let (symbol, qty, id, at) = (self.symbol, self.qty, TradeId::new(self.taken), self.now);
        let price = price.unwrap_or(Price::MIN);
        self.give(Event::Trade(Trade { symbol, price, qty, id, at, taker }), tap)
    }

    /// So many trades more.
    pub fn run(&mut self, trades: u64) -> Result<(), Stopped> {
        (0..trades).try_for_each(|_| self.step(&mut ()))
    }

    #[inline]
    fn give<T: Tap>(&mut self, event: Event, tap: &mut T) -> Result<(), Stopped> {
        while self.sequencer.next_wake().is_some_and(|at| at <= self.now) {
            self.sequencer.wake(self.now, tap)?;
        }
        self.sequencer.take(self.now, Envelope::input(Source::MdIngest, self.now, event), tap)
    }

    /// How many intents the strategy has had so far.
    pub fn intents(&self) -> u64 {
        let host: Option<&Host> = self.sequencer.machine();
        host.map_or(0, |host| host.strategies().map(|view| view.intents()).sum())
    }
}

fn limits() -> Limits {
    let much = Money::from_units(1_900_000_000);
    Limits {
        order_notional_max: Money::from_units(100_000),
        symbol_gross_max: much,
        strategy_gross_max: much,
        portfolio_gross_max: much,
        portfolio_net_max: much,
        daily_loss_cap: much,
        daily_loss_kill: Money::from_units(2_000_000_000),
        drawdown_kill: much,
        symbol_orders_per_minute: 100_000,
        strategy_orders_per_minute: 100_000,
        ..Limits::default()
    }
}

fn rules(symbol: Symbol) -> Result<Instrument, Box<dyn Error>> {
    Ok(Instrument {
        symbol,
        tick: "0.01".parse()?,
        lot: "0.00000001".parse()?,
        qty_min: "0.00005".parse()?,
        cost_min: "0.5".parse()?,
        valid_from: Ts::ZERO,
        quote_decimals: 4,
        price_decimals: 2,
        qty_decimals: 8,
        status: MarketStatus::Online,
    })
}
