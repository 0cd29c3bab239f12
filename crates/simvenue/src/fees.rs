//! What trading costs: a ladder of maker and taker rates by the volume of the last thirty days.
//!
//! Rates are parts per million of the cost; the caller rounds the amount. Never reads a clock: days
//! follow from the time of each fill.

use contracts::{Asset, Liquidity, Money, Ppm, Ts};
use serde::{Deserialize, Serialize};

/// How many days count towards the tier, today included.
const WINDOW_DAYS: usize = 30;

/// The rates from a volume upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeTier {
    /// The thirty-day volume from which these rates hold.
    pub volume_from: Money,
    /// For an order that was resting.
    pub maker: Ppm,
    /// For an order that came and took.
    pub taker: Ppm,
}

/// A ladder of fee tiers. Invariant: at least one tier, from no volume; volumes rise strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeSchedule {
    tiers: Vec<FeeTier>,
    counted: Vec<Asset>,
}

/// Why these tiers are not a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALadder {
    /// Without a tier from zero there would be volumes without a rate.
    #[error("the first tier must begin at a volume of zero")]
    NoFirstTier,
    /// The order of the tiers must be the order of their volumes.
    #[error("the volumes of the tiers must rise")]
    Disorder,
}

/// The spot ladder of Kraken as of July 2026: USD, then maker and taker in parts per million.
const KRAKEN_SPOT: [(i32, i32, i32); 17] = [
    (0, 4_000, 8_000),
    (2_500, 3_000, 6_000),
    (10_000, 2_200, 3_800),
    (25_000, 2_000, 3_500),
    (50_000, 1_500, 3_000),
    (100_000, 1_200, 2_500),
    (250_000, 1_000, 2_200),
    (500_000, 800, 2_000),
    (1_000_000, 600, 1_800),
    (2_500_000, 400, 1_500),
    (5_000_000, 200, 1_200),
    (10_000_000, 0, 1_000),
    (50_000_000, 0, 900),
    (100_000_000, 0, 800),
    (250_000_000, 0, 700),
    (400_000_000, 0, 600),
    (500_000_000, 0, 500),
];

impl FeeSchedule {
    /// A ladder of those tiers. Only what trades against one of the `counted` currencies adds to the
    /// volume, each taken at par.
    pub fn new(tiers: Vec<FeeTier>, counted: Vec<Asset>) -> Result<Self, NotALadder> {
        if tiers.first().is_none_or(|tier| tier.volume_from != Money::ZERO) {
            return Err(NotALadder::NoFirstTier);
        }
        if !tiers.is_sorted_by(|low, high| low.volume_from < high.volume_from) {
            return Err(NotALadder::Disorder);
        }
        Ok(Self { tiers, counted })
    }

    /// The same rates at every volume.
    pub fn flat(maker: Ppm, taker: Ppm) -> Self {
        let tiers = vec![FeeTier { volume_from: Money::ZERO, maker, taker }];
        Self { tiers, counted: Vec::new() }
    }

    /// The public spot ladder of Kraken, by volume in US dollars and the large dollar coins.
    pub fn ladder() -> Self {
        let tier = |(volume, maker, taker)| FeeTier {
            volume_from: Money::from_units(volume),
            maker: Ppm::new(maker),
            taker: Ppm::new(taker),
        };
        let dollars = ["USD", "USDC", "USDT"];
        let counted = dollars.iter().filter_map(|name| Asset::new(name).ok()).collect();
        Self { tiers: KRAKEN_SPOT.map(tier).to_vec(), counted }
    }

    /// The tier that holds at a volume.
    pub fn tier(&self, volume: Money) -> FeeTier {
        let above = self.tiers.partition_point(|tier| tier.volume_from <= volume);
        self.tiers[above.saturating_sub(1)]
    }
}

/// The volume of the account, by day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Volume {
    /// By day modulo [`WINDOW_DAYS`].
    days: [Money; WINDOW_DAYS],
    today: i64,
    sum: Money,
}

impl Volume {
    pub(crate) fn new() -> Self {
        Self { days: [Money::ZERO; WINDOW_DAYS], today: 0, sum: Money::ZERO }
    }

    /// What was traded in the thirty days that end with the day of `now`.
    pub(crate) fn at(&mut self, now: Ts) -> Money {
        if now.day() > self.today {
            self.forget_until(now.day());
        }
        self.sum
    }

