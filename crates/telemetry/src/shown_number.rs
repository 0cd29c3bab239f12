//! From exact numbers to the floats that logs and graphs show. Nothing that decides reads one back.

use contracts::{Money, Net, Span};

/// A whole number of parts, of which so many make one.
#[expect(clippy::cast_precision_loss, reason = "for people and graphs; what is exact is journaled")]
fn of_parts(parts: i128, in_one: f64) -> f64 {
    parts as f64 / in_one
}

/// Seconds.
pub(crate) fn seconds(span: Span) -> f64 {
    of_parts(span.nanos().into(), 1e9)
}

/// Milliseconds, to the microsecond.
pub(crate) fn millis(span: Span) -> f64 {
    of_parts((span.nanos() / 1_000).into(), 1e3)
}

/// An amount to nine places: a float holds these exactly, so that 3.5 is shown as 3.5.
pub(crate) fn amount(money: Money) -> f64 {
    of_parts(money.yocto() / 1_000_000_000_000_000, 1e9)
}

/// A position.
pub(crate) fn size(net: Net) -> f64 {
    of_parts(net.pico(), 1e12)
}
