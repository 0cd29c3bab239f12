//! The book that is shown: so many levels of each side, as the venue would send their changes.
//!
//! The best level stands at the touch; all behind it stand in the places of the grid. A level that is
//! pushed out by better ones is not spoken of, one that comes back is told anew: what a reader
//! has who cuts its book after each message is exactly what stands here. Never crossed, because the
//! touch of the bids is always below that of the asks.

use std::collections::VecDeque;

use contracts::Side;
use kernel::Seeded;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Quote};
use super::draw::{exponential, scaled};
use super::law::Law;
use super::sweep::Sweep;

/// Both sides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shown {
    bids: Ladder,
    asks: Ladder,
}

/// One side, the best level first.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ladder {
    side: Side,
    rungs: VecDeque<Rung>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Rung {
    tick: u64,
    lots: u64,
}

/// What is needed to change a book: its law, how much rests at a level now, and where to tell it.
pub(super) struct Pen<'a> {
    pub(super) law: &'a Law,
    pub(super) depth: u64,
    pub(super) stream: &'a mut Seeded,
    pub(super) batch: &'a mut Batch,
}

impl Shown {
    /// The book around a touch, told level by level.
    pub(super) fn new(touch: (u64, u64), pen: &mut Pen<'_>) -> Self {
        let empty = |side| Ladder { side, rungs: VecDeque::new() };
        let mut shown = Self { bids: empty(Side::Buy), asks: empty(Side::Sell) };
        shown.reserve(pen.law.levels);
        shown.requote(touch, pen);
        shown
    }

    /// Makes room for everything that one message can do.
    pub(super) fn reserve(&mut self, levels: usize) {
        self.bids.rungs.reserve(2 * levels + 2);
        self.asks.rungs.reserve(2 * levels + 2);
    }

