//! Journals that earlier builds wrote stay readable, record for record.
//!
//! `tests/corpus/format-1` was written once and is never written again; a change that cannot read it needs a new
//! format, not a new corpus.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::codec;
use journal::files::{Files as _, RealFiles};
use journal::testing::FaultyDisk;
use journal::verify::{Ask, Verdict};
use journal::{Entry, Found, Reader, recover};

use serde_json::Value;

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

/// Whether everything that `part` says stands in `whole` too. Fields that were added since may be more.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|whole| holds(whole, value))),
        (whole, part) => whole == part,
    }
}

/// The lines as they stand in the files.
fn lines() -> Vec<Value> {
    let mut lines = Vec::new();
    for entry in RealFiles.list(&corpus().join("live")).unwrap() {
        let file = std::fs::File::open(corpus().join("live").join(&entry.name)).unwrap();
        let mut text = String::new();
        if entry.name.contains(".gz") {
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        } else {
            text = std::io::read_to_string(file).unwrap();
        }
        lines.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
    }
    lines
}

#[test]
fn format_1_is_read_record_for_record() {
    let reader = Reader::open(Arc::new(RealFiles), &corpus(), &key()).unwrap();
    let (lines, mut read) = (lines(), Vec::new());
    reader
        .read(1, |record| {
            read.push(says(&record.entry));
            Ok(())
        })
        .unwrap();
    assert_eq!((lines.len(), read.len()), (87, 87));
    for (line, read) in lines.iter().zip(&read) {
        let again: Value = serde_json::from_str(read).unwrap();
        assert!(holds(&again, &line["body"]), "record {} is read as {read}", line["n"]);
    }
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
