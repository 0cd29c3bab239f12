//! Somebody at the disk, without the key: whatever they change is found, and the first bad record is named.

use std::path::PathBuf;

use journal::verify::{Ask, Cannot, Report, Verdict};
use journal::{Found, recover};
use proptest::prelude::*;

use crate::rig::*;

/// The segments as the verifier takes them.
fn segments(files: &[(PathBuf, Vec<u8>)]) -> Vec<(u64, Vec<u8>)> {
    let first = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    files.iter().map(|(path, bytes)| (first(path), bytes.clone())).collect()
}

fn verify(files: &[(PathBuf, Vec<u8>)]) -> Report {
    Ask::with_key([7; 32]).segments(&segments(files)).unwrap()
}

/// The lines of each segment.
fn lines(files: &[(PathBuf, Vec<u8>)]) -> Vec<Vec<Vec<u8>>> {
    let split = |bytes: &Vec<u8>| bytes.split_inclusive(|b| *b == b'\n').map(Vec::from).collect();
    files.iter().map(|(_, bytes)| split(bytes)).collect()
}

fn joined(files: &[(PathBuf, Vec<u8>)], lines: &[Vec<Vec<u8>>]) -> Vec<(PathBuf, Vec<u8>)> {
    files.iter().zip(lines).map(|((path, _), lines)| (path.clone(), lines.concat())).collect()
}

/// The line with its checksum made to fit again, as anybody can.
fn with_checksum(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let covered = text.rsplit_once("\",\"crc\":\"").map_or(&*text, |(covered, _)| covered);
    format!("{covered}\",\"crc\":\"{:08x}\"}}\n", crc32fast_of(covered.as_bytes())).into_bytes()
}

