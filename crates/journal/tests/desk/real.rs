//! The real disk: what the one in memory promises, on files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::testing::secs;
use journal::files::{Files as _, RealFiles};
use journal::testing::FaultyDisk;
use journal::verify::{Ask, Verdict};
use journal::{Fault, Found, Place, recover};

use crate::rig::*;

/// A folder of its own for each test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("journal").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn real(folder: &Path) -> Place {
    let place = place(&FaultyDisk::new());
    Place {
        files: Arc::new(RealFiles),
        folder: folder.to_path_buf(),
        holder: "pid 42".into(),
        ..place
    }
}

#[test]
fn journal_on_files_is_written_torn_recovered_and_verified() {
    let folder = folder("whole");
    let mut journal = recover(real(&folder)).unwrap().begin(start(1), &[]).unwrap();
    for number in 1..=30 {
        turn(&mut journal, trade(number), &[alert(number)]).unwrap();
        if journal.watermark().snapshot_due() {
            journal.rotate(Some(&state(number)), secs(2)).unwrap();
        }
    }
    let refused = recover(real(&folder)).unwrap_err();
    assert!(matches!(&refused, Fault::InUse { holder, .. } if holder == "pid 42"), "{refused}");
    let head = journal.close().unwrap();
    let ask = Ask::with_key([7; 32]).anchor(&head.to_string()).unwrap();
    assert_eq!(ask.folder(&folder).unwrap().exit_code(), 0);

    let last = RealFiles.list(&folder.join("live")).unwrap().pop().unwrap();
    let path = folder.join("live").join(last.name);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(ask.folder(&folder).unwrap().exit_code(), 3, "an anchor has seen the lost record");
    assert_eq!(Ask::with_key([7; 32]).folder(&folder).unwrap().exit_code(), 2);
    let found = recover(real(&folder)).unwrap();
    assert!(matches!(found.found(), Found::Torn { .. }));
    found.begin(start(3), &[]).unwrap().close().unwrap();
    assert_eq!(Ask::with_key([7; 32]).folder(&folder).unwrap().exit_code(), 0);
}

#[test]
fn journal_without_its_beginning_is_broken_unless_that_is_in_the_archive_or_was_seen() {
    let folder = folder("beginning");
    let mut journal = recover(real(&folder)).unwrap().begin(start(1), &[]).unwrap();
    for number in 1..=3 {
        turn(&mut journal, trade(number), &[alert(number)]).unwrap();
        journal.rotate(Some(&state(number)), secs(2)).unwrap();
    }
    journal.close().unwrap();
    let [live, archive, away] = ["live", "archive", "away"].map(|name| folder.join(name));
    let names: Vec<String> =
        RealFiles.list(&live).unwrap().into_iter().map(|file| file.name).collect();
    let moves = |name: &str, from: &Path, to: &Path| {
        std::fs::create_dir_all(to).unwrap();
        std::fs::rename(from.join(name), to.join(name)).unwrap();
    };
    let ask = Ask::with_key([7; 32]);
    let whole = ask.journal(&folder, &archive).unwrap();
    assert_eq!((whole.exit_code(), whole.first), (0, 1));
    moves(&names[0], &live, &archive);
    moves(&names[1], &live, &archive);
    assert_eq!(ask.journal(&folder, &archive).unwrap(), whole);
    // A hole between the two is found as one in the middle.
    moves(&names[1], &archive, &away);
    let hole: u64 = names[1].split('.').next().unwrap().parse().unwrap();
    let found = |ask: &Ask| ask.journal(&folder, &archive).unwrap().verdict;
    assert!(matches!(found(&ask), Verdict::Broken { seq, .. } if seq == hole));
    // All of it gone: a part that is good in itself is no whole journal.
    moves(&names[0], &archive, &away);
    assert!(matches!(found(&ask), Verdict::Broken { seq: 1, .. }), "{:?}", found(&ask));
    assert_eq!(ask.folder(&folder).unwrap().verdict, Verdict::Intact);
    // Somebody has seen the record before: so it was there, and is elsewhere.
    let seen = ask.folder(&away).unwrap().last.unwrap();
    assert_eq!(found(&ask.clone().anchor(&seen).unwrap()), Verdict::Intact);
    let later = ask.folder(&folder).unwrap().last.unwrap();
    let later = ask.clone().anchor(&later).unwrap();
    assert!(
        matches!(found(&later), Verdict::Broken { seq: 1, .. }),
        "of the beginning it says nothing"
    );
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("private");
    drop(recover(real(&folder)).unwrap().begin(start(1), &[]).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("live"))), (0o700, 0o700));
    for name in ["reserve", "starts", "lock", "live/00000000000000000001.ndjson"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    assert!(RealFiles.free_bytes(&folder).unwrap() > 0);
}

#[test]
fn folder_that_cannot_be_made_says_where() {
    let folder = folder("file");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::write(&folder, b"a file").unwrap();
    let fault = recover(real(&folder)).unwrap_err().to_string();
    assert!(fault.contains("making") && fault.contains("journal/file"), "{fault}");
    std::fs::remove_file(&folder).unwrap();
}
