//! What the venue costs per message, dispatcher included: market data beside k resting orders, and
//! the entry of orders. `nobody` is the dispatcher alone.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up must fail")]

use contracts::testing::{price, qty, secs, symbol};
use contracts::{
    CancelOrder, Envelope, Epoch, Event, Instrument, Level, LevelPart, Lifetime, OrderId,
    OrderKind, OrderSpec, Price, Seal, SealKey, Side, Source, Submit, Ticker, Trade, TradeId, Ts,
    seal_request,
};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use kernel::Sequencer;
use simvenue::{SimVenue, VenueConfig};

const KEY: SealKey = SealKey::new([7; 16]);

fn venue(resting: u32) -> Sequencer {
    let config = VenueConfig { open_orders_max: 100_000, ..VenueConfig::default() };
    let mut sequencer = Sequencer::new(Epoch(1), vec![Box::new(SimVenue::new(config, KEY))]);
    tell(&mut sequencer, instrument());
    tell(&mut sequencer, level(Side::Buy, "99", "5", LevelPart::SnapshotStart));
    tell(&mut sequencer, level(Side::Sell, "101", "5", LevelPart::Last));
    for number in 0..resting {
        let limit = Price::from_pico(90_000_000_000_000).unwrap();
        let limit = limit.plus_ticks(price("0.01"), -i64::from(number % 500)).unwrap();
        tell(&mut sequencer, submit(u128::from(number) + 1, Side::Buy, OrderKind::Limit(limit)));
    }
    sequencer
}

fn instrument() -> Event {
    let (lot, qty_min) = (qty("0.00000001"), qty("0.0001"));
    let rules = contracts::testing::instrument(symbol("BTC/USD"));
    Event::Instrument(Instrument { lot, qty_min, ..rules })
}

fn level(side: Side, at: &str, amount: &str, part: LevelPart) -> Event {
    let (price, qty) = (price(at), qty(amount));
    Event::Level(Level {
        symbol: symbol("BTC/USD"),
        price,
        qty,
        at: secs(1),
        checksum: None,
        side,
        part,
    })
}

fn trade(at: &str, amount: &str) -> Event {
    Event::Trade(Trade {
        symbol: symbol("BTC/USD"),
        price: price(at),
        qty: qty(amount),
        id: TradeId::new(1),
        at: secs(1),
        taker: Side::Sell,
    })
}

fn ticker() -> Event {
    Event::Ticker(Ticker {
        symbol: symbol("BTC/USD"),
        bid: Some(price("99")),
        ask: Some(price("101")),
        last: Some(price("100")),
        bid_qty: qty("5"),
        ask_qty: qty("5"),
        at: secs(1),
    })
}

fn sealed(request: Event) -> Event {
    request.with_seal(seal_request(&request, &KEY).unwrap())
}

fn submit(number: u128, side: Side, kind: OrderKind) -> Event {
    let life = Lifetime::UntilCancelled;
    let spec = OrderSpec::new(symbol("BTC/USD"), side, qty("0.01"), kind, life).unwrap();
    let id = OrderId::from_bits(number).unwrap();
    sealed(Event::Submit(Submit { id, spec, deadline: Ts::MAX, seal: Seal::NONE }))
}

fn cancel(number: u128) -> Event {
    let id = OrderId::from_bits(number).unwrap();
    sealed(Event::CancelOrder(CancelOrder { id, seal: Seal::NONE }))
}

fn tell(sequencer: &mut Sequencer, event: Event) {
    sequencer.take(secs(1), Envelope::input(Source::MdIngest, secs(1), event), &mut ()).unwrap();
}

fn market_data(c: &mut Criterion) {
    let mut group = c.benchmark_group("market_data");
    let mut nobody = Sequencer::new(Epoch(1), Vec::new());
    group.bench_function("nobody", |b| b.iter(|| tell(&mut nobody, trade("99.5", "1"))));
    for resting in [0, 10, 1_000] {
        let mut sequencer = venue(resting);
        let events = [
            ("trade", trade("99.5", "1")),
            ("ticker", ticker()),
            ("level", level(Side::Buy, "98", "3", LevelPart::Last)),
        ];
        for (name, event) in events {
            group.bench_function(BenchmarkId::new(name, resting), |b| {
                b.iter(|| tell(&mut sequencer, event));
            });
        }
    }
    group.finish();
}

fn orders(c: &mut Criterion) {
    let mut group = c.benchmark_group("orders");
    for resting in [0, 1_000] {
        let mut sequencer = venue(resting);
        let mut number = 1_000_000;
        group.bench_function(BenchmarkId::new("submit_and_cancel", resting), |b| {
            b.iter(|| {
                number += 1;
                let limit = OrderKind::Limit(price("98"));
                tell(&mut sequencer, submit(number, Side::Buy, limit));
                tell(&mut sequencer, cancel(number));
            });
        });
    }
    let mut sequencer = venue(0);
    let mut number = 1_000_000;
    group.bench_function("market_order_filled", |b| {
        b.iter(|| {
            number += 1;
            // Another quantity each time: what was taken before is there again.
            let amount = if number % 2 == 0 { "5" } else { "6" };
            tell(&mut sequencer, level(Side::Sell, "101", amount, LevelPart::Last));
            tell(&mut sequencer, submit(number, Side::Buy, OrderKind::Market));
        });
    });
    group.bench_function("trade_fills_ten_of_a_thousand", |b| {
        b.iter_batched(
            || venue(1_000),
            |mut sequencer| {
                tell(&mut sequencer, trade("89.99", "0.1"));
                sequencer
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = market_data, orders
}
criterion_main!(benches);
