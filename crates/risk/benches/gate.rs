//! What an intent and a market event cost the gate, with little and with much in its books.
//!
//! The figures of one group should be flat: what is held elsewhere is no reason to decide later.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a bench")]

use std::time::{Duration, Instant};

use contracts::testing::{asset, instrument, money, price, qty, secs};
use contracts::{
    Corr, Envelope, Epoch, Event, Fill, IntentSeq, Label, Lifetime, Liquidity, Money, OrderId,
    OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Place, Price, Qty, RunId, SealKey, Side,
    Source, Span, StrategyId, Symbol, Ticker, Ts, VenueReason, VenueRef,
};
use criterion::{Criterion, criterion_group, criterion_main};
use kernel::{Machine, Sequencer, Tap};
use portfolio::Method;
use risk::{Gate, GateConfig, LatchRules, Limits};

const RUN: RunId = RunId::new(1);
/// Intents between two clean-ups; few enough that they do not become the load.
const BATCH: u64 = 32;

/// Keeps the number of approvals and of the marks, and drops the rest.
#[derive(Default)]
struct Counted {
    approved: u64,
    marks: u64,
}

impl Tap for Counted {
    fn input(&mut self, _: &Envelope) {}
    fn output(&mut self, said: &Envelope) {
        self.approved += u64::from(matches!(said.event, Event::Approved(_)));
        self.marks += u64::from(matches!(said.event, Event::Mark(_)));
    }
}

/// A gate in full swing.
struct Bench {
    sequencer: Sequencer,
    counted: Counted,
    now: Ts,
    intents: u64,
    /// Two prices and a size, read once.
    prices: [Price; 2],
    size: Qty,
}

fn limits() -> Limits {
    let most = Money::from_units(i32::MAX);
    Limits {
        order_notional_max: most,
        symbol_gross_max: most,
        strategy_gross_max: most,
        portfolio_gross_max: most,
        portfolio_net_max: most,
        open_orders_max: 2_048,
        symbol_orders_per_minute: u32::MAX,
        strategy_orders_per_minute: u32::MAX,
        daily_loss_cap: Money::from_units(i32::MAX - 1),
        daily_loss_kill: most,
        drawdown_kill: most,
        price_age_max: Span::DAY,
        ..Limits::default()
    }
}

fn strategy(number: u32) -> StrategyId {
    contracts::testing::strategy(&format!("s{number}"))
}

fn symbol(number: u32) -> Symbol {
    contracts::testing::symbol(&format!("A{number}/USD"))
}

impl Bench {
    /// Every one of so many strategies holds every one of so many instruments, with `orders` open.
    fn new(strategies: u32, symbols: u32, orders: u32) -> Self {
        let cash = (0..strategies).map(|number| (strategy(number), money("1000000000"))).collect();
        let config = GateConfig {
            run: RUN,
            key: SealKey::new([7; 16]),
            limits: limits(),
            currency: asset("USD"),
            method: Method::Fifo,
            cash,
            spot: true,
            kill: LatchRules::none(),
            pool: None,
        };
        let machines: Vec<Box<dyn Machine>> = vec![Box::new(Gate::new(config).unwrap())];
        let sequencer = Sequencer::new(Epoch(1), machines);
        let now = secs(1_000);
        let prices = [price("100"), price("100.02")];
        let (counted, size) = (Counted::default(), qty("1"));
        let mut bench = Self { sequencer, counted, now, intents: 0, prices, size };
        for number in 0..symbols {
            bench.say(Source::MdIngest, None, Event::Instrument(instrument(symbol(number))));
            bench.quote(symbol(number), price("100"));
        }
        bench.wake();
        for strategy_number in 0..strategies {
            for number in 0..symbols {
                bench.hold(strategy(strategy_number), symbol(number));
            }
        }
        for number in 0..orders {
            bench.place(strategy(number % strategies), symbol(number / strategies % symbols));
        }
        bench
    }

    fn say(&mut self, from: Source, corr: Option<Corr>, event: Event) {
        let mut input = Envelope::input(from, self.now, event);
        input.corr = corr;
        self.sequencer.take(self.now, input, &mut self.counted).unwrap();
    }

    fn wake(&mut self) {
        self.now = self.now + Span::from_millis(100);
        while self.sequencer.wake(self.now, &mut self.counted).unwrap() {}
    }

    fn quote(&mut self, symbol: Symbol, at: Price) {
        let (at, bid_qty, ask_qty) = (Some(at), self.size, self.size);
        let ticker = Ticker { symbol, bid: at, ask: at, last: at, bid_qty, ask_qty, at: self.now };
        self.say(Source::MdIngest, None, Event::Ticker(ticker));
    }

