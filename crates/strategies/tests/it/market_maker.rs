//! The market maker on a book made by hand.

use contracts::testing::{net, price, qty, strategy};
use contracts::{Envelope, Event, Feed, FeedState, Level, LevelPart, Price, Side, Span};
use serde_json::{Value, json};
use strategy::testing::Bench;

use crate::{btc, in_cents, instance, line};

/// A whole book of one level a side.
pub(crate) fn book(bench: &mut Bench, bid: &str, ask: &str) {
    let (first, last) = (LevelPart::SnapshotStart, LevelPart::Last);
    for (side, at, part) in [(Side::Buy, bid, first), (Side::Sell, ask, last)] {
        let (price, qty) = (price(at), qty("5"));
        let level =
            Level { symbol: btc(), price, qty, at: bench.now(), checksum: None, side, part };
        bench.say(Event::Level(level));
    }
}

/// For the golden file: what is asked for when every second a book stands around such a price, which has just
/// traded, and now and then nothing is seen for a while.
pub(crate) fn asked_on_books(params: &Value, closes: &[i64]) -> Vec<String> {
    let mut bench = Bench::new(vec![instance("market_maker", params)]);
    let mut lines = Vec::new();
    for (second, cents) in closes.iter().enumerate() {
        bench.trade(btc(), in_cents(*cents));
        if second % 50 == 49 {
            bench.say(Event::Feed(Feed { symbol: btc(), state: FeedState::Gap }));
        } else {
            let (bid, ask) = (in_cents(cents - 10), in_cents(cents + 10));
            book(&mut bench, &bid.to_string(), &ask.to_string());
        }
        if second % 50 == 4 {
            bench.say(Event::Feed(Feed { symbol: btc(), state: FeedState::Live }));
        }
        lines.extend(bench.intents().iter().map(|intent| line(second, intent)));
        bench.pass(Span::SECOND);
    }
    assert!(bench.strategy(strategy("market_maker")).fault().is_none());
    lines
}

fn maker() -> Bench {
    let params = json!({ "half_spread": 100, "skew": 100, "inventory": "600", "stake": "250" });
    Bench::new(vec![instance("market_maker", &params)])
}

/// The quotes that are open: bid, then ask.
fn quotes(bench: &Bench) -> (Option<Price>, Option<Price>) {
    let open = bench.strategy(strategy("market_maker")).open_orders();
    let quote = |side| {
        let standing = open.iter().find(|order| order.side == side && !order.cancelling);
        standing.and_then(|order| order.limit)
    };
    (quote(Side::Buy), quote(Side::Sell))
}

fn kinds(intents: &[Envelope]) -> Vec<&'static str> {
    intents.iter().map(|intent| intent.event.name()).collect()
}

#[test]
fn market_maker_bids_below_the_middle_and_offers_only_what_it_holds() {
    let mut bench = maker();
    book(&mut bench, "99", "101");
    assert_eq!(quotes(&bench), (Some(price("99")), None));
    bench.trade(btc(), price("98"));
    bench.trade(btc(), price("100"));
    bench.pass(Span::SECOND);
    book(&mut bench, "99", "101");
    let (bid, ask) = quotes(&bench);
    // It holds 252.52 of 600 and leans that share of its skew: the middle of its quotes is 99.58.
    assert_eq!((bid, ask), (Some(price("98.58")), Some(price("100.58"))));
}

#[test]
fn market_maker_changes_a_quote_that_drifted_in_place() {
    let mut bench = maker();
    book(&mut bench, "99", "101");
    bench.intents();
    bench.pass(Span::SECOND);
    book(&mut bench, "99.01", "101.01");
    assert!(bench.intents().is_empty(), "one basis point is not worth a change");
    bench.pass(Span::SECOND);
    book(&mut bench, "100", "102");
    assert_eq!(kinds(&bench.intents()), ["amend"]);
    assert_eq!(quotes(&bench).0, Some(price("99.99")));
}

#[test]
fn market_maker_waits_between_changes() {
    let mut bench = maker();
    book(&mut bench, "99", "101");
    bench.intents();
    book(&mut bench, "100", "102");
    assert!(bench.intents().is_empty());
}

#[test]
fn market_maker_lets_go_when_it_cannot_see() {
    let mut bench = maker();
    book(&mut bench, "99", "101");
    bench.intents();
    bench.say(Event::Feed(Feed { symbol: btc(), state: FeedState::Gap }));
    assert_eq!(kinds(&bench.intents()), ["cancel"]);
    bench.pass(Span::SECOND);
    book(&mut bench, "99", "101");
    assert!(bench.intents().is_empty(), "a book is not trusted while its feed is not");
}

#[test]
fn market_maker_stops_buying_when_full() {
    let mut bench = maker();
    for _ in 0..4 {
        book(&mut bench, "99", "101");
        bench.trade(btc(), price("90"));
        bench.pass(Span::SECOND);
    }
    book(&mut bench, "99", "101");
    let holding = bench.host().ledger().holding(strategy("market_maker"), btc()).unwrap();
    let worth = price("100").value(holding.net()).unwrap();
    assert!(worth <= contracts::testing::money("620"), "{worth}");
    assert!(holding.net() > net("0"));
    assert_eq!(quotes(&bench).0, None);
}
