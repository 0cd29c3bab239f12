//! Starting is recovering: find the latest snapshot, check what follows it, cut what a loss of power left
//! half written, and tell that apart from a chain that somebody or something broke.
//!
//! A bad record at the very end, behind which nothing claims that it was synced, is a torn tail: it was
//! never promised to anybody, and is cut. Everything else is a broken chain: nothing is cut, the journal is
//! put aside as it was found, and the caller starts halted. Work is bounded by what stands between the
//! latest snapshot and the end, unless the chain is broken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::{Epoch, RunId};

use crate::chain::{Chain, JournalKey, Tag};
use crate::fault::{Fault, Why};
use crate::files::{Files, Lock};
use crate::judge::{GONE, judge};
use crate::parse::{Line, Lines, parse};
use crate::record::{
    Anchor, FORMAT, JournalId, Kind, Note, Record, SegmentHead, Start, StateRecord,
};
use crate::segment::{Segment, live, put_aside, segments};
use crate::walk::{Reached, Visited, Walk, glean};
use crate::writer::Limits;

/// Where a journal is, and how it is opened.
pub struct Place {
    /// The disk.
    pub files: Arc<dyn Files>,
    /// The folder of this journal alone.
    pub folder: PathBuf,
    /// The key of the chain.
    pub key: JournalKey,
    /// The sizes.
    pub limits: Limits,
    /// What others have seen of this journal; what they have seen must still be there.
    pub anchors: Vec<Anchor>,
    /// How this process calls itself towards another one that wants the same folder.
    pub holder: String,
}

/// In what shape a journal was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There was none.
    Nothing,
    /// Whole.
    Whole,
    /// The power went in the middle of a write: so many bytes at the end were not whole, and are cut.
    Torn {
        /// How many.
        bytes: u64,
    },
    /// The chain is broken: it will be put aside as it was found. Start halted.
    Broken {
        /// The first bad record.
        seq: u64,
        /// In which file or folder.
        place: String,
        /// What is wrong.
        why: Why,
    },
}

/// A journal that was read and is about to be written again.
#[must_use = "begin the journal, or the recovery was for nothing"]
pub struct Recovered {
    pub(crate) place: Place,
    pub(crate) chain: Chain,
    pub(crate) lock: Box<dyn Lock>,
    pub(crate) found: Found,
    /// Where the records stand: normally the live folder.
    pub(crate) folder: PathBuf,
    pub(crate) segments: Vec<Segment>,
    /// The segment from which the state is rebuilt.
    pub(crate) from: usize,
    pub(crate) reached: Reached,
    pub(crate) learned: Learned,
}

/// What a walk tells besides that the chain holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    pub(crate) epoch: Epoch,
    pub(crate) run: Option<RunId>,
    pub(crate) broken: bool,
    /// The number of the snapshot from which the state is rebuilt.
    pub(crate) snapshot: Option<u64>,
    /// It follows a broken one, and what was known by then has not come into it.
    pub(crate) lacks_its_state: bool,
    /// A record that an anchor has seen otherwise.
    pub(crate) disowned: Option<u64>,
}

impl Learned {
    fn from(&mut self, line: &Line<'_>, segment: &Segment) -> Visited {
        let unreadable =
            |detail| Fault::Unreadable { seq: line.seq, place: segment.name(), detail };
        match line.kind {
            Kind::Segment => {
                let head: SegmentHead = line.own().map_err(unreadable)?;
                self.epoch = self.epoch.max(head.epoch);
                self.run = Some(head.journal.run);
                self.broken = head.broken;
            }
            Kind::Genesis | Kind::Began => {
                let start: Start = line.own().map_err(unreadable)?;
                self.epoch = self.epoch.max(start.epoch);
                self.run = Some(start.run);
                self.lacks_its_state |= start.predecessor.is_some();
            }
            Kind::Note => {
                // A note that this build does not know cannot be this one.
                if matches!(line.own(), Ok(Note::BreakAccepted { .. })) {
                    self.broken = false;
                }
            }
            Kind::Snapshot => {
                self.snapshot = Some(line.seq);
                self.lacks_its_state = false;
            }
            Kind::Input | Kind::Output | Kind::Anchor | Kind::Seal => {}
        }
        Ok(())
    }
}

