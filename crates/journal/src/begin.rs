//! From a recovered journal to one that is written again: the next start is recorded, and safe, before
//! anything else can be.

use std::io;

use contracts::{Envelope, Epoch};

use crate::chain::Chain;
use crate::fault::Fault;
use crate::files::{Growing, make_safe_folder};
use crate::line::Pen;
use crate::record::{Anchor, JournalId, Kind, Note, Start};
use crate::recover::{Found, Recovered};
use crate::reserve::Reserve;
use crate::segment::{live, next_aside, put_aside};
use crate::watermark::Watermark;
use crate::writer::Journal;

/// The longest name of a build or hash of settings.
const NAME_BYTES_MAX: usize = 128;

impl Recovered {
    /// Begins the next start. `owed` are the outputs that the replay said beyond the record: a crash had cut
    /// them off, and they are written first.
    ///
    /// A broken journal is put aside here, and a new one is begun that names it; the state that the caller
    /// has by then belongs into it: [`rotate`](Journal::rotate) with a state before the first turn.
    pub fn begin(self, start: Start, owed: &[Envelope]) -> Result<Journal, Fault> {
        if start.build.len() > NAME_BYTES_MAX || start.settings.len() > NAME_BYTES_MAX {
            return Err(Fault::Bound("the names of build and settings have at most 128 bytes"));
        }
        if let Some(run) = self.learned.run.filter(|run| *run != start.run) {
            let folder = self.place.folder.display().to_string();
            let (theirs, ours) = (run.to_string(), start.run.to_string());
            return Err(Fault::WrongSession { folder, theirs, ours });
        }
        match self.found {
            Found::Whole | Found::Torn { .. } => self.go_on(start, owed),
            Found::Nothing | Found::Broken { .. } => self.begin_anew(start),
        }
    }

    fn go_on(self, mut start: Start, owed: &[Envelope]) -> Result<Journal, Fault> {
        start.epoch = after(self.learned.epoch)?;
        let segment = &self.segments[self.reached.segment];
        let path = segment.path(&self.folder);
        let file = self.place.files.extend(&path);
        let file = file.map_err(|error| Fault::disk("opening", &path, &error))?;
        let (sealed, found) = (self.reached.sealed, self.found.clone());
        let at = start.at;
        let chain = self.chain.clone();
        let mut journal = self.journal(file, &start)?;
        if sealed {
            journal.open_segment(None)?;
        }
        if let Found::Torn { bytes } = found {
            journal.own(Kind::Note, &Note::TornTail { bytes, at })?;
        }
        for output in owed {
            journal.take(Kind::Output, output)?;
        }
        journal.own(Kind::Began, &start)?;
        journal.has_begun(&chain)
    }

    fn begin_anew(mut self, mut start: Start) -> Result<Journal, Fault> {
        start.epoch = after(self.highest_epoch()?.max(start.epoch))?;
        let (files, root) = (self.place.files.clone(), self.place.folder.clone());
        let folder = live(&root);
        let disk = |doing, error: io::Error| Fault::disk(doing, &folder, &error);
        if matches!(self.found, Found::Broken { .. }) {
            start.predecessor = self.last();
            self.learned.broken = true;
            if self.folder == folder && !self.segments.is_empty() {
                let aside = next_aside(&root, &put_aside(files.as_ref(), &root)?);
                files.rename(&folder, &aside).map_err(|error| disk("putting aside", error))?;
            }
        }
        for folder in [&root, &folder] {
            make_safe_folder(files.as_ref(), folder).map_err(|error| disk("making", error))?;
        }
        self.reached.seq = 0;
        self.reached.tag = crate::Tag::NONE;
        self.reached.journal = Some(JournalId { run: start.run, epoch: start.epoch });
        let chain = self.chain.clone();
        let mut journal = self.journal(Box::new(Unopened), &start)?;
        journal.open_segment(None)?;
        journal.own(Kind::Genesis, &start)?;
        journal.has_begun(&chain)
    }

    fn journal(self, file: Box<dyn Growing>, start: &Start) -> Result<Journal, Fault> {
        let reached = &self.reached;
        let id = reached.journal.unwrap_or(JournalId { run: start.run, epoch: start.epoch });
        let mut reserve = Reserve::in_folder(&self.place.folder);
        let stands = reserve.make(self.place.files.as_ref(), self.place.limits.reserve_bytes)?;
        let watermark = Watermark::new(Anchor { journal: id, seq: reached.seq, tag: reached.tag });
        watermark.set_low(!stands);
        Ok(Journal {
            pen: Pen::after(self.chain, reached.seq, reached.tag),
            files: self.place.files,
            root: self.place.folder,
            file,
            id,
            epoch: start.epoch,
            broken: self.learned.broken,
            limits: self.place.limits,
            reserve,
            gathered: Vec::with_capacity(2 * self.place.limits.gather_bytes),
            written: reached.bytes,
            unsynced: 0,
            records: reached.records,
            taken: 0,
            at: start.at,
            stopped: false,
            owes_note: false,
            unsafe_since: None,
            watermark,
            _lock: self.lock,
        })
    }
}

impl Journal {
    /// The start is safe in the journal; only then is it counted beside it, so that a count without a journal
    /// means that somebody took the journal away.
    fn has_begun(mut self, chain: &Chain) -> Result<Self, Fault> {
        self.sync()?;
        crate::starts::write(self.files.as_ref(), &self.root, chain, self.epoch)?;
        Ok(self)
    }
}

fn after(epoch: Epoch) -> Result<Epoch, Fault> {
    let next = epoch.0.checked_add(1).map(Epoch);
    next.ok_or(Fault::Bound("no number is left for another start; begin a new session"))
}

/// Stands where the file will be, until the first segment is opened.
struct Unopened;

impl Growing for Unopened {
    fn append(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }
    fn sync(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }
    fn cut(&mut self, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }
}
