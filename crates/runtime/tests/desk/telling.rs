//! Telling a market to a process that has no room for it, and beginning anew.

use std::time::Duration;

use contracts::testing::{instrument, price, qty, secs, symbol};
use contracts::{Event, Feed, FeedState, Level, LevelPart, Side};
use runtime::{DoorLimits, Doors, Inbox, Next, Teller};

use crate::rig::trade;

fn taken(inbox: &Inbox) -> Vec<Event> {
    let next = || match inbox.next(secs(1), Duration::ZERO) {
        Next::Input(_, envelope) => Some(envelope.event),
        Next::Nothing | Next::Closed => None,
    };
    std::iter::from_fn(next).collect()
}

fn level(side: Side, at: &str, part: LevelPart) -> Event {
    let (price, qty, at) = (price(at), qty("1"), secs(1));
    Event::Level(Level { symbol: symbol("BTC/USD"), price, qty, at, checksum: None, side, part })
}

fn feed(state: FeedState) -> Event {
    Event::Feed(Feed { symbol: symbol("BTC/USD"), state })
}

#[test]
fn teller_is_silent_after_a_loss_and_begins_anew_with_the_whole_market() {
    let (doors, inbox) = Doors::open(DoorLimits { market: 8, ..DoorLimits::default() });
    let mut teller = Teller::new(doors, 10);
    let rules = Event::Instrument(instrument(symbol("BTC/USD")));
    let book = [
        level(Side::Buy, "99", LevelPart::SnapshotStart),
        level(Side::Sell, "101", LevelPart::Last),
    ];
    teller.tell(secs(1), rules);
    for event in book {
        teller.tell(secs(1), event);
    }
    for number in 1..=6 {
        teller.tell(secs(1), trade(number).event);
    }
    let first: Vec<Event> = taken(&inbox);
    assert_eq!(first[0], feed(FeedState::Gap));
    assert_eq!(first[1..4], [rules, book[0], book[1]]);
    assert_eq!(first.last(), Some(&feed(FeedState::Gap)));
    // There is room, and the next thing that happens brings everything back.
    teller.tell(secs(2), level(Side::Buy, "98", LevelPart::Last));
    let anew = taken(&inbox);
    assert_eq!(anew[0], rules);
    let levels = anew.iter().filter(|event| matches!(event, Event::Level(_))).count();
    assert_eq!((levels, anew.last()), (3, Some(&feed(FeedState::Live))));
    teller.tell(secs(3), trade(7).event);
    assert_eq!(taken(&inbox), [trade(7).event]);
}

#[test]
fn teller_waits_for_the_end_of_a_message_before_it_begins_anew() {
    let (doors, inbox) = Doors::open(DoorLimits { market: 6, ..DoorLimits::default() });
    let mut teller = Teller::new(doors, 10);
    for number in 1..=7 {
        teller.tell(secs(1), trade(number).event);
    }
    taken(&inbox);
    teller.tell(secs(1), level(Side::Buy, "99", LevelPart::SnapshotStart));
    assert_eq!(taken(&inbox), []);
    teller.tell(secs(1), level(Side::Sell, "101", LevelPart::Last));
    assert!(!taken(&inbox).is_empty());
}
