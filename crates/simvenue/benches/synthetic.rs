//! How many messages per second a synthetic market says, by what it says.
#![allow(missing_docs, reason = "the macros of the harness make undocumented functions")]

use std::hint::black_box;

use contracts::Ts;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use simvenue::synthetic::{
    Market, MarketConfig, Streams, SymbolConfig, btc_usd, doge_usd, eth_usd, sol_usd,
};

const MESSAGES: u64 = 100_000;

fn bench(c: &mut Criterion, name: &str, symbols: &[SymbolConfig]) {
    let mut group = c.benchmark_group(format!("synthetic/{name}"));
    group.throughput(Throughput::Elements(MESSAGES));
    for streams in [Streams::Trades, Streams::Ticker, Streams::Book, Streams::CheckedBook] {
        let config = MarketConfig { start: Ts::ZERO, streams, symbols: symbols.to_vec() };
        let Ok(mut market) = Market::new(config, 7) else { return };
        group.bench_function(format!("{streams:?}"), |bencher| {
            bencher.iter(|| {
                for _ in 0..MESSAGES {
                    black_box(&market.next());
                }
            });
        });
    }
    group.finish();
}

fn one(c: &mut Criterion) {
    bench(c, "one", &[btc_usd()]);
}

fn four(c: &mut Criterion) {
    bench(c, "four", &[btc_usd(), eth_usd(), sol_usd(), doge_usd()]);
}

criterion_group!(benches, one, four);
criterion_main!(benches);
