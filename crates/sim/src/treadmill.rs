//! One desk in one process on a market without end: what benches and endurance runs measure.

use std::error::Error;

use contracts::{
    Asset, Envelope, Epoch, Event, Instrument, MarketStatus, Money, Price, Qty, RunId, Side,
    Source, Span, StrategyId, Symbol, Ticker, Trade, TradeId, Ts,
};
use execution::ProtectiveOnKill;
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
/// How far the best ask is above the best bid, in cents.
const SPREAD: i64 = 10;
/// A cent.
const PICO_PER_CENT: u128 = 10_000_000_000;

/// The whole way of a market event (venue, gate, strategy, and where it acts approval, life cycle,
/// matching, fill and books) with an EMA cross of 50 and 200 trades on every cross of a random walk. Best prices and
/// a trade at one of them come in turn. Positions have no stop, so the protector only listens.
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
    /// A walk with a market event every so often. The gate takes a mark every 100 ms, if anything has moved.
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
            protective_on_kill: ProtectiveOnKill::Cancel,
            pool: None,
            dead_man: None,
            venue: VenueConfig::default(),
        };
        let mut dice = Seeded::new(7);
        let mut treadmill = Self {
            sequencer: Sequencer::new(Epoch(1), desk.machines()?),
            symbol,
            qty: "1".parse()?,
            steps: (0..STEPS).map(|_| dice.between(-70, 70)).collect(),
            every,
            taken: 0,
            cents: HOME,
            now: Ts::from_nanos(1_767_225_600_000_000_000),
        };
        treadmill.give(Event::Instrument(rules(symbol)?), &mut ())?;
        Ok(treadmill)
    }

    /// One more market event, with everything that follows from it.
    #[inline]
    pub fn step<T: Tap>(&mut self, tap: &mut T) -> Result<(), Stopped> {
        let step = self.steps[(self.taken % STEPS) as usize];
        let is_trade = self.taken % 2 == 1;
        self.taken += 1;
        self.now = self.now + self.every;
        let (symbol, qty, at) = (self.symbol, self.qty, self.now);
        let event = if is_trade {
            let taker = if step > 0 { Side::Buy } else { Side::Sell };
            let price = price(if step > 0 { self.cents + SPREAD } else { self.cents });
            let id = TradeId::new(self.taken);
            Event::Trade(Trade { symbol, price, qty, id, at, taker })
        } else {
            self.cents += step - (self.cents - HOME) / 4_096;
            let (bid, ask) = (price(self.cents), price(self.cents + SPREAD));
            let (bid, ask, last) = (Some(bid), Some(ask), None);
            Event::Ticker(Ticker { symbol, bid, ask, last, bid_qty: qty, ask_qty: qty, at })
        };
        self.give(event, tap)
    }

    /// So many market events more.
    pub fn run<T: Tap>(&mut self, events: u64, tap: &mut T) -> Result<(), Stopped> {
        (0..events).try_for_each(|_| self.step(tap))
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

fn price(cents: i64) -> Price {
    Price::from_pico(u128::from(cents.unsigned_abs()) * PICO_PER_CENT).unwrap_or(Price::MIN)
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

#[cfg(test)]
mod tests {
    use contracts::OrderState;

    use super::*;

    /// What became of orders.
    #[derive(Debug, Default)]
    struct Seen {
        bought: u64,
        sold: u64,
        filled: u64,
        ended_otherwise: u64,
        refused: u64,
    }

    impl Tap for Seen {
        fn output(&mut self, said: &Envelope) {
            match said.event {
                Event::Fill(fill) if fill.side == Side::Buy => self.bought += 1,
                Event::Fill(_) => self.sold += 1,
                Event::Order(update) if update.state == OrderState::Filled => self.filled += 1,
                Event::Order(update) if update.state.is_done() => self.ended_otherwise += 1,
                Event::Refused(_) => self.refused += 1,
                _ => {}
            }
        }
    }

    #[test]
    fn every_order_of_the_treadmill_trades_and_what_is_entered_is_left() {
        let (mut treadmill, mut seen) =
            (Treadmill::new(Span::from_millis(50)).unwrap(), Seen::default());
        treadmill.run(200_000, &mut seen).unwrap();
        assert!(seen.bought > 100, "{seen:?}");
        assert!(seen.bought - seen.sold <= 1, "{seen:?}");
        assert_eq!((seen.refused, seen.ended_otherwise), (0, 0), "{seen:?}");
        assert_eq!((seen.filled, treadmill.intents()), (seen.bought + seen.sold, seen.filled));
    }
}
