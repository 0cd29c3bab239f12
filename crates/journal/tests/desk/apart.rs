//! The offline verifier shares nothing with the writer, and both agree with the page that documents the format.

use std::fs;
use std::path::Path;

use journal::verify::{Ask, Verdict};

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn verifier_names_nothing_of_the_rest_of_the_crate() {
    let mut files = 0;
    for entry in fs::read_dir(package().join("src/verify")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for word in ["crate::", "crc32fast", "hmac::", "contracts::", "kernel::", "super::super"] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
        files += 1;
    }
    assert_eq!(files, 5, "look at the new file, then count it");
}

#[test]
fn rest_of_the_crate_names_nothing_of_the_verifier() {
    for entry in fs::read_dir(package().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        assert!(!text.contains("verify::"), "{} names the verifier", path.display());
    }
}

/// The worked example of the page is a journal that verifies.
#[test]
fn example_in_the_documentation_verifies() {
    let page = fs::read_to_string(package().join("../../docs/journal.md")).unwrap();
    let example = page.split("```ndjson\n").nth(1).unwrap().split("```").next().unwrap();
    let key = page.split("key `").nth(1).unwrap().split('`').next().unwrap();
    let key: Vec<u8> =
        (0..32).map(|byte| u8::from_str_radix(&key[2 * byte..2 * byte + 2], 16).unwrap()).collect();
    let ask = Ask::with_key(key.try_into().unwrap());
    let report = ask.segments(&[(1, example.as_bytes().to_vec())]).unwrap();
    assert_eq!((report.verdict.clone(), report.records), (Verdict::Intact, 5), "{report}");
    assert!(page.contains(&report.last.unwrap()), "the page names the anchor of its last record");
}
