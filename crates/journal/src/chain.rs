//! The keyed chain: each record's tag covers the tag before it, so that nothing can be changed, taken
//! out, put in or moved without the key.
//!
//! The tag is HMAC-SHA256 cut to 128 bits, over the tag before as text and then the bytes of the line:
//! anybody with the key can check it with the tools of any system. The key is handed in, never stored
//! here and never shown. It relies on the `hmac` and `sha2` crates and on nothing else.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Hexadecimal digits of a tag.
pub(crate) const TAG_DIGITS: usize = 32;
/// What is hashed with the key to name the key without giving it away.
const NAME_OF_KEY: &[u8] = b"njord journal key";

/// The secret of a journal. Never printed, never written.
#[derive(Clone, PartialEq, Eq)]
pub struct JournalKey([u8; 32]);

impl JournalKey {
    /// The key of those bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey(redacted)")
    }
}

/// The tag of a record: 128 bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag([u8; 16]);

impl Tag {
    /// What the first record of a journal has before it.
    pub const NONE: Self = Self([0; 16]);

    /// The digits, on the stack.
    pub(crate) fn digits(self) -> [u8; TAG_DIGITS] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; TAG_DIGITS];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text
    }

    /// The tag of exactly 32 lower-case digits.
    pub(crate) fn from_digits(digits: &[u8]) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 16];
        if digits.len() != TAG_DIGITS {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}
impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a tag: 32 hexadecimal digits in lower case")]
pub struct NotATag;

impl FromStr for Tag {
    type Err = NotATag;
    fn from_str(text: &str) -> Result<Self, NotATag> {
        Self::from_digits(text.as_bytes()).ok_or(NotATag)
    }
}
impl serde::Serialize for Tag {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The key, ready to make tags: its two halves are hashed once and copied for each record.
#[derive(Clone)]
pub(crate) struct Chain(Hmac<Sha256>);

impl Chain {
    pub(crate) fn new(key: &JournalKey) -> Self {
        // A key shorter than a block is filled up with zeros; so the standard has it.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&key.0);
        Self(Hmac::new(&block.into()))
    }

    /// The tag of a line of that content, after a record with tag `before`.
    pub(crate) fn tag(&self, before: Tag, content: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(&before.digits());
        mac.update(content);
        Self::cut(mac)
    }

    /// A name for the key, by which a wrong one is recognised before anything is touched.
    pub(crate) fn name(&self) -> String {
        let mut mac = self.0.clone();
        mac.update(NAME_OF_KEY);
        let mut name = Self::cut(mac).to_string();
        name.truncate(8);
        name
    }

    fn cut(mac: Hmac<Sha256>) -> Tag {
        let whole = mac.finalize().into_bytes();
        let mut tag = [0; 16];
        tag.copy_from_slice(&whole[..16]);
        Tag(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_hmac_sha256_over_the_tag_before_and_the_content() {
        // python3: hmac.new(bytes([7]*32), b"0"*32 + b"content", "sha256").hexdigest()[:32]
        let chain = Chain::new(&JournalKey::new([7; 32]));
        let tag = chain.tag(Tag::NONE, b"content");
        assert_eq!(tag.to_string(), "b0b54944a0dd8b8f19fac13f02905bca");
        assert_ne!(chain.tag(tag, b"content"), tag);
    }

    #[test]
    fn tag_text_round_trips_and_refuses_the_rest() {
        let tag = Chain::new(&JournalKey::new([1; 32])).tag(Tag::NONE, b"x");
        assert_eq!(tag.to_string().parse(), Ok(tag));
        let upper = tag.to_string().to_uppercase();
        for bad in ["", "0", upper.as_str(), &"g".repeat(32), &"0".repeat(33)] {
            assert_eq!(bad.parse::<Tag>(), Err(NotATag), "{bad:?}");
        }
    }

    #[test]
    fn key_is_named_but_never_shown() {
        let key = JournalKey::new([1; 32]);
        assert_eq!(format!("{key:?}"), "JournalKey(redacted)");
        assert_eq!(Chain::new(&key).name().len(), 8);
        assert_ne!(Chain::new(&key).name(), Chain::new(&JournalKey::new([2; 32])).name());
    }
}
