//! The doors: bounds, order, gaps, and nobody who waits for ever.

use std::thread;
use std::time::Duration;

use contracts::testing::secs;
use contracts::{Event, FeedState};
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

#[test]
fn market_that_finds_no_room_is_lost_and_its_gap_is_said_before_all_that_waits() {
    let (doors, inbox) = Doors::open(TINY);
    let offered: Vec<Offered> = (1..=4).map(|number| doors.market(trade(number))).collect();
    assert_eq!(offered, [Offered::Taken, Offered::Taken, Offered::Lost, Offered::Lost]);
    assert_eq!(doors.lost(), 2);
    let Next::Input(Lane::Market, gap) = next(&inbox) else { panic!("no gap") };
    assert!(matches!(gap.event, Event::Feed(feed) if feed.state == FeedState::Gap));
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(1)));
    assert_eq!(doors.market(trade(5)), Offered::Taken);
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(2)));
    assert_eq!(next(&inbox), Next::Input(Lane::Market, trade(5)));
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
