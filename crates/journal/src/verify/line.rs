//! One line, taken apart as any reader of JSON would.

use serde_json::Value;

use super::digest::crc;

/// Why a line is none.
#[derive(Debug)]
pub(super) enum Bad {
    /// It is not whole: a loss of power may have done that, or somebody who cannot compute a checksum.
    Torn,
    /// Everything else.
    Because(String),
}

impl Bad {
    pub(super) fn because(why: &str) -> Self {
        Self::Because(why.to_owned())
    }
}

/// A line whose checksum fits.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) seq: u64,
    pub(super) kind: String,
    pub(super) lag: u64,
    pub(super) body: Value,
    /// What the tag covers.
    pub(super) tagged: &'a [u8],
    pub(super) tag: &'a str,
}

const KINDS: [&str; 9] =
    ["segment", "genesis", "began", "in", "out", "snapshot", "note", "anchor", "seal"];

/// Takes a line apart. The checksum is looked at first, so that everything after it is what was written,
/// by whomever.
pub(super) fn read(line: &[u8]) -> Result<Line<'_>, Bad> {
    let text = std::str::from_utf8(line).map_err(|_| Bad::Torn)?;
    let (covered, crc_text) = text.rsplit_once("\",\"crc\":\"").ok_or(Bad::Torn)?;
    if crc_text != format!("{:08x}\"}}", crc(covered.as_bytes())) {
        return Err(Bad::Torn);
    }
    let (tagged, tag) = covered.rsplit_once(",\"mac\":\"").ok_or(Bad::Torn)?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Bad::Because(format!("it is no JSON although its checksum fits: {error}"))
    })?;
    let Value::Object(mut parts) = value else { return Err(Bad::because("it is no object")) };
    let shape = || Bad::because("it does not have the parts of a record");
    let seq = parts.get("n").and_then(Value::as_str).and_then(|n| n.parse().ok());
    let kind = parts.get("kind").and_then(Value::as_str).ok_or_else(shape)?.to_owned();
    let lag = parts.get("lag").and_then(Value::as_u64).ok_or_else(shape)?;
    let seq: u64 = seq.filter(|seq| lag < *seq).ok_or_else(shape)?;
    let body = parts.remove("body").ok_or_else(shape)?;
    if parts.len() != 5 || !KINDS.contains(&kind.as_str()) || tag.len() != 32 {
        return Err(shape());
    }
    Ok(Line { seq, kind, lag, body, tagged: tagged.as_bytes(), tag })
}

/// What a line that stands behind damage knew to be synced, if it is one; zeros in front of it are a hole.
pub(super) fn anywhere(line: &[u8]) -> Option<u64> {
    let start = line.iter().position(|byte| *byte != 0)?;
    read(&line[start..]).ok().map(|line| line.safe())
}

impl Line<'_> {
    /// The last record that was known to be synced when this one was written.
    pub(super) fn safe(&self) -> u64 {
        (self.seq - 1).saturating_sub(self.lag)
    }

    /// A text in the body; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}
