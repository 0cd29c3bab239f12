//! The power goes, and the disk fails, at every single operation: what was promised is there, what is there
//! is a prefix of what was handed in, a crash never looks like tampering, and the journal goes on.

use contracts::Envelope;
use contracts::testing::secs;
use journal::testing::{Failure, FaultyDisk};
use journal::{Fault, Found, Journal, Purpose, recover};
use kernel::{Seeded, Tap as _};
use proptest::prelude::*;

use crate::rig::*;

/// What one life of the process did.
#[derive(Default)]
struct Story {
    /// Everything that is on the disk or was handed in, in order.
    handed: Vec<Envelope>,
    /// How many of them were promised to be safe.
    promised: usize,
    next: u64,
}

impl Story {
    fn turn(&mut self, journal: &mut Journal, durable: bool) -> Result<(), Fault> {
        self.next += 1;
        let mut turn = match journal.turn(Purpose::Anything) {
            Err(Fault::Full) => journal.turn(Purpose::GetOut)?,
            turn => turn?,
        };
        turn.input(&trade(self.next));
        self.handed.push(trade(self.next));
        if durable {
            turn.output(&alert(self.next));
            self.handed.push(alert(self.next));
        }
        let ticket = turn.commit()?;
        if journal.watermark().safe() >= ticket {
            self.promised = self.handed.len();
        }
        assert!(!durable || self.promised == self.handed.len(), "a durable turn is safe");
        Ok(())
    }

    fn work(&mut self, disk: &FaultyDisk) -> Result<(), Fault> {
        let mut journal = open(disk)?;
        for step in 1..=14_u64 {
            self.turn(&mut journal, step.is_multiple_of(4))?;
            if step.is_multiple_of(6) {
                journal.rotate(Some(&state(step)), secs(3))?;
                self.promised = self.handed.len();
            }
        }
        journal.close()?;
        self.promised = self.handed.len();
        Ok(())
    }

    /// Looks at the disk after a crash: what is there now is the truth.
    fn compare(&mut self, disk: &FaultyDisk, context: &str) {
        let found = recover(place(disk)).unwrap_or_else(|fault| panic!("{context}: {fault}"));
        assert!(!found.must_halt(), "{context}: a crash is no break, {:?}", found.found());
        drop(found);
        let there = messages(disk);
        assert!(there.len() >= self.promised, "{context}: a promised record is gone");
        assert!(there.len() <= self.handed.len(), "{context}: more than was handed in");
        assert_eq!(there, self.handed[..there.len()], "{context}: not a prefix");
        self.promised = there.len();
        self.handed = there;
        let again = recover(place(disk)).unwrap();
        assert!(matches!(again.found(), Found::Whole | Found::Nothing), "{context}: not mended");
    }
}

fn operations() -> u64 {
    let disk = FaultyDisk::new();
    Story::default().work(&disk).unwrap();
    disk.operations()
}

#[test]
fn power_lost_at_every_operation_keeps_every_promise() {
    for at in 0..operations() {
        for seed in 0..6 {
            let (disk, mut story) = (FaultyDisk::new(), Story::default());
            disk.fail_at(at, Failure::Power);
            assert!(story.work(&disk).is_err());
            disk.lose_power(&mut Seeded::new(seed));
            let context = format!("power lost at operation {at}, seed {seed}");
            story.compare(&disk, &context);
            story.work(&disk).unwrap_or_else(|fault| panic!("{context}, then: {fault}"));
            story.compare(&disk, &context);
        }
    }
}

#[test]
fn disk_failing_at_every_operation_stops_the_journal_and_keeps_every_promise() {
    for at in 0..operations() {
        let (disk, mut story) = (FaultyDisk::new(), Story::default());
        disk.fail_at(at, Failure::Error);
        let fault = story.work(&disk).expect_err("a failure of the disk is never passed over");
        assert!(matches!(fault, Fault::Disk { .. }), "{fault}");
        disk.lose_power(&mut Seeded::new(at));
        let context = format!("disk failed at operation {at}");
        story.compare(&disk, &context);
        story.work(&disk).unwrap();
        story.compare(&disk, &context);
    }
}

#[test]
fn process_killed_at_every_operation_keeps_what_was_written() {
    for at in 0..operations() {
        let (disk, mut story) = (FaultyDisk::new(), Story::default());
        disk.fail_at(at, Failure::Power);
        assert!(story.work(&disk).is_err());
        disk.kill_process();
        let context = format!("killed at operation {at}");
        story.compare(&disk, &context);
        // What recovery has read it relies on, so a loss of power now must not take it away.
        story.work(&disk).unwrap();
        disk.lose_power(&mut Seeded::new(at));
        story.compare(&disk, &context);
    }
}

#[test]
fn room_missing_once_at_every_operation_is_met_from_the_reserve_or_told() {
    let mut met = 0;
    for at in 0..operations() {
        let (disk, mut story) = (FaultyDisk::new(), Story::default());
        disk.fail_at(at, Failure::Full);
        match story.work(&disk) {
            Ok(()) => met += 1,
            Err(fault) => {
                let told = matches!(fault, Fault::Disk { .. } | Fault::FullForGood);
                assert!(told, "operation {at}: {fault}");
            }
        }
        disk.kill_process();
        let context = format!("no room at operation {at}");
        story.compare(&disk, &context);
        story.work(&disk).unwrap();
        story.compare(&disk, &context);
    }
    assert!(met > 10, "the reserve was used only {met} times");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn crashes_in_the_middle_of_recovery_keep_every_promise(
        crashes in prop::collection::vec((0_u64..90, any::<u64>(), 0_u8..3), 1..6),
    ) {
        let (disk, mut story) = (FaultyDisk::new(), Story::default());
        for (at, seed, how) in crashes {
            let failure = [Failure::Power, Failure::Error, Failure::Full][usize::from(how)];
            disk.fail_at(disk.operations() + at, failure);
            let _ = story.work(&disk);
            if seed % 3 == 0 { disk.kill_process() } else { disk.lose_power(&mut Seeded::new(seed)) }
            // Recovery itself is cut short now and then, before it is looked at.
            if seed % 2 == 0 {
                disk.fail_at(disk.operations() + seed % 12, Failure::Power);
                let _ = recover(place(&disk)).and_then(|found| found.begin(start(2), &[]));
                disk.lose_power(&mut Seeded::new(seed ^ 1));
            }
            story.compare(&disk, "after several crashes");
        }
        story.work(&disk).unwrap();
        story.compare(&disk, "at the end");
    }
}
