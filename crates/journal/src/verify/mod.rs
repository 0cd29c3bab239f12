//! The offline verifier: is this journal what was written, and how far can that be proved?
//!
//! This room knows the published format (`docs/journal.md`) and nothing else of this crate: it has its own
//! parser, its own checksum and its own HMAC, so that a mistake of the writer is not repeated here. A test
//! holds it to that. It writes nothing, and needs neither the writer's process nor, for a weaker answer,
//! its key.

mod digest;
mod disk;
mod line;
mod report;

use std::collections::BTreeMap;
use std::path::Path;

use digest::Key;
use line::{Bad, Line};
pub use report::{Cannot, Report, Verdict, Window};

/// What the verifier is given besides the files.
#[derive(Clone, Default)]
pub struct Ask {
    key: Option<Key>,
    anchors: Vec<Seen>,
    /// Whether it is to be a whole journal, from its first record on.
    whole: bool,
}

/// A record that somebody outside has seen.
#[derive(Clone, Debug)]
struct Seen {
    journal: String,
    seq: u64,
    tag: String,
}

impl Ask {
    /// Without a key only numbers, checksums and anchors are checked: whoever can compute a checksum can then
    /// change what no anchor covers.
    pub fn without_key() -> Self {
        Self::default()
    }

    /// With the key of the journal.
    pub fn with_key(key: [u8; 32]) -> Self {
        Self { key: Some(Key::new(key)), ..Self::default() }
    }

    /// One more record that somebody outside has seen: `run-epoch:seq:tag`.
    pub fn anchor(mut self, text: &str) -> Result<Self, Cannot> {
        let parts: Vec<&str> = text.trim().split(':').collect();
        let [journal, seq, tag] = parts[..] else { return Err(Cannot::Anchor(text.to_owned())) };
        let seq = seq.parse().map_err(|_| Cannot::Anchor(text.to_owned()))?;
        let hex = tag.len() == 32 && tag.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !hex {
            return Err(Cannot::Anchor(text.to_owned()));
        }
        self.anchors.push(Seen { journal: journal.to_owned(), seq, tag: tag.to_owned() });
        Ok(self)
    }

    /// An anchor of another journal proves nothing of this one. Left out in silence it would let a journal that took
    /// the place of another pass for it.
    fn all_of(&self, journal: &str) -> Result<(), Cannot> {
        match self.anchors.iter().find(|anchor| anchor.journal != journal) {
            None => Ok(()),
            Some(Seen { journal: theirs, seq, .. }) => {
                Err(Cannot::Another { seq: *seq, theirs: theirs.clone(), ours: journal.to_owned() })
            }
        }
    }

    /// Verifies what is in a folder: a journal, or a part of one with segments alone, such as an archive.
    pub fn folder(&self, folder: &Path) -> Result<Report, Cannot> {
        self.files(&disk::segments(folder)?)
    }

    /// Verifies a whole journal: the segments that were moved to its archive, then those in its folder. Where the
    /// beginning is in neither it is broken, unless an anchor has seen the record before those that are here.
    pub fn journal(&self, folder: &Path, archive: &Path) -> Result<Report, Cannot> {
        let here = disk::segments(folder)?;
        let mut files = match disk::segments(archive) {
            Ok(older) => older,
            Err(Cannot::Empty(_)) => Vec::new(),
            Err(_) if !archive.exists() => Vec::new(),
            Err(cannot) => return Err(cannot),
        };
        // Those of a journal that was put aside may lie there too.
        files.retain(|older| here.first().is_some_and(|first| older.first < first.first));
        files.extend(here);
        Self { whole: true, ..self.clone() }.files(&files)
    }

    fn files(&self, files: &[disk::File]) -> Result<Report, Cannot> {
        let last = files.len().saturating_sub(1);
        let mut check = Check::new(self);
        for (index, file) in files.iter().enumerate() {
            if !check.segment(file.first, &file.read()?, index == last)? {
                break;
            }
        }
        Ok(check.report())
    }

    /// Verifies segments that are already read, each with the number that names it, in order.
    pub fn segments(&self, segments: &[(u64, Vec<u8>)]) -> Result<Report, Cannot> {
        let mut check = Check::new(self);
        for (index, (first, bytes)) in segments.iter().enumerate() {
            if !check.segment(*first, bytes, index + 1 == segments.len())? {
                break;
            }
        }
        Ok(check.report())
    }
}

