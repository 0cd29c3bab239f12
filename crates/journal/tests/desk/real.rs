//! The real disk: what the one in memory promises, on files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::testing::secs;
use journal::files::{Files as _, RealFiles};
use journal::testing::FaultyDisk;
use journal::verify::Ask;
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
