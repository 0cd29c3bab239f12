//! Which representation of amounts: ours, `rust_decimal`, or a mantissa with an exponent.
//!
//! All three do the same work on the same figures: prices and quantities of a spot venue, from a coin
//! of sixty thousand dollars to one of a hundred-thousandth of a cent. The results stand, with what
//! follows from them, in `docs/adr/0001-exact-amounts.md`.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "the figures are our own")]

mod plain;

use std::fmt::{Display, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::hint::black_box;
use std::str::FromStr;

use contracts::{Money, Price, Qty};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plain::{Plain, PlainMoney};
use rust_decimal::Decimal;

/// How many pairs of price and quantity one iteration works through.
const PAIRS: usize = 1_024;

/// Four instruments: first price and its decimals in ticks, decimals of a lot.
const INSTRUMENTS: [(u64, u32, u32); 4] =
    [(612_073, 1, 8), (245_137, 2, 8), (1_342_715, 7, 8), (89, 10, 5)];

/// What a representation must do to carry the amounts of a trading system.
trait Amounts {
    const NAME: &'static str;
    type Price: Copy + FromStr + Ord + Hash + Display;
    type Qty: Copy + FromStr + Ord + Hash + Display;
    type Money: Copy + Ord + Hash + Display;
    const NOTHING: Self::Money;
    fn cost(price: Self::Price, qty: Self::Qty) -> Option<Self::Money>;
    fn plus(a: Self::Money, b: Self::Money) -> Option<Self::Money>;
}

struct Ours;
impl Amounts for Ours {
    const NAME: &'static str = "scaled_128_bit";
    type Price = Price;
    type Qty = Qty;
    type Money = Money;
    const NOTHING: Money = Money::ZERO;
    fn cost(price: Price, qty: Qty) -> Option<Money> {
        price.cost(qty).ok()
    }
    fn plus(a: Money, b: Money) -> Option<Money> {
        a.plus(b).ok()
    }
}

struct RustDecimal;
impl Amounts for RustDecimal {
    const NAME: &'static str = "rust_decimal";
    type Price = Decimal;
    type Qty = Decimal;
    type Money = Decimal;
    const NOTHING: Decimal = Decimal::ZERO;
    fn cost(price: Decimal, qty: Decimal) -> Option<Decimal> {
        price.checked_mul(qty)
    }
    fn plus(a: Decimal, b: Decimal) -> Option<Decimal> {
        a.checked_add(b)
    }
}

struct MantissaExponent;
impl Amounts for MantissaExponent {
    const NAME: &'static str = "mantissa_exponent";
    type Price = Plain;
    type Qty = Plain;
    type Money = PlainMoney;
    const NOTHING: PlainMoney = PlainMoney::ZERO;
    fn cost(price: Plain, qty: Plain) -> Option<PlainMoney> {
        Some(price.times(qty))
    }
    fn plus(a: PlainMoney, b: PlainMoney) -> Option<PlainMoney> {
        a.plus(b)
    }
}

/// The same texts on every machine, padded with zeros as the venue prints them.
fn texts() -> Vec<(String, String)> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let decimal = |digits: u64, decimals: u32| {
        let scale = 10_u64.pow(decimals);
        format!("{}.{:0width$}", digits / scale, digits % scale, width = decimals as usize)
    };
    (0..PAIRS)
        .map(|index| {
            let (first, price_decimals, qty_decimals) = INSTRUMENTS[index % INSTRUMENTS.len()];
            let price = first + random(first / 20 + 2);
            // Sizes are small often and large seldom, each worth between cents and ten thousands.
            let worth = 10_u64.pow(3 + random(5) as u32) * (1 + random(9)) + random(1_000);
            let qty = u128::from(worth) * 10_u128.pow(price_decimals + qty_decimals)
                / (u128::from(price) * 1_000);
            (decimal(price, price_decimals), decimal(qty.max(1) as u64, qty_decimals))
        })
        .collect()
}

fn parsed<A: Amounts>(texts: &[(String, String)]) -> Vec<(A::Price, A::Qty)> {
    let parse = |(price, qty): &(String, String)| Some((price.parse().ok()?, qty.parse().ok()?));
    texts.iter().map(|pair| parse(pair).unwrap()).collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn measure<A: Amounts>(criterion: &mut Criterion) {
    let texts = texts();
    let pairs = parsed::<A>(&texts);
    let costs: Vec<_> = pairs.iter().map(|(price, qty)| A::cost(*price, *qty).unwrap()).collect();
    let mut bench = |operation: &str, count: usize, work: &mut dyn FnMut()| {
        let mut group = criterion.benchmark_group(operation);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(A::NAME, |bencher| bencher.iter(&mut *work));
        group.finish();
    };
    bench("parse", 2 * PAIRS, &mut || {
        for (price, qty) in black_box(&texts) {
            black_box((price.parse::<A::Price>().ok(), qty.parse::<A::Qty>().ok()));
        }
    });
    bench("multiply", PAIRS, &mut || {
        for (price, qty) in black_box(&pairs) {
            black_box(A::cost(*price, *qty));
        }
    });
    bench("add", PAIRS, &mut || {
        let sum = black_box(&costs).iter().try_fold(A::NOTHING, |sum, cost| A::plus(sum, *cost));
        black_box(sum);
    });
    // Neighbours four apart are prices of one instrument, as in a book.
    bench("compare", PAIRS - 4, &mut || {
        let rising = black_box(&pairs).windows(5).filter(|near| near[0].0 < near[4].0).count();
        black_box(rising);
    });
    bench("hash", PAIRS, &mut || {
        for (price, _) in black_box(&pairs) {
            black_box(hash(price));
        }
    });
    let mut line = String::with_capacity(64);
    bench("print", 2 * PAIRS, &mut || {
        for (price, qty) in black_box(&pairs) {
            line.clear();
            let _ = write!(line, "{price}{qty}");
            black_box(&line);
        }
    });
    // What happens to one execution: read it, value it, book it, judge it.
    bench("one_execution", PAIRS, &mut || {
        let mut sum = A::NOTHING;
        for (price, qty) in black_box(&texts) {
            let cost = price.parse().ok().zip(qty.parse().ok()).and_then(|(p, q)| A::cost(p, q));
            sum = cost.and_then(|cost| A::plus(sum, cost)).unwrap_or(A::NOTHING);
            black_box(cost > Some(costs[0]));
        }
        black_box(sum);
    });
}

/// All costs and their sum as text, with no trailing zeros.
fn results<A: Amounts>(texts: &[(String, String)]) -> Vec<String> {
    let costs = parsed::<A>(texts).into_iter().map(|(price, qty)| A::cost(price, qty).unwrap());
    let mut sum = A::NOTHING;
    let mut results = Vec::new();
    for cost in costs {
        sum = A::plus(sum, cost).unwrap();
        results.push(cost.to_string());
    }
    results.push(sum.to_string());
    let whole = |text: &String| text.split_once('.').is_none();
    let shortest = |text: &String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    results.iter().map(|text| if whole(text) { text.clone() } else { shortest(text) }).collect()
}

/// The three must agree, or the race is for nothing.
fn check_agreement() {
    let texts = texts();
    let ours = results::<Ours>(&texts);
    assert_eq!(results::<RustDecimal>(&texts), ours);
    assert_eq!(results::<MantissaExponent>(&texts), ours);
}

fn amounts(criterion: &mut Criterion) {
    check_agreement();
    measure::<Ours>(criterion);
    measure::<RustDecimal>(criterion);
    measure::<MantissaExponent>(criterion);
}

criterion_group!(benches, amounts);
criterion_main!(benches);
