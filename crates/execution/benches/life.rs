//! What an order costs from its approval to its end, dispatcher included: approved, accepted, its
//! execution and its last report. The cost must not grow with the number of orders that are over.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark that cannot be set up must fail"
)]

use contracts::testing::{asset, price, qty, secs, strategy, symbol};
use contracts::{
    Corr, Envelope, Epoch, Event, Fill, IntentSeq, Label, Lifetime, Liquidity, Money, OrderId,
    OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Place, Qty, Report, RunId, Says,
    SealKey, Side, Source, Ticker, Ts, VenueReason, VenueRef,
};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use execution::{Gateway, GatewayConfig};
use kernel::{Collected, Sequencer, Tap};
use portfolio::Method;
use risk::{Gate, GateConfig, LatchRules, Limits};

const RUN: RunId = RunId::new(1);
const KEY: SealKey = SealKey::new([7; 16]);
/// Orders per measured batch; a batch is what criterion times.
const BATCH: u64 = 1_000;

/// A gate that approves orders for the gateway to be measured.
struct Approver {
    gate: Sequencer,
    number: u64,
}

impl Approver {
    fn new() -> Self {
        let large = Money::from_units(1_000_000_000);
        let limits = Limits {
            order_notional_max: large,
            symbol_gross_max: large,
            strategy_gross_max: large,
            portfolio_gross_max: large,
            portfolio_net_max: large,
            open_orders_max: 2_048,
            symbol_orders_per_minute: u32::MAX,
            strategy_orders_per_minute: u32::MAX,
            ..Limits::default()
        };
        let config = GateConfig {
            run: RUN,
            key: KEY,
            limits,
            currency: asset("USD"),
            method: Method::Fifo,
            cash: vec![(strategy("a"), large)],
            spot: true,
            kill: LatchRules::none(),
            pool: None,
        };
        let gate = Sequencer::new(Epoch(1), vec![Box::new(Gate::new(config).unwrap())]);
        let mut approver = Self { gate, number: 0 };
        for market in [instrument(), ticker()] {
            tell(&mut approver.gate, Source::MdIngest, market, &mut ());
        }
        approver
    }

    /// The approval of a new order.
    fn next(&mut self) -> Envelope {
        self.number += 1;
        let intent = IntentSeq::new(self.number);
        let corr = Corr::new(strategy("a"), Origin::Strategy, intent);
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, intent);
        let place = Event::Place(Place { id, spec: spec(), expires: Ts::MAX, why: Label::NONE });
        let input = Envelope::input(Source::StrategyEngine, secs(1), place).with_corr(corr);
        let mut said = Collected::default();
        self.gate.take(secs(1), input, &mut said).unwrap();
        let approved = |it: &&Envelope| matches!(it.event, Event::Approved(_));
        let approval = *said.0.iter().find(approved).unwrap();
        // To the gate the order is over at once, so that its own books stay small.
        let over = Envelope::input(Source::ExecutionGateway, secs(1), never_sent(id));
        self.gate.take(secs(1), over.with_corr(corr), &mut ()).unwrap();
        approval
    }

    fn batch(&mut self) -> Vec<Envelope> {
        (0..BATCH).map(|_| self.next()).collect()
    }
}

fn spec() -> OrderSpec {
    let (kind, life) = (OrderKind::Limit(price("100")), Lifetime::UntilCancelled);
    OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("1"), kind, life).unwrap()
}

fn never_sent(id: OrderId) -> Event {
    Event::Order(OrderUpdate {
        id,
        symbol: symbol("BTC/USD"),
        qty: qty("1"),
        filled: Qty::ZERO,
        limit: None,
        venue_ref: None,
        settles: None,
        state: OrderState::Rejected,
        reason: VenueReason::Denied,
    })
}

fn instrument() -> Event {
    Event::Instrument(contracts::testing::instrument(symbol("BTC/USD")))
}

fn ticker() -> Event {
    let (symbol, at) = (symbol("BTC/USD"), Some(price("100")));
    let (bid_qty, ask_qty) = (qty("5"), qty("5"));
    Event::Ticker(Ticker { symbol, bid: at, ask: at, last: at, bid_qty, ask_qty, at: secs(1) })
}

fn report(id: OrderId, says: Says, filled: Qty) -> Event {
    Event::Report(Report {
        id,
        venue_ref: Some(VenueRef::numbered(b'O', 1)),
        symbol: Some(symbol("BTC/USD")),
        qty: qty("1"),
        filled,
        limit: Some(price("100")),
        at: secs(1),
        answers: None,
        says,
        reason: VenueReason::None,
    })
}

fn execution(id: OrderId) -> Event {
    Event::Executed(Fill {
        id,
        exec: VenueRef::numbered(b'T', 1),
        symbol: symbol("BTC/USD"),
        qty: qty("1"),
        price: price("100"),
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at: secs(1),
        side: Side::Buy,
        liquidity: Liquidity::Maker,
    })
}

fn tell<T: Tap>(sequencer: &mut Sequencer, from: Source, event: Event, tap: &mut T) {
    sequencer.take(secs(1), Envelope::input(from, secs(1), event), tap).unwrap();
}

/// One whole life.
fn live(gateway: &mut Sequencer, approval: Envelope) {
    let Event::Approved(body) = approval.event else { panic!("not an approval") };
    let (id, all) = (body.id, body.spec.qty());
    gateway.take(secs(1), approval, &mut ()).unwrap();
    tell(gateway, Source::Venue, report(id, Says::Accepted, Qty::ZERO), &mut ());
    tell(gateway, Source::Venue, execution(id), &mut ());
    tell(gateway, Source::Venue, report(id, Says::Filled, all), &mut ());
}

fn gateway() -> Sequencer {
    let config = GatewayConfig::new(KEY, KEY);
    Sequencer::new(Epoch(1), vec![Box::new(Gateway::new(config))])
}

/// Whole lives, a batch of them in a gateway that `prepare` has brought to where they begin.
fn lives(c: &mut Criterion, name: &str, counts: &[usize], prepare: fn(&mut Sequencer, Envelope)) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(BATCH));
    for count in counts {
        let (mut approver, mut prepared) = (Approver::new(), gateway());
        for _ in 0..*count {
            prepare(&mut prepared, approver.next());
        }
        let open = open(&prepared);
        let snapshot = prepared.snapshot();
        let mut begin = || {
            let mut gateway = gateway();
            gateway.restore(&snapshot).unwrap();
            (gateway, approver.batch())
        };
        let run = |(mut gateway, approvals): (Sequencer, Vec<Envelope>)| {
            for approval in approvals {
                live(&mut gateway, approval);
            }
            assert_eq!(self::open(&gateway), open, "every order must have come to its end");
            gateway
        };
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter_batched(&mut begin, run, BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn open(gateway: &Sequencer) -> usize {
    gateway.machine::<Gateway>().unwrap().open_orders()
}

fn beside_finished(c: &mut Criterion) {
    lives(c, "life_beside_finished", &[0, 4_096, 100_000], live);
}

fn beside_open(c: &mut Criterion) {
    lives(c, "life_beside_open", &[10, 1_000], |gateway, approval| {
        gateway.take(secs(1), approval, &mut ()).unwrap();
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = beside_finished, beside_open
}
criterion_main!(benches);
