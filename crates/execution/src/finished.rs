//! Orders that are over, remembered for a while: a word about one of them may come late, come again,
//! or say that money has moved all the same.
//!
//! The venue is the truth. What it executes is booked even after the end, once; whoever hears of it
//! is told that the end was not one. Nothing here brings an order back to life.

use std::collections::{BTreeMap, VecDeque};

use contracts::{
    AlertCode, Corr, Fill, OrderId, OrderSpec, OrderUpdate, Report, VenueReason, VenueRef,
};
use risk::Approved;
use serde::{Deserialize, Serialize};

use crate::booked::{Added, Booked, can_be_of};
use crate::order::{Counted, End};
use crate::reconcile::LocalFinished;

/// The most executions that are remembered of all of them together; beyond, the oldest orders go.
const EXECUTIONS_KEPT: usize = 65_536;

/// An order that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) id: OrderId,
    pub(crate) corr: Corr,
    pub(crate) spec: OrderSpec,
    pub(crate) venue_ref: Option<VenueRef>,
    pub(crate) booked: Booked,
    pub(crate) end: End,
}

impl Finished {
    /// An approved order that was not sent, for that reason.
    pub(crate) fn never_sent(approved: &Approved, reason: VenueReason) -> Self {
        Self {
            id: approved.id(),
            corr: approved.corr(),
            spec: approved.spec(),
            venue_ref: None,
            booked: Booked::default(),
            end: End::never_lived(reason),
        }
    }

    /// Books an execution, once. After the end every new one is one too many.
    fn count(&mut self, fill: &Fill) -> Counted {
        if !can_be_of(self.spec.symbol(), self.spec.side(), fill) {
            return Counted::Not(AlertCode::ReconcileMismatch);
        }
        match self.booked.add(fill) {
            Added::Known => Counted::Known,
            Added::Beyond => Counted::Not(AlertCode::BoundReached),
            Added::New => {
                let total = self.booked.qty();
                self.end.is_exceeded_by(total);
                let overfill = total > self.spec.qty();
                let code =
                    if overfill { AlertCode::Overfill } else { AlertCode::ReconcileMismatch };
                Counted::New(Some(code))
            }
        }
    }

    /// The order as it is told to everybody.
    pub(crate) fn update(&self) -> OrderUpdate {
        OrderUpdate {
            id: self.id,
            symbol: self.spec.symbol(),
            qty: self.spec.qty(),
            filled: self.booked.qty(),
            limit: self.spec.limit(),
            venue_ref: self.venue_ref,
            settles: None,
            state: self.end.state,
            reason: self.end.reason,
        }
    }

    fn local(&self) -> LocalFinished {
        LocalFinished {
            id: self.id,
            symbol: self.spec.symbol(),
            side: self.spec.side(),
            filled: self.booked.qty(),
            executions: self.booked.executions().to_vec(),
        }
    }
}

/// The orders that are over and remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct FinishedOrders {
    /// The oldest first.
    in_order: VecDeque<Finished>,
    /// The number of each, counted from the first order that was over.
    #[serde(skip)]
    by_id: BTreeMap<OrderId, usize>,
    /// How many are forgotten: the number of the oldest that is not.
    #[serde(skip)]
    forgotten: usize,
    /// How many executions are remembered with them.
    #[serde(skip)]
    executions: usize,
}

impl FinishedOrders {
    pub(crate) fn contains(&self, id: OrderId) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Finished> {
        self.in_order.get(self.by_id.get(&id)? - self.forgotten)
    }

    fn get_mut(&mut self, id: OrderId) -> Option<&mut Finished> {
        self.in_order.get_mut(self.by_id.get(&id)? - self.forgotten)
    }

    /// Every one of them as reconciliation sees it, sorted by id.
    pub(crate) fn local(&self) -> impl Iterator<Item = LocalFinished> {
        self.by_id.keys().filter_map(|id| self.get(*id)).map(Finished::local)
    }

    /// Remembers an order, and forgets the oldest beyond `kept`.
    pub(crate) fn add(&mut self, order: Finished, kept: usize) {
        self.by_id.insert(order.id, self.forgotten + self.in_order.len());
        self.executions += order.booked.executions().len();
        self.in_order.push_back(order);
        while self.in_order.len() > kept || self.executions > EXECUTIONS_KEPT {
            let Some(oldest) = self.in_order.pop_front() else { break };
            self.by_id.remove(&oldest.id);
            self.forgotten += 1;
            self.executions -= oldest.booked.executions().len();
        }
    }

