//! What a secret looks like where somebody printed it: as it is, escaped, in hexadecimal digits, in base64 wherever
//! it begins, in percents, as a list of bytes, and a part of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use contracts::read_hex;
use njord::contracts;

/// Something that nobody may see, and what to call it when it is found.
pub(super) struct Planted {
    pub(super) what: String,
    forms: BTreeSet<String>,
}

impl Planted {
    /// A text.
    pub(super) fn text(what: &str, secret: &str) -> Self {
        let mut forms = of_bytes(secret.as_bytes());
        let json = serde_json::to_string(secret).unwrap();
        let twice = serde_json::to_string(&json).unwrap();
        let debug = format!("{secret:?}");
        forms.extend([&json, &twice, &debug].map(|quoted| bare(quoted).to_owned()));
        // Half of it is still too much.
        forms.insert(secret.chars().take(secret.chars().count().div_ceil(2)).collect());
        forms.insert(secret.to_owned());
        Self { what: what.to_owned(), forms }
    }

    /// The file of a key: what stands behind its name are the hexadecimal digits of what is secret.
    pub(super) fn key(file: &str, text: &str) -> Self {
        let digits = text.trim().rsplit(' ').next().unwrap();
        let (mut planted, mut bytes) = (Self::text(file, digits), [0; 32]);
        read_hex(digits, &mut bytes).unwrap();
        planted.forms.extend(of_bytes(&bytes));
        planted
    }

    /// The form in which it stands there, if it does.
    pub(super) fn shown_in(&self, text: &str) -> Option<&str> {
        self.forms().find(|form| text.contains(form))
    }

    /// Every form.
    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(String::as_str)
    }
}

fn bare(quoted: &str) -> &str {
    &quoted[1..quoted.len() - 1]
}

fn of_bytes(bytes: &[u8]) -> BTreeSet<String> {
    let all = |each: fn(&mut String, u8)| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            each(&mut text, *byte);
            text
        })
    };
    let mut forms = BTreeSet::from([
        all(|text, byte| write!(text, "{byte:02x}").unwrap()),
        all(|text, byte| write!(text, "{byte:02X}").unwrap()),
        all(|text, byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            _ => write!(text, "%{byte:02X}").unwrap(),
        }),
        bare(&format!("{bytes:?}")).to_owned(),
    ]);
    for before in 0..3 {
        // What stands before it moves its letters, and the letters at its edges are not of it alone.
        let shifted = [vec![0; before], bytes.to_vec()].concat();
        let own = (before * 8).div_ceil(6)..shifted.len() * 8 / 6;
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            forms.insert(engine.encode(&shifted)[own.clone()].to_owned());
        }
    }
    forms
}
