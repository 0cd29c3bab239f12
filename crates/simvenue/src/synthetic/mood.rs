//! The mood of one market: how volatile it is, in which regime, and what follows from that.
//!
//! Volatility clusters: the variance is drawn to that of the regime, and pushed up by what really
//! happened (a GARCH of order one, in units of 2^-64). It has two parts, as real ones do: one that
//! lasts for hours and a flare that lasts for minutes. It is looked at anew once per *pulse*; in
//! between a [`Tempo`] holds. Knows no prices, only relative moves; never draws but from the stream it is given.

use kernel::Seeded;
use serde::{Deserialize, Serialize};

use super::climate::Climate;
use super::draw::{scaled, scaled_signed};

/// One, in units of 2^-16.
pub(super) const ONE: u64 = 1 << 16;
/// Relative moves are in units of 2^-48.
pub(super) const MOVE_BITS: u32 = 48;
/// One pulse counts at most that many times the variance it was expected to have.
const SURPRISE_MAX: u64 = 64;
/// The same for a jump: it is news of itself more than of what comes.
const JUMP_SURPRISE_MAX: u64 = 16;
/// What a jump adds to the stress, and the most there can be, in units of 2^-16.
const STRESS_OF_JUMP: u64 = 4 * ONE;
/// What a large order adds for each ordinary level that it could fill, and the most it can add up to.
const STRESS_OF_LEVEL: u64 = ONE / 4;
const STRESS_OF_ORDERS_MAX: u64 = 3 * ONE;
const STRESS_MAX: u64 = 12 * ONE;
/// How often more than half of the orders go with a trend, out of 2^16.
const LEAN_OF_TREND: i64 = 5_000;
/// What is common to all symbols comes in beats of this power of two, in microseconds: 4.2 seconds.
pub(super) const BEAT_LOG2: u32 = 22;
/// Mean times between orders are in units of 2^-10 microseconds.
pub(super) const GAP_BITS: u32 = 10;

/// What a market is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Little happens.
    Calm,
    /// The price drifts up.
    TrendUp,
    /// The price drifts down.
    TrendDown,
    /// The price is drawn back to where the spell began.
    Revert,
}

impl Regime {
    const ALL: [Self; 4] = [Self::Calm, Self::TrendUp, Self::TrendDown, Self::Revert];

    /// How often more than half of the orders buy, out of 2^16: people follow a trend.
    fn lean(self) -> i64 {
        match self {
            Self::TrendUp => LEAN_OF_TREND,
            Self::TrendDown => -LEAN_OF_TREND,
            Self::Calm | Self::Revert => 0,
        }
    }

    /// Another regime than this one, each as likely as the others.
    fn another(self, stream: &mut Seeded) -> Self {
        let steps = 1 + stream.below(3) as usize;
        Self::ALL[(self as usize + steps) % Self::ALL.len()]
    }
}

/// The mood now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Mood {
    /// The variance of a pulse that lasts, in units of 2^-64.
    base: u64,
    /// How far the variance is above that now, or below.
    flare: i64,
    /// How frightened everybody is, in units of 2^-16.
    stress: u64,
    pub(super) regime: Regime,
    /// Where the regime found the price.
    anchor: u64,
    /// The sum of all shocks of this pulse, in units of 2^-48.
    moved: i64,
    /// The jump that the next order will set off, in units of 2^-48.
    pub(super) jump: i64,
}

/// What holds until the next pulse.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Tempo {
    /// The mean time between two orders, in units of 2^-10 microseconds.
    pub(super) gap: u64,
    /// The scale of the shock before each order, in units of 2^-32.
    pub(super) shock: u64,
    /// The scale of the common shock of each beat, in units of 2^-32.
    pub(super) beat: u64,
    /// The drift before each order, in units of 2^-48.
    pub(super) drift: i64,
    /// How often more than half of the orders buy, out of 2^16.
    pub(super) lean: i64,
    /// The mean spread in ticks, in units of 2^-16.
    pub(super) spread: u64,
    /// The mean quantity of a level, in lots.
    pub(super) depth: u64,
}

impl Mood {
    pub(super) fn new(climate: &Climate, fair: u64) -> Self {
        let regime = Regime::Calm;
        let base = climate.variance;
        Self { base, flare: 0, stress: 0, regime, anchor: fair, moved: 0, jump: 0 }
    }

    /// Whether a saved mood is one that can be reached, and so is the tempo beside it.
    pub(super) fn fits(&self, climate: &Climate, tempo: &Tempo) -> bool {
        climate.bounded(self.base) == self.base
            && self.flare == self.flare_bounded(climate, self.flare)
            && self.stress <= STRESS_MAX
            && self.jump.unsigned_abs() <= JUMP_MAX
            && tempo.fits()
    }

    /// Remembers a shock; what the next pulse is surprised by.
    pub(super) fn feel(&mut self, shock: i64) {
        self.moved = self.moved.saturating_add(shock);
    }

