//! How a line is read back, for recovery and for whoever reads a journal with its key.
//!
//! Lines come from a disk that may have lied, so nothing here trusts a length or a number. The offline
//! verifier has a parser of its own and uses none of this.

use std::io::{self, BufRead, BufReader, Read};

use serde::de::DeserializeOwned;

use crate::chain::{TAG_DIGITS, Tag};
use crate::fault::Why;
use crate::line::{CRC, END, MAC, TRAILER, crc_digits};
use crate::record::{Entry, Kind};

/// The longest line that is read: a snapshot of everything.
pub(crate) const LINE_BYTES_MAX: u64 = 1 << 28;
const BUFFER_BYTES: usize = 1 << 18;

/// A line whose checksum fits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) seq: u64,
    pub(crate) kind: Kind,
    pub(crate) lag: u64,
    pub(crate) body: &'a [u8],
    /// What the tag covers.
    pub(crate) content: &'a [u8],
    pub(crate) tag: Tag,
}

/// Takes a line apart, its line end left out.
pub(crate) fn parse(line: &[u8]) -> Result<Line<'_>, Why> {
    let at = line.len().checked_sub(TRAILER).ok_or(Why::Shape)?;
    let (content, trailer) = line.split_at(at);
    let trailer = trailer.strip_prefix(MAC).and_then(|rest| rest.strip_suffix(END));
    let (tag, crc) = trailer.ok_or(Why::Shape)?.split_at(TAG_DIGITS);
    let crc = crc.strip_prefix(CRC).ok_or(Why::Shape)?;
    let covered = &line[..at + MAC.len() + TAG_DIGITS];
    if crc != crc_digits(crc32fast::hash(covered)) {
        return Err(Why::Checksum);
    }
    let tag = Tag::from_digits(tag).ok_or(Why::Shape)?;
    parse_content(content, tag).ok_or(Why::Shape)
}

fn parse_content(content: &[u8], tag: Tag) -> Option<Line<'_>> {
    let (seq, rest) = number(content.strip_prefix(b"{\"n\":\"")?)?;
    let rest = rest.strip_prefix(b"\",\"kind\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let kind = Kind::named(&rest[..end])?;
    let (lag, rest) = number(rest[end..].strip_prefix(b"\",\"lag\":")?)?;
    let body = rest.strip_prefix(b",\"body\":")?;
    (lag < seq).then_some(Line { seq, kind, lag, body, content, tag })
}

/// The number at the front, as we write it: no sign, no leading zero.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let canonical = digits.len() == 1 || digits.first() != Some(&b'0');
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    canonical.then_some((number, rest))
}

impl Line<'_> {
    /// The last record that was known to be safe when this one was written.
    pub(crate) fn safe(&self) -> u64 {
        (self.seq - 1).saturating_sub(self.lag)
    }

    /// The body as one of our own types; a fault is told in words.
    pub(crate) fn own<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(self.body).map_err(|error| error.to_string())
    }

    /// What the record holds; a fault is told in words.
    pub(crate) fn entry(&self) -> Result<Entry, String> {
        let envelope = || contracts::codec::read(self.body).map_err(|error| error.to_string());
        Ok(match self.kind {
            Kind::Segment => Entry::Segment(self.own()?),
            Kind::Genesis => Entry::Genesis(self.own()?),
            Kind::Began => Entry::Began(self.own()?),
            Kind::Input => Entry::Input(envelope()?),
            Kind::Output => Entry::Output(envelope()?),
            Kind::Snapshot => Entry::Snapshot(self.own()?),
            Kind::Note => Entry::Note(self.own()?),
            Kind::Anchor => Entry::Anchor(self.own()?),
            Kind::Seal => Entry::Seal(self.own()?),
        })
    }
}

/// The lines of a file, one at a time; memory is bounded by the longest line.
pub(crate) struct Lines {
    from: BufReader<Box<dyn Read + Send>>,
    line: Vec<u8>,
    /// How many bytes were taken, the current line included.
    pub(crate) taken: u64,
}

impl Lines {
    pub(crate) fn of(file: Box<dyn Read + Send>) -> Self {
        let from = BufReader::with_capacity(BUFFER_BYTES, file);
        Self { from, line: Vec::new(), taken: 0 }
    }

    /// The next line without its end, and whether it had one.
    pub(crate) fn next(&mut self) -> io::Result<Option<(&[u8], bool)>> {
        self.line.clear();
        let read = (&mut self.from).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line)?;
        self.taken += read as u64;
        if read == 0 {
            return Ok(None);
        }
        let line = self.line.as_slice();
        Ok(Some(line.strip_suffix(b"\n").map_or((line, false), |line| (line, true))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{Chain, JournalKey};
    use crate::line::Pen;

    fn line() -> Vec<u8> {
        let mut pen = Pen::after(Chain::new(&JournalKey::new([7; 32])), 9, Tag::NONE);
        let mut out = Vec::new();
        pen.write(Kind::Note, &mut out, |body| body.extend_from_slice(b"{\"x\":1}"));
        out.pop();
        out
    }

    #[test]
    fn line_written_is_read_back() {
        let written = line();
        let read = parse(&written).unwrap();
        assert_eq!((read.seq, read.kind, read.lag, read.safe()), (10, Kind::Note, 0, 9));
        assert_eq!(read.body, b"{\"x\":1}");
    }

    #[test]
    fn line_changed_anywhere_is_refused() {
        let written = line();
        for index in 0..written.len() {
            for bit in 0..8 {
                let mut changed = written.clone();
                changed[index] ^= 1 << bit;
                assert!(parse(&changed).is_err(), "bit {bit} of byte {index}");
            }
            assert!(parse(&written[..index]).is_err());
        }
    }

    #[test]
    fn numbers_hostile_text_refused() {
        for text in ["", "x", "00", "01", "-1", "99999999999999999999999"] {
            assert!(number(text.as_bytes()).is_none(), "{text:?}");
        }
        assert_eq!(number(b"0,"), Some((0, &b","[..])));
    }
}
