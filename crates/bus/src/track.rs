//! How far each topic of each source is, by the numbers of its messages and by heads.

use std::collections::BTreeMap;

use contracts::{Gap, Seq, Source, Topic};

use crate::place::Position;

/// How far each topic of each source has come.
pub(crate) struct Tracker {
    most: usize,
    last: BTreeMap<(Source, Topic), Place>,
}

#[derive(Clone, Copy)]
struct Place {
    at: Position,
    /// The head before said that its source is not so far.
    is_doubted: bool,
    /// A head has said that there is such a topic.
    is_sure: bool,
    /// Messages are left aside, as if of a start before; that was said.
    is_deaf: bool,
}

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// The first, or the next.
    InOrder,
    /// Something is missing before it.
    After(Gap),
    /// It was there before.
    Again,
    /// Its source has begun anew since, in that epoch. For the first one in a row, what is missing if that is
    /// not so.
    OldEpoch(u32, Option<Gap>),
    /// Its source is not as far as was said, and has not been: from here on it is followed anew.
    Untrue(Gap),
    /// It cannot be followed.
    TooMany,
}

impl Tracker {
    /// Nothing is known yet.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, last: BTreeMap::new() }
    }

    /// How many topics are followed at most.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// A message came.
    pub(crate) fn said(&mut self, of: (Source, Topic), at: Position) -> Noted {
        let Some(place) = self.last.get_mut(&of) else { return self.begin(of, at, false) };
        let last = place.at;
        if at.epoch < last.epoch {
            let first = !std::mem::replace(&mut place.is_deaf, true);
            return Noted::OldEpoch(last.epoch.0, first.then(|| gap(of, at.seq, at)));
        }
        if at <= last {
            return Noted::Again;
        }
        (place.at, place.is_deaf) = (at, false);
        let expected = expected_behind(last, at);
        if at.seq == expected { Noted::InOrder } else { Noted::After(gap(of, expected, at)) }
    }

    /// A genuine head came: everything up to and with it has been said, and nothing beyond it. One may be
    /// overtaken by messages on another line; two of them, a second apart, are not.
    pub(crate) fn head(&mut self, of: (Source, Topic), at: Position) -> Noted {
        let Some(place) = self.last.get_mut(&of) else { return self.begin(of, at, true) };
        let last = place.at;
        place.is_sure = true;
        if at < last && !std::mem::replace(&mut place.is_doubted, true) || at == last {
            place.is_doubted &= at < last;
            return Noted::Again;
        }
        *place = Place { at, is_doubted: false, is_sure: true, is_deaf: false };
        if at < last {
            return Noted::Untrue(gap(of, at.seq, at));
        }
        Noted::After(gap(of, expected_behind(last, at), at))
    }

    /// Whoever joins late has lost nothing. Where there is no room, a topic of which a head was heard takes the
    /// place of one that somebody may have made up.
    fn begin(&mut self, of: (Source, Topic), at: Position, is_sure: bool) -> Noted {
        if self.last.len() >= self.most {
            // Looked for only then: whoever makes topics up is not to cost us a search each time.
            let unsure = || self.last.iter().find(|(_, place)| !place.is_sure).map(|(of, _)| *of);
            let Some(unsure) = is_sure.then(unsure).flatten() else { return Noted::TooMany };
            self.last.remove(&unsure);
        }
        self.last.insert(of, Place { at, is_doubted: false, is_sure, is_deaf: false });
        Noted::InOrder
    }
}

/// The number that comes next; in another epoch it begins with one.
fn expected_behind(last: Position, at: Position) -> Seq {
    if at.epoch == last.epoch { last.seq.next() } else { Seq::new(1) }
}

fn gap((source, of): (Source, Topic), expected: Seq, got: Position) -> Gap {
    Gap { of, source, epoch: got.epoch, expected, got: got.seq }
}

#[cfg(test)]
mod tests {
    use contracts::testing::symbol;

    use super::*;

    const AT: fn(u32, u64) -> Position = Position::new;

    fn tracker(most: usize) -> (Tracker, (Source, Topic)) {
        let of = (Source::MdIngest, Topic::Trades(symbol("BTC/USD")));
        (Tracker::new(most), of)
    }

