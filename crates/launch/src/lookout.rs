//! The lookout: whoever looks now and then at what is around a process, and says what has become of it in the
//! log. The room on the disk, the age of the journal's segments, the clock, and whether the venue is there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contracts::{Span, Ts};
use journal::files::Files;
use journal::keep::{self, Keeping, Step};
use journal::{Fault, Watermark};
use runtime::{Link, Stop, Switch, ahead_of_machine};
use telemetry::{Clock, Log, Notice, Said};

use super::service::Site;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it looks after the segments, and for how long it leaves a start alone.
const KEEP_EVERY: Span = Span::from_secs(600);
/// A machine whose clock is so far behind what was seen here may be wrong about the time, or may have been:
/// until it has caught up nobody can say, and nothing new is risked.
const AHEAD_MAX: Span = Span::from_secs(5);

/// What it looks at.
pub struct Lookout {
    /// The disk, and the journal on it.
    pub disk: Disk,
    /// The line to a venue that is another process.
    pub line: Option<Link>,
    /// Where it tells what it sees.
    pub log: Option<Log>,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
}

/// A journal, and the disk that it is on.
pub struct Disk {
    /// The disk.
    pub files: Arc<dyn Files>,
    /// The folder of the journal.
    pub journal: PathBuf,
    /// When its segments are compressed and moved.
    pub keeping: Keeping,
    /// With less room than this nothing new is risked.
    pub free_min: u64,
    /// So much more there must be before it is again.
    pub reserve: u64,
    /// Says so to those who send to the venue.
    pub low: Switch,
    /// How far the disk has come.
    pub watermark: Arc<Watermark>,
}

/// What was seen last.
#[derive(Default)]
struct Seen {
    full: bool,
    ahead: bool,
    ups: u64,
    line_up: bool,
}

impl Lookout {
    /// At that disk and that line, where those who send to the venue heed it.
    pub(super) fn at(disk: Disk, line: Option<Link>, site: &Site<'_>) -> Self {
        let low = disk.low.clone();
        site.holds.add(move |_| low.is_stop() || ahead_of_machine() > AHEAD_MAX);
        Self { disk, line, log: None, clock: site.clock.clone(), stop: site.stop.clone() }
    }

    /// Looks until it is over.
    pub(super) fn work(self) {
        let (mut seen, mut keep_at) = (Seen::default(), (self.clock)() + KEEP_EVERY);
        loop {
            self.look(&mut seen);
            let now = (self.clock)();
            if now >= keep_at {
                self.keep(now);
                keep_at = now + KEEP_EVERY;
            }
            if self.stop.wait(LOOK_EVERY) {
                return self.tell(Notice::Stopping {});
            }
        }
    }

