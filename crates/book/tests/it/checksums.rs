//! The checksum against what the venue itself has published and sent.

use crate::support::{ask, bid, crc32, level, message, rules};
use book::{Applied, Book, State, Why};
use contracts::testing::{price, qty, secs, symbol};
use contracts::{Level, LevelPart, Side};
use serde::Deserialize;

type Pairs = Vec<(String, String)>;

#[derive(Deserialize)]
struct Golden {
    chains: Vec<Chain>,
}

#[derive(Deserialize)]
struct Chain {
    name: String,
    symbol: String,
    depth: u16,
    price_decimals: u8,
    qty_decimals: u8,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    bids: Pairs,
    asks: Pairs,
    checksum: u32,
}

impl Chain {
    fn load(name: &str) -> Self {
        let golden: Golden = serde_json::from_str(include_str!("../data/checksums.json")).unwrap();
        golden.chains.into_iter().find(|chain| chain.name == name).unwrap()
    }

    fn book(&self, price_decimals: u8, qty_decimals: u8) -> Book {
        let mut book = Book::new(symbol(&self.symbol), self.depth);
        book.follow(&rules(&self.symbol, price_decimals, qty_decimals));
        book
    }

    /// The levels of message `index`, as the feed says them.
    fn levels(&self, index: usize) -> Vec<Level> {
        let told = &self.messages[index];
        let side = |side, pairs: &Pairs| {
            let pairs = pairs.iter();
            pairs.map(|(p, q)| level(side, price(p), qty(q))).collect::<Vec<_>>()
        };
        let mut levels = side(Side::Buy, &told.bids);
        levels.extend(side(Side::Sell, &told.asks));
        for level in &mut levels {
            level.symbol = symbol(&self.symbol);
        }
        message(levels, index == 0, Some(told.checksum))
    }

    fn play(&self, book: &mut Book) -> Vec<Applied> {
        let play = |index| {
            let levels = self.levels(index);
            levels.iter().map(|level| book.apply(secs(1), level)).last().unwrap()
        };
        (0..self.messages.len()).map(play).collect()
    }
}

fn check(name: &str, messages: usize) {
    let chain = Chain::load(name);
    assert_eq!(chain.messages.len(), messages);
    let mut book = chain.book(chain.price_decimals, chain.qty_decimals);
    assert_eq!(chain.play(&mut book), vec![Applied::Whole; messages], "{name}");
}

#[test]
fn checksum_published_and_recorded_chains_all_agree() {
    check("btc_usd", 1);
    check("matic_usd", 2);
    check("btc_usd_recorded", 12);
}

#[test]
fn checksum_of_another_book_never_agrees() {
    let (btc, matic) = (Chain::load("btc_usd"), Chain::load("matic_usd"));
    let mut book = btc.book(1, 8);
    let mut levels = btc.levels(0);
    levels.last_mut().unwrap().checksum = Some(matic.messages[0].checksum);
    let last = levels.iter().map(|level| book.apply(secs(1), level)).last();
    assert_eq!(last, Some(Applied::Unsafe(Why::Checksum)));
}

#[test]
fn checksum_of_unpadded_numbers_never_agrees() {
    // What comes out where 0.5660 is printed as 566 and 18097.15470000 as 180971547.
    let chain = Chain::load("matic_usd");
    let mut book = chain.book(4, 8);
    let mut levels = chain.levels(0);
    levels.last_mut().unwrap().checksum = Some(3_830_085_102);
    let last = levels.iter().map(|level| book.apply(secs(1), level)).last();
    assert_eq!(last, Some(Applied::Unsafe(Why::Checksum)));
}

#[test]
fn checksum_at_a_wrong_or_unknown_precision_never_agrees() {
    let chain = Chain::load("btc_usd");
    for (price_decimals, qty_decimals) in [(2, 8), (1, 9), (1, 7), (0, 8), (255, 255)] {
        let mut book = chain.book(price_decimals, qty_decimals);
        assert_eq!(chain.play(&mut book), [Applied::Unsafe(Why::Checksum)]);
    }
    let mut book = Book::new(symbol("BTC/USD"), 10);
    assert_eq!(chain.play(&mut book), [Applied::Unsafe(Why::Checksum)]);
    book.follow(&rules("ETH/USD", 1, 8));
    assert_eq!(chain.play(&mut book), [Applied::Unsafe(Why::Checksum)]);
    book.follow(&rules("BTC/USD", 1, 8));
    assert_eq!(chain.play(&mut book), [Applied::Whole]);
}

#[test]
fn checksum_follows_a_change_of_precision() {
    let chain = Chain::load("btc_usd");
    let mut book = chain.book(1, 8);
    let _ = chain.play(&mut book);
    let before = book.checksum();
    book.follow(&rules("BTC/USD", 2, 8));
    assert_ne!(book.checksum(), before);
    book.follow(&rules("BTC/USD", 1, 8));
    assert_eq!(book.checksum(), before);
}

#[test]
fn checksum_lost_message_is_found_by_the_next_unless_that_mends_it() {
    let chain = Chain::load("btc_usd_recorded");
    let found_by_next = |lost: usize| {
        let mut book = chain.book(1, 8);
        let play = |index| {
            let levels: Vec<Level> = chain.levels(index);
            levels.iter().map(|level| book.apply(secs(1), level)).last()
        };
        let answers = (0..=lost + 1).filter(|index| *index != lost).map(play);
        answers.last() == Some(Some(Applied::Unsafe(Why::Checksum)))
    };
    let missed: Vec<_> = (1..11).filter(|lost| !found_by_next(*lost)).collect();
    // These two set the quantity of the very level that the message after them sets again.
    assert_eq!(missed, [6, 7]);
}

#[test]
fn checksum_empty_and_thin_books() {
    let of = |levels: Vec<Level>| {
        let mut book = Book::new(symbol("BTC/USD"), 10);
        book.follow(&rules("BTC/USD", 1, 8));
        for level in message(levels, true, None) {
            let _ = book.apply(secs(1), &level);
        }
        (book.state(), book.checksum())
    };
    assert_eq!(of(vec![bid("1", "0")]), (State::Whole, Some(crc32(b""))));
    assert_eq!(of(vec![bid("1", "2")]), (State::Whole, Some(crc32(b"10200000000"))));
    assert_eq!(of(vec![ask("0.1", "0.00000001")]), (State::Whole, Some(crc32(b"11"))));
    let both = vec![bid("2", "1"), bid("1", "1"), ask("3", "1")];
    let expected = crc32(b"301000000002010000000010100000000");
    assert_eq!(of(both), (State::Whole, Some(expected)));
}

#[test]
fn checksum_level_without_a_print_is_a_mismatch_until_the_next_snapshot() {
    let chain = Chain::load("btc_usd");
    let mut book = chain.book(1, 8);
    let _ = chain.play(&mut book);
    for odd in [bid("45283.55", "1"), ask("45285.1", "0.000000001")] {
        let mut odd = odd;
        (odd.part, odd.checksum) = (LevelPart::Last, Some(1));
        assert_eq!(book.apply(secs(2), &odd), Applied::Unsafe(Why::Checksum));
        assert_eq!(book.checksum(), None);
        assert_eq!(chain.play(&mut book), [Applied::Whole]);
    }
}