/// A verification on its way.
struct Check<'a> {
    ask: &'a Ask,
    report: Report,
    /// What anchors say of records of this journal, once it is known which journal it is.
    seen: BTreeMap<u64, String>,
    /// The last good record.
    seq: u64,
    tag: String,
    /// The kind of the last good record.
    kind: String,
    /// The highest record that was known to be synced.
    safe: u64,
    epoch: u64,
    /// Records of the segment so far.
    held: u64,
    /// Whether somebody has seen the record before the first that is here.
    follows: bool,
}

const NOTHING_BEFORE: &str = "00000000000000000000000000000000";

impl<'a> Check<'a> {
    fn new(ask: &'a Ask) -> Self {
        Self {
            ask,
            report: Report { keyed: ask.key.is_some(), ..Report::default() },
            seen: BTreeMap::new(),
            seq: 0,
            tag: NOTHING_BEFORE.to_owned(),
            kind: String::new(),
            safe: 0,
            epoch: 0,
            held: 0,
            follows: false,
        }
    }

    /// Checks one segment; `false` where there is no use in going on.
    fn segment(&mut self, first: u64, bytes: &[u8], is_last: bool) -> Result<bool, Cannot> {
        let is_first = self.report.segments == 0;
        self.report.segments += 1;
        if is_first {
            self.report.first = first;
            self.seq = first.saturating_sub(1);
        }
        if first != self.seq + 1 {
            return Ok(self.broken("the segment that holds it is missing"));
        }
        if !is_first && self.kind != "seal" {
            return Ok(self.broken("the segment before it was not closed"));
        }
        self.held = 0;
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let line = end.ok_or(Bad::Torn).and_then(|end| line::read(&rest[..end]));
            let checked = match line {
                Ok(line) => self.record(&line, is_first),
                Err(bad) => Ok(Err(bad)),
            };
            let checked = match checked {
                // A head that names another key, over records under ours: the head was changed.
                Err(Cannot::Key { .. }) if self.is_under_our_key(bytes) => {
                    Err(Bad::because("it names another key than that of the records behind it"))
                }
                checked => checked?,
            };
            match checked {
                Ok(()) => rest = &rest[end.map_or(rest.len(), |end| end + 1)..],
                Err(bad) => {
                    self.stop(&bad, rest, is_last);
                    return Ok(false);
                }
            }
        }
        if self.held == 0 {
            self.stop(&Bad::Torn, rest, is_last);
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether any record of a segment is authentic beside the one before it.
    fn is_under_our_key(&self, bytes: &[u8]) -> bool {
        let lines: Vec<_> =
            bytes.split(|byte| *byte == b'\n').map(|line| line::read(line).ok()).collect();
        let fits = |pair: &[Option<Line<'_>>]| match (pair, &self.ask.key) {
            ([Some(before), Some(line)], Some(key)) => key.tag(before.tag, line.tagged) == line.tag,
            _ => false,
        };
        lines.windows(2).any(fits)
    }

    /// Checks one record against everything before it.
    fn record(&mut self, line: &Line<'_>, is_first: bool) -> Result<Result<(), Bad>, Cannot> {
        if line.seq != self.seq + 1 {
            return Ok(Err(Bad::Because(format!("it is numbered {}", line.seq))));
        }
        if (line.kind == "segment") != (self.held == 0) {
            return Ok(Err(Bad::because("a segment has one head, and it comes first")));
        }
        if self.held > 0 && self.kind == "seal" {
            return Ok(Err(Bad::because("it stands after the end of its segment")));
        }
        let mut before = self.tag.clone();
        if line.kind == "segment" {
            if let Err(bad) = self.head(line)? {
                return Ok(Err(bad));
            }
            let claimed = line.text("before");
            if is_first && line.seq > 1 {
                claimed.clone_into(&mut before);
                self.seen_before(&before);
            } else if claimed != before {
                return Ok(Err(Bad::because("its head names another record before it")));
            }
        }
        if let Some(key) = &self.ask.key
            && key.tag(&before, line.tagged) != line.tag
        {
            return Ok(Err(Bad::because(
                "its tag does not fit: changed, moved, or without the key",
            )));
        }
        if is_first && line.kind == "segment" {
            self.ask.all_of(&self.report.journal)?;
        }
        if let Some(tag) = self.seen.get(&line.seq)
            && *tag != line.tag
        {
            return Ok(Err(Bad::because("an anchor has seen another record in its place")));
        }
        Ok(self.meaning(line).map(|()| self.count(line)))
    }

    /// The head of a segment: which journal, which key, which format.
    fn head(&mut self, line: &Line<'_>) -> Result<Result<(), Bad>, Cannot> {
        let (journal, key) = (line.text("journal"), line.text("key"));
        match line.body["format"].as_u64() {
            Some(1) => {}
            Some(newer) if newer > 1 => return Err(Cannot::Format(newer)),
            _ => return Ok(Err(Bad::because("its segment has no format"))),
        }
        if let Some(ours) = self.ask.key.as_ref().map(Key::name)
            && ours != key
            && self.report.journal.is_empty()
        {
            return Err(Cannot::Key { ours, theirs: key.to_owned() });
        }
        if self.report.journal.is_empty() {
            journal.clone_into(&mut self.report.journal);
            let ours = self.ask.anchors.iter().filter(|anchor| anchor.journal == journal);
            self.seen = ours.map(|anchor| (anchor.seq, anchor.tag.clone())).collect();
        }
        if self.report.journal != journal {
            return Ok(Err(Bad::because("its segment belongs to another journal")));
        }
        Ok(Ok(()))
    }

    /// What must hold beyond the chain.
    fn meaning(&mut self, line: &Line<'_>) -> Result<(), Bad> {
        if line.safe() < self.safe {
            return Err(Bad::because("it knew less to be synced than the record before it"));
        }
        match line.kind.as_str() {
            "seal" if line.text("records").parse() != Ok(self.held) => {
                Err(Bad::because("its segment held another number of records when it was closed"))
            }
            "genesis" | "began" => {
                let epoch = line.body["epoch"].as_u64().unwrap_or(0);
                if epoch <= self.epoch || (line.kind == "genesis") != (line.seq == 2) {
                    return Err(Bad::because("it is a start out of order"));
                }
                self.epoch = epoch;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, line: &Line<'_>) {
        (self.seq, self.safe) = (line.seq, line.safe());
        line.tag.clone_into(&mut self.tag);
        self.kind.clone_from(&line.kind);
        self.held += 1;
        self.report.records += 1;
        match line.kind.as_str() {
            "in" => self.report.inputs += 1,
            "out" => self.report.outputs += 1,
            "genesis" => {
                self.report.starts += 1;
                let before = line.body["predecessor"].as_str();
                self.report.predecessor = before.map(str::to_owned);
            }
            "began" => self.report.starts += 1,
            "anchor" => self.report.keeps.extend(line.body.as_str().map(str::to_owned)),
            _ => {}
        }
        if self.seen.contains_key(&line.seq) {
            self.report.anchored = Some(line.seq);
        }
    }

    /// A part of a journal is anchored by the record before it, if anybody has seen that one.
    fn seen_before(&mut self, tag: &str) {
        let before = self.report.first - 1;
        if self.seen.get(&before).is_some_and(|seen| seen == tag) {
            self.report.anchored = Some(before);
            self.follows = true;
        }
    }

    /// The walk ends here: at a torn tail, or at a break.
    fn stop(&mut self, bad: &Bad, rest: &[u8], is_last: bool) {
        let seq = self.seq + 1;
        let later = rest.split(|byte| *byte == b'\n').skip(1);
        let was_safe = later.filter_map(line::anywhere).any(|safe| safe >= seq);
        match bad {
            Bad::Torn if is_last && !was_safe => {
                self.report.verdict = Verdict::Torn { seq, bytes: rest.len() as u64 };
            }
            Bad::Torn => drop(self.broken("it is damaged")),
            Bad::Because(why) => drop(self.broken(why)),
        }
    }

    /// Of a whole journal the first record that is missing is the first bad one, whatever else is wrong.
    fn without_beginning(&mut self) {
        let first = self.report.first;
        let missing = format!("it is missing, and so is all before record {first}");
        let why = match &self.report.verdict {
            Verdict::Broken { seq, why } => format!("{missing}; at record {seq}: {why}"),
            Verdict::Intact | Verdict::Torn { .. } => missing,
        };
        self.report.verdict = Verdict::Broken { seq: 1, why };
    }

    fn broken(&mut self, why: &str) -> bool {
        self.report.verdict = Verdict::Broken { seq: self.seq + 1, why: why.to_owned() };
        false
    }

    fn report(mut self) -> Report {
        let beyond = self.seen.keys().next_back().copied().filter(|seen| *seen > self.seq);
        if let Some(seen) = beyond
            && !matches!(self.report.verdict, Verdict::Broken { .. })
        {
            self.broken(&format!("it is missing: an anchor has seen the journal up to {seen}"));
        }
        if self.ask.whole && self.report.first > 1 && !self.follows {
            self.without_beginning();
        }
        let anchored = self.report.anchored.unwrap_or(self.report.first.saturating_sub(1));
        if self.report.records > 0 && self.seq > anchored {
            self.report.unanchored = Some(Window { from: anchored + 1, to: self.seq });
        }
        self.report.last = (self.report.records > 0)
            .then(|| format!("{}:{}:{}", self.report.journal, self.seq, self.tag));
        self.report
    }
}
