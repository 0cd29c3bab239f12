//! The one who writes: takes records from the lane, makes lines of them, and keeps the files.
//!
//! Whatever fails here is counted and said once on the last resort (standard error); the lines that
//! could not be written are lost, and how many is the first thing the log says when it can again.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::file::{LogFile, Written};
use super::human;
use super::human::Style;
use super::json::{self, Told};
use super::keeper::Keeper;
use super::lane::Lane;
use super::record::{Body, Record, thread_number};
use super::{SCOPE, Shared};
use crate::level::Filter;
use crate::metrics::LossReason;
use crate::notice::Notice;
use crate::secrecy::Cut;

/// How much is written at once.
const BATCH_BYTES: usize = 64 * 1024;
/// How long the writer rests when there is nothing to write; it is woken when there is.
const REST: Duration = Duration::from_secs(1);

/// What the terminal shows.
pub(super) struct Shown {
    pub(super) lane: Arc<Lane<String>>,
    pub(super) filter: Filter,
    pub(super) style: Style,
}

/// Writes the log; to be run on a thread of its own.
pub struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) file: Option<LogFile>,
    pub(super) keeper: Option<Keeper>,
    pub(super) shown: Option<Shown>,
    pub(super) last_resort: Box<dyn Write + Send>,
    pub(super) batch: Vec<u8>,
    /// Lines of the batch.
    pub(super) lines: u64,
    /// Lines lost since the log last said so, for each reason.
    pub(super) lost: Lost,
    /// Already complained.
    pub(super) failing: bool,
    pub(super) keeper_failing: bool,
}

/// How many lines were lost, and not yet told.
#[derive(Default)]
pub(super) struct Lost {
    queue_full: u64,
    write_failed: u64,
}

impl Writer {
    /// Writes until the log is closed and everything is written.
    pub fn run(mut self) {
        loop {
            let busy = self.turn();
            if !busy && self.shared.lane.is_closed() {
                while self.write_batch() {}
                if let Some(shown) = &self.shown {
                    shown.lane.close();
                }
                return;
            }
            if !busy {
                self.shared.lane.sleep(REST);
            }
        }
    }

    /// Does everything there is to do now; for those who have no thread to give.
    pub fn drain(&mut self) {
        while self.turn() {}
    }

    /// Writes one batch and does a little housekeeping; `true` while there may be more to do.
    fn turn(&mut self) -> bool {
        let wrote = self.write_batch();
        let more = !self.shared.lane.is_closed() && self.keep();
        wrote || more
    }

    fn write_batch(&mut self) -> bool {
        let watched = self.shared.secrets.watched();
        let mut screen = String::new();
        let mut count = 0;
        self.tell_losses(&watched, &mut screen);
        while self.batch.len() < BATCH_BYTES
            && let Some(record) = self.shared.lane.take()
        {
            self.add(&record, &watched, &mut screen);
            count += 1;
        }
        self.show(screen);
        self.append();
        self.shared.lane.finish(count);
        count > 0
    }

    fn add(&mut self, record: &Record, watched: &crate::secrecy::Watched, screen: &mut String) {
        let told = Told::of(record, &self.shared.frame, watched);
        if self.file.is_some() {
            json::write(record, &told, &self.shared.frame, &mut self.batch);
            self.lines += 1;
        }
        if let Some(shown) = &self.shown
            && shown.filter.keeps(&told.component, record.level)
        {
            match shown.style {
                Style::Json => {
                    let mut line = Vec::new();
                    json::write(record, &told, &self.shared.frame, &mut line);
                    screen.push_str(&String::from_utf8_lossy(&line));
                }
                style => human::write(record, &told, style, screen),
            }
        }
        self.shared.metrics.log_line(record.level);
    }

    /// Says how many lines are missing at this place.
    fn tell_losses(&mut self, watched: &crate::secrecy::Watched, screen: &mut String) {
        let full = self.shared.lane.turned_away();
        if full > 0 {
            self.shared.metrics.log_lost(full, LossReason::QueueFull);
            self.lost.queue_full += full;
        }
        let write_failed =
            if self.failing { 0 } else { std::mem::take(&mut self.lost.write_failed) };
        let told = [
            (std::mem::take(&mut self.lost.queue_full), "queue_full"),
            (write_failed, "write_failed"),
        ];
        for (lines, reason) in told.into_iter().filter(|(lines, _)| *lines > 0) {
            let record = self.own(Notice::LogLinesLost { lines, reason });
            self.add(&record, watched, screen);
        }
    }

    fn own(&self, notice: Notice) -> Record {
        self.shared.metrics.noticed(&notice);
        Record {
            at: (self.shared.clock)(),
            level: notice.level(),
            component: SCOPE,
            thread: thread_number(),
            trace: None,
            request: None,
            took: None,
            body: Body::Notice(notice),
            fault: None,
        }
    }

    fn show(&mut self, screen: String) {
        let Some(shown) = &self.shown else { return };
        if screen.is_empty() {
            return;
        }
        let lines = screen.lines().count() as u64;
        if !shown.lane.push(screen) {
            self.shared.metrics.log_lost(lines, LossReason::Terminal);
        }
    }

    fn append(&mut self) {
        let Some(file) = &mut self.file else { return };
        if self.batch.is_empty() {
            return;
        }
        let now = (self.shared.clock)();
        match file.append(now, &self.batch) {
            Ok(written) => {
                self.failing = false;
                if let (Written::Rotated, Some(keeper)) = (written, &mut self.keeper) {
                    keeper.call();
                }
            }
            Err(error) => self.lose(&error),
        }
        self.batch.clear();
        self.lines = 0;
    }

    /// The batch could not be written.
    fn lose(&mut self, error: &io::Error) {
        self.shared.metrics.log_lost(self.lines, LossReason::WriteFailed);
        self.lost.write_failed += self.lines;
        if !std::mem::replace(&mut self.failing, true) {
            let path = self.file.as_ref().map(LogFile::path).unwrap_or_default();
            self.complain(&format!(
                "the log {} cannot be written: {error}; lines are lost and counted until it can; \
                 try: free some space, or another folder (LOG_DIR)",
                path.display()
            ));
        }
    }

    fn keep(&mut self) -> bool {
        let Some(keeper) = &mut self.keeper else { return false };
        match keeper.step((self.shared.clock)()) {
            Ok(more) => more,
            Err(error) => {
                if !std::mem::replace(&mut self.keeper_failing, true) {
                    self.complain(&format!(
                        "old log files could not be compressed or removed: {error}"
                    ));
                }
                false
            }
        }
    }

    /// Where nothing else is left to say it. That this may fail too is nobody's concern any more.
    pub(super) fn complain(&mut self, what: &str) {
        let mut clean = String::new();
        self.shared.secrets.watched().clean(what, Cut::Whole, &mut clean);
        let _ = writeln!(self.last_resort, "njord: {clean}");
        let _ = self.last_resort.flush();
    }
}
