//! Two keys at once, and the cap that holds even then.

use settings::{Init, KeyFolder, Mode, NotLive, init, live_cap_message};

use crate::home::{Home, refused};

const LIVE: &str = "[run]\nmode = \"live\"\n[market]\nsource = \"kraken\"\n";

#[test]
fn permit_needs_both_keys() {
    let home = Home::with("[market]\nsource = \"kraken\"\n");
    for (mode, key, expected) in [
        ("paper", None, Err(NotLive::Mode)),
        ("paper", Some("1"), Err(NotLive::Mode)),
        ("live", None, Err(NotLive::NoKey)),
        ("live", Some("1"), Ok(())),
        // What is nearly a key is none.
        ("live", Some(""), Err(NotLive::NoKey)),
        ("live", Some("0"), Err(NotLive::WrongKey)),
        ("live", Some("true"), Err(NotLive::WrongKey)),
        ("live", Some("1 "), Err(NotLive::WrongKey)),
    ] {
        let mut variables = vec![("NJORD_MODE", mode)];
        variables.extend(key.map(|value| ("NJORD_ENABLE_LIVE", value)));
        let loaded = home.load_in(&variables).unwrap();
        assert_eq!(loaded.live_permit().map(|_| ()), expected, "{mode} {key:?}");
        let silent = loaded.notices().is_empty();
        assert_eq!(
            silent,
            matches!((mode, key), ("paper", None) | ("live", Some("1"))),
            "{mode} {key:?}"
        );
    }
}

#[test]
fn the_second_key_is_not_in_the_settings() {
    let home = Home::with(LIVE);
    let loaded = home.load_with(&["run.env=prod"]).unwrap();
    assert_eq!(loaded.settings().run.mode, Mode::Live);
    assert_eq!(loaded.live_permit().map(|_| ()), Err(NotLive::NoKey));
}

#[test]
fn live_cap_beyond_ten_needs_the_operators_signature() {
    let home = Home::with(LIVE);
    assert!(home.load_with(&["risk.live_cap=10"]).is_ok());
    let got = refused(&home, home.load_with(&["risk.live_cap=10.01"]));
    assert!(
        got[0].1.contains("risk.live_cap: 10.01 is above 10, and the operator has not signed it"),
        "{got:?}"
    );

    let mut byte = 0;
    let wanted =
        Init { home: home.file("other"), keys: Some(home.file("var/keys")), keep_existing: false };
    init(&wanted, &mut |bytes| {
        for b in bytes {
            byte = u8::wrapping_add(byte, 1);
            *b = byte;
        }
        byte = byte.wrapping_add(7);
        Ok(())
    })
    .unwrap();
    let operator = KeyFolder::at(home.file("var/keys")).operator().unwrap();
    let proof = |session, cap: &str| {
        let message = live_cap_message(session, cap.parse().unwrap());
        format!("risk.live_cap_proof={}", operator.sign(&message))
    };
    let load = |cap: &str, proof: &str| home.load_with(&[&format!("risk.live_cap={cap}"), proof]);
    assert!(load("250", &proof(1, "250")).is_ok());
    assert!(load("250.00", &proof(1, "250")).is_ok());
    for (cap, proof) in [
        ("251", proof(1, "250")),
        ("250", proof(2, "250")),
        ("250", "risk.live_cap_proof=00".to_owned()),
        (
            "250",
            proof(1, "250").to_uppercase().replace("RISK.LIVE_CAP_PROOF", "risk.live_cap_proof"),
        ),
    ] {
        let got = refused(&home, load(cap, &proof));
        assert!(got[0].1.contains("is not the operator's signature over"), "{got:?}");
    }
    // On paper the cap has no effect, and needs no proof.
    assert!(home.load_with(&["run.mode=paper", "risk.live_cap=500"]).is_ok());
}

#[test]
fn live_cap_with_a_proof_and_no_key_names_the_file() {
    let home = Home::with(LIVE);
    let got = refused(&home, home.load_with(&["risk.live_cap=11", "risk.live_cap_proof=ab"]));
    assert!(got[0].1.contains("var/keys/operator.pub: there is no such file"), "{got:?}");
}
