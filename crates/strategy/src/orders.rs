//! The open orders of one strategy, from its own intents and from what the gateway and the gate say.
//!
//! An order is here from the moment it is asked for until nothing of it can still come. Its updates
//! and its fills travel on different topics, so the end may be told before the last fill: such an
//! order stays until every fill that the end speaks of is booked. Whoever counts here and in the
//! ledger therefore never sees a strategy flat that is not.

use contracts::{IntentSeq, OrderId, OrderSpec, OrderState, OrderUpdate, Price, Qty, Side, Symbol};
use serde::{Deserialize, Serialize};

/// The most open orders of one strategy.
pub const ORDERS_MAX: usize = 128;

/// An order that is not over: asked for, on its way, live, or of unknown fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrder {
    /// Its id.
    pub id: OrderId,
    /// The pair.
    pub symbol: Symbol,
    /// Buy or sell.
    pub side: Side,
    /// The whole quantity it is for now.
    pub qty: Qty,
    /// What of it has traded, as far as anybody has told.
    pub filled: Qty,
    /// Its limit price now, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<Price>,
    /// Where it stands; `PendingNew` until somebody has answered.
    pub state: OrderState,
    /// Whether it may only shrink a position.
    pub reduce_only: bool,
    /// Whether a cancel is on its way.
    pub cancelling: bool,
    /// The intent that asked for it.
    pub(crate) intent: IntentSeq,
    /// The intent that asked to change it and has not been settled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) amend: Option<IntentSeq>,
    /// What of it is in the ledger.
    pub(crate) booked: Qty,
}

impl OpenOrder {
    pub(crate) fn new(id: OrderId, spec: &OrderSpec, intent: IntentSeq) -> Self {
        Self {
            id,
            symbol: spec.symbol(),
            side: spec.side(),
            qty: spec.qty(),
            filled: Qty::ZERO,
            limit: spec.limit(),
            state: OrderState::PendingNew,
            reduce_only: spec.is_reduce_only(),
            cancelling: false,
            intent,
            amend: None,
            booked: Qty::ZERO,
        }
    }

    /// What may still trade.
    pub fn remaining(&self) -> Qty {
        if self.state.is_done() { Qty::ZERO } else { self.qty.saturating_minus(self.filled) }
    }

    /// What may still come to the books: what may still trade, and what has but is not booked yet.
    pub(crate) fn to_come(&self) -> Qty {
        let most = if self.state.is_done() { self.filled } else { self.qty };
        most.saturating_minus(self.booked)
    }

    /// Whether a change is on its way.
    pub fn is_amending(&self) -> bool {
        self.amend.is_some()
    }

    /// Whether its end is told and every fill of it is booked.
    fn is_over(&self) -> bool {
        self.state.is_done() && self.booked >= self.filled
    }
}

/// The open orders of one strategy, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Orders {
    open: Vec<OpenOrder>,
}

impl Orders {
    /// No orders, and room for as many as usual.
    pub(crate) fn new() -> Self {
        Self { open: Vec::with_capacity(32) }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.open.len() >= ORDERS_MAX
    }

    pub(crate) fn as_slice(&self) -> &[OpenOrder] {
        &self.open
    }

