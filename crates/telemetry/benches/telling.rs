//! What it costs to say something on a thread that decides, and to write it on the one that writes.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;
use std::io::sink;
use std::sync::Arc;

use contracts::testing::{asset, money, price, qty, strategy, symbol};
use contracts::{
    Corr, Envelope, Event, Fill, IntentSeq, Liquidity, OrderId, Origin, RunId, Side, Source, Ts,
    VenueRef,
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kernel::Tap;
use telemetry::{
    Build, Env, Filter, Gate, Known, Level, Log, LogSetup, Metrics, Notice, Observer, Secrets,
    Service, Style, Terminal, Workers, open,
};

fn metrics() -> Metrics {
    let known = Known::new(&[strategy("mm")], &[symbol("BTC/USD")]);
    let (version, mode) = ("1.2.3".to_owned(), "paper".to_owned());
    Metrics::new(Gate::On, known, &Build { version, env: Env::Dev, mode, started: Ts::ZERO })
        .unwrap()
}

/// A log whose lines are made and thrown away.
fn log(metrics: &Metrics, bound: usize) -> (Log, Workers) {
    let mut setup = LogSetup::new(Service::new("bench").unwrap(), Env::Dev, RunId::new(7));
    let filter = Filter::from(Level::Info);
    setup.terminal = Some(Terminal { out: Box::new(sink()), style: Style::Plain, filter });
    setup.bound = bound;
    let secrets = Secrets::default();
    secrets.register("FRs+gtq09rR7OFtKj9BGhyOGS3u5vtY/EdiIBO9k").unwrap();
    open(setup, Arc::new(|| Ts::ZERO), &secrets, metrics)
}

fn fill() -> Envelope {
    let fill = Fill {
        id: OrderId::from_bits(7).unwrap(),
        exec: VenueRef::numbered(b'T', 1),
        symbol: symbol("BTC/USD"),
        qty: qty("0.5"),
        price: price("61207.3"),
        fee: money("1.96"),
        fee_asset: asset("USD"),
        at: Ts::ZERO,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    };
    let corr = Corr::new(strategy("mm"), Origin::Strategy, IntentSeq::new(1));
    Envelope::input(Source::ExecutionGateway, Ts::ZERO, Event::Fill(fill)).with_corr(corr)
}

const LINES: u16 = 1_000;

fn telling(c: &mut Criterion) {
    let metrics = metrics();
    let fresh = || log(&metrics, usize::from(LINES));
    let mut group = c.benchmark_group("telling");
    group.throughput(criterion::Throughput::Elements(LINES.into()));
    group.bench_function("say a notice", |b| {
        b.iter_batched(
            fresh,
            |(log, workers)| {
                for port in 0..LINES {
                    log.tell(black_box(Notice::HttpListening { port }));
                }
                (log, workers)
            },
            BatchSize::LargeInput,
        );
    });
    let envelope = fill();
    group.bench_function("observe a fill", |b| {
        b.iter_batched(
            || {
                let (log, workers) = fresh();
                (Observer::new(&metrics, &log), workers)
            },
            |(mut observer, workers)| {
                for _ in 0..LINES {
                    observer.output(black_box(&envelope));
                }
                (observer, workers)
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("make lines of fills", |b| {
        b.iter_batched(
            || {
                let (log, workers) = fresh();
                let mut observer = Observer::new(&metrics, &log);
                for _ in 0..LINES {
                    observer.output(&envelope);
                }
                workers
            },
            |mut workers| {
                workers.writer.drain();
                workers
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, telling);
criterion_main!(benches);
