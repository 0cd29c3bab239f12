//! What is counted of the disk of the journal and of the line to the venue, by whoever uses them.

use contracts::Span;

use super::Metrics;
use crate::shown_number::seconds;

/// What has gone over the line to the venue since the last time this was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineNumbers {
    /// Requests that went out.
    pub requests: u64,
    /// Requests that found the line down.
    pub lost: u64,
    /// What the venue said.
    pub answers: u64,
    /// Times that the line came up.
    pub connects: u64,
}

/// How the disk of the journal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskNumbers {
    /// Segments of the journal.
    pub segments: u64,
    /// Room, in bytes.
    pub free_bytes: u64,
    /// For how many days that lasts; nothing where nobody can say yet.
    pub days: Option<u64>,
}

impl Metrics {
    /// So many bytes were written to the journal at once.
    pub fn journal_wrote(&self, bytes: u64) {
        if let Some(series) = self.counting() {
            series.journal_appends.inc();
            series.journal_bytes.inc_by(bytes);
        }
    }

    /// The disk took that long to make so many bytes of the journal safe.
    pub fn journal_synced(&self, took: Span, bytes: u64) {
        if let Some(series) = self.counting() {
            series.journal_sync.observe(seconds(took));
            series.journal_group.observe(shown(bytes));
        }
    }

    /// The disk of the journal stands like that.
    pub fn disk_stands(&self, disk: DiskNumbers) {
        if let Some(series) = self.counting() {
            series.journal_segments.set(shown(disk.segments));
            series.disk_free.set(shown(disk.free_bytes));
            series.disk_days.set(disk.days.map_or(f64::INFINITY, shown));
        }
    }

    /// So much has gone over the line to the venue since the last time.
    pub fn line_moved(&self, since: LineNumbers) {
        if let Some(series) = self.counting() {
            series.venue_requests.inc_by(since.requests);
            series.venue_lost.inc_by(since.lost);
            series.venue_answers.inc_by(since.answers);
            series.venue_connects.inc_by(since.connects);
        }
    }

    /// The venue took that long from a question for a statement to its last line.
    pub fn venue_answered(&self, took: Span) {
        if let Some(series) = self.counting() {
            series.venue_answer.observe(seconds(took));
        }
    }
}

/// A count as a graph shows it.
#[expect(clippy::cast_precision_loss, reason = "for a graph; what is exact stands in the journal")]
fn shown(count: u64) -> f64 {
    count as f64
}
