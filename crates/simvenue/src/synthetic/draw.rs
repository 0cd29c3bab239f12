//! Draws from the distributions a market is made of, in integers: the same digits on every machine.
//!
//! Never a float, never a table that was computed elsewhere: the one logarithm table is made by the
//! compiler, from squarings of whole numbers. Relies on [`Seeded`] for bits.

use kernel::Seeded;

/// The natural logarithm of two, in units of 2^-32.
const LN_2: u64 = 2_977_044_472;
/// Natural logarithms of 1, 1 + 1/256, .. 2, in units of 2^-32.
static LN: [u64; 257] = ln_table();
/// The square root of three, in units of 2^-16: what makes the variance of [`bell`] one.
const ROOT_3: i64 = 113_512;

/// A waiting time of mean one, in units of 2^-32: exponential, at most about 44.
#[inline]
pub(super) fn exponential(stream: &mut Seeded) -> u64 {
    minus_ln(stream.next_u64())
}

/// A shock of variance two, as its size in units of 2^-32 and whether it goes up.
///
/// This is where a random walk stands after an exponential waiting time (the distribution of
/// Laplace): sharp in the middle, and six times as heavy in its fourth moment as a coin is.
#[inline]
pub(super) fn shock(word: u64) -> (u64, bool) {
    (minus_ln(word), word & 1 == 1)
}

/// A bell-shaped number of mean zero and variance one, in units of 2^-16, within 3.5 of zero: the sum
/// of four uniform ones.
pub(super) fn bell(word: u64) -> i64 {
    let sum = (word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) + (word >> 48);
    ((sum as i64 - 0x1_FFFE) * ROOT_3) >> 16
}

/// A factor of mean one and heavy tail, in units of 2^-16: a sixth of the cube of a waiting time. Its
/// median is a twentieth; one in a thousand is above fifty.
#[inline]
pub(super) fn heavy(stream: &mut Seeded) -> u64 {
    // 44 in units of 2^-16 has 22 bits; its cube, shifted back once in between, has 50.
    let wait = exponential(stream) >> 16;
    (((wait * wait) >> 16) * wait / 6) >> 16
}

/// `amount * factor / 2^bits`; callers know their factors to be so small that this fits.
#[inline]
pub(super) fn scaled(amount: u64, factor: u64, bits: u32) -> u64 {
    ((u128::from(amount) * u128::from(factor)) >> bits) as u64
}

/// As [`scaled`], for a signed factor and amounts below 2^63; rounds down.
#[inline]
pub(super) fn scaled_signed(amount: u64, factor: i64, bits: u32) -> i64 {
    ((i128::from(amount as i64) * i128::from(factor)) >> bits) as i64
}

/// The negative logarithm of `word / 2^64`, in units of 2^-32.
#[inline]
fn minus_ln(word: u64) -> u64 {
    let word = word | 1;
    let zeros = word.leading_zeros();
    let mantissa = word << zeros;
    let index = (mantissa >> 55 & 0xFF) as usize;
    let between = mantissa >> 23 & 0xFFFF_FFFF;
    let ln = LN[index] + (((LN[index + 1] - LN[index]) * between) >> 32);
    u64::from(zeros + 1) * LN_2 - ln
}

const fn ln_table() -> [u64; 257] {
    let mut table = [0; 257];
    let mut index = 0;
    while index < 256 {
        let log2 = log2_of(256 + index as u64);
        table[index] = ((log2 as u128 * LN_2 as u128) >> 32) as u64;
        index += 1;
    }
    table[256] = LN_2;
    table
}

/// The binary logarithm of `part / 256`, for parts from 256 to 511, in units of 2^-32: each squaring
/// of a number between one and two gives one more digit of its logarithm.
const fn log2_of(part: u64) -> u64 {
    let mut power = (part as u128) << 54;
    let (mut digits, mut bit) = (0, 0);
    while bit < 32 {
        power = (power * power) >> 62;
        digits <<= 1;
        if power >> 63 == 1 {
            power >>= 1;
            digits |= 1;
        }
        bit += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u64 = 1 << 32;

    /// Compares with a logarithm known to nine decimals.
    fn check(word: u64, expected_nano: u64) {
        let nano = scaled(minus_ln(word), 1_000_000_000, 32);
        assert!(nano.abs_diff(expected_nano) < 2_000, "{word:x}: {nano} is not {expected_nano}");
    }

    #[test]
    fn minus_ln_known_values() {
        check(u64::MAX, 0);
        check(1 << 63, 693_147_181);
        check(3 << 62, 287_682_072);
        check(1 << 60, 2_772_588_722);
        check(u64::MAX / 10, 2_302_585_093);
        check(0, 44_361_419_556);
    }

    #[test]
    fn minus_ln_falls_as_the_word_grows() {
        let mut stream = Seeded::new(1);
        for _ in 0..10_000 {
            let word = stream.next_u64() >> stream.below(40);
            assert!(minus_ln(word) >= minus_ln(word + word / 1_000 + 1));
        }
    }

    #[test]
    fn draws_have_their_means_and_variances() {
        let mut stream = Seeded::new(2);
        let (mut wait, mut weight, mut square, mut up) = (0_u64, 0_u64, 0_i64, 0);
        let draws = 1 << 18;
        for _ in 0..draws {
            wait += exponential(&mut stream) >> 16;
            weight += heavy(&mut stream);
            let word = stream.next_u64();
            square += (bell(word) * bell(word)) >> 16;
            up += u64::from(shock(word).1);
        }
        let one = draws << 16;
        assert!(wait.abs_diff(one) < one / 100, "waiting times");
        assert!(weight.abs_diff(one) < one / 25, "weights");
        assert!((square as u64).abs_diff(one) < one / 100, "bells");
        assert!(up.abs_diff(draws / 2) < draws / 100, "directions");
    }

    #[test]
    fn heavy_largest_draw_fits() {
        let wait = minus_ln(0) >> 16;
        assert!(wait < 45 << 16 && ((wait * wait) >> 16).checked_mul(wait).is_some());
        assert_eq!(scaled(3 * ONE, ONE / 2, 32), 3 * ONE / 2);
        assert_eq!(scaled_signed(10, -(1 << 31), 32), -5);
    }
}
