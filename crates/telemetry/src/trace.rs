//! What a line belongs to: a trace follows one order through all services, a request id one call.
//!
//! Both are derived or counted, never drawn at random, so that a replay tells the same traces.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use contracts::{Corr, OrderId, RunId};

/// The id that follows an intent through every service. It is the id of the order that the intent
/// asks for; where it serves another order, the id of that one, so that a family shares one trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(OrderId);

impl TraceId {
    /// The trace of whatever carries that correlation in that session.
    pub fn of(run: RunId, corr: Corr) -> Self {
        let own = || OrderId::derive(run, corr.strategy, corr.origin, corr.intent);
        Self(corr.parent.unwrap_or_else(own))
    }

    /// The trace of an order that serves no other.
    pub const fn of_order(order: OrderId) -> Self {
        Self(order)
    }

    /// A span that puts everything said inside it on this trace.
    pub fn span(self) -> tracing::Span {
        tracing::error_span!(target: "telemetry", "trace", trace_id = %self)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for TraceId {
    type Err = contracts::NotAnOrderId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The number of a call, from outside or to outside, within one process; written as 16 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// A span that puts everything said inside it on this request.
    pub fn span(self) -> tracing::Span {
        tracing::error_span!(target: "telemetry", "request", request_id = %self)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for RequestId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

/// Gives out request ids, counting from 1.
#[derive(Debug, Default)]
pub struct RequestIds(AtomicU64);

impl RequestIds {
    /// The next one.
    pub fn next(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1))
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::strategy;
    use contracts::{IntentSeq, Origin};

    use super::*;

    #[test]
    fn trace_is_the_id_of_the_order_and_of_the_one_it_serves() {
        let (run, who) = (RunId::new(7), strategy("ema_cross"));
        let mut corr = Corr::new(who, Origin::Strategy, IntentSeq::new(3));
        let order = OrderId::derive(run, who, Origin::Strategy, IntentSeq::new(3));
        assert_eq!(TraceId::of(run, corr), TraceId::of_order(order));
        assert_eq!(TraceId::of(run, corr).to_string(), order.to_string());

        let parent = OrderId::from_bits(9).unwrap();
        corr.parent = Some(parent);
        assert_eq!(TraceId::of(run, corr).to_string(), parent.to_string());
        assert_eq!(parent.to_string().parse(), Ok(TraceId::of_order(parent)));
    }

    #[test]
    fn request_ids_count_up_and_read_back() {
        let ids = RequestIds::default();
        assert_eq!(ids.next().to_string(), "0000000000000001");
        let second = ids.next();
        assert_eq!(second.to_string().parse(), Ok(second));
    }
}
