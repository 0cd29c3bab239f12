//! Decimal text to scaled integers and back, digit by digit, with nothing lost.

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAmountError {
    /// Empty, a stray sign, an exponent, two points, or any other character.
    #[error("not a plain decimal number (digits, at most one point, no exponent)")]
    NotDecimal,
    /// More decimals than the unit can hold; rounding is the caller's decision, never ours.
    #[error("more decimals than this amount can hold")]
    TooPrecise,
    /// Too large, or a value this amount cannot take (a price of zero, a negative quantity).
    #[error("outside the range of this amount")]
    OutOfRange,
}

/// Digits that are worked on at a time: 64 bits hold them, and are several times faster than 128.
const GROUP: u32 = 18;

/// Powers of ten up to that of a whole group.
const POWERS: [u64; GROUP as usize + 1] = {
    let mut powers = [1; GROUP as usize + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// Parses `-?digits[.digits]` into units of 10^-`decimals`.
pub(super) fn parse(text: &str, decimals: u32) -> Result<i128, ParseAmountError> {
    use ParseAmountError::{NotDecimal, OutOfRange, TooPrecise};
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (whole, fraction) = match digits.iter().position(|&byte| byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &digits[..0]),
    };
    if whole.is_empty() || (fraction.is_empty() && whole.len() != digits.len()) {
        return Err(NotDecimal);
    }
    if let Some(value) = parse_short(whole, fraction, decimals) {
        return Ok(if negative { -value } else { value });
    }
    let kept = fraction.len().min(decimals as usize);
    let (fraction, beyond) = fraction.split_at(kept);
    let mut value = accumulate(accumulate(0, whole)?, fraction)?;
    for &byte in beyond {
        match byte {
            b'0' => {}
            b'1'..=b'9' => return Err(TooPrecise),
            _ => return Err(NotDecimal),
        }
    }
    let missing = decimals - kept as u32;
    if missing > 0 {
        value = value.checked_mul(10_i128.pow(missing)).ok_or(OutOfRange)?;
    }
    Ok(if negative { -value } else { value })
}

/// The value of a number that is not unusual in any way: its digits fit in 64 bits, and so does what
/// it must be multiplied by. That is nearly every number; the others take the careful way.
fn parse_short(whole: &[u8], fraction: &[u8], decimals: u32) -> Option<i128> {
    let missing = decimals.checked_sub(fraction.len() as u32)?;
    let scale = *POWERS.get(missing as usize)?;
    if whole.len() + fraction.len() > GROUP as usize {
        return None;
    }
    let append = |value: u64, &byte: &u8| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| value * 10 + u64::from(digit))
    };
    let digits = fraction.iter().try_fold(whole.iter().try_fold(0, append)?, append)?;
    // Below 10^18 each, so that their product is below 2^127.
    Some(i128::from(digits) * i128::from(scale))
}

/// Appends digits to `value`, a group at a time.
fn accumulate(value: i128, digits: &[u8]) -> Result<i128, ParseAmountError> {
    let mut value = value;
    for chunk in digits.chunks(GROUP as usize) {
        let mut part = 0_u64;
        for &byte in chunk {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return Err(ParseAmountError::NotDecimal);
            }
            part = part * 10 + u64::from(digit);
        }
        value = if value == 0 {
            i128::from(part)
        } else {
            let shift = i128::from(POWERS[chunk.len()]);
            value
                .checked_mul(shift)
                .and_then(|shifted| shifted.checked_add(i128::from(part)))
                .ok_or(ParseAmountError::OutOfRange)?
        };
    }
    Ok(value)
}

/// The shortest exact decimal text of an amount, on the stack.
#[derive(Clone, Copy)]
pub struct DecimalText {
    bytes: [u8; Self::CAPACITY],
    start: u8,
}

impl DecimalText {
    /// Sign, 39 digits, point, and a leading zero.
    const CAPACITY: usize = 44;

    /// Writes `value` in units of 10^-`decimals`, without trailing zeros and without an exponent.
    pub(super) fn new(value: i128, decimals: u32) -> Self {
        let mut text = Self { bytes: [b'0'; Self::CAPACITY], start: Self::CAPACITY as u8 };
        let (mut rest, mut left, mut has_fraction) = (value.unsigned_abs(), decimals, false);
        while left > 0 {
            let mut width = left.min(GROUP);
            left -= width;
            let (upper, mut group) = split_group(rest, width);
            rest = upper;
            if !has_fraction {
                if group == 0 {
                    continue;
                }
                while group.is_multiple_of(10) {
                    group /= 10;
                    width -= 1;
                }
                has_fraction = true;
            }
            text.push_digits(group, width);
        }
        if has_fraction {
            text.push(b'.');
        }
        while rest > u128::from(u64::MAX) {
            let (upper, group) = split_group(rest, GROUP);
            text.push_digits(group, GROUP);
            rest = upper;
        }
        text.push_digits(rest as u64, 1);
        if value < 0 {
            text.push(b'-');
        }
        text
    }

