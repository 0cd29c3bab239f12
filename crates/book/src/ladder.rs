//! One side of the book: levels sorted by price in one stretch of memory, the best at its end.
//!
//! Most changes happen near the best price, so they move a few neighbours only. There is room on
//! both sides of the stretch: what falls off the deep end costs nothing, and a change deep in the
//! book moves whichever part is shorter. Never allocates after it was made; never holds a level of
//! quantity zero.

use contracts::{Price, Qty, Side};

/// So many levels next to the best price are looked at one by one before the rest is bisected.
const NEAR: usize = 12;

/// A level. `key` is the price turned so that the better price is always the greater number.
#[derive(Clone, Copy)]
pub(crate) struct Rung {
    pub(crate) key: u128,
    pub(crate) qty: Qty,
}

/// What a ladder says when a message brings more levels than it has room for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// One side of the book. Invariant: keys rise strictly within `start..end`.
#[derive(Clone)]
pub(crate) struct Ladder {
    rungs: Box<[Rung]>,
    start: usize,
    end: usize,
    /// Turns a price into a key and back: nothing for bids, every bit for asks.
    mask: u128,
    /// Whether one of the best [`Self::TOP`] levels may have changed since this was last lowered.
    pub(crate) top_moved: bool,
}

impl Ladder {
    /// How many of the best levels the checksum covers.
    pub(crate) const TOP: usize = 10;
    /// Even the shallowest book takes that many levels of one message beyond its depth.
    const MESSAGE_MIN: usize = 100;

    /// An empty side with room for `depth_max` levels and one message's worth of further ones.
    pub(crate) fn new(side: Side, depth_max: usize) -> Self {
        let room = depth_max + depth_max.max(Self::MESSAGE_MIN);
        let mask = match side {
            Side::Buy => 0,
            Side::Sell => u128::MAX,
        };
        let nothing = Rung { key: 0, qty: Qty::ZERO };
        let (start, end) = (room / 2, room / 2);
        Self { rungs: vec![nothing; room].into(), start, end, mask, top_moved: true }
    }

    /// How many levels there are.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// The most levels there can be, while a message is under way.
    pub(crate) fn room(&self) -> usize {
        self.rungs.len()
    }

    /// Forgets every level.
    pub(crate) fn clear(&mut self) {
        self.start = self.room() / 2;
        self.end = self.start;
        self.top_moved = true;
    }

    /// Forgets the worst levels beyond `depth`.
    #[inline]
    pub(crate) fn cut(&mut self, depth: usize) {
        if self.len() > depth {
            self.start = self.end - depth;
            self.top_moved |= depth < Self::TOP;
        }
    }

    /// The levels, the best last.
    #[inline]
    pub(crate) fn live(&self) -> &[Rung] {
        &self.rungs[self.start..self.end]
    }

    /// The best level.
    pub(crate) fn best(&self) -> Option<&Rung> {
        self.live().last()
    }

    /// The price that a key was made from.
    pub(crate) fn price(&self, rung: &Rung) -> Option<Price> {
        Price::from_pico(rung.key ^ self.mask)
    }

    /// Sets what rests at a price; nothing removes the level.
    #[inline]
    pub(crate) fn set(&mut self, price: Price, qty: Qty) -> Result<(), Full> {
        let key = price.pico() ^ self.mask;
        let index = self.lower_bound(key);
        let known = index < self.end && self.rungs[index].key == key;
        self.top_moved |= self.end - index < Self::TOP + usize::from(known);
        match (known, qty.is_zero()) {
            (true, false) => self.rungs[index].qty = qty,
            (true, true) => self.remove(index),
            (false, false) => return self.insert(index, Rung { key, qty }),
            (false, true) => {}
        }
        Ok(())
    }

    /// The index of the first level that is not worse than `key`; `end` if all are worse.
    #[inline]
    fn lower_bound(&self, key: u128) -> usize {
        let live = self.live();
        let deep = live.len().saturating_sub(NEAR);
        for (index, rung) in live.iter().enumerate().skip(deep).rev() {
            if rung.key < key {
                return self.start + index + 1;
            }
        }
        self.start + not_below(&live[..deep], key)
    }

    fn remove(&mut self, index: usize) {
        if index - self.start < self.end - 1 - index {
            self.rungs.copy_within(self.start..index, self.start + 1);
            self.start += 1;
        } else {
            self.rungs.copy_within(index + 1..self.end, index);
            self.end -= 1;
        }
    }

