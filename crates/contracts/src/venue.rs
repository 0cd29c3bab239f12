//! The talk between the gateway and the venue.
//!
//! Requests are sealed by the gateway, as a real venue has them signed with an API key. Reports are
//! facts: each says what the venue knows about one order, so that it may be lost, repeated or
//! overtaken without harm.

use crate::event::Event;
use crate::ids::{OrderId, VenueRef};
use crate::num::{Money, Price, Qty};
use crate::order::{OrderSpec, OrderState, Side, VenueReason};
use crate::seal::{Seal, SealKey};
use crate::symbol::{Asset, Symbol};
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
        /// Tells one change from the next; the answer names it.
        pub number: u32,
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
    /// Show the account: the orders that are open or have ended since then, the trades since then, and what
    /// is owned. It changes nothing, so it carries no seal.
    pub struct AskStatement {
        /// Tells one question from the next.
        pub number: u32,
        /// Orders that ended, and trades, from here on.
        pub since: Ts,
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
        /// The number of the change that this answers.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub answers: Option<u32>,
        /// What it is a report of.
        pub says: Says,
        /// Why.
        pub reason: VenueReason,
    }
}

wire! {
    /// The account as the venue shows it begins here; so many lines follow, and nothing of the venue stands
    /// between them.
    pub struct Statement {
        /// The number of the question.
        pub number: u32,
        /// When it was drawn up, by the venue's clock.
        pub at: Ts,
        /// Orders that ended, and trades, are complete from here on.
        pub since: Ts,
        /// How many lines follow.
        pub lines: u32,
    }
}

wire! {
    /// A line of a statement: an order that is open, or has ended.
    pub struct StatementOrder {
        /// The client id; absent for an order that carries none.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub id: Option<OrderId>,
        /// The venue's own id.
        pub venue_ref: VenueRef,
        /// The pair.
        pub symbol: Symbol,
        /// Bought or sold.
        pub side: Side,
        /// What it is for.
        pub qty: Qty,
        /// What of it has traded.
        pub filled: Qty,
        /// Its limit price.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub limit: Option<Price>,
        /// How it ended; absent while it is open.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub end: Option<Says>,
        /// Why it ended.
        pub reason: VenueReason,
    }
}

wire! {
    /// A line of a statement: what is owned of an asset, what open orders hold of it included.
    pub struct StatementBalance {
        /// The asset.
        pub asset: Asset,
        /// How much.
        pub amount: Money,
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

/// The seal that the gateway puts on a request, and that the venue expects there: over the kind of the
/// request and every field but the seal itself. `None` for whatever carries no seal.
pub fn seal_request(request: &Event, key: &SealKey) -> Option<Seal> {
    // Zero is no price, so it can stand for an absent one.
    let price = |price: Option<Price>| price.map_or(0, Price::pico);
    let begin = |kind: u8| key.begin().bytes(&[kind]);
    let writer = match request {
        Event::Submit(Submit { id, spec, deadline, seal: _ }) => {
            spec.seal_into(begin(1).wide(id.bits())).word(deadline.nanos() as u64)
        }
        Event::CancelOrder(CancelOrder { id, seal: _ }) => begin(2).wide(id.bits()),
        Event::AmendOrder(AmendOrder { id, qty, limit, trigger, deadline, number, seal: _ }) => {
            begin(3)
                .wide(id.bits())
                .wide(qty.pico())
                .wide(price(*limit))
                .wide(price(*trigger))
                .word(deadline.nanos() as u64)
                .word(u64::from(*number))
        }
        Event::CancelAll(CancelAll { number, seal: _ }) => begin(4).word(u64::from(*number)),
        Event::ArmDeadMan(ArmDeadMan { timeout, number, seal: _ }) => {
            begin(5).word(timeout.nanos() as u64).word(u64::from(*number))
        }
        _ => return None,
    };
    Some(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Lifetime, OrderKind, Side};
    use crate::testing::{price, qty, secs, symbol};

    fn id(bits: u128) -> OrderId {
        OrderId::from_bits(bits).unwrap()
    }

    fn spec(amount: &str) -> OrderSpec {
        let kind = OrderKind::Limit(price(amount));
        let lifetime = Lifetime::UntilCancelled;
        OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("1"), kind, lifetime).unwrap()
    }

    /// Each kind of request, followed by itself with one field changed, for each of its fields.
    fn requests() -> Vec<Vec<Event>> {
        let seal = Seal::NONE;
        let submit = Submit { id: id(1), spec: spec("5"), deadline: secs(9), seal };
        let amend = AmendOrder {
            id: id(1),
            qty: qty("5"),
            limit: Some(price("7")),
            trigger: None,
            deadline: secs(9),
            number: 3,
            seal,
        };
        let arm = ArmDeadMan { timeout: Span::from_secs(9), number: 1, seal };
        let other_submits = [
            submit,
            Submit { id: id(2), ..submit },
            Submit { spec: spec("6"), ..submit },
            Submit { deadline: secs(8), ..submit },
        ];
        let other_amends = [
            amend,
            AmendOrder { id: id(2), ..amend },
            AmendOrder { qty: qty("6"), ..amend },
            AmendOrder { limit: None, ..amend },
            AmendOrder { limit: None, trigger: Some(price("7")), ..amend },
            AmendOrder { trigger: Some(price("7")), ..amend },
            AmendOrder { deadline: secs(8), ..amend },
            AmendOrder { number: 4, ..amend },
        ];
        let other_arms = [
            arm,
            ArmDeadMan { timeout: Span::from_secs(8), ..arm },
            ArmDeadMan { number: 2, ..arm },
        ];
        vec![
            other_submits.map(Event::Submit).into(),
            [1, 2].map(|bits| Event::CancelOrder(CancelOrder { id: id(bits), seal })).into(),
            other_amends.map(Event::AmendOrder).into(),
            [1, 2].map(|number| Event::CancelAll(CancelAll { number, seal })).into(),
            other_arms.map(Event::ArmDeadMan).into(),
        ]
    }

    #[test]
    fn seal_request_differs_for_every_kind_and_field() {
        let key = SealKey::new([7; 16]);
        let mut seen: Vec<Seal> = Vec::new();
        for request in requests().into_iter().flatten() {
            let seal = seal_request(&request, &key).unwrap();
            assert_eq!(seal_request(&request.with_seal(seal), &key), Some(seal));
            assert_ne!(seal_request(&request, &SealKey::new([8; 16])), Some(seal));
            assert!(!seen.contains(&seal), "{request:?}");
            seen.push(seal);
        }
    }

    #[test]
    fn seal_request_none_for_what_carries_no_seal() {
        let id = OrderId::from_bits(1).unwrap();
        let query = Event::QueryOrder(QueryOrder { id });
        assert_eq!(seal_request(&query, &SealKey::new([7; 16])), None);
    }
}
