//! What one order takes from the book: an amount at each level, the best first.

use contracts::Side;
use kernel::Seeded;

use super::draw::scaled;
use super::law::{Law, SWEEP_MAX};

/// At how many levels an order meets two resting ones, out of 2^16: at two of five.
const SPLIT: u64 = (2 << 16) / 5;
/// From so many ordinary levels on an order is large.
const LARGE: u64 = 2;

/// What an order takes; nothing before there was one, at most [`SWEEP_MAX`] levels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep {
    pub(super) taker: Side,
    /// How many ordinary levels it is worth, where it is large enough to scare anybody. Not of the
    /// levels as they are: those that are thin because of the last one would make each next one larger.
    pub(super) scare: u64,
    taken: [Taken; SWEEP_MAX],
    count: usize,
}

/// What it takes at one level; never nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub(super) tick: u64,
    pub(super) lots: u64,
    /// How much of it from the first resting order; all, or a part where it met two.
    pub(super) first: u64,
}

/// An order that has come.
#[derive(Clone, Copy)]
pub(super) struct Taker {
    pub(super) side: Side,
    pub(super) lots: u64,
    /// The best price it meets.
    pub(super) touch: u64,
    /// How well the first level is filled, and by whom; each uniform below 2^16.
    pub(super) share: u64,
    pub(super) split: u64,
}

impl Default for Sweep {
    fn default() -> Self {
        Self { taker: Side::Buy, scare: 0, taken: [Taken::default(); SWEEP_MAX], count: 0 }
    }
}

impl Sweep {
    /// What an order takes where levels hold `depth` on average. What is left after the last level it
    /// gives up.
    pub(super) fn set(&mut self, taker: Taker, law: &Law, depth: u64, stream: &mut Seeded) {
        self.taker = taker.side;
        let capacity = Law::capacity(depth, taker.share);
        self.taken[0] = Taken::new(taker.touch, taker.lots.min(capacity), taker.split);
        (self.count, self.scare) = (1, 0);
        if taker.lots > capacity {
            self.scare = Self::scare_of(taker.lots / law.climate.depth);
            self.go_deeper(taker.lots - capacity, law, depth, stream);
        }
    }

    fn scare_of(levels: u64) -> u64 {
        if levels >= LARGE { levels } else { 0 }
    }

    #[cold]
    fn go_deeper(&mut self, lots: u64, law: &Law, depth: u64, stream: &mut Seeded) {
        let (mut left, mut tick) = (lots, self.touch());
        while left > 0 && self.count < law.levels.min(SWEEP_MAX) {
            let word = stream.next_u64();
            let here = left.min(Law::capacity(depth, word >> 48));
            tick = law.grid.deeper(self.taker.opposite(), tick);
            self.taken[self.count] = Taken::new(tick, here, word & 0xFFFF);
            self.count += 1;
            left -= here;
        }
    }

    /// What it takes, level by level.
    pub(super) fn taken(&self) -> &[Taken] {
        &self.taken[..self.count]
    }

    /// The best price it met.
    pub(super) fn touch(&self) -> u64 {
        self.taken[0].tick
    }
}

impl Taken {
    fn new(tick: u64, lots: u64, split: u64) -> Self {
        let share = if split < SPLIT { split * 5 / 2 } else { 1 << 16 };
        Self { tick, lots, first: scaled(lots, share, 16).max(1) }
    }
}
