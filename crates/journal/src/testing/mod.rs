//! A disk for tests: in memory, and failing exactly where it is told to.
//!
//! It keeps what was synced. Of the rest a loss of power leaves any part: nothing, all, a torn prefix, or pages
//! here and there with zeros between; names that were made, changed or taken away without their folder being
//! synced are there or not, each for itself. It fills up, fails once, or goes dark at any single operation.

mod content;
mod names;

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::Seeded;

use crate::files::{Files, Growing, Listed, Lock};
use content::Content;
use names::{Names, Node};

/// What happens at the operation that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The power goes: this operation and all after it fail, until [`FaultyDisk::lose_power`].
    Power,
    /// It fails once; a write may have been done in part.
    Error,
    /// There is no room, once; a write may have been done in part.
    Full,
}

/// A disk in memory.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    contents: Vec<Content>,
    names: Names,
    /// Operations so far, and the one that fails.
    operations: u64,
    failure: Option<(u64, Failure)>,
    capacity: Option<u64>,
    is_dark: bool,
    /// Everything opened before the last crash is dead.
    lives: u64,
    locks: BTreeSet<PathBuf>,
}

impl FaultyDisk {
    /// An empty disk without bounds.
    pub fn new() -> Self {
        Self::default()
    }

    /// The disk as a process sees it, until the next crash.
    pub fn files(&self) -> Arc<dyn Files> {
        let life = self.disk().lives;
        Arc::new(View { disk: self.clone(), life })
    }

    /// How many operations were asked of it.
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// Lets the operation of that number fail, the first being 0.
    pub fn fail_at(&self, operation: u64, failure: Failure) {
        self.disk().failure = Some((operation, failure));
    }

    /// Bounds how much it holds, in bytes.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.disk().capacity = bytes;
    }

    /// How much it holds, in bytes.
    pub fn used(&self) -> u64 {
        self.disk().used()
    }

    /// The process dies; what it wrote stays, synced or not.
    pub fn kill_process(&self) {
        let mut disk = self.disk();
        disk.lives += 1;
        disk.locks.clear();
        disk.failure = None;
        disk.is_dark = false;
    }

    /// The power goes and comes back: what was synced is there, and of the rest whatever the dice say.
    pub fn lose_power(&self, dice: &mut Seeded) {
        self.kill_process();
        let mut disk = self.disk();
        disk.names.lose_power(dice);
        for content in &mut disk.contents {
            content.lose_power(dice);
        }
    }

    /// What a file holds; nothing where there is none.
    pub fn look(&self, path: &Path) -> Option<Vec<u8>> {
        let disk = self.disk();
        disk.file(path).map(|content| disk.contents[content].bytes().to_vec())
    }

    /// Puts a file there, safely, as somebody at the disk would.
    pub fn plant(&self, path: &Path, bytes: &[u8]) {
        let mut disk = self.disk();
        let parents: Vec<PathBuf> = path.ancestors().skip(1).map(Path::to_path_buf).collect();
        for folder in parents.into_iter().rev() {
            disk.names.plant(folder, Node::Folder);
        }
        disk.contents.push(Content::safe(bytes.to_vec()));
        let node = Node::File(disk.contents.len() - 1);
        disk.names.plant(path.to_path_buf(), node);
    }

    /// Takes a file away, safely, as somebody at the disk would.
    pub fn pluck(&self, path: &Path) {
        self.disk().names.pluck(path);
    }

    /// The files below a folder, by path.
    pub fn paths(&self, folder: &Path) -> Vec<PathBuf> {
        let disk = self.disk();
        let files = disk.names.iter().filter(|(_, node)| matches!(node, Node::File(_)));
        files.map(|(path, _)| path.clone()).filter(|path| path.starts_with(folder)).collect()
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn used(&self) -> u64 {
        let held = self.names.iter().filter_map(|(_, node)| match node {
            Node::File(content) => Some(self.contents[*content].bytes().len() as u64),
            Node::Folder => None,
        });
        held.sum()
    }

    fn file(&self, path: &Path) -> Option<usize> {
        match self.names.get(path) {
            Some(Node::File(content)) => Some(content),
            _ => None,
        }
    }

    /// Counts an operation; fails where it is to fail.
    fn operation(&mut self, life: u64) -> io::Result<()> {
        if self.is_dark || life != self.lives {
            return Err(io::Error::other("the power is off"));
        }
        let number = self.operations;
        self.operations += 1;
        match self.failure.filter(|(at, _)| *at == number) {
            None => Ok(()),
            Some((_, failure)) => {
                self.failure = None;
                self.is_dark = failure == Failure::Power;
                Err(match failure {
                    Failure::Power => io::Error::other("the power went"),
                    Failure::Error => io::Error::other("the disk failed"),
                    Failure::Full => io::ErrorKind::StorageFull.into(),
                })
            }
        }
    }
}

