//! The venue's own record of every order.

use std::collections::{BTreeMap, VecDeque};

use contracts::{
    Fill, OrderId, OrderKind, OrderSpec, Price, Qty, Report, Says, Side, Symbol, SymbolMap, Ts,
    VenueReason, VenueRef,
};
use serde::{Deserialize, Serialize};

/// An order at the venue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VenueOrder {
    pub(crate) id: OrderId,
    pub(crate) venue_ref: VenueRef,
    pub(crate) spec: OrderSpec,
    pub(crate) filled: Qty,
    /// How it ended, once it has.
    pub(crate) ended: Option<(Says, VenueReason)>,
    pub(crate) executions: Vec<Fill>,
    /// What stands before it in the queue at its price; `None` while that cannot be known.
    pub(crate) ahead: Option<Qty>,
    /// Whether its stop has fired; true for orders without one.
    pub(crate) awake: bool,
}

impl VenueOrder {
    /// What may still trade.
    pub(crate) fn rest(&self) -> Qty {
        self.spec.qty().saturating_minus(self.filled)
    }

    /// The price it rests at; `None` for stops that sleep and market orders.
    pub(crate) fn resting_price(&self) -> Option<Price> {
        self.spec.limit().filter(|_| self.awake)
    }

    /// Whether it would trade with the other side at `price`.
    pub(crate) fn reaches(&self, price: Price) -> bool {
        match (self.spec.kind(), self.spec.side()) {
            (OrderKind::Market | OrderKind::Stop { .. }, _) => true,
            (OrderKind::Limit(limit) | OrderKind::StopLimit { limit, .. }, Side::Buy) => {
                price <= limit
            }
            (OrderKind::Limit(limit) | OrderKind::StopLimit { limit, .. }, Side::Sell) => {
                price >= limit
            }
        }
    }

    /// Whether the last trade wakes its stop.
    pub(crate) fn triggers(&self, last: Price) -> bool {
        match (self.spec.trigger(), self.spec.side()) {
            (Some(trigger), Side::Buy) => last >= trigger,
            (Some(trigger), Side::Sell) => last <= trigger,
            (None, _) => false,
        }
    }

    /// What the venue says about it now.
    pub(crate) fn report(&self, says: Says, reason: VenueReason, at: Ts) -> Report {
        Report {
            id: self.id,
            venue_ref: Some(self.venue_ref),
            symbol: Some(self.spec.symbol()),
            qty: self.spec.qty(),
            filled: self.filled,
            limit: self.spec.limit(),
            at,
            answers: None,
            says,
            reason,
        }
    }
}

/// All orders, open and remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Orders {
    all: BTreeMap<OrderId, VenueOrder>,
    /// Open orders by instrument, the oldest first.
    open: SymbolMap<Vec<OrderId>>,
    finished: VecDeque<OrderId>,
    numbered: u64,
}

impl Orders {
    pub(crate) fn get(&self, id: OrderId) -> Option<&VenueOrder> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut VenueOrder> {
        self.all.get_mut(&id)
    }

    /// The order if it is open.
    pub(crate) fn get_open(&self, id: OrderId) -> Option<&VenueOrder> {
        self.get(id).filter(|order| order.ended.is_none())
    }

    /// The open orders of an instrument, the oldest first.
    pub(crate) fn open(&self, symbol: Symbol) -> &[OrderId] {
        self.open.get(symbol).map_or(&[], Vec::as_slice)
    }

    /// Every open order.
    pub(crate) fn all_open(&self) -> Vec<OrderId> {
        self.open.iter().flat_map(|(_, ids)| ids.iter().copied()).collect()
    }

    /// Every order that is known, finished or not.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &VenueOrder> {
        self.all.values()
    }

    /// Takes a new order on.
    pub(crate) fn add(&mut self, id: OrderId, spec: OrderSpec) {
        self.numbered += 1;
        let order = VenueOrder {
            id,
            venue_ref: VenueRef::numbered(b'O', self.numbered),
            spec,
            filled: Qty::ZERO,
            ended: None,
            executions: Vec::new(),
            ahead: None,
            awake: spec.trigger().is_none(),
        };
        self.all.insert(id, order);
        self.open.get_or_insert_with(spec.symbol(), Vec::new).push(id);
    }

    /// An order has ended; it is remembered for a while.
    pub(crate) fn finish(&mut self, id: OrderId, says: Says, reason: VenueReason, kept: usize) {
        let Some(order) = self.all.get_mut(&id) else { return };
        order.ended = Some((says, reason));
        if let Some(open) = self.open.get_mut(order.spec.symbol()) {
            open.retain(|held| *held != id);
        }
        self.finished.push_back(id);
        while self.finished.len() > kept {
            if let Some(oldest) = self.finished.pop_front() {
                self.all.remove(&oldest);
            }
        }
    }

    /// An order that lost its place in the queue stands last of all.
    pub(crate) fn requeue(&mut self, id: OrderId) {
        let Some(order) = self.all.get_mut(&id) else { return };
        order.ahead = None;
        if let Some(open) = self.open.get_mut(order.spec.symbol()) {
            open.retain(|held| *held != id);
            open.push(id);
        }
    }
}
