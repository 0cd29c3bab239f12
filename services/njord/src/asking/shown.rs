//! Amounts, times and tables as a terminal shows them. Rounding is done on digits; nothing becomes a float.

use std::fmt::{Display, Write as _};

use contracts::{Breach, Figures, Money, Reason, Rounding, Span, Ts};
use serde::Serialize;

/// An amount as it is, with its thousands apart.
pub(crate) fn amount(amount: impl Display) -> String {
    let text = amount.to_string();
    let (sign, rest) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, part) = rest.split_once('.').map_or((rest, None), |(w, p)| (w, Some(p)));
    let mut grouped = String::with_capacity(text.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match part {
        Some(part) => format!("{sign}{grouped}.{part}"),
        None => format!("{sign}{grouped}"),
    }
}

/// Money to the hundredth.
pub(crate) fn money(money: Money) -> String {
    let rounded = money.round_to(2, Rounding::HalfUp).unwrap_or(money);
    let text = amount(rounded);
    match text.split_once('.') {
        None => text + ".00",
        Some((_, part)) if part.len() == 1 => text + "0",
        Some(_) => text,
    }
}

/// What may not be known.
pub(crate) fn or_unknown<T>(known: Option<T>, shown: impl FnOnce(T) -> String) -> String {
    known.map_or_else(|| "?".to_owned(), shown)
}

/// A length of time in the two units that matter.
pub(crate) fn span(span: Span) -> String {
    let millis = span.millis();
    let (seconds, minutes, hours) = (millis / 1_000, millis / 60_000, millis / 3_600_000);
    match (hours / 24, hours, minutes) {
        (0, 0, 0) => format!("{seconds}.{} s", millis % 1_000 / 100),
        (0, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (0, ..) => format!("{hours}h{:02}m", minutes % 60),
        (days, ..) => format!("{days}d{:02}h", hours % 24),
    }
}

/// The time of a day, UTC.
pub(crate) fn clock(at: Ts) -> String {
    let seconds = at.nanos() / Span::SECOND.nanos() % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// A moment, UTC.
pub(crate) fn moment(at: Ts) -> String {
    let (year, month, day) = date(at.day());
    format!("{year:04}-{month:02}-{day:02} {}", clock(at))
}

/// The date of a day since 1970, by counting whole Gregorian cycles of 400 years from a 1 March.
fn date(day: i64) -> (i64, i64, i64) {
    let from_march = day + 719_468;
    let (era, of_era) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

/// The word for something that has one on the wire, such as `order_notional`.
pub(crate) fn word(of: impl Serialize) -> String {
    let written = serde_json::to_value(of).unwrap_or_default();
    written.as_str().unwrap_or("?").to_owned()
}

/// A broken rule with its two numbers.
pub(crate) fn breach(breach: &Breach) -> String {
    let rule = word(breach.reason);
    let (found, allowed) = match breach.figures {
        Figures::None => return rule,
        Figures::Money { found, allowed } => apart(found, allowed),
        Figures::Qty { found, allowed } => (amount(found), amount(allowed)),
        Figures::Price { found, allowed } => (amount(found), amount(allowed)),
        Figures::Span { found, allowed } => (span(found), span(allowed)),
        Figures::Bps { found, allowed } => (bps(found.get()), bps(allowed.get())),
        Figures::Count { found, allowed } => (found.to_string(), allowed.to_string()),
    };
    let least = matches!(breach.reason, Reason::QtyMin | Reason::CostMin);
    let sign = match breach.reason {
        Reason::SelfCross | Reason::Tick | Reason::Lot => "against",
        _ if least => "<",
        _ => ">",
    };
    format!("{rule} {found} {sign} {allowed}")
}

/// Two amounts of money to the hundredth, or in full where that would make them look alike.
fn apart(found: Money, allowed: Money) -> (String, String) {
    let (short, other) = (money(found), money(allowed));
    if short == other { (amount(found), amount(allowed)) } else { (short, other) }
}

fn bps(bps: i32) -> String {
    format!("{bps} bps")
}

/// Lines of cells under each other; a title that begins with `<` has its column to the left.
pub(crate) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(titles[column].trim_start_matches('<').chars().count())
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: Vec<&str>| {
        let mut written = String::new();
        for ((cell, width), title) in cells.iter().zip(&widths).zip(titles) {
            let _ = if title.starts_with('<') {
                write!(written, " {cell:<width$} ")
            } else {
                write!(written, " {cell:>width$} ")
            };
        }
        text.push_str(written.trim_end());
        text.push('\n');
    };
    line(titles.iter().map(|title| title.trim_start_matches('<')).collect());
    for row in rows {
        line(row.iter().map(String::as_str).collect());
    }
    text
}

#[cfg(test)]
mod tests {
    use contracts::testing::{money as usd, secs};

    use super::*;

    #[test]
    fn amounts_are_grouped_and_money_has_two_places() {
        for (text, shown) in [
            ("0", "0.00"),
            ("8914.215", "8,914.22"),
            ("-21.4", "-21.40"),
            ("1000000", "1,000,000.00"),
            ("999.999", "1,000.00"),
            ("-0.001", "0.00"),
        ] {
            assert_eq!(money(usd(text)), shown);
        }
        assert_eq!(amount("-123456.789"), "-123,456.789");
        assert_eq!((amount("12"), amount("0.0120")), ("12".to_owned(), "0.0120".to_owned()));
    }

    #[test]
    fn amounts_of_a_refusal_never_look_alike() {
        let shown = |found, allowed| apart(usd(found), usd(allowed));
        let texts = |found: &str, allowed: &str| (found.to_owned(), allowed.to_owned());
        assert_eq!(shown("250.00039655", "250"), texts("250.00039655", "250"));
        assert_eq!(shown("1999.999", "250"), texts("2,000.00", "250.00"));
    }

    #[test]
    fn spans_and_moments_are_short_and_true() {
        let of = |seconds: i64| span(Span::from_secs(seconds));
        assert_eq!((of(0), of(59)), ("0.0 s".to_owned(), "59.0 s".to_owned()));
        assert_eq!((of(61), of(7_260)), ("1m01s".to_owned(), "2h01m".to_owned()));
        assert_eq!(of(6 * 86_400 + 4 * 3_600), "6d04h");
        assert_eq!(moment(secs(0)), "1970-01-01 00:00:00");
        assert_eq!(moment(secs(1_767_225_600)), "2026-01-01 00:00:00");
        assert_eq!(moment(secs(1_709_210_096)), "2024-02-29 12:34:56");
        assert_eq!(moment(secs(4_107_542_399)), "2100-02-28 23:59:59");
    }

    #[test]
    fn table_keeps_its_columns() {
        let rows =
            vec![vec!["BTC/USD".to_owned(), "1".to_owned()], vec!["a".to_owned(), "12".to_owned()]];
        assert_eq!(
            table(&["<", "ours"], &rows),
            "          ours\n BTC/USD     1\n a          12\n"
        );
    }
}