    fn hold(&mut self, strategy: StrategyId, symbol: Symbol) {
        self.intents += 1;
        let fill = Fill {
            id: OrderId::from_bits(1).unwrap(),
            exec: VenueRef::numbered(b'T', self.intents),
            symbol,
            qty: qty("0.5"),
            price: price("100"),
            fee: Money::ZERO,
            fee_asset: asset("USD"),
            at: self.now,
            side: Side::Buy,
            liquidity: Liquidity::Taker,
        };
        let corr = Corr::new(strategy, Origin::Strategy, IntentSeq::new(1));
        self.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill));
    }

    fn place(&mut self, strategy: StrategyId, symbol: Symbol) -> Place {
        let (corr, place) = self.wish(strategy, symbol);
        self.say(Source::StrategyEngine, Some(corr), Event::Place(place));
        place
    }

    fn wish(&mut self, strategy: StrategyId, symbol: Symbol) -> (Corr, Place) {
        self.intents += 1;
        let corr = Corr::new(strategy, Origin::Strategy, IntentSeq::new(self.intents));
        let id = OrderId::derive(RUN, strategy, corr.origin, corr.intent);
        let kind = OrderKind::Limit(price("99"));
        let spec = OrderSpec::new(symbol, Side::Buy, qty("0.1"), kind, Lifetime::UntilCancelled);
        (corr, Place { id, spec: spec.unwrap(), expires: Ts::MAX, why: Label::NONE })
    }

    fn end(&mut self, place: &Place) {
        let update = OrderUpdate {
            id: place.id,
            symbol: place.spec.symbol(),
            qty: place.spec.qty(),
            filled: Qty::ZERO,
            limit: place.spec.limit(),
            venue_ref: None,
            settles: None,
            state: OrderState::Cancelled,
            reason: VenueReason::None,
        };
        self.say(Source::ExecutionGateway, None, Event::Order(update));
    }

    /// How long so many intents took, in batches between which so many prices move. What follows an
    /// approval is ended again; neither is counted.
    fn intents(&mut self, count: u64, batch: u64, moving: u32) -> Duration {
        let mut spent = Duration::ZERO;
        let mut done = 0;
        while done < count {
            let batch = batch.min(count - done);
            let wishes: Vec<_> = (0..batch).map(|_| self.wish(strategy(0), symbol(0))).collect();
            self.now = self.now + Span::from_millis(1);
            let at = self.prices[usize::from(self.intents.is_multiple_of(2))];
            (0..moving).for_each(|number| self.quote(symbol(number), at));
            self.wake();
            let approved = self.counted.approved;
            let start = Instant::now();
            for (corr, place) in &wishes {
                self.say(Source::StrategyEngine, Some(*corr), Event::Place(*place));
            }
            spent += start.elapsed();
            assert_eq!(self.counted.approved - approved, batch, "an intent was refused");
            for (_, place) in &wishes {
                self.end(place);
            }
            done += batch;
        }
        spent
    }

    /// A quote with another price, and the timer that makes a mark of it.
    fn mark(&mut self, symbol: Symbol, number: u64) {
        self.quote(symbol, self.prices[(number % 2) as usize]);
        self.wake();
    }
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("intent");
    for (strategies, symbols) in [(1, 1), (10, 10), (200, 50)] {
        let mut bench = Bench::new(strategies, symbols, 0);
        group.bench_function(format!("stakes/{}", strategies * symbols), |bencher| {
            bencher.iter_custom(|count| bench.intents(count, BATCH, 0));
        });
    }
    for (strategies, symbols) in [(1, 1), (200, 50)] {
        let mut bench = Bench::new(strategies, symbols, 0);
        let name = format!("first after all prices moved/{}", strategies * symbols);
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|count| bench.intents(count, 1, symbols));
        });
    }
    for orders in [1, 2_000] {
        let mut bench = Bench::new(10, 10, orders);
        group.bench_function(format!("open_orders/{orders}"), |bencher| {
            bencher.iter_custom(|count| bench.intents(count, BATCH, 0));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("market");
    for (strategies, symbols) in [(1, 1), (10, 10), (200, 50)] {
        let mut bench = Bench::new(strategies, symbols, 0);
        let (first, mut number) = (symbol(0), 0);
        group.bench_function(format!("mark/{}", strategies * symbols), |bencher| {
            bencher.iter(|| {
                number += 1;
                bench.mark(first, number);
            });
        });
        assert!(bench.counted.marks >= number, "a mark went missing");
    }
    let mut bench = Bench::new(200, 50, 0);
    let (first, at) = (symbol(0), price("100"));
    bench.quote(first, at);
    group.bench_function("quote between marks", |bencher| {
        bencher.iter(|| bench.quote(first, at));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
