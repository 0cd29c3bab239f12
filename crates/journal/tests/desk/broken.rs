//! A chain that is broken costs what stands behind the break, and nothing before it: wherever the damage is, and
//! whenever the start that met it dies.

use contracts::testing::secs;
use journal::testing::{Failure, FaultyDisk};
use journal::{Fault, Found, Recovered, recover};
use kernel::{Seeded, Snapshot};

use crate::rig::*;

/// What a start would have: the state that was kept, and the messages behind it.
fn known(found: &Recovered) -> (Option<Snapshot>, Vec<contracts::Envelope>) {
    let mut messages = Vec::new();
    found
        .replay(|record| {
            messages.extend(envelope(&record));
            Ok(())
        })
        .unwrap();
    (found.snapshot().unwrap().map(|kept| kept.snapshot()), messages)
}

fn heard(number: u64) -> Snapshot {
    Snapshot::from_bytes(format!("{{\"heard\":{number}}}").into_bytes())
}

/// One byte in a line of the last segment is changed, counted from the first.
fn damage(disk: &FaultyDisk, line: usize) {
    let (path, mut bytes) = last_file(disk);
    let end = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(line).unwrap().0;
    bytes[end - 70] ^= 1;
    disk.plant(&path, &bytes);
}

#[test]
fn damage_to_a_state_costs_no_more_than_damage_to_any_other_record() {
    for (line, name) in ["the head", "the state"].into_iter().enumerate() {
        let (disk, _) = written();
        let before = messages(&disk);
        damage(&disk, line);
        let found = recover(place(&disk)).unwrap();
        assert!(matches!(found.found(), Found::Broken { .. }), "{name}: {found:?}");
        let (state, messages) = known(&found);
        assert_eq!(state, Some(heard(5)), "{name}");
        // Everything up to the state that is damaged now.
        assert_eq!(messages.first(), Some(&trade(6)), "{name}");
        assert!(messages.len() > 5 && before.ends_with(&before[before.len() - 4..]));
        assert_eq!(messages.last(), Some(&trade(10)), "{name}");
    }
}

/// A start, as a process does it: what it knows comes into the journal before anything else happens.
fn start_over(disk: &FaultyDisk, number: u64) -> Result<(), Fault> {
    let found = recover(place(disk))?;
    let is_broken = matches!(found.found(), Found::Broken { .. });
    let mut journal = found.begin(start(5), &[])?;
    if is_broken {
        turn(&mut journal, trade(900), &[alert(900)])?;
        journal.rotate(Some(&state(number)), secs(30))?;
    }
    turn(&mut journal, trade(901), &[alert(901)])?;
    journal.close().map(drop)
}

#[test]
fn start_that_dies_over_a_broken_chain_takes_nothing_from_the_next() {
    const KNOWN: u64 = 77;
    let broken = || {
        let (disk, _) = written();
        damage(&disk, 3);
        disk
    };
    let disk = broken();
    let begun = disk.operations();
    start_over(&disk, KNOWN).unwrap();
    let operations = disk.operations() - begun;
    assert!(operations > 20, "{operations}");
    let expected = known(&recover(place(&broken())).unwrap());

    let mut again = 0;
    for at in 0..operations {
        for seed in 0..6 {
            let disk = broken();
            disk.fail_at(disk.operations() + at, Failure::Power);
            assert!(start_over(&disk, KNOWN).is_err());
            if seed == 0 {
                disk.kill_process();
            } else {
                disk.lose_power(&mut Seeded::new(seed));
            }
            let found = recover(place(&disk)).unwrap();
            let context = format!("operation {at}, seed {seed}: {found:?}");
            assert!(found.must_halt(), "{context}");
            if matches!(found.found(), Found::Broken { .. }) {
                assert_eq!(known(&found), expected, "{context}");
                again += 1;
            } else {
                assert_eq!(known(&found).0, Some(heard(KNOWN)), "{context}");
            }
            drop(found);
            start_over(&disk, KNOWN).unwrap();
            let found = recover(place(&disk)).unwrap();
            assert!(found.must_halt() && found.found() == &Found::Whole, "{context}");
            assert_eq!(known(&found).0, Some(heard(KNOWN)), "{context}");
        }
    }
    assert!(again > 30, "it was met anew only {again} times");
}
