//! Values that need not be known to be secret: what stands behind a telling name is.
//!
//! Errs on the side of hiding: a log line loses a word rather than a key its secrecy.

use super::HIDDEN;

/// Single words that make a name secret.
const WORDS: &[&str] = &[
    "secret",
    "secrets",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "authorization",
    "credential",
    "credentials",
    "cookie",
    "apikey",
    "mnemonic",
    "signature",
];
/// Words that make a name secret when they follow each other.
const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("api", "sign"),
    ("private", "key"),
    ("access", "key"),
    ("signing", "key"),
    ("hmac", "key"),
    ("encryption", "key"),
];
/// Schemes of the `Authorization` header, as they also stand alone.
const SCHEMES: &[&str] = &["bearer", "basic"];

/// Whether what a field of that name holds is never shown: `api_key`, `API-Key`, `kraken.apiKey`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    // Most names have no capitals and no secret; this runs for every field of every line.
    let mut before = String::new();
    let mut word = String::new();
    let mut after_lower = false;
    for letter in name.chars().chain(std::iter::once('_')) {
        let ends = !letter.is_ascii_alphanumeric() || letter.is_ascii_uppercase() && after_lower;
        if ends && !word.is_empty() {
            if is_secret_word(&before, &word) {
                return true;
            }
            before = std::mem::take(&mut word);
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        after_lower = letter.is_ascii_lowercase();
    }
    false
}

fn is_secret_word(before: &str, word: &str) -> bool {
    WORDS.contains(&word) || PAIRS.contains(&(before, word))
}

/// Appends `text` to `out`, with the values behind telling names hidden.
pub(crate) fn hide_named(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, name, after)) = next_word(rest) {
        out.push_str(before);
        if name == "-----BEGIN" && after.contains("PRIVATE KEY-----") {
            out.push_str(HIDDEN); // a key in PEM: all that follows may be part of it
            return;
        }
        if name.starts_with("AGE-SECRET-KEY-") {
            out.push_str(HIDDEN);
            rest = after;
            continue;
        }
        out.push_str(name);
        rest = match value_behind(name, after) {
            None => after,
            Some((shown, hidden)) => {
                out.push_str(&after[..shown]);
                out.push_str(HIDDEN);
                &after[shown + hidden..]
            }
        };
    }
    out.push_str(rest);
}

fn is_part_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// What stands before the next word, the word, and what follows.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(is_part_of_word)?;
    let length = text[start..].find(|letter| !is_part_of_word(letter));
    let end = length.map_or(text.len(), |length| start + length);
    Some((&text[..start], &text[start..end], &text[end..]))
}

/// How much of `after` may be shown, and how much behind that is to be hidden.
fn value_behind(name: &str, after: &str) -> Option<(usize, usize)> {
    if let Some(user) = after.strip_prefix("://") {
        let authority = user.find(['/', ' ', '"', '?', '#']).unwrap_or(user.len());
        let at = user[..authority].rfind('@')?;
        return Some((3, at));
    }
    let spaces = |from: usize| from + (after[from..].len() - after[from..].trim_start().len());
    if SCHEMES.iter().any(|scheme| name.eq_ignore_ascii_case(scheme)) {
        let start = spaces(0);
        let length = run(&after[start..]);
        return (start > 0 && length >= 8).then_some((start, length));
    }
    if !is_secret_name(name) {
        return None;
    }
    // `name: value`, `name=value`, `"name": "value"`, `\"name\":\"value\"`.
    let named = after.trim_start_matches(['"', '\'', '\\']);
    let mark = spaces(after.len() - named.len());
    if !after[mark..].starts_with(['=', ':']) {
        return None;
    }
    let start = spaces(mark + 1);
    let value = &after[start..];
    let unquoted = value.trim_start_matches(['"', '\'', '\\', '[', '(', '{']);
    let opened = value.len() - unquoted.len();
    let length = if name.eq_ignore_ascii_case("authorization") && opened == 0 {
        value.find(['\n', '\r', '"', '\'']).unwrap_or(value.len())
    } else if opened > 0 {
        unquoted.find(['"', '\'', '\\', ']', ')', '}']).unwrap_or(unquoted.len())
    } else {
        run(unquoted)
    };
    (length > 0).then_some((start + opened, length))
}

/// The length of what stands together.
fn run(text: &str) -> usize {
    text.find(|letter: char| letter.is_whitespace() || ",;&\"')}]".contains(letter))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut shown = String::new();
        hide_named(text, &mut shown);
        assert_eq!(shown, expected.replace('*', HIDDEN), "{text}");
    }

    #[test]
    fn names_that_are_secret_and_names_that_only_look_so() {
        let secret = ["api_key", "API-Key", "apiKey", "kraken.apiSecret", "PASSWORD", "x-token"];
        for name in secret.into_iter().chain(["Authorization", "set-cookie", "privateKey"]) {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["", "key", "tokens_left", "order", "monkey", "secretary", "api", "passed"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_behind_names_are_hidden_in_the_ways_people_write_them() {
        check("api_key=abc123, next=1", "api_key=*, next=1");
        check("password: hunter2", "password: *");
        check("{\"token\":\"a b c\",\"n\":1}", "{\"token\":\"*\",\"n\":1}");
        check("{\\\"token\\\":\\\"abc\\\"}", "{\\\"token\\\":\\\"*\\\"}");
        check("Config { api_secret: \"x y\", n: 1 }", "Config { api_secret: \"*\", n: 1 }");
        check("Authorization: Digest a=1, b=2", "Authorization: *");
        check("sent Bearer abcdefgh.ij to it", "sent Bearer * to it");
        check("https://me:pass@host/x?token=abc&n=1", "https://*@host/x?token=*&n=1");
        check("redis://:p@ss@127.0.0.1:6379/0", "redis://*@127.0.0.1:6379/0");
        check("key AGE-SECRET-KEY-1QQQQ found", "key * found");
        check("-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END", "*");
        check("secret = [104, 117]", "secret = [*]");
        check("token=", "token=");
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        for text in [
            "",
            "a token was refreshed",
            "basic rules of the bearer market",
            "order a91c0000000000000000000000000000 at 61207.3",
            "https://127.0.0.1:9100/metrics and md.trades.BTC-USD",
            "umlauts äöü, 日本語: ok",
        ] {
            check(text, text);
        }
    }
}
