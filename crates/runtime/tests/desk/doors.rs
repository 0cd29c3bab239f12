//! The doors: bounds, order, gaps, and nobody who waits for ever.

use std::thread;
use std::time::Duration;

use contracts::testing::{secs, symbol};
use contracts::{Envelope, Event, Feed, FeedState, Source};
use proptest::collection::vec;
use proptest::{prop_assert, proptest};
use runtime::{DoorLimits, Doors, Inbox, Lane, Next, Offered};

use crate::rig::{trade, trip};

const TINY: DoorLimits = DoorLimits { controls: 1, reports: 1, market: 2 };

fn next(inbox: &Inbox) -> Next {
    inbox.next(secs(1), Duration::ZERO)
}

#[test]
fn doors_give_controls_before_reports_before_the_market() {
    let (doors, inbox) = Doors::open(TINY);
    for (offer, envelope) in [
        (Doors::market as fn(&Doors, _) -> Offered, trade(1)),
        (Doors::report, trade(2)),
        (Doors::control, trip()),
        (Doors::market, trade(3)),
    ] {
        assert_eq!(offer(&doors, envelope), Offered::Taken);
    }
    let lanes: Vec<Next> = (0..5).map(|_| next(&inbox)).collect();
    let (control, report, market) = (Lane::Control, Lane::Report, Lane::Market);
    let input = |lane, envelope| Next::Input(lane, envelope);
    assert_eq!(
        lanes,
        [
            input(control, trip()),
            input(report, trade(2)),
            input(market, trade(1)),
            input(market, trade(3)),
            Next::Nothing
        ]
    );
}

/// What is taken, one after another: the number of a trade, or how a market is said to be.
fn all(inbox: &Inbox) -> Vec<String> {
    let taken = std::iter::from_fn(|| match next(inbox) {
        Next::Input(lane, envelope) => Some((lane, envelope)),
        Next::Nothing | Next::Closed => None,
    });
    let shown = taken.map(|(lane, envelope)| match (lane, envelope.event) {
        (Lane::Loss, Event::Feed(feed)) => format!("{:?}!", feed.state),
        (Lane::Market, Event::Feed(feed)) => format!("{:?}", feed.state),
        (Lane::Market, Event::Trade(trade)) => trade.id.get().to_string(),
        other => format!("{other:?}"),
    });
    shown.collect()
}

fn live() -> Envelope {
    let feed = Feed { symbol: symbol("BTC/USD"), state: FeedState::Live };
    Envelope::input(Source::MdIngest, secs(1), Event::Feed(feed))
}

#[test]
fn market_that_finds_no_room_is_lost_and_its_gap_is_said_at_once_and_at_its_place() {
    let (doors, inbox) = Doors::open(TINY);
    let offered: Vec<Offered> = (1..=4).map(|number| doors.market(trade(number))).collect();
    assert_eq!(offered, [Offered::Taken, Offered::Taken, Offered::Lost, Offered::Lost]);
    assert_eq!(doors.lost(), 2);
    let Next::Input(Lane::Loss, gap) = next(&inbox) else { panic!("no gap") };
    assert!(matches!(gap.event, Event::Feed(feed) if feed.state == FeedState::Gap));
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(1)));
    assert_eq!(doors.market(trade(5)), Offered::Taken);
    assert_eq!(all(&inbox), ["2", "Gap!", "5"]);
}

#[test]
fn gap_is_not_undone_by_a_live_that_waited_before_it() {
    let (doors, inbox) = Doors::open(TINY);
    doors.market(live());
    doors.market(trade(1));
    assert_eq!(doors.market(trade(2)), Offered::Lost);
    let Next::Input(Lane::Loss, _) = next(&inbox) else { panic!("no gap") };
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(1)));
    // Begun anew, and not lost: this one holds.
    doors.market(live());
    assert_eq!(all(&inbox), ["Gap!", "Live"]);
}

#[test]
fn what_lies_between_two_losses_is_lost_too() {
    let (doors, inbox) = Doors::open(TINY);
    doors.market(trade(1));
    doors.market(trade(2));
    doors.market(trade(3));
    let Next::Input(Lane::Loss, _) = next(&inbox) else { panic!("no gap") };
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(1)));
    doors.market(live());
    assert_eq!(doors.market(trade(5)), Offered::Lost);
    assert_eq!(all(&inbox), ["2", "Gap!"]);
    assert_eq!(doors.lost(), 3);
    doors.market(live());
    assert_eq!(all(&inbox), ["Live"]);
}

