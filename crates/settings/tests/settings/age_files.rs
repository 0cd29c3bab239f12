//! Secrets in a file that the program `age` encrypted.

use std::fs;
use std::path::Path;

use settings::{ProblemKind, SecretName, Secrets};

use crate::home::{Home, environment};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn home(file: &[u8], identity: &[u8]) -> Home {
    Home::with("[secrets]\nage_file = \"secrets.age\"\nage_identity = \"identity\"\n")
        .put("config/secrets.age", file)
        .put("config/identity", identity)
}

fn open(home: &Home) -> Result<Secrets, settings::Problems> {
    Secrets::open(home.load().unwrap().places(), &environment(&[]))
}

fn refusal(home: &Home) -> (ProblemKind, String) {
    let problems = open(home).map(|_| ()).unwrap_err();
    (problems.listed()[0].kind, home.plain(&problems))
}

#[test]
fn encrypted_secrets_open_and_the_file_itself_may_be_read_by_all() {
    for name in ["secrets.age", "armoured.age"] {
        let home =
            home(&fixture(name), &fixture("test.identity")).mode("config/secrets.age", 0o644);
        let secrets = open(&home).unwrap();
        assert_eq!(secrets.need(SecretName::KrakenSecret).unwrap().expose(), "made-up-secret");
        assert!(!format!("{secrets:?}").contains("made-up"), "{secrets:?}");
    }
}

#[test]
fn wrong_key_passphrase_damage_and_locked_identity_each_say_what_they_are() {
    let (kind, message) = refusal(&home(&fixture("secrets.age"), &fixture("other.identity")));
    assert_eq!(kind, ProblemKind::Undecryptable);
    assert!(
        message.starts_with("config/secrets.age: is encrypted for other identities"),
        "{message}"
    );

    let (kind, message) = refusal(&home(&fixture("passphrase.age"), &fixture("test.identity")));
    assert_eq!(kind, ProblemKind::Undecryptable);
    assert!(message.contains("with a passphrase"), "{message}");

    let mut damaged = fixture("secrets.age");
    *damaged.last_mut().unwrap() ^= 1;
    assert!(
        refusal(&home(&damaged, &fixture("test.identity"))).1.contains("was changed or cut off")
    );

    let (kind, message) = refusal(&home(&fixture("secrets.age"), &fixture("passphrase.age")));
    assert_eq!(kind, ProblemKind::BadKey);
    assert!(message.starts_with("config/identity: is itself encrypted"), "{message}");
}

#[test]
fn an_identity_that_others_can_read_is_not_used() {
    let home =
        home(&fixture("secrets.age"), &fixture("test.identity")).mode("config/identity", 0o644);
    assert_eq!(refusal(&home).0, ProblemKind::TooOpen);
}
