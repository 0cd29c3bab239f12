//! Instants as people and other programs write them: RFC 3339, the time of day, the stamp of a
//! file.
//!
//! Never reads a clock; relies on `contracts::Ts` being nanoseconds of UTC from 1970 on.

use std::fmt::{self, Write};

use contracts::Ts;

const DAY_SECS: i64 = 86_400;

/// A moment of the Gregorian calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
}

impl Civil {
    /// Days to dates by counting years from March, so that a leap day is the last day of a year.
    fn of(at: Ts) -> Self {
        let (secs, nanos) = (at.nanos() / 1_000_000_000, at.nanos() % 1_000_000_000);
        let (days, rest) = (secs / DAY_SECS, secs % DAY_SECS);
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: rest / 3_600,
            minute: rest / 60 % 60,
            second: rest % 60,
            nanos,
        }
    }
}

/// `2026-11-21T10:32:26.104000000Z`.
pub(crate) struct Rfc3339(pub(crate) Ts);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Civil::of(self.0);
        write!(f, "{:04}-{:02}-{:02}T", at.year, at.month, at.day)?;
        write!(f, "{:02}:{:02}:{:02}.{:09}Z", at.hour, at.minute, at.second, at.nanos)
    }
}

/// `10:32:26.104`; what a terminal has room for.
pub(crate) struct TimeOfDay(pub(crate) Ts);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Civil::of(self.0);
        let millis = at.nanos / 1_000_000;
        write!(f, "{:02}:{:02}:{:02}.{millis:03}", at.hour, at.minute, at.second)
    }
}

/// `20261121T103226104Z`: sorts as it counts, and is a file name everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) Ts);

impl Stamp {
    const LENGTH: usize = 19;

    /// Reads what [`Stamp`] writes, and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = |from: usize, to: usize| -> Option<i64> {
            let part = text.get(from..to)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let marks = (text.as_bytes().get(8), text.as_bytes().get(18));
        if text.len() != Self::LENGTH || marks != (Some(&b'T'), Some(&b'Z')) {
            return None;
        }
        let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
        if !(1970..=2261).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let (hour, minute, second) = (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?);
        let days = days_before(year, month) + day - 1;
        let secs = days * DAY_SECS + hour * 3_600 + minute * 60 + second;
        let stamp = Self(Ts::from_nanos((secs * 1_000 + digits(15, 18)?) * 1_000_000));
        (stamp.to_string() == text).then_some(stamp)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Civil::of(self.0);
        write!(f, "{:04}{:02}{:02}T", at.year, at.month, at.day)?;
        write!(f, "{:02}{:02}{:02}", at.hour, at.minute, at.second)?;
        write!(f, "{:03}", at.nanos / 1_000_000)?;
        f.write_char('Z')
    }
}

/// The accounting day that a text in RFC 3339 begins with.
pub(crate) fn day_of(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let exists = (1970..=2261).contains(&year) && (1..=12).contains(&month) && day >= 1;
    exists.then(|| days_before(year.into(), month.into()) + i64::from(day) - 1)
}

/// Days from 1970-01-01 to the first of that month.
fn days_before(year: i64, month: i64) -> i64 {
    let (year, month_from_march) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (153 * month_from_march + 2) / 5 - 719_468
}

#[cfg(test)]
mod tests {
    use contracts::Span;

    use super::*;

    fn check(secs: i64, nanos: i64, expected: &str) {
        let at = Ts::from_nanos(secs * 1_000_000_000 + nanos);
        assert_eq!(Rfc3339(at).to_string(), expected);
    }

    #[test]
    fn calendar_known_moments_are_written_as_others_write_them() {
        check(0, 0, "1970-01-01T00:00:00.000000000Z");
        check(951_782_399, 999_999_999, "2000-02-28T23:59:59.999999999Z");
        check(951_782_400, 0, "2000-02-29T00:00:00.000000000Z");
        check(951_868_800, 0, "2000-03-01T00:00:00.000000000Z");
        check(1_795_257_146, 104_000_000, "2026-11-21T10:32:26.104000000Z");
        check(4_107_542_400, 1, "2100-03-01T00:00:00.000000001Z");
        assert_eq!(Rfc3339(Ts::MAX).to_string(), "2262-04-11T23:47:16.854775807Z");
    }

    #[test]
    fn stamp_of_every_day_for_three_centuries_round_trips_and_sorts() {
        let mut before = String::new();
        for day in 0..106_000 {
            let at = Ts::ZERO + Span::DAY.times(day) + Span::from_millis(day % 86_400_000);
            let text = Stamp(at).to_string();
            assert_eq!(Stamp::parse(&text), Some(Stamp(at)), "{text}");
            assert!(before < text);
            before = text;
        }
    }

    #[test]
    fn day_of_a_line_is_read_back_and_nonsense_is_none() {
        for day in [0, 58, 59, 60, 19_000, 20_778, 106_000] {
            let at = Ts::ZERO + Span::DAY.times(day);
            assert_eq!(day_of(&Rfc3339(at).to_string()), Some(day));
        }
        for text in ["", "2026-11", "2026-13-01T", "x026-11-21", "2026-11-00", "日本語日本語"]
        {
            assert_eq!(day_of(text), None, "{text}");
        }
    }

    #[test]
    fn stamp_hostile_text_is_refused() {
        for text in [
            "",
            "20261121T103226104",
            "20261121T103226104z",
            "20261321T103226104Z",
            "20260230T103226104Z",
            "20261121T253226104Z",
            "2026112１T103226104",
            "+0261121T103226104Z",
            "99991121T103226104Z",
        ] {
            assert_eq!(Stamp::parse(text), None, "{text:?}");
        }
    }
}