    #[cold]
    fn forget_until(&mut self, day: i64) {
        let passed = (day - self.today).min(WINDOW_DAYS as i64);
        for gone in 0..passed {
            self.days[(day - gone) as usize % WINDOW_DAYS] = Money::ZERO;
        }
        self.today = day;
        self.sum = self.days.iter().copied().sum();
    }

    /// Counts a fill, if its currency counts. A sum beyond what money holds stays where it is.
    pub(crate) fn count(&mut self, schedule: &FeeSchedule, now: Ts, quote: Asset, cost: Money) {
        if !schedule.counted.contains(&quote) {
            return;
        }
        self.at(now);
        let today = &mut self.days[self.today as usize % WINDOW_DAYS];
        if let (Ok(day), Ok(sum)) = (today.plus(cost), self.sum.plus(cost)) {
            (*today, self.sum) = (day, sum);
        }
    }
}

impl FeeTier {
    /// The rate for who waited or who came.
    pub fn rate(&self, liquidity: Liquidity) -> Ppm {
        match liquidity {
            Liquidity::Maker => self.maker,
            Liquidity::Taker => self.taker,
        }
    }

    /// The higher of the two rates, and never a rebate: what an open order may still cost.
    pub fn worst(&self) -> Ppm {
        self.maker.max(self.taker).max(Ppm::new(0))
    }
}

#[cfg(test)]
mod tests {
    use contracts::Span;
    use contracts::testing::{asset, money};

    use super::*;

    fn day(number: i64) -> Ts {
        Ts::ZERO + Span::DAY.times(number)
    }

    #[test]
    fn ladder_tier_begins_exactly_at_its_volume() {
        let ladder = FeeSchedule::ladder();
        let rates = |volume| {
            let tier = ladder.tier(money(volume));
            (tier.maker.get(), tier.taker.get())
        };
        assert_eq!(rates("0"), (4_000, 8_000));
        assert_eq!(rates("-5"), (4_000, 8_000));
        assert_eq!(rates("2499.99"), (4_000, 8_000));
        assert_eq!(rates("2500"), (3_000, 6_000));
        assert_eq!(rates("10000000"), (0, 1_000));
        assert_eq!(rates("100000000000"), (0, 500));
    }

    #[test]
    fn schedule_without_first_tier_or_order_refused() {
        let tier =
            |volume| FeeTier { volume_from: money(volume), maker: Ppm::new(1), taker: Ppm::new(2) };
        let made = |tiers| FeeSchedule::new(tiers, Vec::new()).map(|_| ());
        assert_eq!(made(vec![]), Err(NotALadder::NoFirstTier));
        assert_eq!(made(vec![tier("1")]), Err(NotALadder::NoFirstTier));
        assert_eq!(made(vec![tier("0"), tier("5"), tier("5")]), Err(NotALadder::Disorder));
        assert_eq!(made(vec![tier("0"), tier("5")]), Ok(()));
        let ladder = FeeSchedule::ladder();
        assert!(FeeSchedule::new(ladder.tiers, ladder.counted).is_ok());
    }

    #[test]
    fn volume_drops_off_after_thirty_days() {
        let (ladder, usd) = (FeeSchedule::ladder(), asset("USD"));
        let mut volume = Volume::new();
        volume.count(&ladder, day(100), usd, money("10"));
        volume.count(&ladder, day(101), usd, money("5"));
        volume.count(&ladder, day(101), asset("EUR"), money("7"));
        assert_eq!(volume.at(day(129)), money("15"));
        assert_eq!(volume.at(day(130)), money("5"));
        assert_eq!(volume.at(day(131)), Money::ZERO);
        volume.count(&ladder, day(131), usd, Money::MAX);
        volume.count(&ladder, day(131), usd, Money::MAX);
        assert_eq!(volume.at(day(131)), Money::MAX);
        assert_eq!(volume.at(day(5_000)), Money::ZERO);
    }

    #[test]
    fn worst_rate_is_never_a_rebate() {
        let tier = |maker, taker| FeeTier {
            volume_from: Money::ZERO,
            maker: Ppm::new(maker),
            taker: Ppm::new(taker),
        };
        assert_eq!(tier(-200, 500).worst(), Ppm::new(500));
        assert_eq!(tier(-200, -100).worst(), Ppm::new(0));
    }
}
