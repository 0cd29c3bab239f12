//! Where orders like to rest: one price in every stretch of ticks, fixed for all time by the seed.
//!
//! A level is therefore found in constant time in either direction, and a price that comes back finds
//! its old places again. Holds no quantities; knows nothing of sides but which way is deeper.

use contracts::Side;
use kernel::Seeded;

/// The places of one market, in ticks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// A stretch is this power of two wide.
    width_log2: u32,
    salt: u64,
}

impl Grid {
    /// `width_ticks` is a power of two.
    pub(super) fn new(width_ticks: u64, salt: u64) -> Self {
        Self { width_log2: width_ticks.trailing_zeros(), salt }
    }

    /// Whether orders like to rest at `tick`.
    pub(super) fn holds(self, tick: u64) -> bool {
        self.place_in(tick >> self.width_log2) == tick
    }

    /// The next place behind `tick` for orders of that side.
    pub(super) fn deeper(self, side: Side, tick: u64) -> u64 {
        match side {
            Side::Buy => self.below(tick),
            Side::Sell => self.above(tick),
        }
    }

    /// The next place before `tick` for orders of that side.
    pub(super) fn nearer(self, side: Side, tick: u64) -> u64 {
        self.deeper(side.opposite(), tick)
    }

    fn below(self, tick: u64) -> u64 {
        let stretch = tick >> self.width_log2;
        let place = self.place_in(stretch);
        // The fair price stays so far above zero that nobody asks for what is below the first stretch.
        if place < tick { place } else { self.place_in(stretch.saturating_sub(1)) }
    }

    fn above(self, tick: u64) -> u64 {
        let stretch = tick >> self.width_log2;
        let place = self.place_in(stretch);
        if place > tick { place } else { self.place_in(stretch + 1) }
    }

    fn place_in(self, stretch: u64) -> u64 {
        let within = Seeded::new(self.salt ^ stretch).next_u64() & ((1 << self.width_log2) - 1);
        (stretch << self.width_log2) + within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_one_in_every_stretch_and_both_ways_agree() {
        for width in [1, 2, 16, 64] {
            let grid = Grid::new(width, 77);
            let mut tick = 1_000 * width;
            for stretch in 1_000..1_100 {
                let place = grid.deeper(Side::Sell, tick);
                assert!(place > tick && grid.holds(place), "{width}");
                assert!(place / width == stretch || place / width == stretch + 1);
                assert_eq!(grid.nearer(Side::Buy, tick), place);
                if grid.holds(tick) {
                    assert_eq!(grid.deeper(Side::Buy, place), tick);
                }
                tick = place;
            }
        }
    }
}
