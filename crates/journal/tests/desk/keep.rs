//! Old segments: compressed and archived, cut short anywhere, and still one chain.

use std::path::{Path, PathBuf};

use contracts::{Span, Ts};
use journal::keep::{Keeping, Step, plan, survey, take};
use journal::testing::{Failure, FaultyDisk};
use journal::verify::Verdict;
use journal::{Found, Reader, recover};
use kernel::Seeded;

use crate::rig::*;

fn keeping() -> Keeping {
    let archive = PathBuf::from("/archive");
    Keeping { compress_after: Some(Span::DAY), archive_after: Span::DAY.times(90), archive }
}

/// Compresses, and moves nothing yet.
fn packing() -> Keeping {
    Keeping { archive_after: Span::DAY.times(100_000), ..keeping() }
}

fn later() -> Ts {
    Ts::from_nanos(1_700_000_000_000_000_000) + Span::DAY.times(100)
}

/// Does everything that is to be done, until nothing is.
fn keep(disk: &FaultyDisk, keeping: &Keeping) -> Result<usize, journal::Fault> {
    let (files, mut steps) = (disk.files(), 0);
    loop {
        let held = survey(files.as_ref(), Path::new(ROOT))?;
        let Some(step) = plan(&held, keeping, later()).into_iter().next() else {
            return Ok(steps);
        };
        take(files.as_ref(), Path::new(ROOT), keeping, &step)?;
        steps += 1;
    }
}

#[test]
fn compressed_segments_are_read_and_recovered_like_others() {
    let (disk, head) = written();
    let before = messages(&disk);
    assert_eq!(keep(&disk, &packing()), Ok(2));
    let packed = |path: &PathBuf| path.extension().unwrap() == "gz";
    let names: Vec<bool> = disk.paths(&live()).iter().map(packed).collect();
    assert_eq!(names, [true, true, false]);
    assert_eq!(messages(&disk), before);
    assert_eq!(recover(place(&disk)).unwrap().last(), Some(head));
}

#[test]
fn compressed_segment_that_was_damaged_is_broken_and_not_torn() {
    let (disk, _) = written();
    keep(&disk, &packing()).unwrap();
    let path = disk.paths(&live())[1].clone();
    let whole = disk.look(&path).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        disk.plant(&path, &damaged);
        // Bytes of the packing that mean nothing, such as its date, may differ.
        let unpacked =
            Reader::open(disk.files(), Path::new(ROOT), &key()).unwrap().read(1, |_| Ok(()));
        assert!(unpacked.is_err() || at < 10, "{at}");
    }
}

#[test]
fn archived_segments_stay_one_chain_with_what_remains() {
    let (disk, _) = written();
    let before = messages(&disk);
    assert_eq!(keep(&disk, &keeping()), Ok(4));
    let archive = Path::new("/archive").to_path_buf();
    assert_eq!((disk.paths(&archive).len(), disk.paths(&live()).len()), (2, 1));
    let mut read = Vec::new();
    let mut visit = |record: journal::Record| {
        read.extend(envelope(&record));
        Ok(())
    };
    let old = Reader::of_folder(disk.files(), archive, &key()).unwrap();
    let seam = old.read(1, &mut visit).unwrap().last.unwrap();
    let new = Reader::open(disk.files(), Path::new(ROOT), &key()).unwrap();
    new.read(seam.seq + 1, &mut visit).unwrap();
    assert_eq!(read, before);
    assert_eq!(recover(place(&disk)).unwrap().found(), &Found::Whole);
    // The offline verifier takes the remaining part, anchored by the archive's last record.
    let (path, bytes) = last_file(&disk);
    let first = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let ask = journal::verify::Ask::with_key([7; 32]).anchor(&seam.to_string()).unwrap();
    let report = ask.segments(&[(first, bytes)]).unwrap();
    assert_eq!((report.verdict, report.anchored), (Verdict::Intact, Some(seam.seq)));
}

#[test]
fn keeping_cut_short_at_every_operation_loses_nothing() {
    let total = {
        let (disk, _) = written();
        let from = disk.operations();
        keep(&disk, &keeping()).unwrap();
        disk.operations() - from
    };
    for at in 0..total {
        for failure in [Failure::Power, Failure::Error, Failure::Full] {
            let (disk, _) = written();
            let before = messages(&disk);
            disk.fail_at(disk.operations() + at, failure);
            assert!(keep(&disk, &keeping()).is_err());
            disk.lose_power(&mut Seeded::new(at));
            keep(&disk, &keeping()).unwrap();
            let mut read = Vec::new();
            let mut visit = |record: journal::Record| {
                read.extend(envelope(&record));
                Ok(())
            };
            let archive = Path::new("/archive").to_path_buf();
            let old = Reader::of_folder(disk.files(), archive, &key()).unwrap();
            let seam = old.read(1, &mut visit).unwrap().last.unwrap();
            let new = Reader::open(disk.files(), Path::new(ROOT), &key()).unwrap();
            new.read(seam.seq + 1, &mut visit).unwrap();
            assert_eq!(read, before, "{failure:?} at {at}");
        }
    }
}

#[test]
fn archive_never_takes_the_place_of_what_says_something_else() {
    let (disk, _) = written();
    keep(&disk, &packing()).unwrap();
    let taken = Path::new("/archive/00000000000000000001.ndjson.gz");
    disk.plant(taken, b"of another journal");
    let before = messages(&disk);
    let refused = keep(&disk, &keeping()).unwrap_err().to_string();
    assert!(refused.contains("says something else"), "{refused}");
    assert_eq!(disk.look(taken).unwrap(), b"of another journal");
    assert_eq!(messages(&disk), before);
}

#[test]
fn step_names_its_segment() {
    let (disk, _) = written();
    let held = survey(disk.files().as_ref(), Path::new(ROOT)).unwrap();
    assert!(matches!(&plan(&held, &keeping(), later())[0], Step::Compress(s) if s.first == 1));
}
