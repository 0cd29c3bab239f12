//! The forms in which programs print a value: as it is, escaped, and encoded.
//!
//! An encoding is only recognised where the value is encoded alone; part of a longer text in base64
//! looks different at every offset.

use std::fmt::Write as _;

/// Every form of the value; duplicates may stand among them.
pub(super) fn of(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let hex = joined(bytes, |byte| format!("{byte:02x}"));
    let percent = joined(bytes, percent);
    let base64 = base64(bytes);
    let web_safe = base64.replace('+', "-").replace('/', "_");
    let debug = format!("{value:?}");
    let json = serde_json::to_string(value).unwrap_or_default();
    vec![
        value.to_owned(),
        inside(&debug),
        inside(&json),
        hex.to_uppercase(),
        hex,
        lower_percent(&percent),
        percent,
        list(bytes),
        web_safe.trim_end_matches('=').to_owned(),
        base64.trim_end_matches('=').to_owned(),
    ]
}

fn joined(bytes: &[u8], form: impl Fn(u8) -> String) -> String {
    bytes.iter().copied().map(form).collect()
}

/// Without the quotes around it.
fn inside(quoted: &str) -> String {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

fn lower_percent(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        let _ = write!(lower, "%{}{rest}", digits.to_lowercase());
    }
    lower
}

/// As `Debug` prints bytes, without the brackets.
fn list(bytes: &[u8]) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let part = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit > chunk.len() { '=' } else { char::from(DIGITS[value]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_known_vectors() {
        let known = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in known {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn forms_of_a_value_with_everything_in_it() {
        let forms = of("a/b\"ü");
        for form in ["a/b\"ü", "a/b\\\"ü", "612f6222c3bc", "a%2Fb%22%C3%BC", "a%2fb%22%c3%bc"] {
            assert!(forms.iter().any(|held| held == form), "{form} in {forms:?}");
        }
        assert!(forms.contains(&"97, 47, 98, 34, 195, 188".to_owned()));
        assert!(forms.contains(&"YS9iIsO8".to_owned()));
    }
}