/// Opens a journal: reads it, checks it, and mends what a loss of power left.
pub fn recover(place: Place) -> Result<Recovered, Fault> {
    let disk = |doing, error| Fault::disk(doing, &place.folder, &error);
    place.files.make_folder(&place.folder).map_err(|error| disk("making", error))?;
    let lock = place.files.lock(&place.folder.join("lock"), &place.holder);
    let lock = lock.map_err(|error| disk("locking", error))?.map_err(|holder| {
        let folder = place.folder.display().to_string();
        Fault::InUse { folder, holder }
    })?;
    let chain = Chain::new(&place.key);
    let folder = live(&place.folder);
    let held = segments(place.files.as_ref(), &folder)?;
    expect_ours(&place, &chain, &folder, &held)?;
    let mut recovered = inspect(place, chain, lock, folder, held)?;
    let (files, root) = (recovered.place.files.as_ref(), &recovered.place.folder);
    let counted = crate::starts::read(files, root, &recovered.chain)?;
    recovered.fall_back(counted)?;
    recovered.learned.epoch = recovered.learned.epoch.max(counted);
    recovered.mend()?;
    Ok(recovered)
}

/// Whether a journal was ever begun in that folder, in whatever shape it is now.
pub fn is_begun(place: &Place) -> Result<bool, Fault> {
    let (files, root) = (place.files.as_ref(), place.folder.as_path());
    let disk = |error| Fault::disk("making", root, &error);
    files.make_folder(root).map_err(disk)?;
    let stands = !segments(files, &live(root))?.is_empty() || !put_aside(files, root)?.is_empty();
    Ok(stands || crate::starts::read(files, root, &Chain::new(&place.key))? > Epoch(0))
}

/// A journal of another key or of a newer build is not a broken one: refuse before anything is judged.
fn expect_ours(place: &Place, chain: &Chain, folder: &Path, held: &[Segment]) -> Result<(), Fault> {
    for segment in held.iter().rev() {
        let Some(head) = head_of(place.files.as_ref(), folder, segment)?.0 else { continue };
        if head.format > FORMAT {
            return Err(Fault::NewerFormat { place: segment.name(), found: head.format });
        }
        let (theirs, ours) = (head.key, chain.name());
        if theirs != ours {
            let folder = place.folder.display().to_string();
            return Err(Fault::WrongKey { folder, theirs, ours });
        }
        return Ok(());
    }
    Ok(())
}

/// What the head of a segment says, unchecked, and whether a snapshot follows it.
pub(crate) fn head_of(
    files: &dyn Files,
    folder: &Path,
    segment: &Segment,
) -> Result<(Option<SegmentHead>, bool), Fault> {
    let path = segment.path(folder);
    let file = segment.open(files, folder).map_err(|e| Fault::disk("reading", &path, &e))?;
    let mut lines = Lines::of(file);
    let head = match lines.next() {
        Ok(Some((line, true))) => parse(line).ok().and_then(|line| line.own().ok()),
        _ => None,
    };
    let second = match lines.next() {
        Ok(Some((line, true))) => parse(line).is_ok_and(|line| line.kind == Kind::Snapshot),
        _ => false,
    };
    Ok((head, second))
}

/// Checks everything from the latest snapshot on, and judges.
fn inspect(
    place: Place,
    chain: Chain,
    lock: Box<dyn Lock>,
    folder: PathBuf,
    held: Vec<Segment>,
) -> Result<Recovered, Fault> {
    let files = Arc::clone(&place.files);
    let walk = Walk { files: files.as_ref(), folder: &folder, chain: &chain, segments: &held };
    let Looked { from, mut reached, learned } = look(&walk, &place.anchors)?;
    let found = judge(&walk, &mut reached, &learned, &place.anchors)?;
    Ok(Recovered { place, chain, lock, found, folder, segments: held, from, reached, learned })
}

/// What was found on a walk from the latest state that holds, or from the beginning where none does: damage to a state
/// costs no more than damage to any other record.
struct Looked {
    from: usize,
    reached: Reached,
    learned: Learned,
}

