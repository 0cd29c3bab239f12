//! A new home: everything in it works, nothing is overwritten, a broken beginning is finished.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use contracts::Source;
use settings::{Init, KeyFolder, Made, ProblemKind, Problems, Sources, init, load};
use tempfile::TempDir;

/// Bytes that do not repeat, the same in each test.
fn entropy(seed: u64) -> impl FnMut(&mut [u8]) -> std::io::Result<()> {
    let mut state = seed;
    move |bytes| {
        for byte in bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
        Ok(())
    }
}

fn wanted(home: &Path) -> Init {
    Init { home: home.to_owned(), keys: None, keep_existing: false }
}

fn kinds(problems: &Problems) -> Vec<ProblemKind> {
    problems.listed().iter().map(|problem| problem.kind).collect()
}

#[test]
fn init_makes_a_home_that_loads_with_keys_that_fit() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("njord");
    let made = init(&wanted(&home), &mut entropy(1)).unwrap();
    assert_eq!(made.iter().filter(|made| matches!(made, Made::Config(_))).count(), 5);
    assert_eq!(
        made.iter().filter(|made| matches!(made, Made::Key(_))).count(),
        3 + Source::ALL.len()
    );
    assert!(made.contains(&Made::Folder(home.join("config"))));

    let loaded = load(&Sources::in_home(&home)).unwrap();
    let keys = KeyFolder::at(&loaded.places().keys);
    let operator = keys.operator().unwrap();
    let public = keys.operator_public().unwrap();
    assert_eq!(operator.public(), public);
    let signature = operator.sign(b"clear");
    assert!(public.signed(b"clear", &signature) && !public.signed(b"clear!", &signature));
    assert_ne!(public.fingerprint(), 0);

    let mut shared: BTreeSet<[u8; 32]> =
        Source::ALL.iter().map(|source| *keys.source(*source).unwrap().expose()).collect();
    shared.insert(*keys.journal().unwrap().expose());
    assert_eq!(shared.len(), Source::ALL.len() + 1);
}

