//! When a book may be read, and what it does with messages that are broken, late or hostile.

use crate::support::{ask, bid, crc32, level, message, pico_price, pico_qty, rules};
use book::{Applied, Book, State, Why};
use contracts::testing::{price, secs, symbol};
use contracts::{Level, Side, Span};

fn book(depth: u16) -> Book {
    Book::new(symbol("BTC/USD"), depth)
}

fn play(book: &mut Book, levels: &[Level]) -> Vec<Applied> {
    levels.iter().map(|level| book.apply(secs(1), level)).collect()
}

fn snapshot(levels: Vec<Level>) -> Vec<Level> {
    message(levels, true, None)
}

fn update(levels: Vec<Level>) -> Vec<Level> {
    message(levels, false, None)
}

fn bids(book: &Book) -> Vec<String> {
    book.whole().unwrap().levels(Side::Buy).map(|quote| quote.price.to_string()).collect()
}

#[test]
fn apply_nothing_before_the_first_snapshot() {
    let mut book = book(10);
    assert_eq!(play(&mut book, &update(vec![bid("1", "1")])), [Applied::Ignored]);
    assert_eq!((book.state(), book.age(secs(9))), (State::Empty, None));
    assert!(book.whole().is_none());
}

#[test]
fn apply_partial_message_hides_the_book() {
    let mut book = book(10);
    let levels = snapshot(vec![bid("1", "1"), ask("2", "1")]);
    assert_eq!(book.apply(secs(1), &levels[0]), Applied::Partial);
    assert!(book.whole().is_none());
    assert_eq!(book.apply(secs(1), &levels[1]), Applied::Whole);
    assert!(book.whole().is_some());
    let levels = update(vec![bid("1", "3"), ask("2", "3")]);
    assert_eq!(book.apply(secs(1), &levels[0]), Applied::Partial);
    assert!(book.whole().is_none());
    // The rest is lost; a new snapshot starts.
    assert_eq!(play(&mut book, &snapshot(vec![ask("5", "1")])), [Applied::Whole]);
    assert_eq!(bids(&book), [""; 0]);
}

#[test]
fn apply_cut_waits_for_the_end_of_the_message() {
    let mut book = book(2);
    let _ = play(&mut book, &snapshot(vec![bid("9", "1"), bid("8", "1")]));
    // Were 8 cut as soon as 10 came, it would be missing once 10 and 9 are gone again.
    let levels = vec![bid("10", "1"), bid("10", "0"), bid("9", "0")];
    let _ = play(&mut book, &update(levels));
    assert_eq!(bids(&book), ["8"]);
    let levels = vec![bid("7", "1"), bid("10", "1"), bid("9", "1")];
    let _ = play(&mut book, &update(levels));
    assert_eq!(bids(&book), ["10", "9"]);
}

#[test]
fn apply_same_price_repeated_in_order() {
    let mut book = book(10);
    let levels = vec![bid("9", "1"), bid("9", "0"), bid("9", "5"), bid("8", "1"), bid("8", "0")];
    let _ = play(&mut book, &snapshot(levels));
    let best = book.whole().unwrap().best_bid().unwrap();
    assert_eq!((bids(&book), best.qty.to_string()), (vec!["9".to_owned()], "5".to_owned()));
}

#[test]
fn apply_crossed_or_locked_is_unsafe_until_the_next_snapshot() {
    for ask_price in ["1", "0.9"] {
        let mut book = book(10);
        let answers = play(&mut book, &snapshot(vec![bid("1", "1"), ask(ask_price, "1")]));
        assert_eq!(answers, [Applied::Partial, Applied::Unsafe(Why::Crossed)]);
        assert_eq!(book.state(), State::Unsafe(Why::Crossed));
        assert!(book.whole().is_none());
        let mended = update(vec![bid("1", "0")]);
        assert_eq!(play(&mut book, &mended), [Applied::Ignored]);
        assert_eq!(play(&mut book, &snapshot(vec![bid("1", "1")])), [Applied::Whole]);
    }
}

#[test]
fn apply_crossed_within_a_message_is_no_fault() {
    let mut book = book(10);
    let _ = play(&mut book, &snapshot(vec![bid("1", "1"), ask("2", "1")]));
    let answers = play(&mut book, &update(vec![bid("2", "1"), ask("2", "0"), ask("3", "1")]));
    assert_eq!(answers.last(), Some(&Applied::Whole));
}

#[test]
fn apply_another_pair_changes_nothing() {
    let mut book = book(10);
    let mut other = snapshot(vec![bid("1", "1")]);
    other[0].symbol = symbol("ETH/USD");
    assert_eq!(play(&mut book, &other), [Applied::OtherSymbol]);
    assert_eq!(book.state(), State::Empty);
}

