//! Whether the clock can be right: not before this program was written, and not before what the journal
//! has seen already.

use contracts::Ts;
use journal::files::RealFiles;
use journal::keep;
use settings::Loaded;

use crate::asking::shown::moment;
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
        let what = format!("{} cannot be: this program is from later, or long gone", moment(now));
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
            format!("{} UTC can be right; no other clock was asked", moment(now)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use contracts::Span;

    use super::*;
    use crate::finding::Level;

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
