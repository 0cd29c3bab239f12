//! Key files: each says what it is, and is used for nothing else.

use std::fs;

use contracts::Source;
use settings::{Init, KeyFolder, ProblemKind, init};

use crate::home::Home;

fn folder(home: &Home) -> KeyFolder {
    let mut next = 0_u8;
    let mut entropy = |bytes: &mut [u8]| {
        for byte in bytes.iter_mut() {
            next = next.wrapping_mul(5).wrapping_add(3);
            *byte = next;
        }
        next = next.wrapping_add(1);
        Ok(())
    };
    let wanted = Init { home: home.path().to_owned(), keys: None, keep_existing: true };
    init(&wanted, &mut entropy).unwrap();
    KeyFolder::at(home.file("var/keys"))
}

#[test]
fn a_key_in_the_place_of_another_is_refused() {
    let home = Home::new();
    let keys = folder(&home);
    fs::copy(home.file("var/keys/journal.key"), home.file("var/keys/source-venue.key")).unwrap();
    let problem = keys.source(Source::Venue).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::BadKey);
    assert!(problem.what.contains("is the key of journal, and not of source-venue"), "{problem}");
}

#[test]
fn damaged_missing_and_open_keys_say_so_without_their_digits() {
    let home = Home::new();
    let keys = folder(&home);
    let text = fs::read_to_string(home.file("var/keys/journal.key")).unwrap();
    let digits = text.split_whitespace().last().unwrap().to_owned();
    for damaged in
        [&text[..text.len() - 2], "", "njord-key v1 journal", &text.replace("v1", "v2"), &digits]
    {
        let home = Home::new().put("keys/journal.key", damaged);
        let problem = KeyFolder::at(home.file("keys")).journal().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::BadKey, "{damaged:?}");
        assert!(!format!("{problem:?}").contains(&digits[..16]), "{problem:?}");
    }
    let home = home.mode("var/keys/journal.key", 0o640);
    assert_eq!(keys.journal().unwrap_err().kind, ProblemKind::TooOpen);
    fs::remove_file(home.file("var/keys/journal.key")).unwrap();
    assert_eq!(keys.journal().unwrap_err().kind, ProblemKind::MissingFile);
    let mut home = home;
    for (mode, advice) in [(0o777, "chmod go-w"), (0o755, "chmod 700"), (0o710, "chmod 700")] {
        home = home.mode("var/keys", mode);
        let problem = keys.operator_public().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::TooOpen, "{mode:o}");
        assert!(problem.advice.starts_with(advice), "{mode:o}: {}", problem.advice);
    }
    let _home = home.mode("var/keys", 0o700);
    assert!(keys.operator_public().is_ok());
}

#[test]
fn codes_and_seals_depend_on_key_message_and_purpose() {
    let home = Home::new();
    let keys = folder(&home);
    let (gate, gateway) =
        (keys.source(Source::RiskEngine).unwrap(), keys.source(Source::ExecutionGateway).unwrap());
    let code = gate.mac(b"fill");
    assert!(gate.verifies(b"fill", &code));
    assert!(!gate.verifies(b"fill!", &code) && !gateway.verifies(b"fill", &code));
    assert!(!gate.verifies(b"fill", &code[..31]) && !gate.verifies(b"fill", &[]));
    assert_eq!(gate.seal_key("gate"), gate.seal_key("gate"));
    assert_ne!(gate.seal_key("gate"), gate.seal_key("venue"));
    assert_ne!(gate.seal_key("gate"), gateway.seal_key("gate"));
}

#[test]
fn public_key_that_is_no_point_or_a_weak_one_is_refused() {
    let weak = format!("01{}", "00".repeat(31));
    for digits in [weak.as_str(), &format!("02{}", "00".repeat(31))] {
        let home = Home::new()
            .put("keys/operator.pub", format!("njord-key v1 operator-public {digits}\n"));
        let outcome = KeyFolder::at(home.file("keys")).operator_public();
        assert_eq!(
            outcome.map(|_| ()).map_err(|problem| problem.kind),
            Err(ProblemKind::BadKey),
            "{digits}"
        );
    }
}