#[test]
fn apply_endless_message_ends_at_the_bound() {
    for (depth, room) in [(0, 100), (10, 110), (1_000, 2_000)] {
        let mut book = book(depth);
        let first = snapshot(vec![bid("1", "1"), bid("2", "1")])[0];
        let _ = book.apply(secs(1), &first);
        let next = |n| level(Side::Buy, pico_price(n), pico_qty(1));
        for n in 1..room {
            assert_eq!(book.apply(secs(1), &next(n)), Applied::Partial);
        }
        assert_eq!(book.apply(secs(1), &next(room)), Applied::Unsafe(Why::Bound));
        assert_eq!(book.apply(secs(1), &next(room)), Applied::Ignored);
        let end = update(vec![bid("1", "1")]);
        assert_eq!(play(&mut book, &end), [Applied::Ignored]);
    }
}

#[test]
fn apply_depth_zero_and_largest_values_survive() {
    let mut book = book(0);
    let levels = snapshot(vec![bid("1", "1"), ask("1", "1")]);
    assert_eq!(play(&mut book, &levels).last(), Some(&Applied::Whole));
    assert_eq!(bids(&book), [""; 0]);

    let mut book = Book::new(symbol("BTC/USD"), 10);
    book.follow(&rules("BTC/USD", 12, 12));
    let largest = i128::MAX as u128;
    let levels = vec![
        level(Side::Buy, pico_price(1), pico_qty(largest)),
        level(Side::Sell, pico_price(largest), pico_qty(largest)),
        level(Side::Sell, pico_price(largest - 1), pico_qty(largest)),
    ];
    assert_eq!(play(&mut book, &snapshot(levels)).last(), Some(&Applied::Whole));
    let (low, high) = (largest - 1, largest);
    let text = format!("{low}{high}{high}{high}1{high}");
    assert_eq!(book.checksum(), Some(crc32(text.as_bytes())));
}

#[test]
fn age_counts_from_the_end_of_the_last_message() {
    let mut book = book(10);
    let levels = snapshot(vec![bid("1", "1"), ask("2", "1")]);
    let _ = book.apply(secs(5), &levels[0]);
    assert_eq!(book.age(secs(9)), None);
    let _ = book.apply(secs(6), &levels[1]);
    assert_eq!(book.age(secs(9)), Some(Span::from_secs(3)));
    assert_eq!(book.age(secs(2)), Some(Span::ZERO));
    assert_eq!(book.venue_at(), Some(secs(1)));
    // A level that is not applied makes nothing fresher.
    let _ = book.apply(secs(8), &update(vec![bid("1.5", "1"), ask("2", "1")])[0]);
    assert_eq!(book.age(secs(9)), Some(Span::from_secs(3)));
}

#[test]
fn stored_book_goes_on_where_it_was() {
    let mut book = book(3);
    book.follow(&rules("BTC/USD", 1, 8));
    let levels = vec![bid("9", "1"), bid("8", "2"), ask("10", "3"), ask("11", "4")];
    let _ = play(&mut book, &snapshot(levels));
    let text = serde_json::to_string(&book).unwrap();
    let mut copy: Book = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&copy).unwrap(), text);
    assert_eq!(copy.checksum(), book.checksum());
    for book in [&mut book, &mut copy] {
        let levels = vec![bid("9.5", "1"), bid("8.5", "1"), ask("10", "0")];
        assert_eq!(play(book, &update(levels)).last(), Some(&Applied::Whole));
    }
    assert_eq!(copy.whole().unwrap().best_bid().unwrap().price, price("9.5"));
    assert_eq!(serde_json::to_string(&copy).unwrap(), serde_json::to_string(&book).unwrap());
}

#[test]
fn stored_nonsense_is_refused() {
    let read = |depth: u16, bids: &str, asks: &str| {
        let text = format!(
            r#"{{"symbol":"BTC/USD","depth_max":{depth},"state":"whole","applied_at":"1",
                "venue_at":"1","bids":{bids},"asks":{asks}}}"#
        );
        serde_json::from_str::<Book>(&text).map(|_book| ()).map_err(|error| error.to_string())
    };
    assert_eq!(read(2, r#"[["2","1"],["1","1"]]"#, r#"[["3","1"]]"#), Ok(()));
    for (depth, bids, asks) in [
        (2, r#"[["1","1"],["2","1"]]"#, "[]"),
        (2, r#"[["1","1"],["1","1"]]"#, "[]"),
        (2, r#"[["1","0"]]"#, "[]"),
        (2, r#"[["1","1"]]"#, r#"[["1","1"]]"#),
        (1, r#"[["2","1"],["1","1"]]"#, "[]"),
        (2, r#"[["0","1"]]"#, "[]"),
    ] {
        assert!(read(depth, bids, asks).is_err(), "{bids} {asks}");
    }
    let many: Vec<_> = (0..200).map(|n| format!(r#"["{}","1"]"#, 1_000 - n)).collect();
    assert!(read(10, &format!("[{}]", many.join(",")), "[]").is_err());
}
