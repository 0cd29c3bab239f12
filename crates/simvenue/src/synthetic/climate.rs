//! The climate of one market: what its configuration means for its moods. Fixed.
//!
//! Volatility is in units that leave no room for rounding to be seen: variances in 2^-64, deviations in
//! 2^-32, relative moves in 2^-48, chances and shares of a pulse in 2^-32.

use contracts::Span;
use kernel::Seeded;

use super::config::{MarketError, SymbolConfig};
use super::draw::{exponential, scaled, shock};
use super::mood::{BEAT_LOG2, GAP_BITS, JUMP_MAX, MOVE_BITS, ONE};

/// The variance stays within these multiples of the ordinary one.
const VARIANCE_FALL_MAX: u64 = 16;
const VARIANCE_RISE_MAX: u64 = 32;
/// How long a flare of volatility lasts, on average.
const FLARE_LIFE: Span = Span::from_secs(720);
/// How long stress lasts, on average.
const STRESS_LIFE: Span = Span::from_secs(120);
/// A trend of ordinary length goes as far as chance would, in units of 2^-16.
const TREND_STRENGTH: u64 = ONE;
/// A price that reverts comes back so many times within a spell of ordinary length.
const RETURNS: u64 = 8;
/// How unevenly the regimes share the variance: calm, up, down, reverting; in units of 2^-16.
const REGIME_VARIANCE: [u64; 4] = [ONE * 2 / 5, ONE * 3 / 2, ONE * 3 / 2, ONE];

/// What the configuration means for the mood.
#[derive(Clone, Debug)]
pub(super) struct Climate {
    /// How long a pulse is, in microseconds.
    pub(super) pulse: u64,
    /// The ordinary time between two orders, in units of 2^-10 microseconds.
    pub(super) gap: u64,
    /// The ordinary variance of a pulse, in units of 2^-64, and its root, in units of 2^-32.
    pub(super) variance: u64,
    pub(super) deviation: u64,
    /// The variance that each regime is drawn to.
    pub(super) variance_of: [u64; 4],
    /// How much of the way back the variance goes in a pulse; in units of 2^-32.
    pub(super) pull: u64,
    /// How much of a surprise stays; in units of 2^-32.
    pub(super) memory: u64,
    /// The same for the part of the variance that does not last: how much of it goes in a pulse, and
    /// how much of a surprise it takes up.
    pub(super) fade: u64,
    pub(super) flicker: u64,
    /// The share of the variance that is this symbol's own, in units of 2^-16.
    pub(super) own_share: u64,
    /// The scale of a beat's common shock, per deviation of a pulse; in units of 2^-16.
    pub(super) beat_scale: u64,
    /// The chance that a regime ends with a pulse, in units of 2^-32.
    pub(super) end_of: [u64; 4],
    /// How far a trend goes in a pulse, in units of 2^-48.
    pub(super) trend: i64,
    /// The part of the way to its anchor that a reverting price goes in a pulse; one divided by this.
    pub(super) revert: i64,
    /// How much of the stress goes in a pulse; in units of 2^-32.
    pub(super) relief: u64,
    /// The chance of a jump in a pulse, in units of 2^-32.
    pub(super) jump_chance: u64,
    /// The mean size of a jump, in units of 2^-48.
    pub(super) jump: u64,
    /// The ordinary spread in ticks, in units of 2^-16.
    pub(super) spread: u64,
    /// What ordinarily rests at a level, in lots.
    pub(super) depth: u64,
}

