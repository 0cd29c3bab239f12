//! The disk of the journal: how long a sync takes, how much is free, and how long that will do.

use std::io;
use std::path::{Path, PathBuf};

use contracts::{Span, Ts};
use journal::files::{Files, RealFiles};
use journal::keep;
use settings::Loaded;
use telemetry::Clock;

use crate::finding::Finding;

/// How often a write is synced for the measurement.
const SYNCS: usize = 100;
/// No measurement takes longer, but for one sync that hangs.
const LONGEST: Span = Span::SECOND;
/// What a write holds: a few records.
const BYTES: [u8; 4_096] = [b'\n'; 4_096];
/// Orders wait for a sync; above this they wait for longer than a request travels.
const SLOW: Span = Span::from_millis(50);
/// Fewer days of space left are too few to go on holiday.
const DAYS_MIN: u64 = 7;
/// So many days are years, and nobody counts them.
const DAYS_MAX: u64 = 3_650;

pub(super) fn check(loaded: &Loaded, clock: &Clock) -> Vec<Finding> {
    let journal = &loaded.places().journal;
    // Where there is no journal yet, its disk is that of the folder it will be made in.
    let Some(folder) = nearest(journal) else {
        let what = format!("{}: there is no folder above it", journal.display());
        return vec![Finding::fail("journal", what).advice("another run.state")];
    };
    vec![syncs(&folder, journal, clock), space(loaded, &folder, clock())]
}

/// The folder itself, or the nearest one above it that is there.
pub(super) fn nearest(path: &Path) -> Option<PathBuf> {
    let found = path.ancestors().find(|above| above.is_dir()).map(Path::to_path_buf);
    let here = || Path::new(".").is_dir().then(|| PathBuf::from("."));
    if path.is_relative() {
        found.filter(|found| !found.as_os_str().is_empty()).or_else(here)
    } else {
        found
    }
}

/// The time that nearly every sync stays below.
fn syncs(folder: &Path, journal: &Path, clock: &Clock) -> Finding {
    let shown = folder.display();
    match measured(&RealFiles, folder, clock) {
        Ok(Some(p99)) => {
            let will_be = if journal.is_dir() { "" } else { ", where the journal will be" };
            let what = format!("fdatasync p99 {} in {shown}{will_be}", in_millis(p99));
            if p99 > SLOW {
                let advice = "a local SSD as run.state; every order waits for a sync";
                Finding::warn("journal", what).advice(advice)
            } else {
                Finding::ok("journal", what)
            }
        }
        Ok(None) => Finding::fail("journal", format!("no sync could be measured in {shown}")),
        Err(error) => Finding::fail("journal", format!("{shown} cannot be written: {error}"))
            .advice("a folder that this user can write, as run.state"),
    }
}

/// A file that is gone afterwards.
fn trial_in(folder: &Path) -> PathBuf {
    folder.join(format!(".doctor-{}", std::process::id()))
}

/// Whether a file can be made there.
pub(super) fn try_a_file(folder: &Path) -> io::Result<()> {
    let path = trial_in(folder);
    RealFiles.create(&path)?;
    RealFiles.remove(&path)
}

fn measured(files: &dyn Files, folder: &Path, clock: &Clock) -> io::Result<Option<Span>> {
    let path = trial_in(folder);
    // Left behind by one of our number that was killed.
    let _ = files.remove(&path);
    let mut file = files.create(&path)?;
    let mut taken = Vec::with_capacity(SYNCS);
    let mut total = Span::ZERO;
    let mut outcome = Ok(());
    while taken.len() < SYNCS && total < LONGEST && outcome.is_ok() {
        let began = clock();
        outcome = file.append(&BYTES).and_then(|()| file.sync());
        let span = clock().since(began);
        taken.push(span);
        total = Span::from_nanos(total.nanos().saturating_add(span.nanos()));
    }
    drop(file);
    files.remove(&path)?;
    outcome.map(|()| p99(taken))
}

/// The smallest time that 99 of 100 are not above.
fn p99(mut taken: Vec<Span>) -> Option<Span> {
    taken.sort_unstable();
    let place = (taken.len() * 99).div_ceil(100).checked_sub(1)?;
    taken.get(place).copied()
}

fn in_millis(span: Span) -> String {
    let tenths = span.nanos() / 100_000;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// How much is free, and for how long at the pace of late.
fn space(loaded: &Loaded, folder: &Path, now: Ts) -> Finding {
    let (shown, settings) = (folder.display(), &loaded.settings().journal);
    let free = match RealFiles.free_bytes(folder) {
        Ok(free) => free,
        Err(error) => {
            return Finding::warn("disk", format!("{shown}: free space unknown: {error}"));
        }
    };
    let needed = settings.disk_free_min.get().saturating_add(settings.reserve.get());
    if free < needed {
        let what =
            format!("{} free in {shown}, at least {} needed", in_bytes(free), in_bytes(needed));
        return Finding::fail("disk", what).advice("more room, or another run.state");
    }
    let what = format!("{} free in {shown}", in_bytes(free));
    let held = match keep::survey(&RealFiles, &loaded.places().journal) {
        Ok(held) => held,
        Err(fault) => return Finding::warn("disk", format!("{what}; the journal: {fault}")),
    };
    match keep::forecast(&held, free - needed, now).map(|forecast| forecast.days) {
        Some(Some(days)) if days < DAYS_MIN => {
            Finding::warn("disk", format!("{what} = {days} days at the pace of late"))
                .advice("more room, or an archive on another disk")
        }
        Some(Some(days @ ..DAYS_MAX)) => {
            Finding::ok("disk", format!("{what} = {days} days at the pace of late"))
        }
        Some(_) => Finding::ok("disk", format!("{what} = years at the pace of late")),
        None => Finding::ok("disk", format!("{what}; no journal yet to forecast from")),
    }
}

/// Bytes as people say them.
fn in_bytes(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.iter().find(|(size, _)| bytes >= *size);
    unit.map_or_else(|| format!("{bytes} bytes"), |(size, name)| format!("{} {name}", bytes / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p99_is_above_all_but_the_slowest_of_a_hundred() {
        let spans = |count: i64| (1..=count).map(Span::from_millis).collect();
        assert_eq!(p99(spans(100)), Some(Span::from_millis(99)));
        assert_eq!(p99(spans(1)), Some(Span::from_millis(1)));
        assert_eq!(p99(Vec::new()), None);
    }

    #[test]
    fn amounts_read_as_people_say_them() {
        assert_eq!(in_millis(Span::from_nanos(2_150_000)), "2.1 ms");
        assert_eq!(in_bytes(1023), "1023 bytes");
        assert_eq!(in_bytes(44 << 30), "44 GiB");
    }

    #[test]
    fn nearest_folder_is_one_that_is_there() {
        assert_eq!(nearest(Path::new("no/such/folder")), Some(PathBuf::from(".")));
        assert_eq!(nearest(Path::new("/no/such/folder")), Some(PathBuf::from("/")));
    }

    #[test]
    fn measuring_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let clock = runtime::wall_clock();
        assert!(measured(&RealFiles, folder.path(), &clock).unwrap().is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(measured(&RealFiles, &folder.path().join("gone"), &clock).is_err());
    }
}
