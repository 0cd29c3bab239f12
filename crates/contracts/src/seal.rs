//! Seals: short keyed tags by which one machine recognises what another one made.
//!
//! The gate seals each approval, the gateway seals each venue request. Whoever lacks the key can
//! write such a message but nobody will act on it. On the wire between processes each envelope is
//! additionally authenticated as a whole; the seal is what remains inside one process. The seal of a head, a sign of
//! life between processes, is cut from the longer code that its source would have on a stream.

use core::fmt;
use core::hash::Hasher as _;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use siphasher::sip::SipHasher24;

/// The secret of one maker of seals. Never printed, never serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 16]);

impl SealKey {
    /// The key of those bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Begins a seal; write every field that must not change, in a fixed order.
    pub fn begin(&self) -> SealWriter {
        SealWriter(SipHasher24::new_with_key(&self.0))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(redacted)")
    }
}

/// Takes the fields of what is to be sealed.
pub struct SealWriter(SipHasher24);

impl SealWriter {
    /// A field of bytes; always of the same length for the same field.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.write(bytes);
        self
    }

    /// A field of 128 bits.
    #[must_use]
    pub fn wide(self, value: u128) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// A field of 64 bits.
    #[must_use]
    pub fn word(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The seal.
    pub fn finish(self) -> Seal {
        Seal(self.0.finish())
    }
}

/// A keyed tag over a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seal(u64);

impl Seal {
    /// No seal; nothing accepts it.
    pub const NONE: Self = Self(0);

    /// The first bytes of a longer code.
    pub const fn cut_from(code: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(code))
    }

    /// Its bytes, as they were cut from a longer code.
    pub const fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The tag as a number; for hashes over content, where nothing is secret.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Not sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a seal: 16 hexadecimal digits")]
pub struct NotASeal;

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl FromStr for Seal {
    type Err = NotASeal;
    fn from_str(text: &str) -> Result<Self, NotASeal> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotASeal);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| NotASeal)
    }
}
impl Serialize for Seal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::text::deserialize_parsed(d)
    }
}
crate::schema::text_schema!(Seal, Name("A keyed tag, 16 hexadecimal digits."), "^[0-9a-f]{16}$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seal_depends_on_key_and_every_field() {
        let (key, other) = (SealKey::new([1; 16]), SealKey::new([2; 16]));
        let seal = |key: &SealKey, a, b| key.begin().wide(a).word(b).finish();
        assert_eq!(seal(&key, 1, 2), seal(&key, 1, 2));
        assert_ne!(seal(&key, 1, 2), seal(&other, 1, 2));
        assert_ne!(seal(&key, 1, 2), seal(&key, 2, 2));
        assert_ne!(seal(&key, 1, 2), seal(&key, 1, 3));
        assert_eq!(format!("{key:?}"), "SealKey(redacted)");
    }
}
