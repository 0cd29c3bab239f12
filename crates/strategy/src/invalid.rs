//! What a person is told when a strategy cannot be started: what is wrong, where, and what to try.

use std::fmt;

/// A configuration, or a saved state, that a strategy cannot work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    what: String,
    at: String,
    advice: String,
}

impl Invalid {
    /// Something is wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), at: String::new(), advice: String::new() }
    }

    /// It stands there. Said from the inside out: the parameter first, then whose it is.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.at = match self.at.as_str() {
            "" => place.to_owned(),
            inner => format!("{place}.{inner}"),
        };
        self
    }

    /// This may help.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where it stands, from the outside in, with dots between; empty where nobody said.
    pub fn place(&self) -> &str {
        &self.at
    }

    /// What to try; empty where nobody knows.
    pub fn what_to_try(&self) -> &str {
        &self.advice
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.what)?;
        if !self.advice.is_empty() {
            write!(f, "; try: {}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// Leaves `on_start` with an [`Invalid`] unless the condition holds.
///
/// ```
/// # use strategy::{Invalid, ensure};
/// fn check(fast: u32, slow: u32) -> Result<(), Invalid> {
///     ensure!(fast < slow, "fast ({fast}) must be below slow ({slow})");
///     Ok(())
/// }
/// assert_eq!(check(3, 2).unwrap_err().to_string(), "fast (3) must be below slow (2)");
/// ```
#[macro_export]
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err($crate::Invalid::new(format!($($what)+)));
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_says_what_where_and_what_to_try() {
        let invalid = Invalid::new("1 is below 2").at("fast").at("ema_cross").advice("12");
        assert_eq!(invalid.to_string(), "ema_cross.fast: 1 is below 2; try: 12");
        assert_eq!(Invalid::new("nothing fits").to_string(), "nothing fits");
    }
}
