//! The gateway's orders that are not over, found by id and by timer.

use std::collections::BTreeMap;

use contracts::OrderId;
use serde::{Deserialize, Serialize};

use crate::order::Order;

/// The open orders.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OpenOrders {
    by_id: BTreeMap<OrderId, Order>,
    #[serde(skip)]
    by_timer: BTreeMap<u32, OrderId>,
}

impl OpenOrders {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order> {
        self.by_id.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Order> {
        self.by_id.values_mut()
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Order> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.by_id.get_mut(&id)
    }

    pub(crate) fn of_timer(&self, timer: u32) -> Option<OrderId> {
        self.by_timer.get(&timer).copied()
    }

    pub(crate) fn add(&mut self, order: Order) {
        self.by_timer.insert(order.timer, order.id);
        self.by_id.insert(order.id, order);
    }

    pub(crate) fn remove(&mut self, id: OrderId) -> Option<Order> {
        let order = self.by_id.remove(&id)?;
        self.by_timer.remove(&order.timer);
        Some(order)
    }

    /// Makes the second index anew after reading.
    pub(crate) fn connect(&mut self) {
        self.by_timer = self.by_id.values().map(|order| (order.timer, order.id)).collect();
    }
}
