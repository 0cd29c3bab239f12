//! Short texts that live inside an event: fixed capacity, `Copy`, no allocation.

use core::fmt;
use core::str::FromStr;

/// Why a text cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing to hold.
    #[error("empty")]
    Empty,
    /// Longer than the capacity.
    #[error("longer than it may be")]
    TooLong,
    /// A character outside the allowed ones.
    #[error("has a character that is not allowed here")]
    Character,
    /// No pair of assets.
    #[error("not two assets with a separator between them, such as BTC/USD")]
    NotAPair,
}

/// Up to `N` printable ASCII characters. Unused bytes are zero, so equality is equality of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InlineText<const N: usize>([u8; N]);

impl<const N: usize> InlineText<N> {
    /// No text.
    pub(crate) const EMPTY: Self = Self([0; N]);

    /// Holds `text`; any printable ASCII except space, quotes and backslash.
    pub(crate) const fn new(text: &str) -> Result<Self, TextError> {
        let source = text.as_bytes();
        if source.is_empty() {
            return Err(TextError::Empty);
        }
        if source.len() > N {
            return Err(TextError::TooLong);
        }
        let mut bytes = [0; N];
        let mut index = 0;
        while index < source.len() {
            let byte = source[index];
            if !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'' | b'\\') {
                return Err(TextError::Character);
            }
            bytes[index] = byte;
            index += 1;
        }
        Ok(Self(bytes))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(N);
        core::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }

    /// The bytes, padded with zeros.
    pub(crate) const fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Default for InlineText<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> fmt::Display for InlineText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for InlineText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> FromStr for InlineText<N> {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<const N: usize> serde::Serialize for InlineText<N> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> serde::Deserialize<'de> for InlineText<N> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        deserialize_parsed(d)
    }
}

/// Reads exactly as many hexadecimal digits, in lower case, as fill the bytes.
pub fn read_hex(digits: impl AsRef<[u8]>, into: &mut [u8]) -> Option<()> {
    let digits = digits.as_ref();
    if digits.len() != into.len() * 2 {
        return None;
    }
    for (byte, pair) in into.iter_mut().zip(digits.chunks(2)) {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(())
}

/// Reads a JSON string through `FromStr`; how every type of this crate that is a string on the wire
/// is read.
pub(crate) fn deserialize_parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: serde::Deserializer<'de>,
{
    struct Visitor<T>(core::marker::PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> serde::de::Visitor<'_> for Visitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Visitor(core::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_text_capacity_and_characters() {
        assert_eq!(InlineText::<4>::new("abcd").unwrap().as_str(), "abcd");
        assert_eq!(InlineText::<4>::new("abcde"), Err(TextError::TooLong));
        assert_eq!(InlineText::<4>::new(""), Err(TextError::Empty));
        for text in ["a b", "a\"", "a\\", "é", "a\n", "\0"] {
            assert_eq!(InlineText::<4>::new(text), Err(TextError::Character), "{text:?}");
        }
    }
}
