//! What a reconciliation finds: facts that were missed, and differences that no fact explains.

use contracts::{
    Alert, AlertCode, Asset, Event, Fill, Money, Net, OrderId, Qty, Report, Symbol, VenueRef,
};
use serde::{Deserialize, Serialize};

/// Something that was missed, or does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// An execution that was never told.
    Executed(Fill),
    /// Where an order stands.
    Report(Report),
    /// A difference.
    Break(Break),
}

/// A difference between our books and the venue's, with the amounts that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// An open order that we never sent.
    ForeignOrder {
        /// The venue's id.
        venue_ref: VenueRef,
        /// The pair.
        symbol: Symbol,
    },
    /// A trade of an order that we never sent.
    ForeignTrade {
        /// The venue's id.
        exec: VenueRef,
        /// The pair.
        symbol: Symbol,
    },
    /// The venue has had this order and shows nothing of it.
    MissingOrder {
        /// The order.
        id: OrderId,
        /// The pair.
        symbol: Symbol,
    },
    /// An order that is over to us is open at the venue.
    RevivedOrder {
        /// The order.
        id: OrderId,
        /// The pair.
        symbol: Symbol,
    },
    /// An order is for another quantity, price, pair or side than we believe.
    Terms {
        /// The order.
        id: OrderId,
        /// The quantity that we believe in.
        ours: Qty,
        /// The venue's.
        venue: Qty,
    },
    /// Another total of an order is booked than its end at the venue says.
    Total {
        /// The order.
        id: OrderId,
        /// What is booked once the missed executions are.
        ours: Qty,
        /// What the venue says.
        venue: Qty,
    },
    /// An execution that contradicts itself, its order, or arithmetic. It is not booked.
    Nonsense {
        /// The venue's id.
        exec: VenueRef,
    },
    /// A balance differs by more than the tolerance, after every missed execution.
    Balance {
        /// The asset.
        asset: Asset,
        /// What we believe in.
        ours: Money,
        /// What the venue shows.
        venue: Money,
        /// What would have been no difference.
        tolerance: Money,
    },
    /// A position differs, after every missed execution.
    Position {
        /// The pair.
        symbol: Symbol,
        /// What we believe in.
        ours: Net,
        /// What the venue shows.
        venue: Net,
    },
}

/// What a break is about, whatever the amounts are today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    Foreign(VenueRef),
    ForeignTrade(VenueRef),
    Order(OrderId),
    Nonsense(VenueRef),
    Balance(Asset),
    Position(Symbol),
}

impl Repair {
    /// The fact as the gateway takes it; `None` for a break, which is no fact.
    pub fn event(&self) -> Option<Event> {
        match self {
            Self::Executed(fill) => Some(Event::Executed(*fill)),
            Self::Report(report) => Some(Event::Report(*report)),
            Self::Break(_) => None,
        }
    }
}

impl Break {
    /// What a person is told.
    pub fn alert(&self) -> Event {
        let (code, symbol, order) = match *self {
            Self::ForeignOrder { symbol, .. } | Self::ForeignTrade { symbol, .. } => {
                (AlertCode::ForeignOrder, Some(symbol), None)
            }
            Self::MissingOrder { id, symbol } | Self::RevivedOrder { id, symbol } => {
                (AlertCode::ReconcileMismatch, Some(symbol), Some(id))
            }
            Self::Terms { id, .. } | Self::Total { id, .. } => {
                (AlertCode::ReconcileMismatch, None, Some(id))
            }
            Self::Position { symbol, .. } => (AlertCode::ReconcileMismatch, Some(symbol), None),
            Self::Nonsense { .. } | Self::Balance { .. } => {
                (AlertCode::ReconcileMismatch, None, None)
            }
        };
        Event::Alert(Alert { code, symbol, order })
    }

    /// Whether our own books are in doubt. What somebody else does on the account is his business,
    /// until it shows in what we own.
    pub fn is_grave(&self) -> bool {
        !matches!(self, Self::ForeignOrder { .. } | Self::ForeignTrade { .. })
    }

    pub(super) fn subject(&self) -> Subject {
        match *self {
            Self::ForeignOrder { venue_ref, .. } => Subject::Foreign(venue_ref),
            Self::ForeignTrade { exec, .. } => Subject::ForeignTrade(exec),
            Self::MissingOrder { id, .. }
            | Self::RevivedOrder { id, .. }
            | Self::Terms { id, .. }
            | Self::Total { id, .. } => Subject::Order(id),
            Self::Nonsense { exec } => Subject::Nonsense(exec),
            Self::Balance { asset, .. } => Subject::Balance(asset),
            Self::Position { symbol, .. } => Subject::Position(symbol),
        }
    }
}