    fn insert(&mut self, index: usize, rung: Rung) -> Result<(), Full> {
        let offset = index - self.start;
        let deep_part_is_shorter = offset < self.end - index;
        let no_room = if deep_part_is_shorter { self.start == 0 } else { self.end == self.room() };
        if no_room {
            if self.len() == self.room() {
                return Err(Full);
            }
            self.recentre();
        }
        let index = self.start + offset;
        // After centring there is room at the deep end at least.
        if self.start > 0 && (deep_part_is_shorter || self.end == self.room()) {
            self.rungs.copy_within(self.start..index, self.start - 1);
            self.start -= 1;
            self.rungs[index - 1] = rung;
        } else {
            self.rungs.copy_within(index..self.end, index + 1);
            self.end += 1;
            self.rungs[index] = rung;
        }
        Ok(())
    }

    /// Moves all levels to the middle; needed once in many changes that lean to one side.
    #[cold]
    fn recentre(&mut self) {
        let start = (self.room() - self.len()).div_ceil(2);
        let end = start + self.len();
        self.rungs.copy_within(self.start..self.end, start);
        (self.start, self.end) = (start, end);
    }
}

/// The index of the first of the sorted rungs whose key is not below `key`.
///
/// Written without a branch: which half it is cannot be predicted, and a wrong guess costs more
/// than all the rest (the standard library's search branches for keys as wide as these).
fn not_below(rungs: &[Rung], key: u128) -> usize {
    let (mut base, mut size) = (0, rungs.len());
    while size > 0 {
        let half = size.div_ceil(2);
        let below = usize::from(rungs[base + half - 1].key < key);
        base += half & below.wrapping_neg();
        size -= half;
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(units: u128) -> Price {
        Price::from_pico(units).unwrap()
    }

    fn qty(units: u128) -> Qty {
        Qty::from_pico(units).unwrap()
    }

    fn prices(ladder: &Ladder) -> Vec<u128> {
        ladder.live().iter().rev().map(|rung| ladder.price(rung).unwrap().pico()).collect()
    }

    #[test]
    fn set_both_sides_best_first() {
        for (side, expected) in [(Side::Buy, [9, 7, 3]), (Side::Sell, [3, 7, 9])] {
            let mut ladder = Ladder::new(side, 10);
            for units in [7, 9, 3] {
                ladder.set(price(units), qty(1)).unwrap();
            }
            assert_eq!(prices(&ladder), expected);
        }
    }

    #[test]
    fn set_one_sided_growth_uses_all_room_then_says_full() {
        let rising = |n: u128| n + 1;
        let falling = |n: u128| 10_000 - n;
        let zigzag = |n: u128| if n.is_multiple_of(2) { 5_000 + n } else { 5_000 - n };
        for order in [rising, falling, zigzag] {
            let mut ladder = Ladder::new(Side::Buy, 50);
            let room = ladder.room() as u128;
            for n in 0..room {
                assert_eq!(ladder.set(price(order(n)), qty(1)), Ok(()));
            }
            assert_eq!(ladder.set(price(order(room)), qty(1)), Err(Full));
            assert_eq!(ladder.len(), ladder.room());
            assert!(prices(&ladder).is_sorted_by(|better, worse| better > worse));
        }
    }

    #[test]
    fn cut_keeps_the_best() {
        let mut ladder = Ladder::new(Side::Sell, 3);
        for units in 1..=20 {
            ladder.set(price(units), qty(1)).unwrap();
        }
        ladder.cut(3);
        assert_eq!(prices(&ladder), [1, 2, 3]);
    }

    #[test]
    fn top_moved_only_by_the_first_ten() {
        let mut ladder = Ladder::new(Side::Sell, 30);
        for units in 1..=20 {
            ladder.set(price(units * 10), qty(1)).unwrap();
        }
        let mut moved_by = |units, amount| {
            ladder.top_moved = false;
            ladder.set(price(units), qty(amount)).unwrap();
            ladder.top_moved
        };
        assert!(!moved_by(110, 5), "the eleventh changes");
        assert!(!moved_by(105, 5), "a new eleventh");
        assert!(moved_by(100, 5), "the tenth changes");
        assert!(moved_by(95, 5), "a new tenth");
        assert!(moved_by(10, 0), "the first goes");
    }
}