    /// A pulse has passed: what happened in it becomes the mood of the next.
    pub(super) fn pulse(&mut self, climate: &Climate, stream: &mut Seeded, fair: u64) -> Tempo {
        let expected = self.variance();
        let moved = square(self.moved.clamp(-MOVED_MAX, MOVED_MAX));
        self.moved = 0;
        let home = climate.variance_of[self.regime as usize];
        self.base = towards(self.base, home, climate.pull);
        self.flare -= scaled_signed(climate.fade, self.flare, 32);
        self.learn(climate, expected, moved.min(expected.saturating_mul(SURPRISE_MAX)));
        self.stress -= scaled(self.stress, climate.relief, 32);
        let word = stream.next_u64();
        if word >> 32 < climate.end_of[self.regime as usize] {
            self.regime = self.regime.another(stream);
            self.anchor = fair;
        }
        if word & 0xFFFF_FFFF < climate.jump_chance {
            self.jump = climate.draw_jump(stream);
        }
        self.tempo(climate, fair)
    }

    /// The jump has happened: everybody is frightened, and a little more is expected than before.
    pub(super) fn jolt(&mut self, climate: &Climate, fair: u64) -> Tempo {
        let expected = self.variance();
        let surprise = square(self.jump).min(expected.saturating_mul(JUMP_SURPRISE_MAX));
        self.learn(climate, expected, surprise.max(expected));
        self.stress = (self.stress + STRESS_OF_JUMP).min(STRESS_MAX);
        self.jump = 0;
        self.tempo(climate, fair)
    }

    /// A large order has come, of the size of so many ordinary levels: whoever lets orders rest steps
    /// back for a while.
    #[cold]
    pub(super) fn startle(&mut self, climate: &Climate, levels: u64, fair: u64) -> Tempo {
        let stress = self.stress.saturating_add(STRESS_OF_LEVEL.saturating_mul(levels));
        self.stress = self.stress.max(stress.min(STRESS_OF_ORDERS_MAX));
        self.tempo(climate, fair)
    }

    /// The variance that the next pulse is expected to have.
    fn variance(&self) -> u64 {
        self.base.saturating_add_signed(self.flare)
    }

    /// Part of the difference between what was expected and what came stays for long, part for a while.
    fn learn(&mut self, climate: &Climate, expected: u64, came: u64) {
        let news = came.min(i64::MAX.unsigned_abs()) as i64 - expected as i64;
        let lasting = scaled_signed(climate.memory, news, 32);
        self.base = climate.bounded(self.base.saturating_add_signed(lasting));
        let passing = scaled_signed(climate.flicker, news, 32);
        self.flare = self.flare_bounded(climate, self.flare.saturating_add(passing));
    }

    /// A flare with which the variance stays within its bounds, and keeps a third of what lasts.
    fn flare_bounded(&self, climate: &Climate, flare: i64) -> i64 {
        let low = climate.bounded(self.base / 3) as i64 - self.base as i64;
        let high = climate.bounded(u64::MAX) as i64 - self.base as i64;
        flare.clamp(low.min(0), high.max(0))
    }

    /// What follows from the mood.
    pub(super) fn tempo(&self, climate: &Climate, fair: u64) -> Tempo {
        let deviation = self.variance().isqrt();
        let ratio = ((deviation << 16) / climate.deviation).clamp(ONE / 4, 8 * ONE);
        let busy = scaled(ratio, ONE + self.stress / 4, 16);
        let agitation = scaled(ratio, ONE + self.stress, 16);
        let gap = (climate.gap << 16) / busy;
        // Orders in a pulse, in units of 2^-8; at least 1024, because a pulse has sixteen on average.
        let orders = (climate.pulse << (8 + GAP_BITS)) / gap;
        // A draw has a variance of two, hence half of the share of one order.
        let part = ((climate.own_share << 39) / orders).isqrt();
        Tempo {
            gap,
            shock: scaled(deviation, part, 24),
            beat: scaled(deviation, climate.beat_scale, 16),
            drift: (self.drift(climate, fair) << 8) / orders as i64,
            lean: self.regime.lean(),
            spread: scaled(climate.spread, agitation, 16),
            depth: ((climate.depth << 16) / agitation).max(1),
        }
    }

    /// How far the price drifts in a pulse, in units of 2^-48.
    fn drift(&self, climate: &Climate, fair: u64) -> i64 {
        match self.regime {
            Regime::Calm => 0,
            Regime::TrendUp => climate.trend,
            Regime::TrendDown => -climate.trend,
            Regime::Revert => {
                let away = (i128::from(self.anchor) - i128::from(fair)) << MOVE_BITS;
                let away = (away / i128::from(fair)).clamp(-AWAY_MAX, AWAY_MAX) as i64;
                away / climate.revert
            }
        }
    }
}

