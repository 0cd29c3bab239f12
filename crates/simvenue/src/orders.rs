//! Every order that the venue knows: the open ones, and so many of those that ended.
//!
//! Orders live in slots that are used again. Which slot an order has never decides anything; what
//! orders are served by is in their ladder.

use std::collections::{BTreeMap, VecDeque};

use contracts::{
    Lifetime, Money, OrderId, OrderKind, OrderSpec, Price, Qty, Report, Says, Ts, VenueReason,
    VenueRef,
};
use serde::{Deserialize, Serialize};

use crate::queue::Place;

/// Where an order is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

impl Slot {
    pub(crate) const fn new(index: u32) -> Self {
        Self(index)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// An order as the venue has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) spec: OrderSpec,
    pub(crate) filled: Qty,
    /// The venue's number of it; zero for one that it never took.
    pub(crate) number: u64,
    /// Its place in time among the orders at its price.
    pub(crate) priority: u64,
    pub(crate) place: Place,
    /// What is held for it, of what it spends.
    pub(crate) held: Money,
    /// The number of its first execution; meaningless before one.
    pub(crate) first_execution: u64,
    pub(crate) stage: Stage,
    /// When it ended; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) ended_at: Option<Ts>,
}

/// Where an order stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// A stop whose trigger was not reached yet.
    Waiting,
    /// Coming in or resting.
    Live,
    /// Over.
    Ended(Says, VenueReason),
}

impl Order {
    pub(crate) fn new(id: OrderId, spec: OrderSpec) -> Self {
        Self {
            id,
            spec,
            filled: Qty::ZERO,
            number: 0,
            priority: 0,
            place: Place::default(),
            held: Money::ZERO,
            first_execution: 0,
            stage: Stage::Live,
            ended_at: None,
        }
    }

    pub(crate) fn rest(&self) -> Qty {
        self.spec.qty().saturating_minus(self.filled)
    }

    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Ended(..))
    }

    /// When its lifetime ends, where it has one.
    pub(crate) fn until(&self) -> Option<Ts> {
        match self.spec.lifetime() {
            Lifetime::Until(until) => Some(until),
            _ => None,
        }
    }

    /// The price it stands at in its ladder: its trigger while it waits, then its limit.
    pub(crate) fn ladder_price(&self) -> Option<Price> {
        match (self.stage, self.spec.kind()) {
            (
                Stage::Waiting,
                OrderKind::Stop { trigger } | OrderKind::StopLimit { trigger, .. },
            ) => Some(trigger),
            (Stage::Live, _) => self.spec.limit(),
            _ => None,
        }
    }

    /// What the venue says about it.
    pub(crate) fn report(&self, at: Ts, says: Says, reason: VenueReason) -> Report {
        Report {
            id: self.id,
            venue_ref: (self.number > 0).then(|| VenueRef::numbered(b'O', self.number)),
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

/// The orders by slot and by id.
#[derive(Debug)]
pub(crate) struct Orders {
    slots: Vec<Order>,
    free: Vec<Slot>,
    by_id: BTreeMap<OrderId, Slot>,
    /// The ended ones, the earliest first.
    ended: VecDeque<Slot>,
    ended_max: usize,
}

/// The orders as a snapshot holds them, without slots: open ones in the order in which they were
/// taken, ended ones in the order in which they ended.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored<O> {
    pub(crate) open: Vec<O>,
    pub(crate) ended: Vec<O>,
}

impl Orders {
    pub(crate) fn new(ended_max: u32) -> Self {
        let ended_max = (ended_max as usize).max(1);
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: BTreeMap::new(),
            ended: VecDeque::with_capacity(ended_max + 1),
            ended_max,
        }
    }

    pub(crate) fn find(&self, id: OrderId) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    /// Takes an order whose id is not known yet.
    pub(crate) fn add(&mut self, order: Order) -> Slot {
        let id = order.id;
        let slot = if let Some(slot) = self.free.pop() {
            self[slot] = order;
            slot
        } else {
            self.slots.push(order);
            // Room for every slot to come free without an allocation at that moment.
            self.free.reserve(self.slots.len());
            Slot::new((self.slots.len() - 1) as u32)
        };
        self.by_id.insert(id, slot);
        slot
    }

    /// Marks an order as over, and forgets the one that has been over for longest.
    pub(crate) fn end(&mut self, slot: Slot, says: Says, reason: VenueReason) {
        self[slot].stage = Stage::Ended(says, reason);
        self.ended.push_back(slot);
        if self.ended.len() > self.ended_max
            && let Some(gone) = self.ended.pop_front()
        {
            let id = self[gone].id;
            self.by_id.remove(&id);
            self.free.push(gone);
        }
    }

    /// The slots of all open orders, in the order in which the venue took them.
    pub(crate) fn open(&self) -> Vec<Slot> {
        let known = self.by_id.values().copied();
        let mut open: Vec<Slot> = known.filter(|slot| self[*slot].is_open()).collect();
        open.sort_unstable_by_key(|slot| self[*slot].number);
        open
    }

    /// Every order that is remembered, by id.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Order> {
        self.by_id.values().map(|slot| &self[*slot])
    }

    /// Whether some that ended may have been forgotten.
    pub(crate) fn has_forgotten(&self) -> bool {
        self.ended.len() >= self.ended_max
    }

    pub(crate) fn stored(&self) -> Stored<&Order> {
        let open = self.open().into_iter().map(|slot| &self[slot]).collect();
        Stored { open, ended: self.ended.iter().map(|slot| &self[*slot]).collect() }
    }

    /// Takes back what [`Orders::stored`] gave; `None` where it contradicts itself or the bound.
    pub(crate) fn restored(stored: Stored<Order>, ended_max: u32) -> Option<Self> {
        let mut orders = Self::new(ended_max);
        if stored.ended.len() > orders.ended_max {
            return None;
        }
        let whole = stored.open.len() + stored.ended.len();
        for order in stored.open {
            let has_rest = order.filled < order.spec.qty();
            if order.number == 0 || !has_rest || order.ladder_price().is_none() {
                return None;
            }
            orders.add(order);
        }
        for order in stored.ended {
            let Stage::Ended(..) = order.stage else { return None };
            let slot = orders.add(order);
            orders.ended.push_back(slot);
        }
        (orders.by_id.len() == whole).then_some(orders)
    }
}

