//! The ordinary life: write, close, come back, go on.

use std::path::Path;

use contracts::testing::secs;
use contracts::{Epoch, RunId};
use journal::testing::FaultyDisk;
use journal::{
    Anchor, Entry, Fault, Found, Held, JournalKey, Kind, Note, Place, Purpose, Reader, Start, Why,
    recover,
};
use kernel::Tap as _;

use crate::rig::*;

#[test]
fn journal_written_and_reopened_goes_on_where_it_was() {
    let (disk, head) = written();
    let found = recover(place(&disk)).unwrap();
    assert_eq!((found.found(), found.last(), found.epoch()), (&Found::Whole, Some(head), Epoch(2)));
    drop(found);
    let read = records(&disk).unwrap();
    let numbers: Vec<u64> = read.iter().map(|record| record.seq).collect();
    assert_eq!(numbers, (1..=head.seq).collect::<Vec<_>>());
    let starts: Vec<(u64, u32)> = read
        .iter()
        .filter_map(|record| match &record.entry {
            Entry::Genesis(start) | Entry::Began(start) => Some((record.seq, start.epoch.0)),
            _ => None,
        })
        .collect();
    assert_eq!((starts[0], starts.len(), starts[1].1), ((2, 1), 2, 2));
}

#[test]
fn recovery_begins_at_the_latest_snapshot() {
    let (disk, _) = written();
    let found = recover(place(&disk)).unwrap();
    let state = found.snapshot().unwrap().unwrap();
    assert_eq!(state.machines.get(), "{\"heard\":10}");
    let mut numbers = Vec::new();
    found
        .replay(|record| {
            numbers.extend(envelope(&record).map(|envelope| envelope.seq.get()));
            Ok(())
        })
        .unwrap();
    assert_eq!(numbers, [11, 12, 112, 12, 13, 13, 14, 14]);
}

#[test]
fn second_opener_is_told_who_has_the_folder() {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap();
    let fault = recover(place(&disk)).unwrap_err();
    assert!(matches!(&fault, Fault::InUse { holder, .. } if holder == "a test"), "{fault}");
    drop(journal);
    drop(recover(place(&disk)).unwrap());
}

#[test]
fn wrong_key_and_wrong_session_touch_nothing() {
    let (disk, _) = written();
    let before = files(&disk);
    let wrong = Place { key: JournalKey::new([8; 32]), ..place(&disk) };
    assert!(matches!(recover(wrong), Err(Fault::WrongKey { .. })));
    let other = Start::new(RunId::new(8), "b", "s", secs(1));
    let refused = recover(place(&disk)).unwrap().begin(other, &[]);
    assert!(matches!(refused, Err(Fault::WrongSession { .. })));
    assert_eq!(files(&disk), before);
}

#[test]
fn segment_that_nobody_snapshots_is_closed_at_twice_its_size() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let mut was_due = false;
    for number in 1..=60 {
        turn(&mut journal, trade(number), &[]).unwrap();
        was_due |= journal.watermark().snapshot_due();
    }
    journal.close().unwrap();
    assert!(was_due);
    assert!(files(&disk).len() > 1);
    assert!(files(&disk).iter().all(|(_, bytes)| bytes.len() < 3 * 4096));
    assert_eq!(messages(&disk).len(), 60);
}

#[test]
fn effect_is_held_until_its_record_is_safe() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let watermark = journal.watermark().clone();
    let lazy = turn(&mut journal, trade(1), &[]).unwrap();
    let held = watermark.release(Held::until(lazy, "send")).unwrap_err();
    let durable = turn(&mut journal, trade(2), &[alert(1)]).unwrap();
    assert!(watermark.safe() >= durable && durable > lazy);
    assert_eq!(watermark.release(held).unwrap(), "send");
    watermark.wait(durable).unwrap();
}

#[test]
fn turn_of_no_importance_is_not_synced() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let syncs = journal.watermark().syncs();
    turn(&mut journal, trade(1), &[]).unwrap();
    assert_eq!(journal.watermark().syncs(), syncs);
    // Too much of it is.
    for number in 2..10 {
        turn(&mut journal, trade(number), &[]).unwrap();
    }
    assert!(journal.watermark().syncs() > syncs);
}

#[test]
fn anchors_of_others_are_kept_in_the_chain() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let other: Anchor = "9-1:4:00112233445566778899aabbccddeeff".parse().unwrap();
    journal.keep_anchor(&other).unwrap();
    journal.close().unwrap();
    let kept = records(&disk).unwrap();
    assert!(matches!(kept[2].entry, Entry::Anchor(anchor) if anchor == other));
}