#[test]
fn market_that_breaks_is_said_to_before_and_behind_what_waits() {
    let (doors, inbox) = Doors::open(TINY);
    doors.market(live());
    doors.market(trade(1));
    doors.breaks(symbol("BTC/USD"), FeedState::Down);
    assert_eq!(all(&inbox), ["Down!", "1", "Down!"]);
    doors.breaks(symbol("BTC/USD"), FeedState::Down);
    assert_eq!(all(&inbox), ["Down!"]);
}

#[test]
fn what_must_not_wait_is_turned_away_where_there_is_no_room() {
    let (doors, _inbox) = Doors::open(DoorLimits { controls: 2, ..TINY });
    assert_eq!(doors.poll(trip()), Offered::Taken);
    // The other half is for those who say something once.
    assert_eq!(doors.poll(trip()), Offered::Lost);
    assert_eq!(doors.offer_control(trip()), Offered::Taken);
    assert_eq!(doors.offer_control(trip()), Offered::Lost);
    assert_eq!(doors.offer_report(trade(1)), Offered::Taken);
    assert_eq!(doors.offer_report(trade(2)), Offered::Lost);
    doors.close();
    assert_eq!(doors.offer_report(trade(2)), Offered::Closed);
}

proptest! {
    /// Whatever comes, goes and is lost: after the last word of a live market nothing of it is missing,
    /// and whoever begins anew after a loss is believed.
    #[test]
    fn market_that_is_believed_to_be_live_has_no_hole(steps in vec(0_u8..4, 1..200)) {
        let (doors, inbox) = Doors::open(DoorLimits { market: 4, ..TINY });
        let (mut number, mut behind) = (1, false);
        let (mut trusted, mut last) = (true, 0);
        for step in steps {
            if step == 0 {
                // The same as a teller does: from a number that says where it begins.
                if behind && doors.has_room() {
                    behind = doors.market(live()) == Offered::Lost;
                }
            } else if step == 1 {
                match next(&inbox) {
                    Next::Input(_, envelope) => match envelope.event {
                        Event::Feed(feed) => (trusted, last) = (feed.state == FeedState::Live, 0),
                        Event::Trade(trade) => {
                            let id = trade.id.get();
                            prop_assert!(!trusted || last == 0 || id == last + 1, "{last}, {id}");
                            last = id;
                        }
                        _ => {}
                    },
                    Next::Nothing | Next::Closed => {}
                }
            } else {
                if !behind {
                    behind = doors.market(trade(number)) == Offered::Lost;
                }
                number += 1;
            }
        }
        while !behind && let Next::Input(_, envelope) = next(&inbox) {
            if let Event::Feed(feed) = envelope.event {
                trusted = feed.state == FeedState::Live;
            }
        }
        prop_assert!(behind || trusted);
    }
}

#[test]
fn who_brings_a_control_waits_for_room_and_not_for_a_process_that_is_gone() {
    let (doors, inbox) = Doors::open(TINY);
    assert_eq!(doors.control(trip()), Offered::Taken);
    thread::scope(|threads| {
        let waiting = threads.spawn(|| doors.control(trade(2)));
        // Whichever comes first: the second is taken when the first has gone.
        assert_eq!(next(&inbox), Next::Input(Lane::Control, trip()));
        assert_eq!(waiting.join().unwrap(), Offered::Taken);
        let too_late = threads.spawn(|| doors.control(trade(3)));
        drop(inbox);
        assert_eq!(too_late.join().unwrap(), Offered::Closed);
    });
    assert_eq!(doors.market(trade(4)), Offered::Closed);
}

#[test]
fn doors_that_close_let_in_what_waits_and_nothing_more() {
    let (doors, inbox) = Doors::open(TINY);
    doors.market(trade(1));
    doors.close();
    assert_eq!(doors.market(trade(2)), Offered::Closed);
    assert_eq!(doors.report(trade(2)), Offered::Closed);
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(1)));
    assert_eq!(next(&inbox), Next::Closed);
}