    /// Books an execution of one of them; `None` where the order is not remembered.
    pub(crate) fn count(&mut self, fill: &Fill) -> Option<Counted> {
        let counted = self.get_mut(fill.id)?.count(fill);
        self.executions += usize::from(matches!(counted, Counted::New(_)));
        Some(counted)
    }

    /// Whether a report cannot be true beside the end of its order. Told again, that is no news.
    pub(crate) fn deny(&mut self, report: &Report) -> bool {
        self.get_mut(report.id).is_some_and(|order| order.end.is_denied_by(report))
    }

    /// Makes the index and the count anew after reading.
    pub(crate) fn connect(&mut self) {
        let numbered = self.in_order.iter().map(|order| order.id).zip(0..);
        (self.by_id, self.forgotten) = (numbered.collect(), 0);
        let executions = self.in_order.iter().map(|order| order.booked.executions().len());
        self.executions = executions.sum();
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, price, qty, secs, strategy, symbol};
    use contracts::{IntentSeq, Lifetime, Liquidity, Money, OrderKind, Origin, Side};

    use super::*;

    fn execution(order: u64, number: u64) -> Fill {
        Fill {
            id: OrderId::from_bits(u128::from(order)).unwrap(),
            exec: VenueRef::numbered(b'T', order * 100_000 + number),
            symbol: symbol("BTC/USD"),
            qty: qty("0.01"),
            price: price("100"),
            fee: Money::ZERO,
            fee_asset: asset("USD"),
            at: secs(1),
            side: Side::Buy,
            liquidity: Liquidity::Maker,
        }
    }

    fn order(number: u64, executions: u64) -> Finished {
        let (kind, lifetime) = (OrderKind::Market, Lifetime::UntilCancelled);
        let spec = OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("100"), kind, lifetime);
        let mut order = Finished {
            id: execution(number, 0).id,
            corr: Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(number)),
            spec: spec.unwrap(),
            venue_ref: None,
            booked: Booked::default(),
            end: End::never_lived(VenueReason::None),
        };
        (1..=executions)
            .for_each(|each| assert_eq!(order.booked.add(&execution(number, each)), Added::New));
        order
    }

    /// The orders that are remembered, by number, of which so many executions are.
    fn kept(orders: &FinishedOrders) -> (Vec<u128>, usize) {
        let numbers = orders.in_order.iter().map(|order| order.id.bits()).collect();
        let counted = orders.in_order.iter().map(|order| order.booked.executions().len()).sum();
        assert_eq!((orders.by_id.len(), orders.executions), (orders.in_order.len(), counted));
        for order in &orders.in_order {
            assert_eq!(orders.get(order.id).unwrap().id, order.id);
        }
        (numbers, counted)
    }

    #[test]
    fn finished_orders_keep_a_bounded_number_of_executions() {
        let mut orders = FinishedOrders::default();
        for number in 1..=6 {
            orders.add(order(number, 10_000), 100);
        }
        orders.add(order(7, 5_536), 100);
        assert_eq!(kept(&orders), ((1..=7).collect(), 65_536));
        orders.add(order(8, 0), 100);
        assert_eq!(kept(&orders).1, 65_536);
        orders.add(order(9, 1), 100);
        assert_eq!(kept(&orders), ((2..=9).collect(), 55_537));
        // Late ones count as well, also after a restart.
        assert!(matches!(orders.count(&execution(9, 2)), Some(Counted::New(_))));
        assert_eq!(orders.count(&execution(9, 2)), Some(Counted::Known));
        let text = serde_json::to_string(&orders).unwrap();
        let mut read: FinishedOrders = serde_json::from_str(&text).unwrap();
        read.connect();
        assert_eq!([kept(&orders), kept(&read)], [((2..=9).collect(), 55_538), kept(&orders)]);
    }

    #[test]
    fn finished_orders_forget_the_oldest_first() {
        let mut orders = FinishedOrders::default();
        for number in [3, 1, 2] {
            orders.add(order(number, 1), 2);
        }
        assert_eq!(kept(&orders), (vec![1, 2], 2));
        assert!(!orders.contains(order(3, 0).id) && orders.contains(order(1, 0).id));
        assert_eq!(orders.count(&execution(3, 1)), None);
        orders.add(order(4, 1), 0);
        assert_eq!(kept(&orders), (vec![], 0));
    }
}