#[test]
fn torn_tail_is_cut_at_the_last_whole_record_and_noted() {
    let (disk, head) = written();
    let (path, whole) = last_file(&disk);
    let last_line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last_line + 1..whole.len() {
        disk.plant(&path, &whole[..cut]);
        let found = recover(place(&disk)).unwrap();
        let bytes = (cut - last_line) as u64;
        assert_eq!(found.found(), &Found::Torn { bytes }, "{cut}");
        assert_eq!(found.last().unwrap().seq, head.seq - 1);
        found.begin(start(9), &[]).unwrap().close().unwrap();
        let read = records(&disk).unwrap();
        let note = &read[read.len() - 2].entry;
        assert!(
            matches!(note, Entry::Note(Note::TornTail { bytes: noted, .. }) if *noted == bytes)
        );
    }
}

#[test]
fn synced_record_that_was_damaged_is_not_taken_for_a_torn_tail() {
    let (disk, _) = written();
    let (path, whole) = last_file(&disk);
    let lines: Vec<usize> =
        whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    // In every line of the last segment but those of the last sync, of which nothing later could know.
    for end in &lines[..lines.len() - 2] {
        let mut damaged = whole.clone();
        damaged[end - 70] ^= 1;
        disk.plant(&path, &damaged);
        let found = recover(place(&disk)).unwrap();
        assert!(matches!(found.found(), Found::Broken { .. }), "{end}: {found:?}");
        assert!(found.must_halt());
    }
}

#[test]
fn broken_chain_is_put_aside_and_halts_until_accepted() {
    let (disk, head) = written();
    let (path, mut bytes) = files(&disk)[2].clone();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    disk.plant(&path, &bytes);
    let damaged = files(&disk);

    let found = recover(place(&disk)).unwrap();
    let Found::Broken { seq, .. } = *found.found() else { panic!("{found:?}") };
    assert!(found.must_halt() && seq <= head.seq);
    let mut before = 0;
    found
        .replay(|record| {
            before = record.seq;
            Ok(())
        })
        .unwrap();
    assert_eq!(before, seq - 1);
    assert_eq!(files(&disk), damaged, "nothing is touched before the start");
    let mut journal = found.begin(start(5), &[]).unwrap();
    assert_eq!((journal.epoch(), journal.id().epoch), (Epoch(3), Epoch(3)));
    journal.rotate(Some(&state(5)), secs(6)).unwrap();
    turn(&mut journal, trade(1), &[alert(1)]).unwrap();
    journal.rotate(None, secs(6)).unwrap();
    drop(journal);

    // What was put aside is as it was found.
    let aside = disk.paths(&Path::new(ROOT).join("aside-0001"));
    let kept: Vec<Vec<u8>> = aside.iter().map(|path| disk.look(path).unwrap()).collect();
    assert_eq!(kept, damaged.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>());
    let Entry::Genesis(genesis) = &records(&disk).unwrap()[1].entry.clone() else { panic!() };
    assert_eq!(genesis.predecessor.unwrap().seq, seq - 1);

    // It stays halted over restarts, and over rotations, until somebody accepts it.
    let found = recover(place(&disk)).unwrap();
    assert!(found.must_halt() && found.found() == &Found::Whole);
    let mut journal = found.begin(start(7), &[]).unwrap();
    journal.accept_break(secs(8)).unwrap();
    journal.close().unwrap();
    assert!(!recover(place(&disk)).unwrap().must_halt());
}

#[test]
fn start_that_died_after_putting_aside_is_still_halted() {
    let (disk, _) = written();
    let (path, mut bytes) = last_file(&disk);
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    bytes[line - 65] ^= 1;
    disk.plant(&path, &bytes);
    let files = disk.files();
    files.rename(&live(), &Path::new(ROOT).join("aside-0001")).unwrap();
    let found = recover(place(&disk)).unwrap();
    assert!(found.must_halt());
    assert!(found.last().is_some());
    let journal = found.begin(start(5), &[]).unwrap();
    assert!(journal.is_broken());
    assert_eq!(journal.epoch(), Epoch(3));
}

#[test]
fn anchor_beyond_the_end_is_a_cut_and_another_record_in_its_place_a_forgery() {
    let (disk, head) = written();
    let with = |anchor| recover(Place { anchors: vec![anchor], ..place(&disk) }).unwrap();
    assert_eq!(with(head).found(), &Found::Whole);
    let beyond = Anchor { seq: head.seq + 3, ..head };
    let Found::Broken { seq, why, .. } = with(beyond).found().clone() else { panic!() };
    assert_eq!((seq, why), (head.seq + 1, Why::Cut { anchored: head.seq + 3 }));
    let other = Anchor { tag: "0".repeat(32).parse().unwrap(), ..head };
    let Found::Broken { seq, why, .. } = with(other).found().clone() else { panic!() };
    assert_eq!((seq, why), (head.seq, Why::Anchored));
}

