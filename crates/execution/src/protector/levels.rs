//! Where a group closes: prices made of distances. Prices and sides only; no order, no time.

use contracts::{Bps, Price, Protect, Rounding, Side};
use serde::{Deserialize, Serialize};

/// The distances of a group, none of them below zero; zero means that there is no such level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Levels {
    pub(crate) stop: Bps,
    pub(crate) target: Bps,
    pub(crate) trail: Bps,
}

impl Levels {
    /// The levels that are asked for. A distance below zero makes no sense and counts as none.
    pub(crate) fn of(protect: &Protect) -> Self {
        let above_zero = |bps: Bps| bps.max(Bps::new(0));
        Self {
            stop: above_zero(protect.stop),
            target: above_zero(protect.target),
            trail: above_zero(protect.trail),
        }
    }

    /// Whether there is nothing to guard by.
    pub(crate) fn is_none(&self) -> bool {
        [self.stop, self.target, self.trail].iter().all(|bps| bps.get() == 0)
    }

    /// Where the stop stands: of the fixed and the trailing one the nearer, rounded towards the
    /// market so that it is never wider than asked for.
    pub(crate) fn stop_at(&self, exit: Side, average: Price, best: Price) -> Option<Price> {
        let fixed = shift(against(exit), average, self.stop, nearer(exit));
        let trailing = shift(against(exit), best, self.trail, nearer(exit));
        match (fixed, trailing) {
            (Some(fixed), Some(trailing)) => Some(match exit {
                Side::Sell => fixed.max(trailing),
                Side::Buy => fixed.min(trailing),
            }),
            (fixed, trailing) => fixed.or(trailing),
        }
    }

    /// Where the target stands.
    pub(crate) fn target_at(&self, exit: Side, average: Price) -> Option<Price> {
        shift(-against(exit), average, self.target, nearer(exit))
    }
}

/// The direction in which the price hurts.
fn against(exit: Side) -> i32 {
    match exit {
        Side::Sell => -1,
        Side::Buy => 1,
    }
}

/// How a stop is rounded to a price that exists.
pub(crate) fn nearer(exit: Side) -> Rounding {
    match exit {
        Side::Sell => Rounding::Ceil,
        Side::Buy => Rounding::Floor,
    }
}

fn shift(sign: i32, from: Price, by: Bps, rounding: Rounding) -> Option<Price> {
    let by = Some(by.get()).filter(|bps| *bps > 0)?;
    from.shifted(Bps::new(sign * by), rounding)
}

/// The one of two prices that is better for whom holds what is to be closed.
pub(crate) fn better(exit: Side, one: Price, other: Price) -> Price {
    match exit {
        Side::Sell => one.max(other),
        Side::Buy => one.min(other),
    }
}

/// Whether a price has reached a stop.
pub(crate) fn is_through(exit: Side, price: Price, stop: Price) -> bool {
    match exit {
        Side::Sell => price <= stop,
        Side::Buy => price >= stop,
    }
}

/// Whether a price has reached a target.
pub(crate) fn is_reached(exit: Side, price: Price, target: Price) -> bool {
    is_through(exit.opposite(), price, target)
}

#[cfg(test)]
mod tests {
    use contracts::testing::price;

    use super::*;

    fn levels(stop: i32, target: i32, trail: i32) -> Levels {
        Levels { stop: Bps::new(stop), target: Bps::new(target), trail: Bps::new(trail) }
    }

    #[test]
    fn stop_is_the_nearer_of_fixed_and_trailing() {
        let both = levels(200, 0, 100);
        let at = |exit, average, best| both.stop_at(exit, price(average), price(best));
        assert_eq!(at(Side::Sell, "100", "100"), Some(price("99")));
        assert_eq!(at(Side::Sell, "100", "98"), Some(price("98")));
        assert_eq!(at(Side::Buy, "100", "100"), Some(price("101")));
        assert_eq!(at(Side::Buy, "100", "90"), Some(price("90.9")));
        assert_eq!(levels(0, 50, 0).stop_at(Side::Sell, price("1"), price("1")), None);
    }

    #[test]
    fn levels_that_cannot_be_reached_are_none() {
        // A long position cannot fall by all of its price; a distance can be as large as it likes.
        let far = levels(10_000, i32::MAX, 10_001);
        assert_eq!(far.stop_at(Side::Sell, price("100"), price("100")), None);
        assert_eq!(far.target_at(Side::Buy, price("100")), None);
        assert!(far.target_at(Side::Sell, price("100")).is_some());
    }

    #[test]
    fn levels_round_towards_the_market() {
        let third = levels(3_333, 3_333, 0);
        let tiny = price("0.000000000002");
        assert_eq!(third.stop_at(Side::Sell, tiny, tiny), Some(tiny));
        assert_eq!(third.stop_at(Side::Buy, tiny, tiny), Some(tiny));
    }
}
