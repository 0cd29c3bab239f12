//! Nanoseconds per value of a streaming indicator, one series, one core.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench may stop at a mistake of its own")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use indicators::{Bollinger, Ema, Indicator, Macd, Period, Rsi, Sma, Trendline};

fn values() -> Vec<f64> {
    let mut state = 1_u64;
    let mut price = 61_207.3;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        price += f64::from((state >> 40) as u32) / 1e6 - 8.4;
        price
    };
    (0..100_000).map(|_| next()).collect()
}

fn measure<I: Indicator<Input = f64>>(criterion: &mut Criterion, name: &str, mut indicator: I) {
    let values = values();
    let mut group = criterion.benchmark_group("indicators");
    group.throughput(Throughput::Elements(values.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for value in &values {
                black_box(indicator.push(*value));
            }
        });
    });
    group.finish();
}

fn indicators(criterion: &mut Criterion) {
    let period = |values| Period::new(values).unwrap();
    measure(criterion, "ema 50", Ema::new(period(50)));
    measure(criterion, "sma 50", Sma::new(period(50)));
    measure(criterion, "rsi 14", Rsi::new(period(14)));
    measure(criterion, "bollinger 20", Bollinger::new(period(20), 2.0).unwrap());
    measure(criterion, "macd", Macd::new(period(12), period(26), period(9)).unwrap());
    measure(criterion, "trendline 20", Trendline::new(period(20)).unwrap());
}

criterion_group!(benches, indicators);
criterion_main!(benches);
