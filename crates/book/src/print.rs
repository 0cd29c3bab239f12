//! Amounts as the venue prints them for its checksum: a whole number at the instrument's precision.
//!
//! A price of 45285.2 at one decimal is `452852`; a quantity of 0.001 at eight decimals is `100000`.
//! An amount that is no whole number at that precision has no print; nothing is ever rounded.

/// Decimals of the unit in which prices and quantities are counted (1e-12).
const PICO_DECIMALS: u32 = 12;

/// The most digits of a 128-bit number.
pub(crate) const DIGITS_MAX: usize = 39;

const PAIRS: &[u8; 200] = b"00010203040506070809101112131415161718192021222324\
                            25262728293031323334353637383940414243444546474849\
                            50515253545556575859606162636465666768697071727374\
                            75767778798081828384858687888990919293949596979899";

/// How many decimals the venue prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimals(u8);

impl Decimals {
    pub(crate) fn new(decimals: u8) -> Self {
        Self(decimals)
    }

    pub(crate) fn get(self) -> u8 {
        self.0
    }

    /// The number to print for an amount of `pico`; `None` where there is none.
    fn scaled(self, pico: u128) -> Option<u128> {
        let decimals = u32::from(self.0);
        if decimals > PICO_DECIMALS {
            return pico.checked_mul(10_u128.checked_pow(decimals - PICO_DECIMALS)?);
        }
        let unit = 10_u64.pow(PICO_DECIMALS - decimals);
        // 64-bit division is several times faster and covers nearly every real amount.
        if let Ok(pico) = u64::try_from(pico) {
            return pico.is_multiple_of(unit).then(|| u128::from(pico / unit));
        }
        let unit = u128::from(unit);
        pico.is_multiple_of(unit).then(|| pico / unit)
    }

    /// Writes the print of `pico` to the beginning of `text` and returns its length.
    pub(crate) fn print(self, pico: u128, text: &mut [u8; DIGITS_MAX]) -> Option<usize> {
        let number = self.scaled(pico)?;
        let len = 1 + number.checked_ilog10().unwrap_or(0) as usize;
        let mut end = len;
        let mut rest = number;
        while rest > u128::from(u64::MAX) {
            end -= 1;
            text[end] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let mut rest = rest as u64;
        while end >= 2 {
            let pair = (rest % 100) as usize * 2;
            rest /= 100;
            end -= 2;
            text[end..end + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        }
        if end == 1 {
            text[0] = b'0' + rest as u8;
        }
        Some(len)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(pico: u128, decimals: u8) -> Option<String> {
        let mut text = [0; DIGITS_MAX];
        let len = Decimals::new(decimals).print(pico, &mut text)?;
        Some(String::from_utf8(text[..len].to_vec()).unwrap())
    }

    #[test]
    fn print_at_precision_or_not_at_all() {
        for (pico, decimals, expected) in [
            (45_285_200_000_000_000, 1, Some("452852")),
            (1_000_000_000, 8, Some("100000")),
            (1_000_000_000_000, 0, Some("1")),
            (10_000_000_000_000, 0, Some("10")),
            (1, 12, Some("1")),
            (1, 14, Some("100")),
            (0, 8, Some("0")),
            (1, 11, None),
            (45_285_250_000_000_000, 1, None),
            (u128::MAX, 12, Some("340282366920938463463374607431768211455")),
            (u128::MAX, 11, None),
            (u128::MAX, 13, None),
            (1, 51, None),
            (1, 255, None),
        ] {
            assert_eq!(printed(pico, decimals).as_deref(), expected, "{pico} at {decimals}");
        }
    }

    proptest! {
        #[test]
        fn print_agrees_with_the_standard_library(number in any::<u128>(), shift in 0_u32..128) {
            let number = number >> shift;
            prop_assert_eq!(printed(number, 12), Some(number.to_string()));
        }

        #[test]
        fn print_scales_exactly(number in any::<u64>(), decimals in 0_u8..=12) {
            let unit = 10_u128.pow(12 - u32::from(decimals));
            let pico = u128::from(number) * unit;
            prop_assert_eq!(printed(pico, decimals), Some(number.to_string()));
            prop_assert_eq!(printed(pico + 1, decimals).is_some(), unit == 1);
        }
    }
}