impl Climate {
    pub(super) fn new(config: &SymbolConfig, depth: u64) -> Result<Self, MarketError> {
        let gap = ((60 * micros(Span::MINUTE)) << GAP_BITS) / u64::from(config.orders_per_hour);
        let pulse = ((16 * gap) >> GAP_BITS).max(micros(Span::SECOND));
        let daily = square_bps(config.daily_volatility.get());
        let jump = config.jump.get().unsigned_abs();
        // The mean square of a jump's size is five quarters of the square of its mean.
        let jumps = square_bps(jump as i32) * 5 / 4 * u128::from(config.jumps_per_week) / 7;
        if jumps > daily / 2 {
            return Err(
                config.wrong("jump", "so small that jumps are at most half of the variance")
            );
        }
        let day = u128::from(micros(Span::DAY));
        let variance = ((daily - jumps) * u128::from(pulse) / day) as u64;
        let deviation = variance.isqrt();
        let part = |life: Span| share_of(pulse, micros(life));
        let pull = part(config.volatility_life).min(1 << 30);
        let fade = part(FLARE_LIFE).min(1 << 30);
        let beat = share_of(1 << BEAT_LOG2, 2 * pulse);
        let common = (u64::from(config.common_share.get().unsigned_abs()) << 16) / 1_000_000;
        let lengths = config.regimes;
        let spells = [lengths.calm, lengths.trend, lengths.trend, lengths.revert];
        let trend_pulses = (micros(lengths.trend) / pulse).max(1);
        Ok(Self {
            pulse,
            gap,
            variance,
            deviation,
            variance_of: regime_variances(variance, spells),
            pull,
            // The mean fourth power of the variance must stay finite: well below the root of the pull.
            memory: (pull << 32).isqrt() * 29 / 64,
            fade,
            flicker: (fade << 32).isqrt() * 29 / 64,
            own_share: ONE - common,
            beat_scale: scaled(beat, common, 16).isqrt(),
            end_of: spells.map(part),
            trend: scaled(deviation << 16, TREND_STRENGTH, 8) as i64
                / (trend_pulses << 16).isqrt() as i64,
            revert: ((micros(lengths.revert) / (pulse * RETURNS)) as i64).max(2),
            relief: part(STRESS_LIFE).min(1 << 31),
            jump_chance: part(Span::DAY) * u64::from(config.jumps_per_week) / 7,
            jump: (u64::from(jump) << MOVE_BITS) / 10_000,
            spread: u64::from(config.spread_ticks) << 16,
            depth,
        })
    }

    /// A variance within its bounds.
    pub(super) fn bounded(&self, variance: u64) -> u64 {
        variance.clamp(self.variance / VARIANCE_FALL_MAX, self.variance * VARIANCE_RISE_MAX)
    }

    /// A jump, in units of 2^-48: half of the mean size at least.
    pub(super) fn draw_jump(&self, stream: &mut Seeded) -> i64 {
        let wait = exponential(stream);
        let size = scaled(self.jump, (1 << 32) + wait, 33).min(JUMP_MAX) as i64;
        if shock(stream.next_u64()).1 { size } else { -size }
    }
}

/// A length in microseconds.
fn micros(span: Span) -> u64 {
    span.nanos().unsigned_abs() / 1_000
}

/// The square of so many basis points, in units of 2^-64.
fn square_bps(bps: i32) -> u128 {
    let bps = u128::from(bps.unsigned_abs());
    ((bps * bps) << 64) / 100_000_000
}

/// `part / whole`, in units of 2^-32.
fn share_of(part: u64, whole: u64) -> u64 {
    ((u128::from(part) << 32) / u128::from(whole)) as u64
}

/// The variance that each regime is drawn to, so that their mean over time is the ordinary one.
fn regime_variances(variance: u64, lengths: [Span; 4]) -> [u64; 4] {
    let lengths = lengths.map(|length| u128::from(micros(length)));
    let total: u128 = lengths.iter().sum();
    let weighted = lengths.iter().zip(REGIME_VARIANCE).map(|(length, of)| length * u128::from(of));
    let weighted: u128 = weighted.sum();
    // A variance has up to 60 bits, a weight 17, the sum of four lengths 44: it fits.
    REGIME_VARIANCE.map(|of| (u128::from(variance) * u128::from(of) * total / weighted) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regime_variances_mean_over_time_is_the_ordinary_one() {
        let lengths = [120, 45, 45, 90].map(|minutes| Span::MINUTE.times(minutes));
        let variances = regime_variances(1_000_000_000, lengths);
        let weights = [120, 45, 45, 90];
        let sum: u64 = variances.iter().zip(weights).map(|(of, weight)| of * weight).sum();
        assert!((sum / 300).abs_diff(1_000_000_000) < 10);
        assert!(variances[0] < variances[3] && variances[3] < variances[1]);
    }
}
