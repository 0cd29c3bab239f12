//! What values a key may have among those of its type.

use std::cmp::Ordering;

use serde_json::Value;

use super::setting::{Setting, Wrong};
use crate::problem::ProblemKind;

/// What values are allowed.
#[derive(Clone, Debug, PartialEq)]
pub enum Range<T> {
    /// All that the type has.
    Any,
    /// Above this one.
    Above(T),
    /// This one and above.
    AtLeast(T),
    /// From the first to the second, both included.
    Within(T, T),
}

#[expect(private_bounds, reason = "only what a key can have has a range")]
impl<T: Setting> Range<T> {
    /// What is wrong with a value, if anything is.
    pub(crate) fn objection(&self, given: &T) -> Option<Wrong> {
        if given.is_absent() {
            return None;
        }
        let (low, too_low) = match self {
            Self::Any => return None,
            Self::Above(low) => (low, given.partial_cmp(low) != Some(Ordering::Greater)),
            Self::AtLeast(low) | Self::Within(low, _) => (low, given < low),
        };
        let (value, low) = (plain(&given.show()), plain(&low.show()));
        if too_low {
            let negative = value.starts_with('-') && !low.starts_with('-');
            let kind = if negative { ProblemKind::Negative } else { ProblemKind::OutOfRange };
            let beside = if matches!(self, Self::Above(_)) { "not above" } else { "below" };
            return Some(Wrong::of(kind, format!("{value} is {beside} {low}")));
        }
        match self {
            Self::Within(_, high) if given > high => {
                let what = format!("{value} is above {}", plain(&high.show()));
                Some(Wrong::of(ProblemKind::OutOfRange, what))
            }
            _ => None,
        }
    }

    /// The same with the values in their canonical form.
    pub(crate) fn shown(&self) -> Range<Value> {
        match self {
            Self::Any => Range::Any,
            Self::Above(low) => Range::Above(low.show()),
            Self::AtLeast(low) => Range::AtLeast(low.show()),
            Self::Within(low, high) => Range::Within(low.show(), high.show()),
        }
    }
}

impl std::fmt::Display for Range<Value> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Above(low) => write!(f, "above {}", plain(low)),
            Self::AtLeast(low) => write!(f, "{} or more", plain(low)),
            Self::Within(low, high) => write!(f, "{} to {}", plain(low), plain(high)),
        }
    }
}

/// A canonical value without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
