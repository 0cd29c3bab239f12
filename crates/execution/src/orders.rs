//! The gateway's orders: the open ones, and for a while the ids of those that are over.

use std::collections::{BTreeMap, VecDeque};

use contracts::OrderId;
use serde::{Deserialize, Serialize};

use crate::order::Order;

/// Ids that are remembered for a while, the oldest forgotten first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Remembered {
    order: VecDeque<OrderId>,
    #[serde(skip)]
    sorted: std::collections::BTreeSet<OrderId>,
}

impl Remembered {
    pub(crate) fn contains(&self, id: OrderId) -> bool {
        self.sorted.contains(&id)
    }

    pub(crate) fn add(&mut self, id: OrderId, kept: usize) {
        if self.sorted.insert(id) {
            self.order.push_back(id);
        }
        while self.order.len() > kept {
            if let Some(oldest) = self.order.pop_front() {
                self.sorted.remove(&oldest);
            }
        }
    }

    /// Every remembered id, sorted.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = OrderId> {
        self.sorted.iter().copied()
    }

    /// Makes the sorted form anew after reading.
    pub(crate) fn connect(&mut self) {
        self.sorted = self.order.iter().copied().collect();
    }
}

/// The open orders, found by id and by timer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Orders {
    open: BTreeMap<OrderId, Order>,
    #[serde(skip)]
    by_timer: BTreeMap<u32, OrderId>,
}

impl Orders {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order> {
        self.open.values()
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Order> {
        self.open.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.open.get_mut(&id)
    }

    pub(crate) fn of_timer(&self, timer: u32) -> Option<OrderId> {
        self.by_timer.get(&timer).copied()
    }

    pub(crate) fn add(&mut self, order: Order) {
        self.by_timer.insert(order.timer, order.id);
        self.open.insert(order.id, order);
    }

    pub(crate) fn remove(&mut self, id: OrderId) -> Option<Order> {
        let order = self.open.remove(&id)?;
        self.by_timer.remove(&order.timer);
        Some(order)
    }

    /// Makes the second index anew after reading.
    pub(crate) fn connect(&mut self) {
        self.by_timer = self.open.values().map(|order| (order.timer, order.id)).collect();
    }
}