    pub(crate) fn of(&self, symbol: Symbol) -> impl Iterator<Item = &OpenOrder> {
        self.open.iter().filter(move |order| order.symbol == symbol)
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&OpenOrder> {
        self.open.iter().find(|order| order.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut OpenOrder> {
        self.open.iter_mut().find(|order| order.id == id)
    }

    pub(crate) fn add(&mut self, order: OpenOrder) {
        debug_assert!(!self.is_full(), "asked before");
        self.open.push(order);
    }

    /// Forgets what was asked for after that intent: it never went out.
    pub(crate) fn forget_after(&mut self, last: IntentSeq) {
        self.open.retain(|order| order.intent <= last);
        for order in &mut self.open {
            order.amend = order.amend.filter(|amend| *amend <= last);
        }
    }

    /// Takes an update; whether it is about one of these.
    pub(crate) fn update(&mut self, update: &OrderUpdate) -> bool {
        let Some(order) = self.get_mut(update.id) else { return false };
        order.qty = update.qty;
        order.limit = update.limit.or(order.limit);
        order.filled = order.filled.max(update.filled);
        order.state = update.state;
        order.cancelling = update.state == OrderState::PendingCancel;
        if update.settles.is_some() {
            order.amend = None;
        }
        self.drop_if_over(update.id);
        true
    }

    /// Notes that so much of an order is in the ledger.
    pub(crate) fn booked(&mut self, id: OrderId, qty: Qty) {
        let Some(order) = self.get_mut(id) else { return };
        // Beyond what a quantity holds the ledger has refused before.
        order.booked = order.booked.plus(qty).unwrap_or(order.booked);
        order.filled = order.filled.max(order.booked);
        self.drop_if_over(id);
    }

    /// The gate has refused an intent about that order.
    pub(crate) fn refused(&mut self, id: OrderId, intent: Option<IntentSeq>) {
        let Some(order) = self.get_mut(id) else { return };
        // Without a number it was an intent that nobody could read; only a new order is then certain
        // not to exist.
        let of_the_order =
            intent.map_or(order.state == OrderState::PendingNew, |number| number == order.intent);
        if of_the_order {
            self.open.retain(|order| order.id != id);
        } else if order.amend == intent {
            order.amend = None;
        } else {
            order.cancelling = false;
        }
    }

    fn drop_if_over(&mut self, id: OrderId) {
        if self.get(id).is_some_and(OpenOrder::is_over) {
            self.open.retain(|order| order.id != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{price, qty, symbol};
    use contracts::{Lifetime, OrderKind, VenueReason};

    use super::*;

    const ID: u128 = 7;

    fn asked(number: u64) -> (Orders, OrderId) {
        let id = OrderId::from_bits(ID).unwrap();
        let kind = OrderKind::Limit(price("100"));
        let lifetime = Lifetime::UntilCancelled;
        let spec = OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("2"), kind, lifetime).unwrap();
        let mut orders = Orders::new();
        orders.add(OpenOrder::new(id, &spec, IntentSeq::new(number)));
        (orders, id)
    }

    fn update(state: OrderState, filled: &str) -> OrderUpdate {
        OrderUpdate {
            id: OrderId::from_bits(ID).unwrap(),
            symbol: symbol("BTC/USD"),
            qty: qty("2"),
            filled: qty(filled),
            limit: Some(price("100")),
            venue_ref: None,
            settles: None,
            state,
            reason: VenueReason::None,
        }
    }

    #[test]
    fn order_end_told_before_its_fills_stays_until_they_are_booked() {
        let (mut orders, id) = asked(1);
        assert!(orders.update(&update(OrderState::Filled, "2")));
        assert_eq!(orders.get(id).unwrap().remaining(), Qty::ZERO);
        orders.booked(id, qty("1.5"));
        assert!(orders.get(id).is_some());
        orders.booked(id, qty("0.5"));
        assert!(orders.get(id).is_none());
    }

    #[test]
    fn order_fills_booked_before_the_end_go_with_it() {
        let (mut orders, id) = asked(1);
        orders.booked(id, qty("2"));
        assert_eq!(orders.get(id).unwrap().filled, qty("2"));
        orders.update(&update(OrderState::Filled, "2"));
        assert!(orders.get(id).is_none());
    }

    #[test]
    fn order_unknown_is_open_and_cancelled_without_fills_is_over() {
        let (mut orders, id) = asked(1);
        orders.update(&update(OrderState::Unknown, "0"));
        assert_eq!(orders.get(id).unwrap().remaining(), qty("2"));
        orders.update(&update(OrderState::Cancelled, "0"));
        assert!(orders.get(id).is_none());
        assert!(!orders.update(&update(OrderState::Cancelled, "0")));
    }

    #[test]
    fn refusals_touch_only_what_they_are_about() {
        let (mut orders, id) = asked(4);
        let order = orders.get_mut(id).unwrap();
        (order.amend, order.cancelling) = (Some(IntentSeq::new(5)), true);
        orders.refused(id, Some(IntentSeq::new(6)));
        assert!(orders.get(id).unwrap().is_amending() && !orders.get(id).unwrap().cancelling);
        orders.refused(id, Some(IntentSeq::new(5)));
        assert!(!orders.get(id).unwrap().is_amending());
        orders.refused(id, Some(IntentSeq::new(4)));
        assert!(orders.get(id).is_none());
    }

    #[test]
    fn refusals_of_unreadable_intents_end_only_unanswered_orders() {
        let (mut orders, id) = asked(4);
        orders.update(&update(OrderState::New, "0"));
        orders.refused(id, None);
        assert!(orders.get(id).is_some());
        let (mut orders, id) = asked(4);
        orders.refused(id, None);
        assert!(orders.get(id).is_none());
    }

    #[test]
    fn forget_after_takes_back_what_never_went_out() {
        let (mut orders, id) = asked(4);
        orders.get_mut(id).unwrap().amend = Some(IntentSeq::new(6));
        orders.forget_after(IntentSeq::new(5));
        assert!(!orders.get(id).unwrap().is_amending());
        orders.forget_after(IntentSeq::new(3));
        assert!(orders.as_slice().is_empty());
    }
}
