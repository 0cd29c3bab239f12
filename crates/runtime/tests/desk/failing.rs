//! A process whose disk fails: nothing is told that the disk does not have, and what the disk has is
//! there again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use contracts::{Event, Span};
use journal::Limits;
use journal::testing::{Failure, FaultyDisk};
use kernel::Seeded;
use runtime::{Ended, Offered};

use crate::rig::{bring, run, run_never_idle, small, trade, trip};
use crate::trading::wait_until;

/// Runs with a power loss at that operation of the disk; whether it came to that.
fn dies_at(operation: u64, dice: &mut Seeded) -> bool {
    let disk = FaultyDisk::new();
    disk.fail_at(operation, Failure::Power);
    let told = run(&disk, small(), |doors, _| {
        bring(doors, 100..160);
    });
    let died = !matches!(&told, Ok(ran) if ran.ended == Ended::InPeace);
    disk.lose_power(dice);
    let told: BTreeSet<u128> =
        told.map(|ran| ran.basket.asked().into_iter().collect()).unwrap_or_default();
    let again = run(&disk, small(), |_, _| {}).unwrap();
    // Everything that was told is known again, and nothing is told twice: requests least of all.
    assert!(again.heard >= told.len() as u64, "{operation}: {} of {}", again.heard, told.len());
    assert_eq!(again.basket.asked(), [], "{operation}");
    assert_eq!(again.ended, Ended::InPeace, "{operation}");
    died
}

#[test]
fn power_lost_at_any_operation_of_the_disk_loses_nothing_that_was_told() {
    let mut dice = Seeded::new(7);
    let operations = (0..400).take_while(|operation| dies_at(*operation, &mut dice)).count();
    assert!(operations > 20, "{operations}");
}

#[test]
fn disk_that_fails_ends_the_process_and_tells_why() {
    let disk = FaultyDisk::new();
    let ran = run(&disk, small(), |doors, live| {
        doors.market(trade(100));
        wait_until(|| !live.basket.asked().is_empty());
        disk.fail_at(disk.operations() + 1, Failure::Error);
        doors.market(trade(101));
    });
    let ran = ran.unwrap();
    assert!(matches!(ran.ended, Ended::Disk(_)), "{:?}", ran.ended);
    assert_eq!(ran.basket.asked(), [100]);
}

#[test]
fn full_disk_trips_the_kill_switch_and_takes_what_helps_to_get_out() {
    let disk = FaultyDisk::new();
    // Room for all that can be on its way to the disk, and for getting out.
    let limits = Limits { reserve_bytes: 4 << 20, ..small() };
    let ran = run(&disk, limits, |doors, live| {
        doors.market(trade(100));
        wait_until(|| !live.basket.asked().is_empty());
        disk.set_capacity(Some(disk.used()));
        let has_tripped =
            || live.basket.said().iter().any(|said| matches!(said.event, Event::Feed(_)));
        for number in 101.. {
            doors.market(trade(number));
            wait_until(|| has_tripped() || live.basket.asked().contains(&u128::from(number)));
            if has_tripped() {
                break;
            }
        }
        let asked = live.basket.asked().len();
        doors.market(trade(99_999));
        let said = live.basket.count();
        doors.control(trip());
        wait_until(|| live.basket.count() > said);
        assert!(live.basket.asked().len() <= asked + 1);
        assert!(!live.basket.asked().contains(&99_999));
    });
    assert_eq!(ran.unwrap().ended, Ended::InPeace);
}

#[test]
fn full_disk_shuts_the_market_out_and_lets_it_in_again_under_load() {
    let disk = FaultyDisk::new();
    let limits = Limits { reserve_bytes: 4 << 20, ..small() };
    let ran = run_never_idle(&disk, limits, |doors, live| {
        disk.set_capacity(Some(disk.used()));
        let mut number = 101;
        while doors.has_room() {
            doors.market(trade(number));
            wait_until(|| !doors.has_room() || live.basket.asked().contains(&u128::from(number)));
            number += 1;
        }
        assert_eq!(doors.market(trade(88_888)), Offered::Lost);
        let is_roomy = AtomicBool::new(false);
        let before = live.basket.count();
        std::thread::scope(|threads| {
            // It has something to do all the time, and tries all the same. One after the other: more of it
            // would hold up the news of the gap, and use up the reserve while this test has no processor.
            threads.spawn(|| {
                while !doors.has_room() {
                    let said = live.basket.count();
                    if said > before + 500 && !is_roomy.load(Ordering::Acquire) {
                        std::thread::yield_now();
                        continue;
                    }
                    doors.control(trip());
                    while live.basket.count() == said && !doors.has_room() {
                        std::thread::yield_now();
                    }
                }
            });
            wait_until(|| live.basket.count() >= before + 100);
            disk.set_capacity(None);
            is_roomy.store(true, Ordering::Release);
            while !doors.has_room() {
                live.clock.turn_to((live.clock.handle())() + Span::from_millis(100));
                std::thread::yield_now();
            }
        });
        assert_eq!(doors.market(trade(77_777)), Offered::Taken);
        wait_until(|| live.basket.asked().contains(&77_777));
        assert!(!live.basket.asked().contains(&88_888));
    });
    let ran = ran.unwrap();
    assert_eq!(ran.ended, Ended::InPeace);
    // What was shut out is known to be missing: said when it was, and again where the market goes on.
    assert_eq!(ran.gaps, 2);
    let tripped = ran.basket.said().iter().position(|said| matches!(said.event, Event::Feed(_)));
    assert!(tripped.is_some());
}

#[test]
fn process_with_a_broken_journal_begins_with_the_kill_switch_tripped() {
    let disk = FaultyDisk::new();
    // It dies without keeping its state, so that the next start has to read all of this.
    let died = run(&disk, Limits::default(), |doors, live| {
        bring(doors, 100..120);
        wait_until(|| live.basket.asked().len() >= 20);
        disk.kill_process();
    });
    assert!(matches!(died.unwrap().ended, Ended::Disk(_)));
    let segment = disk.paths(Path::new("/journal/live")).into_iter().next_back().unwrap();
    let mut bytes = disk.look(&segment).unwrap();
    // In a record that later ones knew to be safe: no loss of power explains it.
    bytes[100] ^= 1;
    disk.plant(&segment, &bytes);
    for start in 0..2 {
        let ran = run(&disk, small(), |_, _| {}).unwrap();
        assert_eq!(ran.ended, Ended::InPeace);
        let tripped = ran.basket.said().iter().any(|said| matches!(said.event, Event::Feed(_)));
        assert!(tripped, "start {start}: nobody has accepted the break");
    }
}