impl std::ops::Index<Slot> for Orders {
    type Output = Order;
    fn index(&self, slot: Slot) -> &Order {
        &self.slots[slot.index()]
    }
}

impl std::ops::IndexMut<Slot> for Orders {
    fn index_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.slots[slot.index()]
    }
}

#[cfg(test)]
mod tests {
    use contracts::Side;
    use contracts::testing::{price, qty, symbol};

    use super::*;

    fn order(id: u128) -> Order {
        let lifetime = Lifetime::UntilCancelled;
        let kind = OrderKind::Limit(price("100"));
        let spec = OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("1"), kind, lifetime);
        let order = Order::new(OrderId::from_bits(id).unwrap(), spec.unwrap());
        Order { number: id as u64, ..order }
    }

    #[test]
    fn orders_remember_only_so_many_ended() {
        let mut orders = Orders::new(2);
        for id in 1..=5 {
            let slot = orders.add(order(id));
            if id != 3 {
                orders.end(slot, Says::Cancelled, VenueReason::Requested);
            }
        }
        let known: Vec<bool> =
            (1..=5).map(|id| orders.find(OrderId::from_bits(id).unwrap()).is_some()).collect();
        assert_eq!(known, [false, false, true, true, true]);
        assert_eq!(orders.open().len(), 1);
        assert!(orders.slots.len() <= 4, "slots are used again");
    }

    #[test]
    fn orders_restored_are_the_same_and_contradictions_refused() {
        let mut orders = Orders::new(5);
        for id in 1..=4 {
            let slot = orders.add(order(id));
            if id % 2 == 0 {
                orders.end(slot, Says::Cancelled, VenueReason::Requested);
            }
        }
        let text = serde_json::to_string(&orders.stored()).unwrap();
        let stored: Stored<Order> = serde_json::from_str(&text).unwrap();
        let again = Orders::restored(stored, 5).unwrap();
        assert_eq!(serde_json::to_string(&again.stored()).unwrap(), text);

        let read = || serde_json::from_str::<Stored<Order>>(&text).unwrap();
        assert!(Orders::restored(read(), 1).is_none(), "more than the bound");
        let mut twice = read();
        twice.open.push(order(1));
        assert!(Orders::restored(twice, 5).is_none(), "one id twice");
        let mut swapped = read();
        std::mem::swap(&mut swapped.open, &mut swapped.ended);
        assert!(Orders::restored(swapped, 5).is_none(), "open and ended mixed up");
    }
}
