//! Which of a mark's prices the gate looks at, and how old that one is.
//!
//! Quotes and trades have ages of their own: a trade says nothing about an offer of an hour ago.

use contracts::{Mark, Price, Side, Span, Ts};

/// A price with the time that it is from.
type Dated = (Price, Ts);

fn quoted(mark: &Mark, side: Side) -> Option<Dated> {
    let price = match side {
        Side::Buy => mark.bid,
        Side::Sell => mark.ask,
    };
    price.map(|price| (price, mark.quoted))
}

fn traded(mark: &Mark) -> Option<Dated> {
    mark.last.map(|price| (price, mark.traded))
}

/// What an order of that side would meet: the other side of the book, else the last trade, else what
/// waits on its own side.
fn met(mark: &Mark, side: Side) -> Option<Dated> {
    quoted(mark, side.opposite()).or(traded(mark)).or(quoted(mark, side))
}

/// The price that an order of that side would meet, as well as it is known: where the book is too old
/// and a trade is newer, the trade. By it a way out gets its worst price; an increase is refused then.
pub(crate) fn touch(mark: &Mark, side: Side, now: Ts, age_max: Span) -> Option<Price> {
    let met = met(mark, side)?;
    let is_old = now.since(met.1) > age_max;
    let newer = traded(mark).filter(|last| is_old && last.1 > met.1);
    Some(newer.unwrap_or(met).0)
}

/// Since when an order of that side is judged by the same prices: the oldest of those that are used, the
/// one it would meet and the ones at which it is valued.
pub(crate) fn judged_since(mark: &Mark, side: Side) -> Option<Ts> {
    let (_, met) = met(mark, side)?;
    let valued = match (mark.bid, mark.ask) {
        (Some(_), Some(_)) => mark.quoted,
        _ => traded(mark).map_or(mark.quoted, |(_, at)| at),
    };
    Some(met.min(valued))
}

#[cfg(test)]
mod tests {
    use contracts::FeedState;
    use contracts::testing::{price, secs, symbol};

    use super::*;

    /// Bid, ask and last where there is a price, the book from second 10 and the trade from `traded`.
    fn mark(bid: u32, ask: u32, last: u32, traded: i64) -> Mark {
        let price = |units: u32| (units > 0).then(|| price(&units.to_string()));
        let (bid, ask, last, quoted, traded) =
            (price(bid), price(ask), price(last), secs(10), secs(traded));
        let seen = quoted.max(traded);
        Mark {
            symbol: symbol("A/USD"),
            bid,
            ask,
            last,
            seen,
            quoted,
            traded,
            state: FeedState::Live,
        }
    }

    #[test]
    fn sight_the_book_comes_before_the_trade_until_it_is_old() {
        let look = |mark: &Mark, side, now| touch(mark, side, secs(now), Span::from_secs(5));
        let both = mark(99, 101, 100, 14);
        assert_eq!(look(&both, Side::Buy, 15), Some(price("101")));
        assert_eq!(look(&both, Side::Sell, 15), Some(price("99")));
        assert_eq!(look(&both, Side::Buy, 16), Some(price("100")));
        // An older trade is no better.
        assert_eq!(look(&mark(99, 101, 100, 9), Side::Sell, 99), Some(price("99")));
        assert_eq!(look(&mark(99, 0, 100, 9), Side::Buy, 10), Some(price("100")));
        assert_eq!(look(&mark(99, 0, 0, 0), Side::Buy, 10), Some(price("99")));
        assert_eq!(look(&mark(0, 0, 0, 0), Side::Buy, 10), None);
    }

    #[test]
    fn sight_an_order_is_judged_since_the_oldest_price_that_it_uses() {
        // Valued at the middle of the book.
        assert_eq!(judged_since(&mark(99, 101, 100, 14), Side::Buy), Some(secs(10)));
        assert_eq!(judged_since(&mark(99, 101, 100, 5), Side::Buy), Some(secs(10)));
        // Half a book: valued at the last trade.
        assert_eq!(judged_since(&mark(99, 0, 100, 5), Side::Sell), Some(secs(5)));
        assert_eq!(judged_since(&mark(99, 0, 100, 14), Side::Sell), Some(secs(10)));
        assert_eq!(judged_since(&mark(99, 0, 100, 14), Side::Buy), Some(secs(14)));
        assert_eq!(judged_since(&mark(99, 0, 0, 0), Side::Buy), Some(secs(10)));
        assert_eq!(judged_since(&mark(0, 0, 0, 0), Side::Buy), None);
    }
}