/// CRC-32, bit by bit.
fn crc32fast_of(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

/// What the verifier names as the first bad record; none where it finds nothing.
fn first_bad(report: &Report) -> Option<u64> {
    match report.verdict {
        Verdict::Intact => None,
        Verdict::Torn { seq, .. } | Verdict::Broken { seq, .. } => Some(seq),
    }
}

/// The number of the record that stands at a line of a segment, from the numbers of records alone.
fn seq_at(lines: &[Vec<Vec<u8>>], segment: usize, line: usize) -> u64 {
    let before: usize = lines[..segment].iter().map(Vec::len).sum();
    (before + line + 1) as u64
}

fn line_ends(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

/// The verifier names `seq`, and so does the journal itself where its own start looks at the place.
fn expect_found(changed: &[(PathBuf, Vec<u8>)], seq: u64, what: &str) {
    let report = verify(changed);
    assert_eq!(first_bad(&report), Some(seq), "{what}: {report}");
    assert_ne!(report.exit_code(), 0);
    let (disk, _) = written();
    for (path, _) in files(&disk) {
        disk.pluck(&path);
    }
    for (path, bytes) in changed {
        disk.plant(path, bytes);
    }
    let read = records(&disk);
    let whole = read.as_ref().is_ok_and(|records| records.len() as u64 + 1 > seq);
    assert!(!whole, "{what}: the reader hands out a record that does not belong");
}

#[test]
fn untouched_journal_is_intact() {
    let (disk, head) = written();
    let report = verify(&files(&disk));
    assert_eq!((&report.verdict, report.records), (&Verdict::Intact, head.seq), "{report}");
    assert_eq!((report.starts, report.last), (2, Some(head.to_string())));
    let window = report.unanchored.unwrap();
    assert_eq!((window.from, window.to, report.segments), (1, head.seq, 3));
}

#[test]
fn every_record_edited_with_its_checksum_mended_is_named() {
    let (disk, _) = written();
    let whole = files(&disk);
    let all = lines(&whole);
    for segment in 0..all.len() {
        for line in 0..all[segment].len() {
            let mut changed = all.clone();
            // Inside the body, so that only the chain can tell.
            let text = String::from_utf8(changed[segment][line].clone()).unwrap();
            let at = text.find("\"body\":").unwrap() + 9;
            let digit = text[at..].find(|c: char| c.is_ascii_digit()).unwrap() + at;
            let mut bytes = text.into_bytes();
            bytes[digit] = if bytes[digit] == b'9' { b'8' } else { bytes[digit] + 1 };
            changed[segment][line] = with_checksum(&bytes);
            let seq = seq_at(&all, segment, line);
            match Ask::with_key([7; 32]).segments(&segments(&joined(&whole, &changed))) {
                Ok(_) => expect_found(&joined(&whole, &changed), seq, "edited"),
                Err(cannot) => assert!(matches!(cannot, Cannot::Format(_)), "{cannot}"),
            }
        }
    }
}

#[test]
fn every_record_deleted_doubled_or_swapped_is_named() {
    let (disk, head) = written();
    let whole = files(&disk);
    let all = lines(&whole);
    for segment in 0..all.len() {
        for line in 0..all[segment].len() {
            let seq = seq_at(&all, segment, line);
            if seq < head.seq {
                let mut deleted = all.clone();
                deleted[segment].remove(line);
                expect_found(&joined(&whole, &deleted), seq, "deleted");
            }
            let mut doubled = all.clone();
            doubled[segment].insert(line, all[segment][line].clone());
            expect_found(&joined(&whole, &doubled), seq + 1, "doubled");
            if line + 1 < all[segment].len() {
                let mut swapped = all.clone();
                swapped[segment].swap(line, line + 1);
                expect_found(&joined(&whole, &swapped), seq, "swapped");
            }
        }
    }
}

#[test]
fn whole_chain_made_anew_without_the_key_is_found_at_its_first_record() {
    // Everything as the writer would do it, under a key that the attacker made up.
    let disk = journal::testing::FaultyDisk::new();
    let forged = journal::Place { key: journal::JournalKey::new([9; 32]), ..place(&disk) };
    let mut journal = recover(forged).unwrap().begin(start(1), &[]).unwrap();
    turn(&mut journal, trade(1), &[alert(1)]).unwrap();
    journal.close().unwrap();
    let theirs = files(&disk);
    let refused = Ask::with_key([7; 32]).segments(&segments(&theirs)).unwrap_err();
    assert!(matches!(refused, Cannot::Key { .. }), "{refused}");
    // They also write the name of the true key into the head.
    let (genuine, _) = written();
    let name = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.split("\"key\":\"").nth(1).unwrap()[..8].to_owned()
    };
    let mut all = lines(&theirs);
    let head = String::from_utf8(all[0][0].clone()).unwrap();
    let head = head.replace(&name(head.as_bytes()), &name(&files(&genuine)[0].1));
    all[0][0] = with_checksum(head.as_bytes());
    expect_found(&joined(&theirs, &all), 1, "forged");
}

#[test]
fn segment_taken_away_is_named_by_its_first_record() {
    let (disk, head) = written();
    let whole = files(&disk);
    let mut without = whole.clone();
    without.remove(1);
    expect_found(&without, segments(&whole)[1].0, "segment gone");
    // The first one gone is a part of a journal: good in itself, and said to be a part.
    let report = verify(&whole[1..]);
    assert_eq!((report.verdict.clone(), report.first), (Verdict::Intact, segments(&whole)[1].0));
    assert_eq!(report.records, head.seq - report.first + 1);
    // The last ones gone look like a crash, and are found by an anchor.
    let cut = segments(&whole[..2]);
    let report = Ask::with_key([7; 32]).segments(&cut).unwrap();
    assert_eq!(report.verdict, Verdict::Intact);
    let ask = Ask::with_key([7; 32]).anchor(&head.to_string()).unwrap();
    let report = ask.segments(&cut).unwrap();
    assert_eq!(first_bad(&report), Some(segments(&whole)[2].0));
}

#[test]
fn cut_at_every_record_is_found_back_to_the_last_anchor() {
    let (disk, head) = written();
    let whole = files(&disk);
    let all = lines(&whole);
    let last = all.len() - 1;
    let anchor = records(&disk).unwrap().into_iter().rev().nth(3).unwrap();
    let text = format!("7-1:{}:{}", anchor.seq, anchor.tag);
    let ask = Ask::with_key([7; 32]).anchor(&text).unwrap();
    for kept in 1..all[last].len() {
        let mut cut = all.clone();
        cut[last].truncate(kept);
        let seq = seq_at(&all, last, kept);
        let report = ask.segments(&segments(&joined(&whole, &cut))).unwrap();
        if seq <= anchor.seq {
            assert_eq!(first_bad(&report), Some(seq), "{report}");
        } else {
            let window = report.unanchored.map(|window| (window.from, window.to));
            let unanchored = (seq - 1 > anchor.seq).then_some((anchor.seq + 1, seq - 1));
            assert_eq!((first_bad(&report), window), (None, unanchored), "{report}");
        }
    }
    let report = ask.segments(&segments(&whole)).unwrap();
    let window = report.unanchored.unwrap();
    assert_eq!((report.anchored, window.to), (Some(anchor.seq), head.seq));
    assert_eq!(window.from, anchor.seq + 1);
}

#[test]
fn history_rewritten_with_the_key_is_found_by_an_anchor() {
    let (disk, head) = written();
    let other = journal::testing::FaultyDisk::new();
    let mut journal = open(&other).unwrap();
    for number in 1..60 {
        turn(&mut journal, trade(1000 + number), &[]).unwrap();
    }
    journal.close().unwrap();
    drop(disk);
    let ask = Ask::with_key([7; 32]).anchor(&head.to_string()).unwrap();
    let report = ask.segments(&segments(&files(&other))).unwrap();
    assert_eq!(first_bad(&report), Some(head.seq), "{report}");
    // Without the key as well.
    let ask = Ask::without_key().anchor(&head.to_string()).unwrap();
    assert_eq!(first_bad(&ask.segments(&segments(&files(&other))).unwrap()), Some(head.seq));
}

#[test]
fn anchor_that_is_none_is_refused() {
    for bad in ["", "7-1:5", "7-1:x:00112233445566778899aabbccddeeff", "7-1:5:zz"] {
        assert!(matches!(Ask::without_key().anchor(bad), Err(Cannot::Anchor(_))), "{bad:?}");
    }
}

#[test]
fn anchor_of_another_journal_is_refused_and_says_whose_it_is() {
    let (disk, head) = written();
    let whole = segments(&files(&disk));
    let stranger = "8-3:5:00112233445566778899aabbccddeeff";
    for ask in [Ask::with_key([7; 32]), Ask::without_key()] {
        // One of its own beside it does not make up for it.
        let ask = ask.anchor(&head.to_string()).unwrap().anchor(stranger).unwrap();
        let refused = ask.segments(&whole).unwrap_err();
        let (theirs, ours) = ("8-3".to_owned(), "7-1".to_owned());
        assert_eq!(refused, Cannot::Another { seq: 5, theirs, ours });
        let said = refused.to_string();
        assert!(said.contains("record 5 of journal 8-3, and this is journal 7-1"), "{said}");
    }
}

#[test]
fn head_that_was_given_another_name_is_broken_and_not_another_journal() {
    let (disk, head) = written();
    let whole = files(&disk);
    let mut all = lines(&whole);
    let text = String::from_utf8(all[0][0].clone()).unwrap();
    let renamed = text.replace("\"journal\":\"7-1\"", "\"journal\":\"8-1\"");
    assert_ne!(renamed, text);
    all[0][0] = with_checksum(renamed.as_bytes());
    let ask = Ask::with_key([7; 32]).anchor(&head.to_string()).unwrap();
    let report = ask.segments(&segments(&joined(&whole, &all))).unwrap();
    assert_eq!(first_bad(&report), Some(1), "{report}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_byte_changed_anywhere_is_named(at in any::<prop::sample::Index>(), by in 1_u8..) {
        let (disk, _) = written();
        let mut changed = files(&disk);
        let total: usize = changed.iter().map(|(_, bytes)| bytes.len()).sum();
        let (mut at, mut segment) = (at.index(total), 0);
        while at >= changed[segment].1.len() {
            at -= changed[segment].1.len();
            segment += 1;
        }
        let before = line_ends(&changed[segment].1[..at]);
        let seq = seq_at(&lines(&changed), segment, before);
        changed[segment].1[at] ^= by;
        expect_found(&changed, seq, "byte changed");
    }

    #[test]
    fn bytes_put_in_or_taken_out_anywhere_are_named(
        at in any::<prop::sample::Index>(), taken in 0_usize..40, put in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (disk, _) = written();
        let whole = files(&disk);
        let segment = at.index(whole.len());
        let mut changed = whole.clone();
        let bytes = &mut changed[segment].1;
        let from = at.index(bytes.len());
        let to = (from + taken).min(bytes.len());
        bytes.splice(from..to, put);
        prop_assume!(changed != whole);
        // The first byte that differs stands in the first bad record.
        let same = changed[segment].1.iter().zip(&whole[segment].1).take_while(|(a, b)| a == b).count();
        let before = line_ends(&whole[segment].1[..same]);
        let seq = seq_at(&lines(&whole), segment, before);
        let report = verify(&changed);
        let last = segment + 1 == whole.len();
        let cut_short = last && changed[segment].1.len() == same && whole[segment].1[..same].ends_with(b"\n");
        prop_assert!(cut_short || first_bad(&report) == Some(seq), "{seq}: {report}");
    }

    #[test]
    fn verifier_and_recovery_never_panic_on_hostile_bytes(
        bytes in prop::collection::vec(any::<u8>(), 0..400), at in any::<prop::sample::Index>(),
    ) {
        let (disk, _) = written();
        let (path, mut last) = last_file(&disk);
        let from = at.index(last.len());
        last.splice(from.., bytes);
        disk.plant(&path, &last);
        let _ = verify(&files(&disk));
        let found = recover(place(&disk));
        if let Ok(found) = found {
            prop_assert!(*found.found() != Found::Nothing);
            let _ = found.snapshot();
            let _ = found.begin(start(3), &[]);
        }
    }
}
