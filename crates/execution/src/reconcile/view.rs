//! The two sides of a reconciliation: what we believe, and what the venue shows.

use contracts::{
    Asset, Fill, Money, Net, OrderId, OrderSpec, Price, Qty, Says, Side, Span, Symbol, TradeId, Ts,
    VenueReason, VenueRef,
};
use serde::{Deserialize, Serialize};

/// What we believe. The gateway gives the orders; who keeps the ledger adds balances and positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalView {
    /// The orders that are not over, sorted by id.
    pub orders: Vec<LocalOrder>,
    /// Orders that are over and remembered, sorted by id.
    pub finished: Vec<LocalFinished>,
    /// How far clocks and messages may be off: nothing is concluded from silence before.
    pub grace: Span,
    /// What we believe to own. Assets that are not listed are none of our business.
    pub balances: Vec<LocalBalance>,
    /// Positions on margin; spot holdings are balances.
    pub positions: Vec<(Symbol, Net)>,
    /// Some of it is forgotten and still to be recalled: what does not fit proves nothing, and settles nothing.
    pub recalls: bool,
    /// Trades up to here are settled; see [`super::Reconciler`].
    pub watermark: Option<Watermark>,
}

/// An order of ours that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalOrder {
    /// The client id.
    pub id: OrderId,
    /// The order as it stands.
    pub spec: OrderSpec,
    /// When it was sent.
    pub sent: Ts,
    /// The venue drops it if it arrives later.
    pub deadline: Ts,
    /// What of it is booked.
    pub filled: Qty,
    /// The most that the venue has said was filled.
    pub told_filled: Qty,
    /// The executions that are booked, sorted.
    pub executions: Vec<VenueRef>,
    /// The venue has had it.
    pub live: bool,
    /// An answer is missing.
    pub unknown: bool,
    /// Its end is told, an execution that the end speaks of is not.
    pub ended: bool,
    /// Until when a change of it may still be made.
    pub change_until: Option<Ts>,
}

/// An order of ours that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFinished {
    /// The client id.
    pub id: OrderId,
    /// The pair.
    pub symbol: Symbol,
    /// Bought or sold.
    pub side: Side,
    /// What of it is booked.
    pub filled: Qty,
    /// The executions that are booked, sorted.
    pub executions: Vec<VenueRef>,
}

/// What we believe to own of an asset, and how far off is still equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalBalance {
    /// The asset.
    pub asset: Asset,
    /// How much.
    pub amount: Money,
    /// The largest difference that is none.
    pub tolerance: Money,
}

/// A place among all trades of an account: by time, then by the venue's number *as a number*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Watermark {
    /// When the trade happened.
    pub at: Ts,
    /// Its number.
    pub number: TradeId,
}

/// What the venue shows. Nothing relies on the order of its lists, nor on an order or a trade being
/// there once.
///
/// Who gathers it asks for the open orders first, then for those that ended, then for the trades. An
/// order that ends in between is then in one of the lists in any case, and its executions are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VenueSnapshot {
    /// When the first question was asked, by the venue's clock: what came later may be missing.
    pub at: Ts,
    /// Orders that ended, and trades, are complete from here on.
    pub since: Ts,
    /// Open orders, and those that ended.
    pub orders: Vec<VenueOrder>,
    /// Trades of the account.
    pub trades: Vec<VenueTrade>,
    /// What is owned; several amounts of one asset add up.
    pub balances: Vec<(Asset, Money)>,
    /// Positions on margin; several of one pair add up.
    pub positions: Vec<(Symbol, Net)>,
}

/// An order as the venue shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueOrder {
    /// The client id; absent for orders that carry none.
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
    pub limit: Option<Price>,
    /// How it ended; absent while it is open.
    pub end: Option<(Says, VenueReason)>,
}

/// A trade as the venue shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueTrade {
    /// The venue's number, by which trades of the same moment are told apart.
    pub number: TradeId,
    /// The execution, with the venue's own id.
    pub fill: Fill,
}

impl VenueTrade {
    /// Its place among all trades.
    pub fn place(&self) -> Watermark {
        Watermark { at: self.fill.at, number: self.number }
    }
}

/// Any order of ours: what an execution of it is measured by.
#[derive(Clone, Copy)]
pub(super) struct Ours<'a> {
    pub(super) symbol: Symbol,
    pub(super) side: Side,
    pub(super) executions: &'a [VenueRef],
}

impl LocalView {
    pub(super) fn open(&self, id: OrderId) -> Option<&LocalOrder> {
        let place = self.orders.binary_search_by_key(&id, |order| order.id).ok()?;
        self.orders.get(place)
    }

    pub(super) fn finished(&self, id: OrderId) -> Option<&LocalFinished> {
        let place = self.finished.binary_search_by_key(&id, |order| order.id).ok()?;
        self.finished.get(place)
    }

    /// The order, open or over.
    pub(super) fn ours(&self, id: OrderId) -> Option<Ours<'_>> {
        if let Some(LocalOrder { spec, executions, .. }) = self.open(id) {
            return Some(Ours { symbol: spec.symbol(), side: spec.side(), executions });
        }
        let LocalFinished { symbol, side, executions, .. } = self.finished(id)?;
        Some(Ours { symbol: *symbol, side: *side, executions })
    }
}
