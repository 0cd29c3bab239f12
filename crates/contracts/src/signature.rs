//! The operator's signature on a message, as it goes over the wire.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::read_hex;

/// An Ed25519 signature. Whoever hears it checks it; here it is only carried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature of those bytes.
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// Not 128 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signature: 128 hexadecimal digits")]
pub struct NotASignature;

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}
impl FromStr for Signature {
    type Err = NotASignature;
    fn from_str(text: &str) -> Result<Self, NotASignature> {
        let mut bytes = [0; 64];
        read_hex(text, &mut bytes).ok_or(NotASignature)?;
        Ok(Self(bytes))
    }
}
impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::text::deserialize_parsed(d)
    }
}
crate::schema::text_schema!(
    Signature,
    Name("An Ed25519 signature, 128 hexadecimal digits."),
    "^[0-9a-f]{128}$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_read_as_it_is_written_and_nothing_else_is_one() {
        let signature = Signature::new(core::array::from_fn(|place| place as u8 * 3));
        let text = signature.to_string();
        assert_eq!(text.len(), 128);
        assert_eq!(text.parse(), Ok(signature));
        for wrong in ["", &text[1..], &text.to_uppercase(), &text.replace("00", "0g")] {
            assert_eq!(wrong.parse::<Signature>(), Err(NotASignature), "{wrong}");
        }
    }
}
