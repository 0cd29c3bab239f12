//! The book against its naive twin: the same levels, the same answers, the same levels left.

use crate::support::{Twin, level, pico_price, pico_qty, rules};
use book::{Applied, Book, State};
use contracts::testing::{secs, symbol};
use contracts::{Level, LevelPart, Side};
use proptest::prelude::*;

/// What a level carries as its checksum.
#[derive(Clone, Copy, Debug)]
enum Told {
    Nothing,
    Right,
    Wrong,
}

/// A level, and what its message says of the book after it.
type Step = (Level, Told);

fn parts() -> impl Strategy<Value = LevelPart> {
    prop_oneof![
        30 => Just(LevelPart::More),
        30 => Just(LevelPart::Last),
        2 => Just(LevelPart::SnapshotStart),
        1 => Just(LevelPart::SnapshotOnly),
    ]
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![30 => Just(Told::Right), 10 => Just(Told::Nothing), 1 => Just(Told::Wrong)]
}

/// Levels of an honest venue: two sides that hardly ever meet, on a grid of few prices.
fn honest() -> impl Strategy<Value = Step> {
    let place = (any::<bool>(), 0_u128..40, 0_u128..4);
    (place, parts(), told()).prop_map(|((buy, distance, lots), part, told)| {
        let (side, ticks) =
            if buy { (Side::Buy, 1_001 - distance) } else { (Side::Sell, 1_000 + distance) };
        let (price, qty) = (pico_price(ticks * 100), pico_qty(lots * 12_345_670));
        (Level { part, ..level(side, price, qty) }, told)
    })
}

/// Levels of any price and quantity at all.
fn hostile() -> impl Strategy<Value = Step> {
    let largest = i128::MAX as u128;
    let place = (any::<bool>(), any::<u128>(), 0_u32..127, any::<u128>(), 0_u32..129);
    (place, parts(), told()).prop_map(move |((buy, price, p, qty, q), part, told)| {
        let side = if buy { Side::Buy } else { Side::Sell };
        let price = pico_price(((price & largest) >> p).max(1));
        let qty = pico_qty((qty & largest).checked_shr(q).unwrap_or(0));
        (Level { part, ..level(side, price, qty) }, told)
    })
}

fn agree(depth: u16, decimals: Option<(u8, u8)>, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut book = Book::new(symbol("BTC/USD"), depth);
    let mut twin = Twin::new(usize::from(depth), decimals);
    if let Some((price_decimals, qty_decimals)) = decimals {
        book.follow(&rules("BTC/USD", price_decimals, qty_decimals));
    }
    let start = Level { part: LevelPart::SnapshotOnly, ..steps[0].0 };
    for (mut level, told) in core::iter::once((start, Told::Nothing)).chain(steps) {
        if level.part.ends_message() {
            level.checksum = match (told, after(&twin, &level)) {
                (Told::Nothing, _) => None,
                (Told::Right, right) => right,
                (Told::Wrong, right) => Some(right.unwrap_or(7) ^ 1),
            };
        }
        prop_assert_eq!(book.apply(secs(1), &level), twin.apply(&level), "{:?}", level);
        prop_assert_eq!(book.state(), twin.state);
        if let Some(view) = book.whole() {
            let mine: Vec<_> = view.levels(Side::Buy).map(|q| (q.price, q.qty)).collect();
            prop_assert_eq!(
                mine,
                twin.bids.iter().rev().map(|(p, q)| (*p, *q)).collect::<Vec<_>>()
            );
            let mine: Vec<_> = view.levels(Side::Sell).map(|q| (q.price, q.qty)).collect();
            prop_assert_eq!(mine, twin.asks.iter().map(|(p, q)| (*p, *q)).collect::<Vec<_>>());
            prop_assert_eq!(book.checksum(), twin.checksum());
        }
    }
    Ok(())
}

/// The true checksum of the book after that level.
fn after(twin: &Twin, level: &Level) -> Option<u32> {
    let mut next = twin.clone();
    let _ = next.apply(&Level { checksum: None, ..*level });
    next.checksum()
}

proptest! {
    #[test]
    fn book_honest_levels_equal_twin(
        depth in 0_u16..25, steps in prop::collection::vec(honest(), 1..300),
    ) {
        agree(depth, Some((10, 11)), steps)?;
    }

    #[test]
    fn book_hostile_levels_equal_twin(
        depth in 0_u16..15,
        decimals in prop::option::of((prop_oneof![Just(12_u8), any::<u8>()], 10_u8..15)),
        steps in prop::collection::vec(hostile(), 1..150),
    ) {
        agree(depth, decimals, steps)?;
    }

    #[test]
    fn book_stored_at_any_moment_goes_on_the_same(
        depth in 0_u16..12, steps in prop::collection::vec(honest(), 1..100), at in 0_usize..100,
    ) {
        let mut book = Book::new(symbol("BTC/USD"), depth);
        book.follow(&rules("BTC/USD", 10, 11));
        let mut copy = book.clone();
        for (index, (level, _)) in steps.iter().enumerate() {
            if index == at {
                let text = serde_json::to_string(&book).unwrap();
                copy = serde_json::from_str(&text).unwrap();
            }
            prop_assert_eq!(book.apply(secs(1), level), copy.apply(secs(1), level));
            prop_assert_eq!(book.checksum(), copy.checksum());
        }
        prop_assert_eq!(serde_json::to_string(&book).unwrap(), serde_json::to_string(&copy).unwrap());
    }
}

#[test]
fn honest_levels_reach_every_kind_of_answer() {
    // The generators above are worth something only if they lead somewhere.
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut whole, mut deep, mut broken) = (0, 0, 0);
    for _ in 0..50 {
        let steps = prop::collection::vec(honest(), 300);
        let mut book = Book::new(symbol("BTC/USD"), 20);
        for (level, _) in steps.new_tree(&mut runner).unwrap().current() {
            match book.apply(secs(1), &level) {
                Applied::Whole => whole += 1,
                Applied::Unsafe(_) => broken += 1,
                _ => {}
            }
            let depth = book.whole().map_or(0, |view| view.len(Side::Buy));
            deep += u32::from(depth > 10 && book.state() == State::Whole);
        }
    }
    assert!(whole > 1_000 && deep > 100 && broken > 50, "{whole} {deep} {broken}");
}
