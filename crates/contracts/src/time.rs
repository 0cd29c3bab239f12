//! Time as data: nanoseconds, UTC. Nothing in this crate, or in any pure crate, knows what time it is.

use core::fmt;
use core::ops::{Add, Sub};
use core::str::FromStr;

/// An instant: nanoseconds since 1970-01-01 00:00 UTC, within the years 1970 to 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(i64);

/// A length of time in nanoseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Ts {
    /// The beginning of time; also "not set" where a field says so.
    pub const ZERO: Self = Self(0);
    /// Never.
    pub const MAX: Self = Self(i64::MAX);

    /// That many nanoseconds after the epoch; earlier than the epoch is the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(if nanos < 0 { 0 } else { nanos })
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The time that has passed since `earlier`, or nothing where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        if self.0 > earlier.0 { Span(self.0 - earlier.0) } else { Span(0) }
    }

    /// Full days since the epoch: accounting days begin at 00:00 UTC.
    pub const fn day(self) -> i64 {
        self.0 / Span::DAY.0
    }

    /// The last multiple of `step` at or before this instant; a step of nothing changes nothing.
    #[must_use]
    pub const fn floor_to(self, step: Span) -> Self {
        if step.0 == 0 { self } else { Self(self.0 - self.0 % step.0) }
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// A millisecond.
    pub const MILLI: Self = Self(1_000_000);
    /// A second.
    pub const SECOND: Self = Self(1_000_000_000);
    /// A minute.
    pub const MINUTE: Self = Self(60_000_000_000);
    /// A day.
    pub const DAY: Self = Self(86_400_000_000_000);

    /// So many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(if nanos < 0 { 0 } else { nanos })
    }

    /// So many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self::from_nanos(millis.saturating_mul(Self::MILLI.0))
    }

    /// So many seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_nanos(secs.saturating_mul(Self::SECOND.0))
    }

    /// The length in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The length in whole milliseconds.
    pub const fn millis(self) -> i64 {
        self.0 / Self::MILLI.0
    }

    /// So many times this length.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self::from_nanos(self.0.saturating_mul(count))
    }
}

impl Add<Span> for Ts {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Ts {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_nanos(self.0 - span.0)
    }
}

macro_rules! nanos_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
        impl FromStr for $name {
            type Err = NotNanos;
            fn from_str(text: &str) -> Result<Self, NotNanos> {
                text.parse().ok().filter(|nanos| *nanos >= 0).map(Self).ok_or(NotNanos)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::text::deserialize_parsed(d)
            }
        }
        crate::schema::text_schema!($name, Whole, "^[0-9]{1,19}$");
    };
}
nanos_text!(Ts);
nanos_text!(Span);

/// The text is not a number of nanoseconds from zero up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a whole number of nanoseconds from zero up")]
pub struct NotNanos;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_arithmetic_stays_in_range() {
        assert_eq!(Ts::from_nanos(-5), Ts::ZERO);
        assert_eq!(Ts::MAX + Span::DAY, Ts::MAX);
        assert_eq!(Ts::from_nanos(5).since(Ts::from_nanos(9)), Span::ZERO);
        assert_eq!(Ts::from_nanos(5) - Span::SECOND, Ts::ZERO);
        assert_eq!(Ts::from_nanos(125).floor_to(Span::from_nanos(50)), Ts::from_nanos(100));
        assert_eq!((Ts::ZERO + Span::DAY).day(), 1);
        assert_eq!((Ts::ZERO + Span::from_nanos(Span::DAY.nanos() - 1)).day(), 0);
    }
}
