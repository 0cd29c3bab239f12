//! Journals that earlier builds wrote stay readable, record for record.
//!
//! `tests/corpus/format-1` was written once and is never written again; a change that cannot read it needs a new
//! format, not a new corpus.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::codec;
use journal::files::RealFiles;
use journal::testing::FaultyDisk;
use journal::verify::{Ask, Verdict};
use journal::{Entry, Found, Reader, recover};

use crate::rig::*;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/format-1")
}

fn says(entry: &Entry) -> String {
    let own = match entry {
        Entry::Input(envelope) | Entry::Output(envelope) => return codec::to_line(envelope),
        Entry::Segment(body) => serde_json::to_string(body),
        Entry::Genesis(body) | Entry::Began(body) => serde_json::to_string(body),
        Entry::Snapshot(body) => serde_json::to_string(body),
        Entry::Note(body) => serde_json::to_string(body),
        Entry::Anchor(body) => serde_json::to_string(body),
        Entry::Seal(body) => serde_json::to_string(body),
    };
    own.unwrap()
}

/// What the records of the corpus say, a line each.
fn told() -> String {
    let reader = Reader::open(Arc::new(RealFiles), &corpus(), &key()).unwrap();
    let mut told = String::new();
    reader
        .read(1, |record| {
            writeln!(told, "{} {}", record.seq, says(&record.entry)).unwrap();
            Ok(())
        })
        .unwrap();
    told
}

#[test]
fn format_1_is_read_record_for_record() {
    let expected = std::fs::read_to_string(corpus().join("told.txt")).unwrap();
    assert_eq!(told(), expected);
}

#[test]
fn format_1_verifies_with_and_without_its_key() {
    for (ask, keyed) in [(Ask::with_key([7; 32]), true), (Ask::without_key(), false)] {
        let report = ask.folder(&corpus()).unwrap();
        assert_eq!((&report.verdict, report.keyed), (&Verdict::Intact, keyed), "{report}");
        assert_eq!(report.segments, 4);
    }
}

#[test]
fn format_1_is_recovered_and_goes_on() {
    let disk = FaultyDisk::new();
    for entry in std::fs::read_dir(corpus().join("live")).unwrap() {
        let path = entry.unwrap().path();
        disk.plant(&live().join(path.file_name().unwrap()), &std::fs::read(&path).unwrap());
    }
    let found = recover(place(&disk)).unwrap();
    assert_eq!(found.found(), &Found::Whole);
    assert!(found.snapshot().unwrap().is_some());
    let mut journal = found.begin(start(99), &[]).unwrap();
    turn(&mut journal, trade(500), &[alert(500)]).unwrap();
    journal.close().unwrap();
    assert_eq!(messages(&disk).last(), Some(&alert(500)));
}
