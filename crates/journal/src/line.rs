//! How a record is written: one line of JSON that a person can read, closed by its tag and checksum.
//!
//! ```text
//! {"n":"7","kind":"in","lag":0,"body":{…},"mac":"32 digits","crc":"8 digits"}
//! ```
//!
//! The tag covers the line up to `,"mac"`; the checksum covers the line up to `","crc"`. `lag` says how
//! many records before this one were not yet synced when it was written: by it, recovery tells what a
//! loss of power may have taken from what it may not. Writing allocates nothing once the buffer has grown.

use crate::chain::{Chain, TAG_DIGITS, Tag};
use crate::record::Kind;

/// What begins the tag, the checksum and the end of a line.
pub(crate) const MAC: &[u8] = b",\"mac\":\"";
pub(crate) const CRC: &[u8] = b"\",\"crc\":\"";
pub(crate) const END: &[u8] = b"\"}";
pub(crate) const CRC_DIGITS: usize = 8;
/// How long everything after the content of a line is, without the line end.
pub(crate) const TRAILER: usize = MAC.len() + TAG_DIGITS + CRC.len() + CRC_DIGITS + END.len();

/// Writes the records of a journal, one after the other.
pub(crate) struct Pen {
    chain: Chain,
    /// The number and the tag of the last record.
    seq: u64,
    tag: Tag,
    /// The last record that is known to be safe.
    safe: u64,
}

impl Pen {
    /// Goes on after the record of that number and tag, which is safe.
    pub(crate) fn after(chain: Chain, seq: u64, tag: Tag) -> Self {
        Self { chain, seq, tag, safe: seq }
    }

    /// Number and tag of the last record.
    pub(crate) fn last(&self) -> (u64, Tag) {
        (self.seq, self.tag)
    }

    /// The name of the key.
    pub(crate) fn key_name(&self) -> String {
        self.chain.name()
    }

    /// How many records are not known to be safe.
    pub(crate) fn unsafe_records(&self) -> u64 {
        self.seq - self.safe
    }

    /// Everything written so far is safe.
    pub(crate) fn all_safe(&mut self) {
        self.safe = self.seq;
    }

    /// Appends a record to `out`; `body` writes its JSON.
    pub(crate) fn write(&mut self, kind: Kind, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        out.extend_from_slice(b"{\"n\":\"");
        push_number(out, self.seq + 1);
        out.extend_from_slice(b"\",\"kind\":\"");
        out.extend_from_slice(kind.name().as_bytes());
        out.extend_from_slice(b"\",\"lag\":");
        push_number(out, self.unsafe_records());
        out.extend_from_slice(b",\"body\":");
        body(out);
        self.tag = self.chain.tag(self.tag, &out[start..]);
        self.seq += 1;
        out.extend_from_slice(MAC);
        out.extend_from_slice(&self.tag.digits());
        let crc = crc32fast::hash(&out[start..]);
        out.extend_from_slice(CRC);
        out.extend_from_slice(&crc_digits(crc));
        out.extend_from_slice(END);
        out.push(b'\n');
    }
}

/// The digits of a checksum.
pub(crate) fn crc_digits(crc: u32) -> [u8; CRC_DIGITS] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; CRC_DIGITS];
    for (index, digit) in digits.iter_mut().enumerate() {
        *digit = DIGITS[(crc >> (28 - 4 * index) & 15) as usize];
    }
    digits
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let (mut start, mut rest) = (digits.len(), number);
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::JournalKey;

    #[test]
    fn line_is_as_documented() {
        let chain = Chain::new(&JournalKey::new([7; 32]));
        let mut pen = Pen::after(chain.clone(), 41, Tag::NONE);
        let mut out = Vec::new();
        pen.write(Kind::Note, &mut out, |body| body.extend_from_slice(b"{}"));
        pen.write(Kind::Note, &mut out, |body| body.extend_from_slice(b"{}"));
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let content = r#"{"n":"42","kind":"note","lag":0,"body":{}"#;
        let tagged = format!(r#"{content},"mac":"{}"#, chain.tag(Tag::NONE, content.as_bytes()));
        let crc = crc32fast::hash(tagged.as_bytes());
        assert_eq!(lines[0], format!(r#"{tagged}","crc":"{crc:08x}"}}"#));
        assert!(lines[1].starts_with(r#"{"n":"43","kind":"note","lag":1,"#), "{}", lines[1]);
        assert_eq!(pen.last().0, 43);
    }

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 1, 9, 10, 12_345, u64::MAX] {
            let mut out = Vec::new();
            push_number(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }
}
