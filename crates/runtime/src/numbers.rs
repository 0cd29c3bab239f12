//! Numbers about the disk of the journal and the line to the venue: a disk that counts what is written to it,
//! and who looks at both from time to time.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use contracts::{Span, Ts};
use journal::files::{Files, Growing, Listed, Lock};
use telemetry::{Clock, DiskNumbers, LineNumbers, Metrics};

use crate::link::Link;
use crate::stop::Stop;

/// How often the line is looked at, and every how many times the disk.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const DISK_EVERY: u32 = 10;
/// A forecast from less than that would be none.
const FORECAST_AFTER: Span = Span::MINUTE;

/// A disk that counts what is written to it. Clones share the counts.
#[derive(Clone)]
pub struct CountedFiles {
    files: Arc<dyn Files>,
    counts: Arc<Counts>,
    clock: Clock,
}

#[derive(Default)]
struct Counts {
    /// Nothing is counted before somebody wants to know.
    metrics: OnceLock<Metrics>,
    bytes: AtomicU64,
}

impl CountedFiles {
    /// That disk, counted.
    pub fn new(files: Arc<dyn Files>, clock: Clock) -> Self {
        Self { files, counts: Arc::default(), clock }
    }

    /// Counts there from now on; the first who says so is heard.
    pub fn tell(&self, metrics: Metrics) {
        let _ = self.counts.metrics.set(metrics);
    }

    /// Looks at the disk of that journal and at the line to the venue, until `stop` is said. Wants a thread of
    /// its own.
    pub fn watch(&self, journal: &Path, line: Option<&Link>, stop: &Stop) {
        let Some(metrics) = self.counts.metrics.get() else { return };
        let began = (self.clock)();
        let (mut told, mut looks) = (LineNumbers::default(), 0_u32);
        loop {
            if looks.is_multiple_of(DISK_EVERY)
                && let Ok(disk) = self.disk(journal, began)
            {
                metrics.disk_stands(disk);
            }
            if let Some(line) = line {
                let now = line.numbers();
                metrics.line_moved(since(told, now));
                told = now;
            }
            looks = looks.wrapping_add(1);
            if stop.wait(LOOK_EVERY) {
                return;
            }
        }
    }

    fn disk(&self, journal: &Path, began: Ts) -> io::Result<DiskNumbers> {
        let free_bytes = self.files.free_bytes(journal)?;
        let listed = self.files.list(&journal.join("live"))?;
        let segments = listed.iter().filter(|file| !file.is_folder).count() as u64;
        let (lasted, bytes) =
            ((self.clock)().since(began), self.counts.bytes.load(Ordering::Relaxed));
        Ok(DiskNumbers { segments, free_bytes, days: days(free_bytes, bytes, lasted) })
    }
}

/// For how many days so much room lasts where so many bytes were written in that time.
fn days(free_bytes: u64, bytes: u64, lasted: Span) -> Option<u64> {
    if lasted < FORECAST_AFTER || bytes == 0 {
        return None;
    }
    let nanos = u128::from(free_bytes) * u128::from(lasted.nanos().unsigned_abs());
    let day = u128::from(Span::DAY.nanos().unsigned_abs());
    u64::try_from(nanos / u128::from(bytes) / day).ok()
}

fn since(told: LineNumbers, now: LineNumbers) -> LineNumbers {
    LineNumbers {
        requests: now.requests - told.requests,
        lost: now.lost - told.lost,
        answers: now.answers - told.answers,
        connects: now.connects - told.connects,
    }
}

/// A file of the journal.
struct Counted {
    file: Box<dyn Growing>,
    counts: Arc<Counts>,
    clock: Clock,
    unsynced: u64,
}

impl Growing for Counted {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.append(bytes)?;
        let bytes = bytes.len() as u64;
        self.unsynced += bytes;
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(metrics) = self.counts.metrics.get() {
            metrics.journal_wrote(bytes);
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let began = (self.clock)();
        self.file.sync()?;
        let bytes = std::mem::take(&mut self.unsynced);
        if let Some(metrics) = self.counts.metrics.get() {
            metrics.journal_synced((self.clock)().since(began).max(Span::ZERO), bytes);
        }
        Ok(())
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file.cut(bytes)
    }
}

impl CountedFiles {
    fn counted(&self, file: Box<dyn Growing>) -> Box<dyn Growing> {
        let (counts, clock) = (Arc::clone(&self.counts), self.clock.clone());
        Box::new(Counted { file, counts, clock, unsynced: 0 })
    }
}

impl Files for CountedFiles {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.files.make_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        self.files.list(folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        self.files.create(path).map(|file| self.counted(file))
    }

    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        self.files.extend(path).map(|file| self.counted(file))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        self.files.read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.files.sync_folder(folder)
    }

    fn lock(&self, path: &Path, holder: &str) -> io::Result<Result<Box<dyn Lock>, String>> {
        self.files.lock(path, holder)
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        self.files.free_bytes(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecast_is_of_the_pace_so_far_and_none_before_a_minute() {
        let giga = 1 << 30;
        assert_eq!(days(giga, 1 << 20, Span::from_secs(59)), None);
        assert_eq!(days(giga, 0, Span::DAY), None);
        assert_eq!(days(giga, giga / 10, Span::DAY), Some(10));
        assert_eq!(days(giga, 2 * giga, Span::DAY), Some(0));
        assert_eq!(days(u64::MAX, 1, Span::from_nanos(i64::MAX)), None);
    }
}
