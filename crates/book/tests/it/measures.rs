//! The measures of a whole book, by hand and against sums made the slow way.

use crate::support::{ask, bid, level, message, pico_price, pico_qty};
use book::{Book, Quote, View};
use contracts::testing::{money, price, qty, secs, symbol};
use contracts::{Bps, Level, Money, OutOfRange, Price, Qty, Side};
use proptest::prelude::*;

fn book(levels: Vec<Level>) -> Book {
    let mut book = Book::new(symbol("BTC/USD"), 100);
    for level in message(levels, true, None) {
        let _ = book.apply(secs(1), &level);
    }
    book
}

fn sample() -> Book {
    book(vec![
        bid("99", "2"),
        bid("98", "3"),
        bid("90", "10"),
        ask("101", "1"),
        ask("102", "4"),
        ask("110", "20"),
    ])
}

fn check(measure: impl FnOnce(View<'_>)) {
    measure(sample().whole().unwrap());
}

#[test]
fn best_mid_and_spread() {
    check(|view| {
        let best = |p, q| Some(Quote { price: price(p), qty: qty(q) });
        assert_eq!(view.best_bid(), best("99", "2"));
        assert_eq!(view.best_ask(), best("101", "1"));
        assert_eq!(view.mid(), Some(price("100")));
        assert_eq!(view.spread(), Some(Bps::new(200)));
        assert_eq!((view.len(Side::Buy), view.len(Side::Sell)), (3, 3));
    });
    let narrow = book(vec![bid("99999.9", "1"), ask("100000.1", "1")]);
    assert_eq!(narrow.whole().unwrap().spread(), Some(Bps::new(1)), "rounded up");
    let odd = book(vec![bid("0.000000000001", "1"), ask("0.000000000002", "1")]);
    assert_eq!(odd.whole().unwrap().mid(), Some(price("0.000000000001")), "rounded down");
}

#[test]
fn depth_counts_the_border() {
    check(|view| {
        let depth = |side, bps| view.depth(side, Bps::new(bps)).unwrap().unwrap();
        assert_eq!(depth(Side::Buy, 99), Money::ZERO);
        assert_eq!(depth(Side::Buy, 100), money("198"));
        assert_eq!(depth(Side::Buy, 199), money("198"));
        assert_eq!(depth(Side::Buy, 200), money("492"));
        assert_eq!(depth(Side::Sell, 200), money("509"));
        assert_eq!(depth(Side::Sell, 1_000), money("2709"));
        assert_eq!(depth(Side::Buy, i32::MAX), money("1392"));
        assert_eq!(depth(Side::Buy, 0), Money::ZERO);
        assert_eq!(depth(Side::Buy, -5), Money::ZERO);
    });
}

#[test]
fn qty_to_a_price_includes_it() {
    check(|view| {
        let to = |side, text| view.qty_to(side, price(text)).unwrap();
        assert_eq!(to(Side::Buy, "99.5"), Qty::ZERO);
        assert_eq!(to(Side::Buy, "98"), qty("5"));
        assert_eq!(to(Side::Buy, "1"), qty("15"));
        assert_eq!(to(Side::Sell, "100"), Qty::ZERO);
        assert_eq!(to(Side::Sell, "102"), qty("5"));
        assert_eq!(to(Side::Sell, "1000"), qty("25"));
    });
}

#[test]
fn take_walks_the_other_side() {
    check(|view| {
        let bought = view.take(Side::Buy, qty("3")).unwrap();
        assert_eq!(bought.cost, money("305"));
        assert_eq!((bought.qty, bought.missing), (qty("3"), Qty::ZERO));
        assert_eq!(bought.worst, Some(price("102")));
        assert_eq!(bought.average(), Some(price("101.666666666667")), "a buyer pays more");
        let sold = view.take(Side::Sell, qty("3")).unwrap();
        assert_eq!(sold.average(), Some(price("98.666666666666")), "a seller gets less");
        let all = view.take(Side::Sell, qty("100")).unwrap();
        assert_eq!((all.qty, all.missing), (qty("15"), qty("85")));
        let nothing = view.take(Side::Buy, Qty::ZERO).unwrap();
        assert_eq!((nothing.cost, nothing.worst, nothing.average()), (Money::ZERO, None, None));
    });
}

#[test]
fn imbalance_is_a_share_of_one() {
    check(|view| {
        assert_eq!(view.imbalance(1), Ok(Some(333_333_333)));
        assert_eq!(view.imbalance(2), Ok(Some(0)));
        assert_eq!(view.imbalance(9), Ok(Some(-250_000_000)));
        assert_eq!(view.imbalance(0), Ok(None));
    });
    let bids_only = book(vec![bid("1", "5")]);
    assert_eq!(bids_only.whole().unwrap().imbalance(5), Ok(Some(View::ONE)));
    let asks_only = book(vec![ask("1", "5")]);
    assert_eq!(asks_only.whole().unwrap().imbalance(5), Ok(Some(-View::ONE)));
}

#[test]
fn measures_of_a_side_that_is_empty() {
    let book = book(vec![bid("1", "5")]);
    let view = book.whole().unwrap();
    assert!(view.is_empty(Side::Sell) && !view.is_empty(Side::Buy));
    assert_eq!((view.best_ask(), view.mid(), view.spread()), (None, None, None));
    assert_eq!(view.depth(Side::Buy, Bps::new(100)), Ok(None));
    assert_eq!(view.qty_to(Side::Sell, price("9")), Ok(Qty::ZERO));
    let taken = view.take(Side::Buy, qty("1")).unwrap();
    assert_eq!((taken.missing, taken.average()), (qty("1"), None));
}

#[test]
fn measures_out_of_range_are_errors_not_numbers() {
    let largest = i128::MAX as u128;
    let book = book(vec![
        level(Side::Buy, pico_price(largest - 2), pico_qty(largest)),
        level(Side::Buy, pico_price(largest - 3), pico_qty(largest)),
        level(Side::Sell, pico_price(largest - 1), pico_qty(largest)),
    ]);
    let view = book.whole().unwrap();
    assert_eq!(view.spread(), Some(Bps::new(1)));
    assert_eq!(view.depth(Side::Buy, Bps::new(1)), Err(OutOfRange));
    assert_eq!(view.depth(Side::Buy, Bps::new(i32::MAX)), Err(OutOfRange));
    assert_eq!(view.qty_to(Side::Buy, Price::MIN), Err(OutOfRange));
    assert_eq!(view.take(Side::Sell, qty("1000")), Err(OutOfRange));
    assert_eq!(view.imbalance(1), Err(OutOfRange));
}

proptest! {
    #[test]
    fn measures_equal_slow_sums(
        bids in prop::collection::btree_map(1_u128..1_000, 1_u128..1 << 50, 1..30),
        asks in prop::collection::btree_map(1_000_u128..2_000, 1_u128..1 << 50, 1..30),
        within in 0..12_000_i32, wanted in 0_u128..1 << 54, limit in 1_u128..2_000,
    ) {
        let unit = 1_000_000_007_u128;
        let side = |side, levels: &std::collections::BTreeMap<u128, u128>| {
            let level = |(p, q): (&u128, &u128)| level(side, pico_price(p * unit), pico_qty(*q));
            levels.iter().map(level).collect::<Vec<_>>()
        };
        let book = book([side(Side::Buy, &bids), side(Side::Sell, &asks)].concat());
        let view = book.whole().unwrap();
        let mid = view.mid().unwrap().pico();
        let near = |p: u128| p.abs_diff(mid) * 10_000 <= mid * within as u128;
        let slow: u128 = bids.iter().map(|(p, q)| (p * unit, q)).filter(|(p, _)| near(*p))
            .map(|(p, q)| p * q).sum();
        let depth = view.depth(Side::Buy, Bps::new(within)).unwrap().unwrap();
        prop_assert_eq!(depth.yocto() as u128, slow);
        let slow: u128 = asks.range(..=limit).map(|(_, q)| q).sum();
        let reached = view.qty_to(Side::Sell, pico_price(limit * unit)).unwrap();
        prop_assert_eq!(reached.pico(), slow);

        let taken = view.take(Side::Buy, pico_qty(wanted)).unwrap();
        let (mut left, mut cost) = (wanted, 0);
        for (p, q) in &asks {
            let part = left.min(*q);
            left -= part;
            cost += part * p * unit;
        }
        prop_assert_eq!((taken.missing.pico(), taken.cost.yocto() as u128), (left, cost));
        if let Some(average) = taken.average() {
            let best = view.best_ask().unwrap().price;
            prop_assert!(average >= best && average <= taken.worst.unwrap());
            prop_assert!(average.cost(taken.qty).unwrap() >= taken.cost);
        }
    }
}