    #[test]
    fn tracker_late_joiner_has_no_gap_and_every_loss_has_one() {
        let (mut tracker, of) = tracker(8);
        let missing = |expected, got: Position| Noted::After(gap(of, Seq::new(expected), got));
        for (at, expected) in [
            (AT(1, 40), Noted::InOrder),
            (AT(1, 41), Noted::InOrder),
            (AT(1, 41), Noted::Again),
            (AT(1, 44), missing(42, AT(1, 44))),
            (AT(1, 43), Noted::Again),
            (AT(2, 1), Noted::InOrder),
            (AT(1, 45), Noted::OldEpoch(2, Some(gap(of, Seq::new(45), AT(1, 45))))),
            (AT(1, 46), Noted::OldEpoch(2, None)),
            (AT(3, 4), missing(1, AT(3, 4))),
        ] {
            assert_eq!(tracker.said(of, at), expected, "{at}");
        }
    }

    #[test]
    fn tracker_head_shows_a_loss_in_silence_and_nothing_else() {
        let (mut tracker, of) = tracker(8);
        let missing = |expected, got: Position| Noted::After(gap(of, Seq::new(expected), got));
        assert_eq!(tracker.head(of, AT(1, 7)), Noted::InOrder);
        assert_eq!(tracker.said(of, AT(1, 8)), Noted::InOrder);
        assert_eq!(tracker.head(of, AT(1, 8)), Noted::Again);
        assert_eq!(tracker.head(of, AT(1, 9)), missing(9, AT(1, 9)));
        assert_eq!(tracker.said(of, AT(1, 9)), Noted::Again, "it was told as lost");
        assert_eq!(tracker.head(of, AT(2, 2)), missing(1, AT(2, 2)));
    }

    #[test]
    fn tracker_follows_so_many_topics_and_no_more() {
        let (mut tracker, of) = tracker(1);
        let other = (Source::MdIngest, Topic::Trades(symbol("ETH/USD")));
        assert_eq!(tracker.said(of, AT(1, 1)), Noted::InOrder);
        assert_eq!(tracker.said(other, AT(1, 1)), Noted::TooMany);
        assert_eq!(tracker.said(of, AT(1, 2)), Noted::InOrder);
        // What somebody made up gives way to what its source says of itself.
        assert_eq!(tracker.head(other, AT(1, 1)), Noted::InOrder);
        assert_eq!(tracker.said(of, AT(1, 3)), Noted::TooMany);
        assert_eq!(tracker.head(of, AT(1, 3)), Noted::TooMany);
    }

    #[test]
    fn tracker_two_heads_in_a_row_outweigh_what_was_said_and_one_does_not() {
        let (mut tracker, of) = tracker(8);
        assert_eq!(tracker.said(of, AT(4, 10)), Noted::InOrder);
        // On another line the next messages were faster than the head.
        assert_eq!(tracker.head(of, AT(4, 9)), Noted::Again);
        assert_eq!(tracker.head(of, AT(4, 10)), Noted::Again);
        assert_eq!(tracker.head(of, AT(4, 9)), Noted::Again, "the one before agreed");
        assert_eq!(tracker.head(of, AT(4, 12)), Noted::After(gap(of, Seq::new(11), AT(4, 12))));
        for forged in [AT(u32::MAX, 1), AT(4, u64::MAX)] {
            assert_ne!(tracker.said(of, forged), Noted::Again);
            assert_ne!(tracker.said(of, AT(4, 13)), Noted::InOrder, "it is deaf for a while");
            assert_eq!(tracker.head(of, AT(4, 13)), Noted::Again);
            assert_eq!(
                tracker.head(of, AT(4, 13)),
                Noted::Untrue(gap(of, Seq::new(13), AT(4, 13)))
            );
            assert_eq!(tracker.said(of, AT(4, 14)), Noted::InOrder);
            assert_eq!(tracker.head(of, AT(4, 14)), Noted::Again);
            assert_eq!(tracker.said(of, AT(4, 13)), Noted::Again);
            let _ = tracker.head(of, AT(4, 12));
            assert_eq!(
                tracker.head(of, AT(4, 13)),
                Noted::Untrue(gap(of, Seq::new(13), AT(4, 13)))
            );
        }
    }
}