    fn tell<'a>(&self, said: impl Into<Said<'a>>) {
        if let Some(log) = &self.log {
            log.tell(said);
        }
    }

    fn look(&self, seen: &mut Seen) {
        // Where nobody can say how much is free, the reserve alone has to do.
        if let Ok(free_bytes) = self.disk.files.free_bytes(&self.disk.journal) {
            self.look_at_room(free_bytes);
        }
        let full = self.disk.watermark.is_low();
        if full && !seen.full {
            self.tell(Notice::DiskFull {});
        }
        seen.full = full;
        seen.ahead = self.look_at_the_clock(seen.ahead, ahead_of_machine());
        if let Some(line) = &self.line {
            let (ups, up) = (line.ups(), line.is_up());
            if up && (ups != seen.ups || !seen.line_up) {
                self.tell(Notice::Connected { to: "venue", time: ups });
            } else if !up && seen.line_up {
                self.tell(Notice::Disconnected { from: "venue" });
            }
            (seen.ups, seen.line_up) = (ups, up);
        }
    }

    /// Says that the machine's clock is behind, and that it is no more; whether it is.
    fn look_at_the_clock(&self, was_ahead: bool, ahead: Span) -> bool {
        let is_ahead = ahead > AHEAD_MAX;
        match (was_ahead, is_ahead) {
            (false, true) => {
                let behind_ms = u64::try_from(ahead.nanos() / 1_000_000).unwrap_or_default();
                self.tell(Notice::ClockBehind { behind_ms });
            }
            (true, false) => self.tell(Notice::ClockCaughtUp {}),
            _ => {}
        }
        is_ahead
    }

    fn look_at_room(&self, free_bytes: u64) {
        let Disk { free_min, reserve, low, .. } = &self.disk;
        let was_low = low.is_stop();
        // Nothing comes and goes with every record.
        let needed_bytes = if was_low { free_min.saturating_add(*reserve) } else { *free_min };
        let is_low = free_bytes < needed_bytes;
        low.turn(is_low);
        match (was_low, is_low) {
            (false, true) => self.tell(Notice::DiskLow { free_bytes, needed_bytes }),
            (true, false) => self.tell(Notice::DiskHasRoom { free_bytes }),
            _ => {}
        }
    }

    /// Compresses and moves what is old.
    fn keep(&self, now: Ts) {
        if let Err(fault) = self.take_steps(now) {
            self.tell(Said::from(Notice::JournalNotKept {}).because(&fault));
        }
    }

    fn take_steps(&self, now: Ts) -> Result<(), Fault> {
        let Disk { files, journal, keeping, .. } = &self.disk;
        let held = keep::survey(files.as_ref(), journal)?;
        for step in keep::plan(&held, keeping, now) {
            if self.stop.is_said() {
                break;
            }
            keep::take(files.as_ref(), journal, keeping, &step)?;
            let (record, what) = match &step {
                Step::Compress(segment) => (segment.first, "compressed"),
                Step::Archive(segment) => (segment.first, "moved to the archive"),
            };
            self.tell(Notice::JournalKept { record, what });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use contracts::RunId;
    use contracts::testing::secs;
    use journal::testing::FaultyDisk;
    use journal::{JournalKey, Limits, Place, Start, State, recover};
    use kernel::Snapshot;

    use super::*;

    /// A lookout at a journal of two closed segments and an open one.
    fn lookout(disk: &FaultyDisk) -> Lookout {
        let place = Place {
            files: disk.files(),
            folder: PathBuf::from("/journal"),
            key: JournalKey::new([7; 32]),
            limits: Limits { reserve_bytes: 0, ..Limits::default() },
            anchors: Vec::new(),
            holder: "a test".to_owned(),
        };
        let start = Start::new(RunId::new(7), "njord", "5e771465", secs(0));
        let mut journal = recover(place).unwrap().begin(start, &[]).unwrap();
        for _ in 0..2 {
            let state = State::of(&Snapshot::from_bytes(b"{}".to_vec())).unwrap();
            journal.rotate(Some(&state), secs(0)).unwrap();
        }
        let watermark = Arc::clone(journal.watermark());
        Lookout {
            disk: Disk {
                files: disk.files(),
                journal: PathBuf::from("/journal"),
                keeping: Keeping {
                    compress_after: Some(Span::DAY),
                    archive_after: Span::DAY.times(90),
                    archive: PathBuf::from("/archive"),
                },
                free_min: 1_000,
                reserve: 500,
                low: Switch::default(),
                watermark,
            },
            line: None,
            log: None,
            clock: Arc::new(|| secs(0)),
            stop: Stop::default(),
        }
    }

    /// How many files there are in the archive, how many in the journal, and how many of these are compressed.
    fn counts(disk: &FaultyDisk) -> (usize, usize, usize) {
        let live = disk.paths(&PathBuf::from("/journal/live"));
        let packed = live.iter().filter(|path| path.extension().is_some_and(|end| end == "gz"));
        (disk.paths(&PathBuf::from("/archive")).len(), live.len(), packed.count())
    }

    #[test]
    fn old_segments_are_compressed_and_then_moved_and_what_a_start_needs_stays() {
        let disk = FaultyDisk::new();
        let lookout = lookout(&disk);
        let at = |days| secs(0) + Span::DAY.times(days);
        for (days, counted) in
            [(0, (0, 3, 0)), (1, (0, 3, 2)), (89, (0, 3, 2)), (90, (2, 1, 0)), (900, (2, 1, 0))]
        {
            lookout.keep(at(days));
            assert_eq!(counts(&disk), counted, "after {days} days");
        }
    }

    #[test]
    fn where_room_runs_out_nothing_new_is_sent_until_there_is_plenty() {
        let disk = FaultyDisk::new();
        let lookout = lookout(&disk);
        let mut seen = Seen::default();
        for (free, is_low) in [(1_000, false), (999, true), (1_499, true), (1_500, false)] {
            disk.set_capacity(Some(disk.used() + free));
            lookout.look(&mut seen);
            assert_eq!(lookout.disk.low.is_stop(), is_low, "{free}");
        }
    }
}
