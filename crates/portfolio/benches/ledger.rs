//! What booking a fill and taking a mark cost.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench")]

use contracts::testing::{asset, money, price, qty, strategy, symbol};
use contracts::{Fill, Liquidity, OrderId, Side, Ts, VenueRef};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use portfolio::{Ledger, Method};

fn fill(number: u64) -> Fill {
    Fill {
        id: OrderId::from_bits(1).unwrap(),
        exec: VenueRef::numbered(b'T', number),
        symbol: symbol("BTC/USD"),
        qty: qty("0.01"),
        price: if number.is_multiple_of(2) { price("60000.1") } else { price("60001.3") },
        fee: money("0.4801"),
        fee_asset: asset("USD"),
        at: Ts::ZERO,
        side: if (number / 2).is_multiple_of(2) { Side::Buy } else { Side::Sell },
        liquidity: Liquidity::Taker,
    }
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::new(Method::Fifo);
    ledger.deposit(strategy("a"), asset("USD"), money("1000000")).unwrap();
    ledger.apply(&fill(0), strategy("a")).unwrap();
    ledger
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(1_000));
    let fills: Vec<Fill> = (0..1_000).map(fill).collect();
    group.bench_function("fills", |bench| {
        bench.iter_batched_ref(
            ledger,
            |ledger| {
                for fill in &fills {
                    ledger.apply(fill, strategy("a")).unwrap();
                }
            },
            BatchSize::SmallInput,
        );
    });
    let prices = [price("60000.1"), price("60000.2")];
    group.bench_function("marks", |bench| {
        bench.iter_batched_ref(
            ledger,
            |ledger| {
                for number in 0..1_000 {
                    ledger.mark(symbol("BTC/USD"), prices[number % 2]).unwrap();
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