impl Tempo {
    /// Whether a saved tempo is one that can be reached.
    fn fits(&self) -> bool {
        let moves = self.shock.max(self.beat).max(self.drift.unsigned_abs() >> 16) <= 1 << 32;
        let pace = (1..=GAP_MAX).contains(&self.gap) && self.lean.unsigned_abs() <= ONE;
        moves && pace && self.spread <= 1 << 48 && (1..=DEPTH_MAX).contains(&self.depth)
    }
}

/// The longest mean time between two orders: ten minutes in quiet times, and four times that at least.
const GAP_MAX: u64 = (2_400_000_000 << GAP_BITS) + 1;
/// The largest mean quantity of a level: what may be asked for, and four times that at most.
const DEPTH_MAX: u64 = 1 << 48;
/// The largest jump: a quarter of the price.
pub(super) const JUMP_MAX: u64 = 1 << (MOVE_BITS - 2);
/// The largest sum of shocks that is remembered: sixteen times the price.
const MOVED_MAX: i64 = 1 << (MOVE_BITS + 4);
/// The farthest that a price is drawn back from: half of it.
const AWAY_MAX: i128 = 1 << (MOVE_BITS - 1);

/// The square of a relative move, in units of 2^-64.
fn square(moved: i64) -> u64 {
    let size = u128::from(moved.unsigned_abs());
    u64::try_from((size * size) >> 32).unwrap_or(u64::MAX)
}

/// Part of the way from one variance to another; the part is in units of 2^-32.
fn towards(from: u64, to: u64, part: u64) -> u64 {
    if to >= from { from + scaled(to - from, part, 32) } else { from - scaled(from - to, part, 32) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::btc_usd;

    const FAIR: u64 = 1 << 40;

    fn climate() -> Climate {
        Climate::new(&btc_usd(), 1 << 30).unwrap()
    }

    #[test]
    fn tempo_of_an_ordinary_mood_is_what_was_asked_for() {
        let (config, climate) = (btc_usd(), climate());
        let tempo = Mood::new(&climate, FAIR).tempo(&climate, FAIR);
        let orders_per_hour = ((3_600_000_000 << GAP_BITS) + tempo.gap / 2) / tempo.gap;
        assert_eq!(orders_per_hour, u64::from(config.orders_per_hour));
        assert_eq!(tempo.spread, u64::from(config.spread_ticks) << 16);
        assert_eq!((tempo.depth, tempo.drift), (1 << 30, 0));
    }

    #[test]
    fn jolt_spread_widens_depth_thins_and_both_recover() {
        let (climate, mut stream) = (Climate { jump_chance: 0, ..climate() }, Seeded::new(1));
        let mut mood = Mood::new(&climate, FAIR);
        let before = mood.tempo(&climate, FAIR);
        mood.jump = 1 << (MOVE_BITS - 8);
        let after = mood.jolt(&climate, FAIR);
        assert!(after.spread > 4 * before.spread && after.depth < before.depth / 4);
        assert!(after.gap < before.gap && mood.jump == 0);
        let calmer = (0..200).map(|_| mood.pulse(&climate, &mut stream, FAIR)).last().unwrap();
        assert!(calmer.spread < 2 * before.spread && calmer.depth > before.depth / 2);
    }

    #[test]
    fn pulse_surprise_raises_the_variance_and_silence_lowers_it() {
        let (climate, mut stream) = (climate(), Seeded::new(2));
        let mut mood = Mood::new(&climate, FAIR);
        mood.feel((10 * climate.deviation as i64) << 16);
        mood.pulse(&climate, &mut stream, FAIR);
        let raised = mood.variance();
        assert!(raised > climate.variance);
        mood.pulse(&climate, &mut stream, FAIR);
        assert!(mood.variance() < raised);
    }

    #[test]
    fn pulse_any_surprise_keeps_the_variance_within_bounds() {
        let (climate, mut stream) = (climate(), Seeded::new(3));
        let mut mood = Mood::new(&climate, FAIR);
        for extreme in [i64::MAX, i64::MIN, 0] {
            for _ in 0..5_000 {
                mood.feel(extreme);
                mood.feel(extreme);
                let tempo = mood.pulse(&climate, &mut stream, FAIR);
                assert!(mood.fits(&climate, &tempo));
            }
        }
    }

    #[test]
    fn drift_follows_the_regime() {
        let climate = climate();
        let mut mood = Mood::new(&climate, FAIR);
        let mut drift = |regime, fair| {
            mood.regime = regime;
            mood.tempo(&climate, fair).drift.signum()
        };
        assert_eq!(drift(Regime::TrendUp, FAIR), 1);
        assert_eq!(drift(Regime::TrendDown, FAIR), -1);
        assert_eq!(drift(Regime::Revert, FAIR + FAIR / 100), -1);
        assert_eq!(drift(Regime::Revert, FAIR - FAIR / 100), 1);
        assert_eq!(drift(Regime::Revert, FAIR), 0);
    }
}
