//! The path of a key: `risk.collar`, `risk.order_qty_max."BTC/USD"`.

use std::fmt;

/// The words from the top of the settings down to a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path(pub(crate) Vec<String>);

impl Path {
    /// One word further down.
    pub(crate) fn join(&self, word: &str) -> Self {
        let mut words = self.0.clone();
        words.push(word.to_owned());
        Self(words)
    }

    /// The words.
    pub(crate) fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether `self` is `other` or stands above it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            // A key of a hostile file may be as long as the file.
            let shown: String = word.chars().take(WORD_SHOWN_MAX).collect();
            if is_bare(word) { write!(f, "{dot}{shown}")? } else { write!(f, "{dot}{shown:?}")? }
        }
        Ok(())
    }
}

/// Words of ours are shorter.
const WORD_SHOWN_MAX: usize = 64;

/// Whether TOML takes the word as a key without quotes.
pub(crate) fn is_bare(word: &str) -> bool {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !word.is_empty() && word.bytes().all(bare)
}

impl<const N: usize> From<[&str; N]> for Path {
    fn from(words: [&str; N]) -> Self {
        Self(words.map(str::to_owned).to_vec())
    }
}