struct View {
    disk: FaultyDisk,
    life: u64,
}

impl View {
    fn operation(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let mut disk = self.disk.disk();
        disk.operation(self.life)?;
        Ok(disk)
    }

    fn file(&self, content: usize) -> Box<dyn Growing> {
        Box::new(OpenFile { disk: self.disk.clone(), life: self.life, content })
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Files for View {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.operation()?;
        let parents: Vec<PathBuf> = folder.ancestors().map(Path::to_path_buf).collect();
        for path in parents.into_iter().rev() {
            if disk.names.get(&path).is_none() {
                disk.names.make(path, Node::Folder);
            }
        }
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let disk = self.operation()?;
        let within = disk.names.iter().filter(|(path, _)| path.parent() == Some(folder));
        let listed = within.filter_map(|(path, node)| {
            let name = path.file_name()?.to_str()?.to_owned();
            let bytes = match node {
                Node::File(content) => disk.contents[*content].bytes().len() as u64,
                Node::Folder => 0,
            };
            Some(Listed { name, bytes, is_folder: matches!(node, Node::Folder) })
        });
        Ok(listed.collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        let mut disk = self.operation()?;
        if disk.names.get(path).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if path.parent().is_none_or(|parent| disk.names.get(parent).is_none()) {
            return Err(missing());
        }
        disk.contents.push(Content::default());
        let content = disk.contents.len() - 1;
        disk.names.make(path.to_path_buf(), Node::File(content));
        Ok(self.file(content))
    }

    fn extend(&self, path: &Path) -> io::Result<Box<dyn Growing>> {
        let disk = self.operation()?;
        disk.file(path).map(|content| self.file(content)).ok_or_else(missing)
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let disk = self.operation()?;
        let content = disk.file(path).ok_or_else(missing)?;
        Ok(Box::new(Cursor::new(disk.contents[content].bytes().to_vec())))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.operation()?;
        disk.names.get(from).ok_or_else(missing)?;
        disk.names.rename(from.to_path_buf(), to.to_path_buf());
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.operation()?;
        disk.file(path).ok_or_else(missing)?;
        disk.names.remove(path.to_path_buf());
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.operation()?.names.sync(folder);
        Ok(())
    }

    fn lock(&self, path: &Path, _holder: &str) -> io::Result<Result<Box<dyn Lock>, String>> {
        let mut disk = self.operation()?;
        if !disk.locks.insert(path.to_path_buf()) {
            return Ok(Err("a test".to_owned()));
        }
        let (disk, path) = (self.disk.clone(), path.to_path_buf());
        Ok(Ok(Box::new(Held { disk, path, life: self.life })))
    }

    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        let disk = self.operation()?;
        Ok(disk.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(disk.used())))
    }
}

struct Held {
    disk: FaultyDisk,
    path: PathBuf,
    life: u64,
}

impl Lock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        let mut disk = self.disk.disk();
        if disk.lives == self.life {
            disk.locks.remove(&self.path);
        }
    }
}

struct OpenFile {
    disk: FaultyDisk,
    life: u64,
    content: usize,
}

impl Growing for OpenFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk.disk();
        if let Err(error) = disk.operation(self.life) {
            if disk.lives == self.life {
                // Cut short at a place that depends on everything before, and on nothing random.
                let part = (disk.operations as usize).wrapping_mul(7_919) % (bytes.len() + 1);
                disk.contents[self.content].append(&bytes[..part]);
            }
            return Err(error);
        }
        let room = disk.capacity.map_or(u64::MAX, |most| most.saturating_sub(disk.used()));
        let fits = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        disk.contents[self.content].append(&bytes[..fits]);
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.operation(self.life)?;
        disk.contents[self.content].sync();
        Ok(())
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.operation(self.life)?;
        disk.contents[self.content].cut(bytes as usize);
        Ok(())
    }
}
