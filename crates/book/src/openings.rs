//! What somebody is told who begins to listen to a market: its rules, and the whole book as a snapshot.

use std::collections::BTreeMap;

use contracts::{Event, Instrument, Level, LevelPart, Price, Qty, Side, Symbol, Ticker, Ts};

use crate::apply::Book;

/// Follows markets, so that anybody can begin with them at any time.
///
/// It holds as many markets as it is told of instruments; whoever feeds it bounds them.
#[derive(Default)]
pub struct Openings {
    depth: u16,
    rules: BTreeMap<Symbol, Instrument>,
    books: BTreeMap<Symbol, Book>,
    tickers: BTreeMap<Symbol, Ticker>,
}

impl Openings {
    /// Of no market yet. Books are as deep as their feed shows them, and no deeper: a level that the feed
    /// no longer shows would come back as if it still stood.
    pub fn new(depth: u16) -> Self {
        Self { depth, ..Self::default() }
    }

    /// The markets that it has been told of.
    pub fn symbols(&self) -> impl Iterator<Item = Symbol> {
        self.rules.keys().copied()
    }

    /// The market has moved.
    pub fn hear(&mut self, now: Ts, event: &Event) {
        match event {
            Event::Instrument(rules) => {
                self.rules.insert(rules.symbol, *rules);
                if let Some(book) = self.books.get_mut(&rules.symbol) {
                    book.follow(rules);
                }
            }
            Event::Ticker(ticker) => {
                self.tickers.insert(ticker.symbol, *ticker);
            }
            Event::Level(level) => {
                let _ = self.book(level.symbol).apply(now, level);
            }
            _ => {}
        }
    }

    fn book(&mut self, symbol: Symbol) -> &mut Book {
        self.books.entry(symbol).or_insert_with(|| {
            let mut book = Book::new(symbol, self.depth);
            if let Some(rules) = self.rules.get(&symbol) {
                book.follow(rules);
            }
            book
        })
    }

    /// What somebody is told who begins now: rules, the best prices, the book. `None` in the middle of a
    /// message of the venue.
    pub fn opening(&mut self, symbol: Symbol, now: Ts) -> Option<Vec<Event>> {
        let rules = self.rules.get(&symbol).copied().map(Event::Instrument);
        let ticker = self.tickers.get(&symbol).copied().map(Event::Ticker);
        let mut opening: Vec<Event> = rules.into_iter().chain(ticker).collect();
        if let Some(book) = self.books.get_mut(&symbol) {
            opening.extend(snapshot(book, now)?.into_iter().map(Event::Level));
        }
        Some(opening)
    }
}

/// The whole book as the levels of one snapshot; `None` while it is not whole. A book with nothing in it
/// is said as well: who hears nothing keeps what it had.
fn snapshot(book: &mut Book, now: Ts) -> Option<Vec<Level>> {
    let (symbol, checksum) = (book.symbol(), book.checksum());
    let view = book.whole()?;
    let level = |side, price, qty| {
        let (checksum, part) = (None, LevelPart::More);
        Level { symbol, price, qty, at: now, checksum, side, part }
    };
    let sides = [Side::Buy, Side::Sell];
    let levels =
        sides.into_iter().flat_map(|side| view.levels(side).map(move |quote| (side, quote)));
    let mut levels: Vec<Level> =
        levels.map(|(side, quote)| level(side, quote.price, quote.qty)).collect();
    if levels.is_empty() {
        // Nothing rests at any price, so any of them says it.
        levels.push(level(Side::Buy, Price::MIN, Qty::ZERO));
    }
    match levels.as_mut_slice() {
        [] => {}
        [only] => only.part = LevelPart::SnapshotOnly,
        [first, .., last] => {
            (first.part, last.part) = (LevelPart::SnapshotStart, LevelPart::Last);
        }
    }
    if let Some(last) = levels.last_mut() {
        last.checksum = checksum;
    }
    Some(levels)
}

#[cfg(test)]
mod tests {
    use contracts::testing::{instrument, price, qty, secs, symbol};

