//! What a market event costs on its whole way: venue, gate, strategy, and for those that make the
//! strategy act also approval, order life cycle, matching, fill and books.
//!
//! An EMA cross of 50 and 200 trades on every cross of a market of trades. `after N orders` shows that
//! the cost does not grow with the past.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench may stop at a mistake of its own")]

use contracts::testing::{asset, money, price, qty, secs, strategy, symbol};
use contracts::{
    Envelope, Epoch, Event, Instrument, MarketStatus, Money, Price, Qty, RunId, Side, Source, Span,
    Symbol, Trade, TradeId, Ts,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kernel::{Seeded, Sequencer};
use risk::Limits;
use serde_json::json;
use sim::Desk;
use simvenue::VenueConfig;

/// How many trades one measurement takes.
const BATCH: u64 = 1 << 16;

struct Pipeline {
    sequencer: Sequencer,
    symbol: Symbol,
    qty: Qty,
    steps: Vec<i64>,
    taken: u64,
    cents: i64,
    now: Ts,
}

impl Pipeline {
    fn new() -> Self {
        let id = strategy("ema_cross");
        let params =
            json!({ "pulse": "trades", "fast": 50, "slow": 200, "stake": "500", "stop": 0 });
        let entry = json!({ "id": "ema_cross", "symbols": ["BTC/USD"], "params": params });
        let desk = Desk {
            run: RunId::new(1),
            registry: strategies::registry().unwrap(),
            roster: vec![serde_json::from_value(entry).unwrap()],
            currency: asset("USD"),
            cash: vec![(id, Money::from_units(100_000_000))],
            limits: limits(),
            dead_man: None,
            venue: VenueConfig::default(),
        };
        let sequencer = Sequencer::new(Epoch(1), desk.machines().unwrap());
        let mut dice = Seeded::new(7);
        let steps = (0..BATCH).map(|_| dice.between(-50, 50)).collect();
        let (symbol, qty, now) = (symbol("BTC/USD"), qty("1"), secs(1_000));
        let mut pipeline = Self { sequencer, symbol, qty, steps, taken: 0, cents: 6_000_000, now };
        pipeline.take(Event::Instrument(instrument()));
        pipeline
    }

    #[inline]
    fn take(&mut self, event: Event) {
        let input = Envelope::input(Source::MdIngest, self.now, event);
        while self.sequencer.next_wake().is_some_and(|at| at <= self.now) {
            self.sequencer.wake(self.now, &mut ()).unwrap();
        }
        self.sequencer.take(self.now, input, &mut ()).unwrap();
    }

    fn run(&mut self, trades: u64) {
        for _ in 0..trades {
            let step = self.steps[(self.taken % BATCH) as usize];
            self.taken += 1;
            // A walk that is pulled back, so that it goes on for ever.
            self.cents += step - (self.cents - 6_000_000) / 4_096;
            self.now = self.now + Span::from_millis(50);
            let price = Price::from_pico(self.cents as u128 * 10_000_000_000).unwrap();
            let taker = if step > 0 { Side::Buy } else { Side::Sell };
            let (id, at) = (TradeId::new(self.taken), self.now);
            let (symbol, qty) = (self.symbol, self.qty);
            self.take(Event::Trade(Trade { symbol, price, qty, id, at, taker }));
        }
    }

    fn intents(&self) -> u64 {
        let host: &strategy::Host = self.sequencer.machine().unwrap();
        host.strategies().map(|view| view.intents()).sum()
    }
}

fn limits() -> Limits {
    let much = Money::from_units(1_000_000_000);
    Limits {
        order_notional_max: money("100000"),
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

fn instrument() -> Instrument {
    Instrument {
        symbol: symbol("BTC/USD"),
        tick: price("0.01"),
        lot: qty("0.00000001"),
        qty_min: qty("0.00005"),
        cost_min: money("0.5"),
        valid_from: Ts::ZERO,
        quote_decimals: 4,
        price_decimals: 2,
        qty_decimals: 8,
        status: MarketStatus::Online,
    }
}

fn pipeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("market event, EMA cross with orders and fills");
    group.throughput(Throughput::Elements(BATCH));
    group.sample_size(20);
    for before in [0_u64, 1_000_000, 8_000_000] {
        let mut pipeline = Pipeline::new();
        pipeline.run(before);
        let orders = pipeline.intents();
        group.bench_function(BenchmarkId::new("after orders", orders), |bencher| {
            bencher.iter(|| pipeline.run(BATCH));
        });
    }
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
