//! The talk between the gateway and the venue.
//!
//! Requests are sealed by the gateway, as a real venue has them signed with an API key. Reports are
//! facts: each says what the venue knows about one order, so that it may be lost, repeated or
//! overtaken without harm.

use crate::ids::{OrderId, VenueRef};
use crate::num::{Price, Qty};
use crate::order::{OrderSpec, OrderState, VenueReason};
use crate::seal::Seal;
use crate::symbol::Symbol;
use crate::time::{Span, Ts};
use crate::wire::wire;

wire! {
    /// Take this order, unless it reaches you after the deadline.
    pub struct Submit {
        /// The client id.
        pub id: OrderId,
        /// The order.
        pub spec: OrderSpec,
        /// The venue drops what arrives later; only because of this is a later "not found" a proof.
        pub deadline: Ts,
        /// The gateway's signature.
        pub seal: Seal,
    }
}

wire! {
    /// Cancel that order.
    pub struct CancelOrder {
        /// The client id.
        pub id: OrderId,
        /// The gateway's signature.
        pub seal: Seal,
    }
}

wire! {
    /// Change that order in place, unless this reaches you after the deadline.
    pub struct AmendOrder {
        /// The client id.
        pub id: OrderId,
        /// The whole quantity from now on, what has traded included.
        pub qty: Qty,
        /// The new limit price.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub limit: Option<Price>,
        /// The new trigger price.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub trigger: Option<Price>,
        /// The venue drops what arrives later.
        pub deadline: Ts,
        /// The gateway's signature.
        pub seal: Seal,
    }
}

wire! {
    /// Say what became of that order: all its executions, then where it stands.
    pub struct QueryOrder {
        /// The client id.
        pub id: OrderId,
    }
}

wire! {
    /// Cancel everything.
    pub struct CancelAll {
        /// Tells one call from the next.
        pub number: u32,
        /// The gateway's signature.
        pub seal: Seal,
    }
}

wire! {
    /// Cancel everything unless I say this again within the time; no time disarms.
    pub struct ArmDeadMan {
        /// The time.
        pub timeout: Span,
        /// Tells one call from the next.
        pub number: u32,
        /// The gateway's signature.
        pub seal: Seal,
    }
}

wire! {
    /// What the venue says about an order.
    pub struct Report {
        /// The client id.
        pub id: OrderId,
        /// The venue's own id; absent where it has none to give.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub venue_ref: Option<VenueRef>,
        /// The pair, where the venue knows the order.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub symbol: Option<Symbol>,
        /// What the order is for.
        pub qty: Qty,
        /// What of it has traded so far.
        pub filled: Qty,
        /// Its limit price.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub limit: Option<Price>,
        /// When the venue says so, by its clock.
        pub at: Ts,
        /// What it is a report of.
        pub says: Says,
        /// Why.
        pub reason: VenueReason,
    }
}

wire! {
    /// The kinds of report.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Says {
        /// The order is live.
        Accepted,
        /// The order was refused; it never lived.
        Rejected,
        /// The order was changed.
        Amended,
        /// The change was refused; the order is as it was.
        AmendRejected,
        /// The cancel found nothing to cancel.
        CancelRejected,
        /// The order ended before all of it traded.
        Cancelled,
        /// The order's lifetime ended.
        Expired,
        /// All of the order has traded.
        Filled,
        /// Answer to a query: the order is live.
        Working,
        /// Answer to a query: there is no such order, and none that arrived in time can still come.
        NotFound,
    }
}

impl Says {
    /// The state in which this report leaves an order, where it settles that by itself.
    pub const fn final_state(self) -> Option<OrderState> {
        match self {
            Self::Rejected | Self::NotFound => Some(OrderState::Rejected),
            Self::Cancelled => Some(OrderState::Cancelled),
            Self::Expired => Some(OrderState::Expired),
            Self::Filled => Some(OrderState::Filled),
            _ => None,
        }
    }
}
