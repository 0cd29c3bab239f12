//! Whether the clock can be right: not before this program was written, and not before what the journal
//! has seen already.

use contracts::Ts;
use journal::files::RealFiles;
use journal::keep;
use settings::Loaded;

use crate::finding::Finding;

/// 2026-01-01 and 2100-01-01, 00:00 UTC.
const EARLIEST: Ts = Ts::from_nanos(1_767_225_600_000_000_000);
const LATEST: Ts = Ts::from_nanos(4_102_444_800_000_000_000);

pub(super) fn check(loaded: &Loaded, now: Ts) -> Finding {
    let seen = keep::survey(&RealFiles, &loaded.places().journal).unwrap_or_default();
    let seen = seen.iter().map(|held| held.opened).filter(|opened| *opened < Ts::MAX).max();
    judge(now, seen)
}

fn judge(now: Ts, seen: Option<Ts>) -> Finding {
    let advice = "setting the clock, and keeping it set with chrony or systemd-timesyncd";
    if !(EARLIEST..LATEST).contains(&now) {
        let what = format!("{} cannot be: this program is from later, or long gone", date(now));
        return Finding::fail("clock", what).advice(advice);
    }
    match seen.filter(|seen| *seen > now) {
        Some(seen) => {
            let ahead = seen.since(now).millis() / 1_000;
            let what = format!("{ahead} s behind what the journal has seen already");
            Finding::fail("clock", what).advice(advice)
        }
        None => Finding::ok(
            "clock",
            format!("{} UTC can be right; no other clock was asked", date(now)),
        ),
    }
}

/// The day and the minute, by the calendar that is valid for all days alike.
fn date(at: Ts) -> String {
    let minutes = at.nanos() / 60_000_000_000;
    let (days, minute) = (minutes / 1_440, minutes % 1_440);
    // Days since 0000-03-01, in eras of 400 years that are all alike.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use contracts::Span;

    use super::*;
    use crate::finding::Level;

    #[test]
    fn date_known_days() {
        for (secs, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (1_767_225_599, "2025-12-31 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            assert_eq!(date(Ts::ZERO + Span::from_secs(secs)), text);
        }
    }

    #[test]
    fn clock_is_doubted_before_its_time_and_behind_the_journal() {
        let level = |now, seen| judge(now, seen).level;
        assert_eq!(level(EARLIEST, None), Level::Ok);
        assert_eq!(level(EARLIEST, Some(EARLIEST)), Level::Ok);
        assert_eq!(level(EARLIEST - Span::from_nanos(1), None), Level::Fail);
        assert_eq!(level(LATEST, None), Level::Fail);
        assert_eq!(level(EARLIEST, Some(EARLIEST + Span::SECOND)), Level::Fail);
    }
}