    /// For how many levels there is room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.bids.rungs.capacity() + self.asks.rungs.capacity()
    }

    /// Moves the best prices.
    pub(super) fn requote(&mut self, (bid, ask): (u64, u64), pen: &mut Pen<'_>) {
        self.bids.requote(bid, pen);
        self.asks.requote(ask, pen);
    }

    /// Lets at least that much rest at the touch as an order is about to take, and at levels that it
    /// will empty exactly that much.
    pub(super) fn make_room(&mut self, sweep: &Sweep, pen: &mut Pen<'_>) {
        self.side(sweep.taker.opposite()).make_room(sweep, pen);
    }

    /// Takes away what an order has taken.
    pub(super) fn take(&mut self, sweep: &Sweep, pen: &mut Pen<'_>) {
        self.side(sweep.taker.opposite()).take(sweep, pen);
    }

    /// Somebody comes or goes at one of the levels, rather near the best than far from it.
    pub(super) fn resize(&mut self, pen: &mut Pen<'_>) {
        let word = pen.stream.next_u64();
        let side = if word & 1 == 0 { Side::Buy } else { Side::Sell };
        let nearness = ((word >> 16 & 0xFFFF) * (word >> 32 & 0xFFFF)) >> 16;
        let index = (nearness as usize * pen.law.levels) >> 16;
        let lots = pen.fresh_lots();
        self.side(side).set(index, lots, pen);
    }

    /// The best prices.
    pub(super) fn quote(&self) -> Quote {
        let (bid, ask) = (self.bids.best(), self.asks.best());
        Quote { bid: bid.tick, ask: ask.tick, bid_lots: bid.lots, ask_lots: ask.lots }
    }

    /// Whether a saved book is one that can be continued.
    pub(super) fn fits(&self, law: &Law) -> bool {
        let whole = |ladder: &Ladder, side| {
            let rungs = &ladder.rungs;
            let sound = |rung: &Rung| rung.lots > 0 && Law::shows(rung.tick);
            let filled = rungs.len() == law.levels && rungs.iter().all(sound);
            let mut pairs = rungs.iter().zip(rungs.iter().skip(1));
            filled && ladder.side == side && pairs.all(|(a, b)| better(side, a.tick, b.tick))
        };
        whole(&self.bids, Side::Buy)
            && whole(&self.asks, Side::Sell)
            && self.bids.best().tick < self.asks.best().tick
    }

    fn side(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

impl Ladder {
    fn best(&self) -> Rung {
        // Only a book that is being made is empty, and that is not asked.
        self.rungs.front().copied().unwrap_or(Rung { tick: 0, lots: 0 })
    }

    fn requote(&mut self, touch: u64, pen: &mut Pen<'_>) {
        while let Some(best) = self.rungs.front().copied()
            && better(self.side, best.tick, touch)
        {
            self.drop_best(best, pen);
        }
        if let Some(best) = self.rungs.front().copied() {
            if best.tick == touch {
                return self.settle(touch, pen);
            }
            if !pen.law.grid.holds(best.tick) {
                self.drop_best(best, pen);
            }
        }
        self.fill_before(touch, pen);
        self.add_best(touch, pen);
        self.settle(touch, pen);
    }

    /// Fills the places between the best level and the new touch; those that would be pushed out at
    /// once are left out, so that no message adds more levels to a side than are shown.
    fn fill_before(&mut self, touch: u64, pen: &mut Pen<'_>) {
        let Some(best) = self.rungs.front().copied() else { return };
        let (grid, mut count) = (pen.law.grid, 0);
        let mut place = grid.deeper(self.side, touch);
        let mut deepest = place;
        while count + 1 < pen.law.levels && better(self.side, place, best.tick) {
            deepest = place;
            place = grid.deeper(self.side, place);
            count += 1;
        }
        for _ in 0..count {
            self.add_best(deepest, pen);
            deepest = grid.nearer(self.side, deepest);
        }
    }

    fn add_best(&mut self, tick: u64, pen: &mut Pen<'_>) {
        let lots = pen.fresh_lots();
        self.rungs.push_front(Rung { tick, lots });
        pen.batch.level(self.side, tick, lots);
    }

    fn drop_best(&mut self, best: Rung, pen: &mut Pen<'_>) {
        self.rungs.pop_front();
        pen.batch.level(self.side, best.tick, 0);
    }

    /// Brings the far end to the number of levels that are shown; an empty side begins behind `touch`.
    fn settle(&mut self, touch: u64, pen: &mut Pen<'_>) {
        self.rungs.truncate(pen.law.levels);
        while self.rungs.len() < pen.law.levels {
            let worst = self.rungs.back().map_or(touch, |rung| rung.tick);
            let (tick, lots) = (pen.law.grid.deeper(self.side, worst), pen.fresh_lots());
            self.rungs.push_back(Rung { tick, lots });
            pen.batch.level(self.side, tick, lots);
        }
    }

    fn set(&mut self, index: usize, lots: u64, pen: &mut Pen<'_>) {
        if let Some(rung) = self.rungs.get_mut(index)
            && rung.lots != lots
        {
            rung.lots = lots;
            pen.batch.level(self.side, rung.tick, lots);
        }
    }

    fn make_room(&mut self, sweep: &Sweep, pen: &mut Pen<'_>) {
        for (index, taken) in sweep.taken().iter().enumerate() {
            let is_last = index + 1 == sweep.taken().len();
            let shown = self.rungs.get(index).map_or(0, |rung| rung.lots);
            let needed = if is_last { shown.max(taken.lots) } else { taken.lots };
            self.set(index, needed, pen);
        }
    }

    fn take(&mut self, sweep: &Sweep, pen: &mut Pen<'_>) {
        for taken in sweep.taken() {
            let best = self.best();
            debug_assert_eq!(best.tick, taken.tick, "an order takes the best level");
            if best.lots > taken.lots {
                self.set(0, best.lots - taken.lots, pen);
            } else {
                self.drop_best(best, pen);
            }
        }
        self.settle(sweep.touch(), pen);
    }
}

impl Pen<'_> {
    /// What somebody lets rest: a quarter of the mean at least.
    fn fresh_lots(&mut self) -> u64 {
        let wait = exponential(self.stream);
        scaled(self.depth, (1 << 30) + wait / 4 * 3, 32).max(1)
    }
}

/// Whether a price is strictly better for orders of that side.
fn better(side: Side, price: u64, than: u64) -> bool {
    match side {
        Side::Buy => price > than,
        Side::Sell => price < than,
    }
}