#[test]
fn init_closes_every_key_to_others_and_leaves_no_drafts() {
    let home = TempDir::new().unwrap();
    init(&wanted(home.path()), &mut entropy(1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let keys = home.path().join("var/keys");
    assert_eq!(mode(&keys), 0o700);
    for entry in fs::read_dir(&keys).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        assert!(
            !path.file_name().unwrap().to_string_lossy().starts_with('.'),
            "{}",
            path.display()
        );
    }
}

#[test]
fn init_overwrites_nothing_and_writes_nothing_then() {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("config")).unwrap();
    fs::write(home.path().join("config/paper.toml"), "# mine\n").unwrap();
    let problems = init(&wanted(home.path()), &mut entropy(1)).unwrap_err();
    assert_eq!(kinds(&problems), [ProblemKind::Exists]);
    assert!(
        problems
            .to_string()
            .contains("config/paper.toml: is there already, and nothing was written")
    );
    assert!(!home.path().join("config/base.toml").exists() && !home.path().join("var").exists());
    // Even a link that leads nowhere is somebody's.
    let home = TempDir::new().unwrap();
    fs::create_dir_all(home.path().join("var/keys")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", home.path().join("var/keys/journal.key"))
        .unwrap();
    assert_eq!(
        kinds(&init(&wanted(home.path()), &mut entropy(1)).unwrap_err()),
        [ProblemKind::Exists]
    );
}

#[test]
fn init_finishes_what_was_begun_without_touching_it() {
    let home = TempDir::new().unwrap();
    init(&wanted(home.path()), &mut entropy(1)).unwrap();
    let read = |name: &str| fs::read(home.path().join("var/keys").join(name)).unwrap();
    let (journal, operator) = (read("journal.key"), read("operator.key"));
    fs::remove_file(home.path().join("var/keys/source-venue.key")).unwrap();
    fs::write(home.path().join("config/base.toml"), "# mine\n").unwrap();
    let finish = Init { keep_existing: true, ..wanted(home.path()) };
    let made = init(&finish, &mut entropy(2)).unwrap();
    let new: Vec<_> = made.iter().filter(|made| !matches!(made, Made::Kept(_))).collect();
    assert_eq!(new, [&Made::Key(home.path().join("var/keys/source-venue.key"))]);
    assert_eq!((read("journal.key"), read("operator.key")), (journal, operator));
    assert_eq!(fs::read_to_string(home.path().join("config/base.toml")).unwrap(), "# mine\n");
}

#[test]
fn init_never_makes_a_half_that_does_not_fit() {
    let home = TempDir::new().unwrap();
    init(&wanted(home.path()), &mut entropy(1)).unwrap();
    let file = |name: &str| home.path().join("var/keys").join(name);
    let public = fs::read(file("operator.pub")).unwrap();
    let finish = Init { keep_existing: true, ..wanted(home.path()) };

    fs::remove_file(file("operator.pub")).unwrap();
    assert!(init(&finish, &mut entropy(2)).unwrap().contains(&Made::Key(file("operator.pub"))));
    assert_eq!(fs::read(file("operator.pub")).unwrap(), public);

    // The operator keeps the private half elsewhere; a key that is new in this version still comes.
    fs::remove_file(file("operator.key")).unwrap();
    fs::remove_file(file("source-protector.key")).unwrap();
    let made = init(&finish, &mut entropy(3)).unwrap();
    assert!(made.contains(&Made::Key(file("source-protector.key"))));
    assert!(!file("operator.key").exists());
    assert_eq!(fs::read(file("operator.pub")).unwrap(), public);
}

#[test]
fn init_after_a_crash_at_any_step_is_finished_by_the_next() {
    // What a crash can leave: any first part of the files, in the order in which they are made.
    let whole = TempDir::new().unwrap();
    let made = init(&wanted(whole.path()), &mut entropy(1)).unwrap();
    let files: Vec<_> = made
        .iter()
        .filter_map(|made| match made {
            Made::Config(path) | Made::Key(path) => {
                Some(path.strip_prefix(whole.path()).unwrap().to_owned())
            }
            _ => None,
        })
        .collect();
    for count in 0..files.len() {
        let half = TempDir::new().unwrap();
        for file in &files[..count] {
            let folder = half.path().join(file);
            let mut private = fs::DirBuilder::new();
            private.recursive(true).mode(0o700).create(folder.parent().unwrap()).unwrap();
            fs::copy(whole.path().join(file), half.path().join(file)).unwrap();
        }
        let finish = Init { keep_existing: true, ..wanted(half.path()) };
        init(&finish, &mut entropy(3)).unwrap_or_else(|problems| panic!("{count}: {problems}"));
        let keys = KeyFolder::at(half.path().join("var/keys"));
        assert_eq!(keys.operator().unwrap().public(), keys.operator_public().unwrap(), "{count}");
        assert!(load(&Sources::in_home(half.path())).is_ok());
    }
}

#[test]
fn init_refuses_entropy_that_is_none() {
    let home = TempDir::new().unwrap();
    let mut zeros = |bytes: &mut [u8]| {
        bytes.fill(0);
        Ok(())
    };
    assert_eq!(
        kinds(&init(&wanted(home.path()), &mut zeros).unwrap_err()),
        [ProblemKind::Unwritable]
    );
    let mut same = |bytes: &mut [u8]| {
        bytes.copy_from_slice(&(0..32).collect::<Vec<u8>>());
        Ok(())
    };
    assert!(
        init(&wanted(home.path()), &mut same).unwrap_err().to_string().contains("repeats itself")
    );
    let mut broken = |_: &mut [u8]| Err(std::io::Error::other("no device"));
    assert!(init(&wanted(home.path()), &mut broken).unwrap_err().to_string().contains("no device"));
    assert!(!home.path().join("config").exists());
}

#[test]
fn init_refuses_a_folder_for_keys_that_others_can_open() {
    let home = TempDir::new().unwrap();
    let keys = home.path().join("open");
    fs::create_dir(&keys).unwrap();
    for mode in [0o777, 0o755] {
        fs::set_permissions(&keys, fs::Permissions::from_mode(mode)).unwrap();
        let wanted = Init { keys: Some(keys.clone()), ..wanted(home.path()) };
        assert_eq!(kinds(&init(&wanted, &mut entropy(1)).unwrap_err()), [ProblemKind::TooOpen]);
    }
}
