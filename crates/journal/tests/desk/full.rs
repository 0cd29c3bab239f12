//! A full disk: the reserve, what it is for, and the way back.

use contracts::testing::secs;
use journal::testing::FaultyDisk;
use journal::{Entry, Fault, GroupLimits, Journal, Note, Purpose, Remedy, group};
use kernel::Tap as _;

use crate::rig::*;

fn get_out(journal: &mut Journal, number: u64) -> Result<(), Fault> {
    let mut turn = journal.turn(Purpose::GetOut)?;
    turn.input(&alert(number));
    turn.commit().map(drop)
}

/// Fills the disk; returns how many turns it took until the reserve had to be used.
fn fill(disk: &FaultyDisk, journal: &mut Journal) -> u64 {
    disk.set_capacity(Some(disk.used() + 2000));
    for number in 1..100 {
        turn(journal, trade(number), &[alert(number)]).unwrap();
        if journal.watermark().is_low() {
            return number;
        }
    }
    panic!("the disk is never full");
}

#[test]
fn full_disk_loses_nothing_and_takes_only_what_gets_out() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let taken = fill(&disk, &mut journal);
    let refused = turn(&mut journal, trade(200), &[]).unwrap_err();
    assert_eq!((refused.clone(), refused.remedy()), (Fault::Full, Remedy::Retry));
    for number in 1..=10 {
        get_out(&mut journal, 300 + number).unwrap();
    }
    drop(journal);
    assert_eq!(messages(&disk).len() as u64, 2 * taken + 10);
    let used =
        |record: &journal::Record| matches!(record.entry, Entry::Note(Note::ReserveUsed { .. }));
    assert_eq!(records(&disk).unwrap().iter().filter(|record| used(record)).count(), 1);
}

#[test]
fn reserve_that_was_used_is_noted_before_it_stands_again() {
    let disk = FaultyDisk::new();
    let (mut appender, committer) = group(open(&disk).unwrap(), GroupLimits::default());
    disk.set_capacity(Some(disk.used() + 1_000));
    let free = disk.clone();
    std::thread::scope(|threads| {
        let writer = threads.spawn(|| committer.run().unwrap());
        for number in 1.. {
            let mut turn = appender.turn(Purpose::GetOut).unwrap();
            turn.input(&alert(number));
            let ticket = turn.commit().unwrap();
            appender.watermark().wait(ticket).unwrap();
            if appender.watermark().is_low() {
                break;
            }
        }
        free.set_capacity(None);
        appender.restore_reserve(secs(4)).unwrap();
        drop(appender);
        writer.join().unwrap();
    });
    let noted: Vec<bool> = records(&disk)
        .unwrap()
        .iter()
        .filter_map(|record| match record.entry {
            Entry::Note(Note::ReserveUsed { .. }) => Some(true),
            Entry::Note(Note::ReserveRestored { .. }) => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(noted, [true, false]);
}

#[test]
fn reserve_used_up_says_to_cancel_first() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    fill(&disk, &mut journal);
    let fault = (1..1000).find_map(|number| get_out(&mut journal, number).err()).unwrap();
    assert_eq!((fault.clone(), fault.remedy()), (Fault::FullForGood, Remedy::CancelThenRestart));
    assert_eq!(journal.watermark().fault(), Some(Fault::FullForGood));
    assert_eq!(get_out(&mut journal, 1), Err(Fault::Stopped));
    drop(journal);
    // What is there is whole.
    disk.set_capacity(None);
    let found = journal::recover(place(&disk)).unwrap();
    assert!(!found.must_halt(), "{found:?}");
}

#[test]
fn writer_that_is_behind_is_asked_once_to_put_the_reserve_back() {
    let operations_for = |asked: usize| {
        let disk = FaultyDisk::new();
        let mut journal = open(&disk).unwrap();
        fill(&disk, &mut journal);
        let (mut appender, committer) = group(journal, GroupLimits::default());
        let before = disk.operations();
        for _ in 0..asked {
            appender.restore_reserve(secs(4)).unwrap();
        }
        drop(appender);
        committer.run().unwrap();
        disk.operations() - before
    };
    let (never, once) = (operations_for(0), operations_for(1));
    assert!(once > never);
    // What helps to get out would wait behind each of them.
    assert_eq!(operations_for(100), once);
}

#[test]
fn reserve_is_restored_when_there_is_room_again() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    fill(&disk, &mut journal);
    assert_eq!(journal.restore_reserve(secs(4)), Ok(false));
    disk.set_capacity(None);
    assert_eq!(journal.restore_reserve(secs(5)), Ok(true));
    turn(&mut journal, trade(200), &[alert(200)]).unwrap();
    assert!(!journal.watermark().is_low());
    drop(journal);
    let restored = |record: &journal::Record| {
        matches!(record.entry, Entry::Note(Note::ReserveRestored { .. }))
    };
    assert!(records(&disk).unwrap().iter().any(restored));
}

#[test]
fn start_on_a_full_disk_can_still_get_out() {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap();
    journal.close().unwrap();
    disk.set_capacity(Some(disk.used()));
    let mut journal = open(&disk).unwrap();
    assert_eq!(turn(&mut journal, trade(1), &[]), Err(Fault::Full));
    get_out(&mut journal, 1).unwrap();
}

#[test]
fn rotation_on_a_full_disk_uses_the_reserve() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    fill(&disk, &mut journal);
    journal.rotate(Some(&state(1)), secs(3)).unwrap();
    get_out(&mut journal, 1).unwrap();
    drop(journal);
    assert_eq!(files(&disk).len(), 2);
}

#[test]
fn journal_without_a_reserve_stops_when_the_disk_is_full() {
    let disk = FaultyDisk::new();
    let mut without = place(&disk);
    without.limits.reserve_bytes = 0;
    let mut journal = journal::recover(without).unwrap().begin(start(1), &[]).unwrap();
    disk.set_capacity(Some(disk.used() + 500));
    let fault = (1..10).find_map(|number| turn(&mut journal, trade(number), &[alert(1)]).err());
    assert_eq!(fault, Some(Fault::FullForGood));
}
