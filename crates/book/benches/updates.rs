//! How many levels per second one core applies, with and without the venue's checksum.
//!
//! The traffic: messages of one to six levels, of which six in seven touch the best ten; two thirds
//! change a quantity, the rest remove and add. Every message leaves a book that is whole.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench may stop at a mistake of its own")]

use std::collections::BTreeMap;
use std::hint::black_box;

use book::{Applied, Book};
use contracts::testing::{money, price, qty, symbol};
use contracts::{Instrument, Level, LevelPart, MarketStatus, Price, Qty, Side, Ts};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const LEVELS: usize = 50_000;
const TICK: u128 = 100_000_000_000;
const LOT: u128 = 10_000;

/// Pseudo-random numbers; the same traffic in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % below
    }

    fn lots(&mut self) -> u128 {
        u128::from(10_000 + self.roll(400_000_000))
    }
}

/// The venue: a book in ticks and lots, and what it tells of its changes.
struct Venue {
    depth: usize,
    dice: Dice,
    /// Asks by tick, bids by turned tick: the best always first.
    sides: [BTreeMap<i64, u128>; 2],
}

impl Venue {
    fn new(depth: usize) -> Self {
        let mut dice = Dice(7);
        let mut side = |best: i64| {
            let mut tick = best;
            let mut next = || {
                tick += 1 + dice.roll(3) as i64;
                (tick, dice.lots())
            };
            (0..depth).map(|_| next()).collect()
        };
        let sides = [side(-300_000), side(300_000)];
        Self { depth, dice, sides }
    }

    fn snapshot(&self) -> Vec<Level> {
        let levels = |index: usize| {
            self.sides[index].iter().map(move |(tick, lots)| level(index, *tick, *lots))
        };
        let mut levels: Vec<_> = levels(0).chain(levels(1)).collect();
        levels[0].part = LevelPart::SnapshotStart;
        levels
    }

    fn message(&mut self) -> Vec<Level> {
        let count = [1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 5][self.dice.roll(12) as usize];
        (0..count).map(|_| self.change()).collect()
    }

    fn change(&mut self) -> Level {
        let index = self.dice.roll(2) as usize;
        let here = self.sides[index].len();
        let rank = if self.dice.roll(7) == 0 {
            self.dice.roll(here as u64)
        } else {
            self.dice.roll(10).min(self.dice.roll(10)).min(here as u64 - 1)
        };
        let (&tick, &lots) = self.sides[index].iter().nth(rank as usize).unwrap();
        let (tick, lots) = match self.dice.roll(6) {
            0 if here > self.depth * 9 / 10 => (tick, 0),
            0 | 1 => (self.free_tick(index, tick), self.dice.lots()),
            _ => (tick, lots % 900_000_000 + 1 + self.dice.lots() / 3),
        };
        let side = &mut self.sides[index];
        if lots == 0 {
            side.remove(&tick);
        } else {
            side.insert(tick, lots);
        }
        level(index, tick, lots)
    }

    /// The next tick without a level, better by preference, where the sides do not meet.
    fn free_tick(&self, index: usize, tick: i64) -> i64 {
        let other = self.sides[1 - index].keys().next().map_or(0, |best| -best);
        let better = tick - 1;
        if better > other && !self.sides[index].contains_key(&better) {
            return better;
        }
        (tick..tick + 10_000).find(|tick| !self.sides[index].contains_key(tick)).unwrap()
    }

    fn cut(&mut self) {
        for side in &mut self.sides {
            while side.len() > self.depth {
                side.pop_last();
            }
        }
    }
}

fn level(index: usize, tick: i64, lots: u128) -> Level {
    Level {
        symbol: symbol("BTC/USD"),
        price: Price::from_pico(u128::from(tick.unsigned_abs()) * TICK).unwrap(),
        qty: Qty::from_pico(lots * LOT).unwrap(),
        at: Ts::ZERO,
        checksum: None,
        side: [Side::Buy, Side::Sell][index],
        part: LevelPart::More,
    }
}

fn empty_book(depth: usize) -> Book {
    let mut book = Book::new(symbol("BTC/USD"), depth as u16);
    book.follow(&Instrument {
        symbol: symbol("BTC/USD"),
        tick: price("0.1"),
        lot: qty("0.00000001"),
        qty_min: qty("0.0001"),
        cost_min: money("0.5"),
        valid_from: Ts::ZERO,
        quote_decimals: 4,
        price_decimals: 1,
        qty_decimals: 8,
        status: MarketStatus::Online,
    });
    book
}

/// A snapshot and the traffic after it, each message with its checksum if wanted.
fn traffic(depth: usize, checked: bool) -> Vec<Level> {
    let mut venue = Venue::new(depth);
    let mut book = empty_book(depth);
    let mut levels = Vec::new();
    let mut message = venue.snapshot();
    while levels.len() < LEVELS {
        venue.cut();
        message.last_mut().unwrap().part = LevelPart::Last;
        let ends = message.iter().map(|level| book.apply(Ts::ZERO, level)).last();
        assert_eq!(ends, Some(Applied::Whole));
        message.last_mut().unwrap().checksum = checked.then(|| book.checksum().unwrap());
        levels.append(&mut message);
        message = venue.message();
    }
    levels
}

fn updates(criterion: &mut Criterion) {
    for (name, checked) in [("levels", false), ("levels with checksum", true)] {
        let mut group = criterion.benchmark_group(name);
        for depth in [10, 25, 100, 1_000] {
            let levels = traffic(depth, checked);
            group.throughput(Throughput::Elements(levels.len() as u64));
            let mut book = empty_book(depth);
            group.bench_function(depth.to_string(), |bencher| {
                bencher.iter(|| {
                    for level in &levels {
                        let _ = black_box(book.apply(Ts::ZERO, black_box(level)));
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, updates);
criterion_main!(benches);
