//! Group commit: what is promised across the queue and the writer's thread.

use std::thread;
use std::time::Duration;

use contracts::testing::secs;
use contracts::{Envelope, Span};
use journal::testing::{Failure, FaultyDisk};
use journal::{Appender, Fault, GroupLimits, Held, Purpose, Ticket, group};
use kernel::{Seeded, Tap as _};

use crate::rig::*;

fn hand(appender: &mut Appender, input: Envelope, outputs: &[Envelope]) -> Result<Ticket, Fault> {
    let mut turn = appender.turn(Purpose::Anything)?;
    turn.input(&input);
    for output in outputs {
        turn.output(output);
    }
    turn.commit()
}

/// Hands in what is taken on a full disk too, and waits until it is safe.
fn get_out(appender: &mut Appender) {
    let mut turn = appender.turn(Purpose::GetOut).unwrap();
    turn.input(&alert(2));
    let ticket = turn.commit().unwrap();
    appender.watermark().wait(ticket).unwrap();
}

#[test]
fn one_sync_serves_all_who_wait() {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap();
    let before = journal.watermark().syncs();
    let (mut appender, committer) = group(journal, GroupLimits::default());
    let watermark = appender.watermark().clone();
    let mut ticket = Ticket::default();
    for number in 1..=20 {
        ticket = hand(&mut appender, trade(number), &[alert(number)]).unwrap();
    }
    assert!(watermark.safe() < ticket);
    let held = watermark.release(Held::until(ticket, "send")).unwrap_err();
    drop(appender);
    committer.run().unwrap().close().unwrap();
    assert_eq!(watermark.release(held).unwrap(), "send");
    // One for the batch, and those of a rotation that the small segment asks for.
    assert!(watermark.syncs() - before <= 4, "{}", watermark.syncs() - before);
    assert_eq!(messages(&disk).len(), 40);
}

#[test]
fn turn_that_somebody_waits_for_is_synced_without_waiting_for_more() {
    let disk = FaultyDisk::new();
    let mut large = place(&disk);
    large.limits.segment_bytes = 1 << 20;
    let journal = journal::recover(large).unwrap().begin(start(1), &[]).unwrap();
    let before = journal.watermark().syncs();
    // A batch is one turn: its input, its output, and its end.
    let limits = GroupLimits { batch_records: 3, ..GroupLimits::default() };
    let (mut appender, committer) = group(journal, limits);
    let watermark = appender.watermark().clone();
    for number in 1..=20 {
        hand(&mut appender, trade(number), &[alert(number)]).unwrap();
    }
    drop(appender);
    committer.run().unwrap().close().unwrap();
    assert_eq!(watermark.syncs() - before, 20);
}

#[test]
fn market_that_never_pauses_is_synced_within_its_span() {
    let disk = FaultyDisk::new();
    let mut large = place(&disk);
    large.limits.segment_bytes = 1 << 20;
    large.limits.unsynced_bytes = 1 << 20;
    large.limits.unsynced_span = Span::from_secs(5);
    let journal = journal::recover(large).unwrap().begin(start(1), &[]).unwrap();
    let before = journal.watermark().syncs();
    let limits = GroupLimits { batch_records: 2, ..GroupLimits::default() };
    let (mut appender, committer) = group(journal, limits);
    let watermark = appender.watermark().clone();
    // A second apart each, and nobody waits for any of them.
    for number in 1..=60 {
        let mut said = trade(number);
        said.rx = said.rx + Span::SECOND.times(number.cast_signed());
        hand(&mut appender, said, &[]).unwrap();
    }
    drop(appender);
    committer.run().unwrap().close().unwrap();
    let syncs = watermark.syncs() - before;
    assert!((10..=13).contains(&syncs), "{syncs}");
}

#[test]
fn what_was_waited_for_survives_a_loss_of_power() {
    for seed in 0..20 {
        let disk = FaultyDisk::new();
        let limits = GroupLimits { queue_records: 8, ..GroupLimits::default() };
        let (mut appender, committer) = group(open(&disk).unwrap(), limits);
        let promised = thread::scope(|scope| {
            let writer = scope.spawn(move || committer.run());
            let watermark = appender.watermark().clone();
            let mut promised = 0;
            for number in 1..=50 {
                let ticket = hand(&mut appender, trade(number), &[alert(number)]).unwrap();
                if number % 10 == seed % 10 {
                    watermark.wait(ticket).unwrap();
                    promised = 2 * number;
                }
            }
            // The power goes while the rest is on its way.
            disk.lose_power(&mut Seeded::new(seed));
            drop(appender);
            let _ = writer.join().unwrap();
            promised
        });
        drop(open(&disk).unwrap());
        let there = messages(&disk);
        assert!(there.len() as u64 >= promised, "seed {seed}");
        let handed: Vec<Envelope> = (1..=50).flat_map(|n| [trade(n), alert(n)]).collect();
        assert_eq!(there, handed[..there.len()], "seed {seed}");
    }
}

