//! One secret.

use std::fmt;
use std::hint::black_box;

use zeroize::Zeroizing;

/// A secret text: never shown, never compared by `==`, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether somebody else knows it, in a time that does not tell how much of it.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        same(self.0.as_bytes(), candidate)
    }
}

/// Compares in a time that depends on the lengths alone.
pub(crate) fn same(held: &[u8], candidate: &[u8]) -> bool {
    let differs = held.iter().zip(candidate).fold(0, |seen, (a, b)| black_box(seen | (a ^ b)));
    held.len() == candidate.len() && differs == 0
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_never_shown_and_matches_only_itself() {
        let secret = Secret::new(Zeroizing::new("hunter2".to_owned()));
        assert_eq!(
            format!("{secret} {secret:?} {:?}", Some(&secret)),
            "[redacted] [redacted] Some([redacted])"
        );
        assert!(secret.matches(b"hunter2"));
        for other in ["", "hunter", "hunter22", "hunter3", "Hunter2"] {
            assert!(!secret.matches(other.as_bytes()), "{other}");
        }
    }
}
