//! A journal of each service on a real disk, whose syncs can be left out: that is the only difference between the
//! two, so what a sync costs is seen alone.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contracts::testing::secs;
use contracts::{Envelope, RunId};
use journal::files::{Files, Growing, Listed, Lock, RealFiles};
use journal::{Journal, JournalKey, Limits, Place, Purpose, Start, recover};
use kernel::Tap as _;

/// What stands behind what is said, switched while it goes on.
#[derive(Default)]
pub(crate) struct Disk {
    pub(crate) is_written: AtomicBool,
    pub(crate) is_synced: AtomicBool,
}

/// The journal of a service.
pub(crate) struct Kept {
    journal: Journal,
    disk: Arc<Disk>,
}

impl Kept {
    /// An empty one in that folder.
    pub(crate) fn new(folder: &Path, disk: &Arc<Disk>) -> Self {
        let place = Place {
            files: Arc::new(Switched(Arc::clone(disk))),
            folder: folder.to_owned(),
            key: JournalKey::new([7; 32]),
            limits: Limits::default(),
            anchors: Vec::new(),
            holder: "bench".to_owned(),
        };
        let start = Start::new(RunId::new(7), "bench", "bench", secs(1));
        Self { journal: recover(place).unwrap().begin(start, &[]).unwrap(), disk: Arc::clone(disk) }
    }

    /// Writes down what was heard and what is about to be said, and waits for the disk, as far as that is on.
    pub(crate) fn takes(&mut self, heard: &Envelope, said: &Envelope) {
        if self.disk.is_written.load(Ordering::Acquire) {
            let mut turn = self.journal.turn(Purpose::Anything).unwrap();
            turn.input(heard);
            turn.output(said);
            turn.commit().unwrap();
        }
    }
}

/// A real disk.
struct Switched(Arc<Disk>);

/// A file on it.
struct File(Box<dyn Growing>, Arc<Disk>);

impl Growing for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        if self.1.is_synced.load(Ordering::Acquire) { self.0.sync() } else { Ok(()) }
    }
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.0.cut(bytes)
    }
}

impl Files for Switched {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        RealFiles.make_folder(folder)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealFiles.list(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(File(RealFiles.create(path)?, Arc::clone(&self.0))))
    }
    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(File(RealFiles.extend(path)?, Arc::clone(&self.0))))
    }
    fn read(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        RealFiles.read(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFiles.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove(path)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealFiles.sync_folder(folder)
    }
    fn lock(&self, path: &Path, holder: &str) -> io::Result<Result<Box<dyn Lock>, String>> {
        RealFiles.lock(path, holder)
    }
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        RealFiles.free_bytes(folder)
    }
}
