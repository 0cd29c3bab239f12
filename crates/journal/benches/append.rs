//! How fast records are written: encoded, chained and handed to the file system, without a sync.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench")]

use std::path::PathBuf;

use contracts::testing::{price, qty, secs, symbol};
use contracts::{Envelope, Event, RunId, Seq, Side, Source, Span, Trade, TradeId, Ts};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use journal::files::RealFiles;
use journal::verify::Ask;
use journal::{Journal, JournalKey, Limits, Place, Purpose, Start, recover};
use kernel::Tap as _;

const RECORDS: u64 = 10_000;

fn trade(number: u64) -> Envelope {
    let event = Event::Trade(Trade {
        symbol: symbol("BTC/USD"),
        price: price("61207.3"),
        qty: qty("0.01234567"),
        id: TradeId::new(number),
        at: secs(1_700_000_000),
        taker: Side::Buy,
    });
    let at = Ts::from_nanos(1_700_000_000_000_000_000 + number.cast_signed());
    Envelope { seq: Seq::new(number), ..Envelope::input(Source::MdIngest, at, event) }
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn open(folder: PathBuf) -> Journal {
    let limits = Limits {
        unsynced_bytes: u64::MAX,
        unsynced_span: Span::DAY.times(365),
        ..Limits::default()
    };
    let key = JournalKey::new([7; 32]);
    let (files, anchors, holder) = (std::sync::Arc::new(RealFiles), Vec::new(), "bench".into());
    let place = Place { files, folder, key, limits, anchors, holder };
    recover(place).unwrap().begin(Start::new(RunId::new(7), "b", "s", secs(1)), &[]).unwrap()
}

fn write(journal: &mut Journal, from: u64) {
    for number in from..from + RECORDS {
        let mut turn = journal.turn(Purpose::Anything).unwrap();
        turn.input(&trade(number));
        turn.commit().unwrap();
    }
}

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("journal");
    group.throughput(Throughput::Elements(RECORDS)).sample_size(20);
    let mut journal = open(folder("append"));
    let mut number = 1;
    group.bench_function("append, chained, not synced", |b| {
        b.iter(|| {
            write(&mut journal, number);
            number += RECORDS;
        });
    });
    drop(journal);
    let read = folder("read");
    let mut journal = open(read.clone());
    write(&mut journal, 1);
    journal.close().unwrap();
    group.bench_function("verify", |b| {
        b.iter(|| assert_eq!(Ask::with_key([7; 32]).folder(&read).unwrap().exit_code(), 0));
    });
    group.bench_function("recover, check and replay", |b| {
        b.iter(|| {
            let place = Place {
                files: std::sync::Arc::new(RealFiles),
                folder: read.clone(),
                key: JournalKey::new([7; 32]),
                limits: Limits::default(),
                anchors: Vec::new(),
                holder: "bench".into(),
            };
            let found = recover(place).unwrap();
            let mut records = 0;
            found
                .replay(|_| {
                    records += 1;
                    Ok(())
                })
                .unwrap();
            assert!(records > RECORDS);
        });
    });
    group.finish();
    let _ = std::fs::remove_dir_all(folder("append"));
    let _ = std::fs::remove_dir_all(folder("read"));
}

criterion_group!(all, benches);
criterion_main!(all);
