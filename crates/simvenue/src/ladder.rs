//! Own orders in the order in which the venue would serve them: the best price first, then the
//! earliest. Resting orders and waiting stops stand in such ladders; nothing else about them does.

use std::cmp::Reverse;

use contracts::{Price, Side};

use crate::orders::Slot;

/// An order in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) price: Price,
    /// The lower number came first.
    pub(crate) priority: u64,
    pub(crate) slot: Slot,
}

/// Orders sorted by price and time, the first to be served last in memory.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// For a buy the higher price is served first, for a sell the lower one.
    side: Side,
    rungs: Vec<Rung>,
}

impl Ladder {
    pub(crate) fn new(side: Side) -> Self {
        Self { side, rungs: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rungs.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rungs.len()
    }

    /// The first to be served.
    #[inline]
    pub(crate) fn first(&self) -> Option<Rung> {
        self.rungs.last().copied()
    }

    /// The one that stands `index` places before the last to be served.
    pub(crate) fn counted_from_last(&self, index: usize) -> Option<Rung> {
        self.rungs.get(index).copied()
    }

    /// Puts an order in its place.
    pub(crate) fn insert(&mut self, rung: Rung) {
        if let Err(index) = self.find(rung.price, rung.priority) {
            self.rungs.insert(index, rung);
        }
    }

    /// Takes an order out, if it stands here.
    pub(crate) fn remove(&mut self, price: Price, priority: u64) {
        if let Ok(index) = self.find(price, priority) {
            self.rungs.remove(index);
        }
    }

    /// The orders at one price, the earliest first.
    pub(crate) fn at(&self, price: Price) -> impl Iterator<Item = Rung> {
        let end = self.rungs.partition_point(|rung| self.rank(rung.price) <= self.rank(price));
        self.rungs[..end].iter().rev().take_while(move |rung| rung.price == price).copied()
    }

    /// Every order, the first to be served first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Rung> {
        self.rungs.iter().rev().copied()
    }

    fn find(&self, price: Price, priority: u64) -> Result<usize, usize> {
        let key = (self.rank(price), Reverse(priority));
        self.rungs
            .binary_search_by_key(&key, |rung| (self.rank(rung.price), Reverse(rung.priority)))
    }

    /// The price turned so that who is served first has the greater number.
    fn rank(&self, price: Price) -> u128 {
        match self.side {
            Side::Buy => price.pico(),
            Side::Sell => !price.pico(),
        }
    }
}

/// All own orders of one instrument that are open.
#[derive(Clone, Debug)]
pub(crate) struct OwnOrders {
    bids: Ladder,
    asks: Ladder,
    /// Stops that buy; the lowest trigger is reached first.
    buy_stops: Ladder,
    /// Stops that sell; the highest trigger is reached first.
    sell_stops: Ladder,
}

impl Default for OwnOrders {
    fn default() -> Self {
        Self {
            bids: Ladder::new(Side::Buy),
            asks: Ladder::new(Side::Sell),
            buy_stops: Ladder::new(Side::Sell),
            sell_stops: Ladder::new(Side::Buy),
        }
    }
}

impl OwnOrders {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.bids.is_empty()
            && self.asks.is_empty()
            && self.buy_stops.is_empty()
            && self.sell_stops.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.bids.len() + self.asks.len() + self.buy_stops.len() + self.sell_stops.len()
    }

    #[inline]
    pub(crate) fn resting(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    pub(crate) fn resting_mut(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    pub(crate) fn stops(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.buy_stops,
            Side::Sell => &self.sell_stops,
        }
    }

    pub(crate) fn stops_mut(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.buy_stops,
            Side::Sell => &mut self.sell_stops,
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::price;

    use super::*;

    fn ladder(side: Side, orders: &[(&str, u64)]) -> Ladder {
        let mut ladder = Ladder::new(side);
        for (text, priority) in orders {
            let slot = Slot::new(*priority as u32);
            ladder.insert(Rung { price: price(text), priority: *priority, slot });
        }
        ladder
    }

    fn served(ladder: &Ladder) -> Vec<u64> {
        ladder.iter().map(|rung| rung.priority).collect()
    }

    #[test]
    fn ladder_serves_best_price_then_earliest() {
        let orders = [("100", 1), ("101", 2), ("100", 3), ("99", 4), ("101", 5)];
        assert_eq!(served(&ladder(Side::Buy, &orders)), [2, 5, 1, 3, 4]);
        assert_eq!(served(&ladder(Side::Sell, &orders)), [4, 1, 3, 2, 5]);
    }

    #[test]
    fn ladder_removes_and_finds_at_a_price() {
        let mut ladder = ladder(Side::Buy, &[("100", 1), ("101", 2), ("100", 3)]);
        let at = |ladder: &Ladder, text| -> Vec<u64> {
            ladder.at(price(text)).map(|rung| rung.priority).collect()
        };
        assert_eq!(at(&ladder, "100"), [1, 3]);
        assert_eq!(at(&ladder, "99"), [0; 0]);
        ladder.remove(price("100"), 2);
        ladder.remove(price("100"), 1);
        assert_eq!(at(&ladder, "100"), [3]);
        assert_eq!(ladder.first().map(|rung| rung.priority), Some(2));
    }
}
