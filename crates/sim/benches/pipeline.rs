//! What a market event costs on its whole way: venue, gate, strategy, and for those that make the
//! strategy act also approval, order life cycle, matching, fill and books.
//!
//! `after N orders` shows that the cost does not grow with the past.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench may stop at a mistake of its own")]

use contracts::Span;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sim::Treadmill;

/// How many market events one measurement takes.
const BATCH: u64 = 1 << 16;

fn pipeline(criterion: &mut Criterion) {
    for millis in [50, 5] {
        let name = format!("market event, EMA cross with orders and fills, every {millis} ms");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(BATCH));
        group.sample_size(20);
        for before in [0_u64, 1_000_000, 8_000_000] {
            let mut treadmill = Treadmill::new(Span::from_millis(millis)).unwrap();
            treadmill.run(before, &mut ()).unwrap();
            let orders = treadmill.intents();
            group.bench_function(BenchmarkId::new("after orders", orders), |bencher| {
                bencher.iter(|| treadmill.run(BATCH, &mut ()).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
