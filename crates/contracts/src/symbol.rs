//! Names of things that are traded.

use core::fmt;
use core::str::FromStr;

use crate::text::{InlineText, TextError};

/// An asset: `BTC`, `USD`, `AAPLx`. Case matters; tokenised stocks end in a small x.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asset(InlineText<8>);

/// A pair as Njord and the venue's current interface write it: `BTC/USD`.
///
/// Sixteen bytes, compared as bytes: symbols order alphabetically and cost nothing to copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(8))] // copied and compared as two words, not as sixteen bytes
pub struct Symbol(InlineText<16>);

impl Asset {
    /// The asset of that name: letters, digits and dots, at most eight.
    pub fn new(name: &str) -> Result<Self, TextError> {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
            return Err(TextError::Character);
        }
        InlineText::new(name).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Symbol {
    /// The symbol of that name: two assets around one slash.
    pub fn new(name: &str) -> Result<Self, TextError> {
        let (base, quote) = name.split_once('/').ok_or(TextError::NotAPair)?;
        Asset::new(base)?;
        Asset::new(quote)?;
        InlineText::new(name).map(Self)
    }

    /// The symbol as topics write it, `BTC-USD`.
    pub fn from_topic(name: &str) -> Result<Self, TextError> {
        let (base, quote) = name.split_once('-').ok_or(TextError::NotAPair)?;
        if base.len() + quote.len() >= 16 {
            return Err(TextError::TooLong);
        }
        let mut text = [0; 16];
        text[..base.len()].copy_from_slice(base.as_bytes());
        text[base.len()] = b'/';
        text[base.len() + 1..=base.len() + quote.len()].copy_from_slice(quote.as_bytes());
        let joined = &text[..=base.len() + quote.len()];
        Self::new(core::str::from_utf8(joined).map_err(|_| TextError::Character)?)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What is bought or sold.
    pub fn base(&self) -> Asset {
        self.split().0
    }

    /// What it is paid with.
    pub fn quote(&self) -> Asset {
        self.split().1
    }

    fn split(&self) -> (Asset, Asset) {
        let text = self.as_str();
        let (base, quote) = text.split_once('/').unwrap_or((text, text));
        // Both halves were checked when the symbol was made.
        let asset = |name| Asset(InlineText::new(name).unwrap_or_default());
        (asset(base), asset(quote))
    }

    /// The name padded with zeros; what seals are made of.
    pub fn padded(&self) -> &[u8; 16] {
        self.0.bytes()
    }

    /// A well-mixed number for hash tables; equal for equal symbols on every machine.
    pub(crate) fn mixed(self) -> u64 {
        let bits = u128::from_le_bytes(*self.0.bytes());
        let folded = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(29);
        folded.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

macro_rules! name_text {
    ($name:ident, $description:literal, $pattern:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::text::deserialize_parsed(d)
            }
        }
        crate::schema::text_schema!($name, Name($description), $pattern);
    };
}
pub(crate) use name_text;

name_text!(Asset, "An asset, such as `BTC`.", "^[A-Za-z0-9.]{1,8}$");
name_text!(Symbol, "A pair, such as `BTC/USD`.", "^[A-Za-z0-9.]{1,8}/[A-Za-z0-9.]{1,8}$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbol_two_assets_one_slash() {
        let symbol = Symbol::new("BTC/USD").unwrap();
        assert_eq!((symbol.base().as_str(), symbol.quote().as_str()), ("BTC", "USD"));
        assert!(Symbol::new("AAPLx/USD").is_ok());
        for bad in
            ["", "BTC", "/USD", "BTC/", "BTC/USD/EUR", "BTC-USD", "B C/USD", "VERYLONGNAME/USD"]
        {
            assert!(Symbol::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn symbol_topic_form_round_trips() {
        assert_eq!(Symbol::from_topic("BTC-USD"), Symbol::new("BTC/USD"));
        for bad in ["BTCUSD", "-", "BTC-", "A-B-C", "12345678-123456789", "BTC/USD"] {
            assert!(Symbol::from_topic(bad).is_err(), "{bad:?}");
        }
    }
}
