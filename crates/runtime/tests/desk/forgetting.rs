//! A process to which something is lost of what it has taken and said: its machines are told, once, however often the
//! start dies over it.

use std::path::Path;

use contracts::Cause;
use journal::testing::{Failure, FaultyDisk};
use journal::{Entry, JournalKey, Limits, Reader};
use kernel::Seeded;
use runtime::{Seat, take_seat_after_hang};

use crate::rig::{Asker, bring, place, run, run_seat, seat, seat_to_get_out, small, start};
use crate::trading::wait_until;

/// So many trades are heard before the break, in the state that was kept and behind it.
const HEARD: u64 = 60;

/// The last input in a journal.
fn last_input(disk: &FaultyDisk) -> Cause {
    let key = JournalKey::new([7; 32]);
    let reader = Reader::open(disk.files(), Path::new("/journal"), &key).unwrap();
    let mut last = None;
    reader
        .read(1, |record| {
            if let Entry::Input(input) = &record.entry {
                last = Some(input.as_cause());
            }
            Ok(())
        })
        .unwrap();
    last.unwrap()
}

fn told(seat: &Seat) -> (u64, u64) {
    let asker: &Asker = seat.sequencer.machine().unwrap();
    (asker.heard, asker.forgets)
}

/// A disk with a journal that is broken behind so many trades, and some after them.
fn broken() -> FaultyDisk {
    let disk = FaultyDisk::new();
    run(&disk, Limits::default(), |doors, _| bring(doors, 100..130)).unwrap();
    let died = run(&disk, Limits::default(), |doors, live| {
        bring(doors, 200..240);
        wait_until(|| live.basket.asked().len() >= 40);
        // With these it is written that the others are safe: no loss of power explains what happens to them.
        bring(doors, 240..260);
        wait_until(|| live.basket.asked().len() >= 60);
        disk.kill_process();
    });
    assert_eq!(died.unwrap().heard, 90);
    let segment = disk.paths(Path::new("/journal/live")).into_iter().next_back().unwrap();
    let mut bytes = disk.look(&segment).unwrap();
    let lost = "\"id\":\"230\"";
    let place = bytes.windows(lost.len()).position(|part| part == lost.as_bytes());
    bytes[place.unwrap()] ^= 1;
    disk.plant(&segment, &bytes);
    disk
}

#[test]
fn machines_are_told_once_of_a_broken_chain_and_tripped_until_it_is_accepted() {
    let disk = broken();
    for begins in 0..3 {
        let seat = seat(&disk, small()).unwrap();
        assert!(seat.must_halt.is_some(), "start {begins}");
        assert_eq!(told(&seat), (HEARD, 1), "start {begins}");
        assert_eq!(run_seat(seat, |_, _| {}).heard, HEARD);
    }
}

#[test]
fn start_over_a_broken_chain_loses_nothing_whenever_it_dies() {
    let disk = broken();
    let begun = disk.operations();
    drop(seat(&disk, small()).unwrap());
    let operations = disk.operations() - begun;
    assert!(operations > 20, "{operations}");
    for at in 0..operations {
        for how in 0..3 {
            let disk = broken();
            disk.fail_at(disk.operations() + at, Failure::Power);
            assert!(seat(&disk, small()).is_err(), "operation {at}");
            match how {
                0 => disk.kill_process(),
                seed => disk.lose_power(&mut Seeded::new(seed)),
            }
            let seat = seat(&disk, small()).unwrap();
            assert!(seat.must_halt.is_some(), "operation {at}");
            assert_eq!(told(&seat), (HEARD, 1), "operation {at}, {how}");
        }
    }
}

#[test]
fn start_that_leaves_something_out_tells_so_and_one_after_a_hang_has_nothing_to_tell() {
    let disk = FaultyDisk::new();
    run(&disk, small(), |doors, _| bring(doors, [1, 2, 13])).unwrap();
    assert_eq!(told(&seat_to_get_out(&disk, small()).unwrap()), (2, 1));
    // There is nothing more to leave out.
    assert_eq!(told(&seat_to_get_out(&disk, small()).unwrap()), (2, 1));

    let disk = FaultyDisk::new();
    run(&disk, small(), |doors, _| bring(doors, [1, 2, 13])).unwrap();
    let input = last_input(&disk);
    let machines: Vec<Box<dyn kernel::Machine>> = vec![Box::new(Asker::default())];
    let seat = take_seat_after_hang(place(&disk, small()), start(), machines, input).unwrap();
    assert_eq!(told(&seat), (2, 0));
}