    use super::*;
    use crate::State;

    fn level(side: Side, at: &str, amount: &str, part: LevelPart) -> Event {
        let (price, qty, at) = (price(at), qty(amount), secs(1));
        Event::Level(Level {
            symbol: symbol("BTC/USD"),
            price,
            qty,
            at,
            checksum: None,
            side,
            part,
        })
    }

    /// Whoever begins with the opening of a book that those levels made has the same book.
    fn check(levels: &[(Side, &str, &str)]) -> Vec<LevelPart> {
        let btc = symbol("BTC/USD");
        let (mut openings, rules) = (Openings::new(10), instrument(btc));
        let (mut followed, mut late) = (Book::new(btc, 10), Book::new(btc, 10));
        followed.follow(&rules);
        openings.hear(secs(1), &Event::Instrument(rules));
        let told = levels.iter().enumerate().map(|(index, (side, price, qty))| {
            level(
                *side,
                price,
                qty,
                if index == 0 { LevelPart::SnapshotOnly } else { LevelPart::Last },
            )
        });
        for event in told {
            openings.hear(secs(1), &event);
            if let Event::Level(level) = event {
                let _ = followed.apply(secs(1), &level);
            }
        }
        assert_eq!(openings.symbols().collect::<Vec<_>>(), [btc]);
        // It had another book before, of which nothing must be left.
        late.follow(&rules);
        for old in [
            level(Side::Buy, "50", "7", LevelPart::SnapshotStart),
            level(Side::Sell, "51", "7", LevelPart::Last),
        ] {
            apply(&mut late, &old);
        }
        let opening = openings.opening(btc, secs(2)).unwrap();
        for event in &opening {
            apply(&mut late, event);
        }
        assert_eq!(late.state(), State::Whole, "{opening:?}");
        let quotes = |book: &Book, side| book.whole().unwrap().levels(side).collect::<Vec<_>>();
        for side in [Side::Buy, Side::Sell] {
            assert_eq!(quotes(&late, side), quotes(&followed, side), "{opening:?}");
        }
        assert_eq!(late.checksum(), followed.checksum());
        let levels = opening.iter().filter_map(|event| match event {
            Event::Level(level) => Some(level),
            _ => None,
        });
        assert!(levels.clone().next_back().unwrap().checksum.is_some(), "{opening:?}");
        levels.map(|level| level.part).collect()
    }

    fn apply(book: &mut Book, event: &Event) {
        match event {
            Event::Instrument(rules) => book.follow(rules),
            Event::Level(level) => {
                let _ = book.apply(secs(2), level);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn opening_makes_a_book_equal_to_the_one_that_was_followed_from_the_beginning() {
        use LevelPart::{Last, More, SnapshotOnly, SnapshotStart};
        use Side::{Buy, Sell};
        let (bid, ask, deep) = ((Buy, "99.9", "2"), (Sell, "100.1", "3"), (Buy, "99.8", "1"));
        let gone = (Buy, "99.9", "0");
        assert_eq!(check(&[bid, deep, ask]), [SnapshotStart, More, Last]);
        assert_eq!(check(&[bid, deep]), [SnapshotStart, Last]);
        assert_eq!(check(&[bid, ask]), [SnapshotStart, Last]);
        assert_eq!(check(&[bid]), [SnapshotOnly]);
        assert_eq!(check(&[ask]), [SnapshotOnly]);
        assert_eq!(check(&[bid, ask, gone]), [SnapshotOnly]);
        assert_eq!(check(&[bid, gone]), [SnapshotOnly]);
        assert_eq!(check(&[bid, deep, ask, gone]), [SnapshotStart, Last]);
    }

    #[test]
    fn opening_waits_for_the_end_of_a_message() {
        let mut openings = Openings::new(10);
        openings.hear(secs(1), &level(Side::Buy, "99", "1", LevelPart::SnapshotStart));
        assert_eq!(openings.opening(symbol("BTC/USD"), secs(1)), None);
    }
}
