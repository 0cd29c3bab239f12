//! A disk that keeps what was synced, and of the rest whatever it likes.

use kernel::{Record, Seeded, Snapshot};

/// A journal on a simulated disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    records: Vec<Record>,
    synced: usize,
    /// A snapshot, with how many records it stands for; only ever taken of synced records.
    snapshot: Option<(usize, Snapshot)>,
}

impl Disk {
    /// Writes a record; it is not safe yet.
    pub fn append(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Makes everything written so far safe.
    pub fn sync(&mut self) {
        self.synced = self.records.len();
    }

    /// Keeps a snapshot of the state after all records, which must be synced.
    pub fn keep_snapshot(&mut self, snapshot: Snapshot) {
        if self.synced == self.records.len() {
            self.snapshot = Some((self.synced, snapshot));
        }
    }

    /// The power goes: of what was not synced, a random part from the front survives.
    pub fn lose_power(&mut self, dice: &mut Seeded) {
        let unsynced = (self.records.len() - self.synced) as u64;
        let survives = self.synced + dice.below(unsynced + 1) as usize;
        self.records.truncate(survives);
        self.synced = survives;
    }

    /// From that record on nothing can be believed: it is cut off, and handed out.
    pub fn break_at(&mut self, place: usize) -> Vec<Record> {
        let forgotten = self.records.split_off(place);
        self.synced = self.records.len();
        self.snapshot.take_if(|(records, _)| *records > place);
        forgotten
    }

    /// Everything written.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The same, when nothing more is written.
    pub fn into_records(self) -> Vec<Record> {
        self.records
    }

    /// The latest snapshot and the records after it.
    pub fn latest(&self) -> (Option<&Snapshot>, &[Record]) {
        match &self.snapshot {
            Some((records, snapshot)) => (Some(snapshot), &self.records[*records..]),
            None => (None, &self.records),
        }
    }
}