fn look(walk: &Walk<'_>, anchors: &[Anchor]) -> Result<Looked, Fault> {
    let seen: BTreeMap<(JournalId, u64), Tag> =
        anchors.iter().map(|anchor| ((anchor.journal, anchor.seq), anchor.tag)).collect();
    let mut from = walk.segments.len();
    loop {
        from = from.saturating_sub(1);
        while from > 0 && !head_of(walk.files, walk.folder, &walk.segments[from])?.1 {
            from -= 1;
        }
        let (mut learned, mut journal) = (Learned::default(), None);
        let reached = walk.from(from, |line, segment| {
            if line.kind == Kind::Segment {
                journal = line.own::<SegmentHead>().ok().map(|head| head.journal);
            }
            let other = |tag: &Tag| *tag != line.tag;
            if journal.is_some_and(|id| seen.get(&(id, line.seq)).is_some_and(other)) {
                learned.disowned.get_or_insert(line.seq);
            }
            learned.from(line, segment)
        })?;
        if from == 0 || learned.snapshot.is_some() {
            return Ok(Looked { from, reached, learned });
        }
    }
}

impl Recovered {
    /// In what shape the journal was found.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// Whether the service must start halted: the chain is broken, or one before it was and no operator has
    /// accepted that.
    pub fn must_halt(&self) -> bool {
        self.learned.broken || matches!(self.found, Found::Broken { .. })
    }

    /// The last good record, if there is any.
    pub fn last(&self) -> Option<Anchor> {
        let Reached { journal, seq, tag, records, .. } = self.reached;
        let journal = journal.filter(|_| records > 0)?;
        Some(Anchor { journal, seq, tag })
    }

    /// The epoch of the last start that is known of.
    pub fn epoch(&self) -> Epoch {
        self.learned.epoch
    }

    /// The state from which to replay, if one was kept.
    pub fn snapshot(&self) -> Result<Option<StateRecord>, Fault> {
        let Some(seq) = self.learned.snapshot else { return Ok(None) };
        let mut state = None;
        self.walk().from(self.from, |line, segment| {
            if line.seq == seq {
                let place = segment.name();
                let unreadable = |detail| Fault::Unreadable { seq, place, detail };
                state = Some(line.own().map_err(unreadable)?);
            }
            Ok(())
        })?;
        Ok(state)
    }

    /// Every good record after the snapshot, in order; from the beginning where there is none. Of a broken
    /// chain, every record before the break.
    pub fn replay(&self, mut visit: impl FnMut(Record) -> Result<(), Fault>) -> Result<(), Fault> {
        let after = self.learned.snapshot.unwrap_or(0);
        let last = self.reached.seq;
        let reached = self.walk().from(self.from, |line, segment| {
            if line.seq <= after || line.seq > last {
                return Ok(());
            }
            visit(record(line, segment)?)
        })?;
        if reached.seq < last {
            let (seq, place) = (reached.seq + 1, self.folder.display().to_string());
            return Err(Fault::Broken {
                seq,
                place,
                why: Why::Place("it changed while it was read"),
            });
        }
        Ok(())
    }