#[test]
fn journal_taken_away_is_not_taken_for_a_first_start() {
    let (disk, head) = written();
    let (path, bytes) = files(&disk).remove(0);
    for (path, _) in files(&disk) {
        disk.pluck(&path);
    }
    let gone = |disk: &FaultyDisk| recover(place(disk)).unwrap().must_halt();
    assert!(gone(&disk));
    // A piece of its first record does not change that.
    disk.plant(&path, &bytes[..50]);
    assert!(gone(&disk));
    let journal = recover(place(&disk)).unwrap().begin(start(5), &[]).unwrap();
    assert_eq!((journal.epoch(), journal.is_broken()), (Epoch(3), true));
    drop(journal);
    // On another disk even the count is gone; an anchor is not.
    let bare = FaultyDisk::new();
    assert!(!gone(&bare));
    let found = recover(Place { anchors: vec![head], ..place(&bare) }).unwrap();
    assert!(found.must_halt());
    assert!(found.begin(start(6), &[]).unwrap().is_broken());
}

#[test]
fn count_of_starts_that_somebody_changed_is_not_believed() {
    let (disk, _) = written();
    let path = Path::new(ROOT).join("starts");
    let text = String::from_utf8(disk.look(&path).unwrap()).unwrap();
    for changed in [text.replacen('2', "9", 1).into_bytes(), b"4294967295".to_vec(), vec![0xff; 80]]
    {
        disk.plant(&path, &changed);
        assert_eq!(recover(place(&disk)).unwrap().epoch(), Epoch(2));
    }
}

#[test]
fn epoch_is_known_from_the_head_of_a_segment_alone() {
    let (disk, _) = written();
    let mut journal = open(&disk).unwrap();
    journal.rotate(Some(&state(1)), secs(30)).unwrap();
    journal.close().unwrap();
    disk.pluck(&Path::new(ROOT).join("starts"));
    assert_eq!(recover(place(&disk)).unwrap().epoch(), Epoch(3));
}

#[test]
fn latest_segments_are_as_many_as_have_so_many_bytes() {
    let none = FaultyDisk::new();
    let reader = Reader::open(none.files(), Path::new(ROOT), &key()).unwrap();
    assert_eq!(reader.latest(1), None);
    let (disk, _) = written();
    let mut journal = open(&disk).unwrap();
    turn(&mut journal, trade(1), &[alert(1)]).unwrap();
    journal.rotate(Some(&state(1)), secs(30)).unwrap();
    journal.close().unwrap();
    let reader = Reader::open(disk.files(), Path::new(ROOT), &key()).unwrap();
    let segments = reader.segments();
    assert!(segments.len() >= 3, "{segments:?}");
    let mut bytes = 0;
    for segment in segments.iter().rev() {
        // Even of nothing there is the last one; a byte more than there is behind one takes it too.
        assert_eq!(reader.latest(bytes + 1), Some(segment.first));
        bytes += segment.bytes;
        assert_eq!(reader.latest(bytes), Some(segment.first));
    }
    assert_eq!(
        (reader.latest(0), reader.latest(u64::MAX)),
        (segments.last().map(|last| last.first), Some(1))
    );
}

#[test]
fn nobody_waits_for_a_journal_that_is_gone() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let ticket = turn(&mut journal, trade(1), &[]).unwrap();
    let watermark = journal.watermark().clone();
    drop(journal);
    assert_eq!(watermark.wait(ticket), Err(Fault::Stopped));
}

#[test]
fn reader_of_what_is_being_written_sees_what_stood_there_when_it_was_opened() {
    let (disk, head) = written();
    let (path, whole) = last_file(&disk);
    let line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    disk.plant(&path, &whole[..line + 9]);
    let reader = Reader::open(disk.files(), Path::new(ROOT), &key()).unwrap();
    // Whoever writes has come further by the time it is read, and by the time its end is judged.
    disk.plant(&path, &whole);
    for _ in 0..2 {
        let read = reader.read(1, |_| Ok(())).unwrap();
        assert_eq!((read.last.map(|last| last.seq), read.torn), (Some(head.seq - 1), true));
    }
}

#[test]
fn reader_begins_where_it_is_asked_to() {
    let (disk, head) = written();
    let reader = Reader::open(disk.files(), Path::new(ROOT), &key()).unwrap();
    for from in 1..=head.seq {
        let mut first = None;
        let read = reader.read(from, |record| {
            first.get_or_insert(record.seq);
            Ok(())
        });
        assert_eq!((first, read.unwrap().last), (Some(from), Some(head)));
    }
    assert_eq!(Kind::Input.name(), "in");
}

#[test]
fn turn_can_be_begun_to_get_out() {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk).unwrap();
    let mut turn = journal.turn(Purpose::GetOut).unwrap();
    turn.input(&alert(1));
    turn.commit().unwrap();
}