#[test]
fn silence_makes_safe_what_nobody_waits_for() {
    let disk = FaultyDisk::new();
    let limits = GroupLimits { idle: Duration::from_millis(1), ..GroupLimits::default() };
    let (mut appender, committer) = group(open(&disk).unwrap(), limits);
    thread::scope(|scope| {
        let writer = scope.spawn(move || committer.run().map(drop));
        let ticket = hand(&mut appender, trade(1), &[]).unwrap();
        appender.watermark().wait(ticket).unwrap();
        drop(appender);
        writer.join().unwrap().unwrap();
    });
}

#[test]
fn failing_disk_is_told_to_everybody() {
    let disk = FaultyDisk::new();
    let limits = GroupLimits { queue_records: 4, ..GroupLimits::default() };
    let (mut appender, committer) = group(open(&disk).unwrap(), limits);
    disk.fail_at(disk.operations() + 1, Failure::Error);
    thread::scope(|scope| {
        let writer = scope.spawn(move || committer.run().map(drop));
        let ticket = hand(&mut appender, trade(1), &[alert(1)]).unwrap();
        let waited = appender.watermark().wait(ticket);
        assert!(matches!(waited, Err(Fault::Disk { .. })), "{waited:?}");
        assert!(matches!(writer.join().unwrap(), Err(Fault::Disk { .. })));
        // The sequencer learns it at its next turn, at the latest when the turn ends.
        assert!(matches!(hand(&mut appender, trade(2), &[]), Err(Fault::Disk { .. })));
    });
}

#[test]
fn full_disk_takes_only_what_gets_out() {
    let disk = FaultyDisk::new();
    let (mut appender, committer) = group(open(&disk).unwrap(), GroupLimits::default());
    disk.set_capacity(Some(disk.used() + 100));
    thread::scope(|scope| {
        let writer = scope.spawn(move || committer.run().map(drop));
        let ticket = hand(&mut appender, trade(1), &[alert(1)]).unwrap();
        appender.watermark().wait(ticket).unwrap();
        assert_eq!(hand(&mut appender, trade(2), &[]), Err(Fault::Full));
        get_out(&mut appender);
        disk.set_capacity(None);
        appender.restore_reserve(secs(4)).unwrap();
        drop(appender);
        writer.join().unwrap().unwrap();
    });
    let (mut appender, _committer) = group(open(&disk).unwrap(), GroupLimits::default());
    hand(&mut appender, trade(3), &[]).unwrap();
    assert_eq!(messages(&disk).len(), 3);
}

#[test]
fn reserve_is_put_back_at_a_later_try() {
    let disk = FaultyDisk::new();
    let (mut appender, committer) = group(open(&disk).unwrap(), GroupLimits::default());
    disk.set_capacity(Some(disk.used() + 100));
    thread::scope(|scope| {
        let writer = scope.spawn(move || committer.run().map(drop));
        let ticket = hand(&mut appender, trade(1), &[alert(1)]).unwrap();
        appender.watermark().wait(ticket).unwrap();
        for has_room in [false, true] {
            if has_room {
                disk.set_capacity(None);
            }
            appender.restore_reserve(secs(4)).unwrap();
            // Behind the try.
            get_out(&mut appender);
            assert_eq!(appender.watermark().is_low(), !has_room);
        }
        drop(appender);
        writer.join().unwrap().unwrap();
    });
}

#[test]
fn snapshot_travels_through_the_queue_in_its_place() {
    let disk = FaultyDisk::new();
    let (mut appender, committer) = group(open(&disk).unwrap(), GroupLimits::default());
    hand(&mut appender, trade(1), &[]).unwrap();
    appender.rotate(Some(state(1)), secs(2)).unwrap();
    hand(&mut appender, trade(2), &[]).unwrap();
    let other = "9-1:4:00112233445566778899aabbccddeeff".parse().unwrap();
    appender.keep_anchor(other).unwrap();
    appender.accept_break(secs(3)).unwrap();
    drop(appender);
    committer.run().unwrap().close().unwrap();
    let found = journal::recover(place(&disk)).unwrap();
    assert_eq!(found.snapshot().unwrap().unwrap().machines.get(), "{\"heard\":1}");
    let mut after = Vec::new();
    found
        .replay(|record| {
            after.extend(envelope(&record));
            Ok(())
        })
        .unwrap();
    assert_eq!(after, [trade(2)]);
}
