//! A trader and a venue, each a process with its own journal, and a socket between them.

use contracts::{Envelope, Event, KillLevel, KillTrigger, Source, Trip};
use execution::Gateway;
use journal::testing::FaultyDisk;
use risk::Gate;
use runtime::Ended;
use simvenue::SimVenue;

use crate::trading::{
    Beside, at_a_venue, desk, fast_clock, machines, nets, seat, trade, trade_on, traded, wait_until,
};

#[test]
fn trader_that_dies_and_loses_its_line_ends_with_the_books_of_the_venue() {
    let clock = fast_clock();
    let disk = FaultyDisk::new();
    let ((gate, open), venue) = at_a_venue(&clock, |venue| {
        // One life that ends with its disk, in the middle of trading.
        let (ended, _) = trade(&disk, venue.address, &clock, |_, _, told| {
            wait_until(|| told.fills() >= 5);
            disk.kill_process();
        });
        assert!(matches!(ended, Ended::Disk(_)), "{ended:?}");
        // Another, whose line breaks, and that then cancels everything and waits for peace.
        let (ended, machines) = trade(&disk, venue.address, &clock, |doors, link, told| {
            wait_until(|| told.fills() >= 5);
            link.down();
            let before = told.fills();
            wait_until(|| told.fills() >= before + 5);
            venue.stands_still();
            let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
            doors.control(Envelope::input(Source::Operator, clock(), Event::Trip(trip)));
            wait_until(|| told.is_at_rest());
        });
        assert_eq!(ended, Ended::InPeace);
        let gateway: &Gateway = machines.machine().unwrap();
        (nets(machines.machine::<Gate>().unwrap()), gateway.open_orders())
    });
    let venue: &SimVenue = venue.machine().unwrap();
    assert_eq!((open, venue.open_orders().len()), (0, 0));
    assert_eq!(gate, traded(venue));
}

#[test]
fn order_that_the_kill_file_holds_back_is_known_not_to_be_sent() {
    let clock = fast_clock();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("KILL");
    std::fs::write(&file, "").unwrap();
    let ((), venue) = at_a_venue(&clock, |venue| {
        // Nothing inside knows of the file: orders are approved, and held back at the door.
        let beside = Beside { kill_file: Some(file.clone()), ..Beside::default() };
        let seat = seat(FaultyDisk::new().files(), clock(), machines(&desk()));
        let (ended, _) = trade_on(seat, venue.address, &clock, beside, |_, _, told| {
            wait_until(|| told.unknown_and_halted().1 >= 3);
            assert_eq!(told.unknown_and_halted().0, 0);
        });
        assert_eq!(ended, Ended::InPeace);
    });
    let venue: &SimVenue = venue.machine().unwrap();
    assert_eq!((venue.open_orders().len(), venue.trades_shown().count()), (0, 0));
}