    fn walk(&self) -> Walk<'_> {
        Walk {
            files: self.place.files.as_ref(),
            folder: &self.folder,
            chain: &self.chain,
            segments: &self.segments,
        }
    }

    /// Where nothing usable stands: is that a first start, one that was cut short, or has somebody taken the
    /// journal away?
    fn fall_back(&mut self, counted: Epoch) -> Result<(), Fault> {
        let begins_at_one = self.segments.first().is_none_or(|segment| segment.first == 1);
        let is_unused = self.reached.seq <= 1 || self.learned.lacks_its_state;
        if !(is_unused && begins_at_one) || matches!(self.found, Found::Broken { .. }) {
            return Ok(());
        }
        let files = Arc::clone(&self.place.files);
        if let Some((_, folder)) = put_aside(files.as_ref(), &self.place.folder)?.pop() {
            self.discard()?;
            return self.look_aside(folder);
        }
        let anchored = self.place.anchors.iter().map(|anchor| anchor.seq).max();
        let place = self.folder.display().to_string();
        let broken = |why| Found::Broken { seq: 1, place, why };
        match anchored {
            Some(anchored) => self.found = broken(Why::Cut { anchored }),
            None if counted > Epoch(0) => self.found = broken(GONE),
            None => self.discard()?,
        }
        Ok(())
    }

    /// An earlier start came no further than putting a broken journal aside: that one is looked at again.
    fn look_aside(&mut self, folder: PathBuf) -> Result<(), Fault> {
        self.segments = segments(self.place.files.as_ref(), &folder)?;
        self.folder = folder;
        let Looked { from, reached, learned } = look(&self.walk(), &[])?;
        (self.from, self.reached, self.learned) = (from, reached, learned);
        let (seq, place) = (self.reached.seq + 1, self.folder.display().to_string());
        let why = Why::Place("the journal was put aside, and no other one has been begun since");
        self.found = Found::Broken { seq, place, why };
        Ok(())
    }

    /// Removes what holds no more than a beginning, so that it is begun anew; the last segment first, so that what is
    /// left at any moment is a beginning too.
    fn discard(&mut self) -> Result<(), Fault> {
        let folder = live(&self.place.folder);
        let files = self.place.files.as_ref();
        for segment in segments(files, &folder)?.into_iter().rev() {
            let path = segment.path(&folder);
            files.remove(&path).map_err(|error| Fault::disk("removing", &path, &error))?;
        }
        self.segments.clear();
        self.found = Found::Nothing;
        (self.reached.seq, self.reached.records) = (0, 0);
        Ok(())
    }

    /// Cuts a torn tail, and makes safe what is about to be relied on.
    fn mend(&mut self) -> Result<(), Fault> {
        let files = self.place.files.as_ref();
        if matches!(self.found, Found::Broken { .. }) || self.segments.is_empty() {
            return Ok(());
        }
        if let Some(stop) = &self.reached.stop
            && stop.segment != self.reached.segment
        {
            // Not even its head is whole.
            let path = self.segments[stop.segment].path(&self.folder);
            files.remove(&path).map_err(|error| Fault::disk("removing", &path, &error))?;
            self.segments.truncate(stop.segment);
        }
        let path = self.segments[self.reached.segment].path(&self.folder);
        let mut file =
            files.extend(&path).map_err(|error| Fault::disk("opening", &path, &error))?;
        if self.segments[self.reached.segment].bytes > self.reached.bytes {
            let cut = file.cut(self.reached.bytes);
            cut.map_err(|error| Fault::disk("cutting", &path, &error))?;
            self.segments[self.reached.segment].bytes = self.reached.bytes;
        }
        // What a crashed process left may have been read from memory only.
        file.sync().map_err(|error| Fault::disk("syncing", &path, &error))?;
        let folder = files.sync_folder(&self.folder);
        folder.map_err(|error| Fault::disk("syncing", &self.folder, &error))
    }

    /// The highest epoch of anything authentic, however broken the chain around it.
    pub(crate) fn highest_epoch(&self) -> Result<Epoch, Fault> {
        let files = self.place.files.as_ref();
        let mut highest = self.learned.epoch;
        let mut folders = vec![live(&self.place.folder)];
        folders.extend(put_aside(files, &self.place.folder)?.into_iter().map(|(_, path)| path));
        for folder in folders {
            let segments = segments(files, &folder)?;
            let walk = Walk { files, folder: &folder, chain: &self.chain, segments: &segments };
            for index in 0..segments.len() {
                glean(&walk, index, |line, authentic| {
                    if authentic {
                        highest = highest.max(epoch_of(line).unwrap_or_default());
                    }
                })?;
            }
        }
        Ok(highest)
    }
}

fn epoch_of(line: &Line<'_>) -> Option<Epoch> {
    match line.kind {
        Kind::Segment => Some(line.own::<SegmentHead>().ok()?.epoch),
        Kind::Genesis | Kind::Began => Some(line.own::<Start>().ok()?.epoch),
        _ => None,
    }
}

/// A line as a record.
pub(crate) fn record(line: &Line<'_>, segment: &Segment) -> Result<Record, Fault> {
    let entry = line.entry().map_err(|detail| Fault::Unreadable {
        seq: line.seq,
        place: segment.name(),
        detail,
    })?;
    Ok(Record { seq: line.seq, tag: line.tag, entry })
}

impl std::fmt::Debug for Recovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovered").field("found", &self.found).finish_non_exhaustive()
    }
}