    fn push(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start as usize] = byte;
    }

    /// Pushes at least `width` digits, the last one first.
    fn push_digits(&mut self, value: u64, width: u32) {
        let (mut rest, mut pushed) = (value, 0);
        while rest > 0 || pushed < width {
            self.push(b'0' + (rest % 10) as u8);
            rest /= 10;
            pushed += 1;
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits, '-' and '.' are ever pushed.
        core::str::from_utf8(&self.bytes[self.start as usize..]).unwrap_or_default()
    }
}

/// What stands above the last `width` digits, and those digits.
fn split_group(value: u128, width: u32) -> (u128, u64) {
    let scale = POWERS[width as usize];
    match u64::try_from(value) {
        Ok(value) => (u128::from(value / scale), value % scale),
        Err(_) => (value / u128::from(scale), (value % u128::from(scale)) as u64),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow and obvious way: all digits, then the point, then the zeros away.
    fn plain_text(value: i128, decimals: u32) -> String {
        let width = decimals as usize + 1;
        let digits = format!("{:0width$}", value.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - decimals as usize);
        let sign = if value < 0 { "-" } else { "" };
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }

    proptest! {
        #[test]
        fn text_and_parse_agree_with_the_plain_way(
            value in any::<i128>(), shift in 0_u32..127, decimals in 0_u32..=24, zeros in 0_usize..4,
        ) {
            let value = value >> shift;
            let text = DecimalText::new(value, decimals);
            prop_assert_eq!(text.as_str(), plain_text(value, decimals));
            if value > i128::MIN {
                prop_assert_eq!(parse(text.as_str(), decimals), Ok(value));
                if text.as_str().contains('.') {
                    let padded = format!("{}{}", text.as_str(), "0".repeat(zeros));
                    prop_assert_eq!(parse(&padded, decimals), Ok(value));
                }
            }
        }
    }

    fn check(text: &str, decimals: u32, expected: Result<i128, ParseAmountError>) {
        assert_eq!(parse(text, decimals), expected, "parsing {text:?} with {decimals} decimals");
    }

    #[test]
    fn parse_plain_numbers_exact() {
        check("0", 12, Ok(0));
        check("1", 12, Ok(1_000_000_000_000));
        check("-1.5", 2, Ok(-150));
        check("0.000000000001", 12, Ok(1));
        check("45285.2", 1, Ok(452_852));
        check("1.50000", 2, Ok(150));
        check("00012.50", 2, Ok(1_250));
        check("170141183460469231731687303715884105727", 0, Ok(i128::MAX));
    }

    #[test]
    fn parse_hostile_text_refused() {
        use ParseAmountError::{NotDecimal, OutOfRange, TooPrecise};
        for text in
            ["", "-", ".", "1.", ".5", "+1", "1e5", "1E-8", "1,5", " 1", "1 ", "--1", "1.2.3"]
        {
            check(text, 12, Err(NotDecimal));
        }
        for text in ["NaN", "inf", "0x10", "١", "1.0a", "1.0000000000000a"] {
            check(text, 12, Err(NotDecimal));
        }
        check("1.005", 2, Err(TooPrecise));
        check("170141183460469231731687303715884105728", 0, Err(OutOfRange));
        check(&"9".repeat(200), 0, Err(OutOfRange));
        check("999999999999999999999999999999", 12, Err(OutOfRange));
    }

    #[test]
    fn text_shortest_form_round_trips() {
        for (value, decimals, expected) in [
            (0, 12, "0"),
            (150, 2, "1.5"),
            (-150, 2, "-1.5"),
            (1, 24, "0.000000000000000000000001"),
            (-1, 24, "-0.000000000000000000000001"),
            (100, 2, "1"),
            (i128::MAX, 24, "170141183460469.231731687303715884105727"),
            (i128::MIN + 1, 0, "-170141183460469231731687303715884105727"),
        ] {
            let text = DecimalText::new(value, decimals);
            assert_eq!(text.as_str(), expected);
            assert_eq!(parse(text.as_str(), decimals), Ok(value));
        }
    }
}
