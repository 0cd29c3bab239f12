//! The judgement at a start: whole, torn by a loss of power, or broken. When in doubt it is broken, because that
//! halts, and a torn tail is cut.

use crate::fault::{Fault, Why};
use crate::record::Anchor;
use crate::recover::{Found, Learned};
use crate::segment::Segment;
use crate::walk::{Reached, Stop, Walk, glean};

/// In what shape a journal is, after a walk from where its state is rebuilt.
pub(crate) fn judge(
    walk: &Walk<'_>,
    reached: &mut Reached,
    learned: &Learned,
    anchors: &[Anchor],
) -> Result<Found, Fault> {
    let name = |index: usize| walk.segments.get(index).map_or_else(String::new, Segment::name);
    let broken = |seq, index, why| Ok(Found::Broken { seq, place: name(index), why });
    if walk.segments.is_empty() {
        return Ok(Found::Nothing);
    }
    if let Some(seq) = learned.disowned {
        return broken(seq, reached.segment, Why::Anchored);
    }
    let mut found = Found::Whole;
    if let Some(stop) = reached.stop.clone() {
        if !is_torn(walk, &stop)? {
            return broken(stop.seq, stop.segment, stop.why);
        }
        let good = if reached.segment == stop.segment { reached.bytes } else { 0 };
        let bytes = walk.segments[stop.segment].bytes.saturating_sub(good);
        found = Found::Torn { bytes };
    }
    let ours = anchors.iter().filter(|anchor| Some(anchor.journal) == reached.journal);
    if let Some(anchored) = ours.map(|anchor| anchor.seq).max().filter(|seq| *seq > reached.seq) {
        return broken(reached.seq + 1, reached.segment, Why::Cut { anchored });
    }
    let is_from_start = walk.segments.first().is_some_and(|segment| segment.first == 1);
    if !is_from_start && learned.snapshot.is_none() {
        let first = walk.segments[0].first;
        return broken(first - 1, 0, Why::Place("it is missing, and no snapshot stands for it"));
    }
    Ok(found)
}

/// A count without a journal.
pub(crate) const GONE: Why =
    Why::Place("the journal is gone, although starts were counted beside it");

/// Whether a walk ended where a loss of power would end it: in the last segment, at bytes that never were
/// a whole record, with nothing behind them that was written after they had been synced.
pub(crate) fn is_torn(walk: &Walk<'_>, stop: &Stop) -> Result<bool, Fault> {
    let is_last = stop.segment + 1 == walk.segments.len();
    if !is_last || !matches!(stop.why, Why::Shape | Why::Checksum) {
        return Ok(false);
    }
    if walk.segments[stop.segment].compressed {
        return Ok(false);
    }
    let mut was_safe = false;
    glean(walk, stop.segment, |line, _authentic| was_safe |= line.safe() >= stop.seq)?;
    Ok(!was_safe)
}
