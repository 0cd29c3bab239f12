//! Signs of life: heads that their source has signed, now and not before.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Envelope, Seq, Source, Span, Ts};

use crate::trust::Verifier;

/// How old a head may be, by the clocks of both.
const AGE_MAX: Span = Span::from_secs(10);

/// Who lives.
pub(crate) struct Life {
    verifier: Verifier,
    heard: BTreeMap<Source, Heard>,
    /// Those of whom nothing but old heads come, which was said.
    late: BTreeSet<Source>,
}

#[derive(Clone, Copy)]
struct Heard {
    /// When, by our clock; nothing where the way it came has broken since.
    at: Option<Ts>,
    /// The last head, by the clock and the count of whoever said it.
    last: (Ts, Seq),
}

/// What a head shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Its source lives.
    OfLife,
    /// There is no key for its source.
    OfNobodyKnown,
    /// It was heard, or a later one was.
    SaidBefore,
    /// Its source has not said it.
    Forged,
    /// Its source said it long ago, or clocks differ; told once of many in a row.
    Old,
}

impl Life {
    pub(crate) fn new(verifier: Verifier) -> Self {
        Self { verifier, heard: BTreeMap::new(), late: BTreeSet::new() }
    }

    /// Whether heads of that source can be checked.
    pub(crate) fn knows(&self, source: Source) -> bool {
        self.verifier.knows(source)
    }

    /// When a sign of that source was heard.
    pub(crate) fn heard_from(&self, source: Source) -> Option<Ts> {
        self.heard.get(&source).and_then(|heard| heard.at)
    }

    /// Whatever was heard before says nothing of now. What was said before still counts once.
    pub(crate) fn forgets(&mut self) {
        self.heard.values_mut().for_each(|heard| heard.at = None);
    }

    /// A head came.
    pub(crate) fn sign(&mut self, said: &Envelope, now: Ts) -> Sign {
        if !self.verifier.knows(said.src) {
            return Sign::OfNobodyKnown;
        }
        if !self.verifier.check_head(said) {
            return Sign::Forged;
        }
        if now.since(said.ts).max(said.ts.since(now)) > AGE_MAX {
            let is_first = self.late.insert(said.src);
            return if is_first { Sign::Old } else { Sign::SaidBefore };
        }
        let last = (said.ts, said.seq);
        // A last one that is far ahead of our clock was said before clocks were set.
        let is_known = |heard: &Heard| last <= heard.last && heard.last.0.since(now) <= AGE_MAX;
        if self.heard.get(&said.src).is_some_and(is_known) {
            return Sign::SaidBefore;
        }
        self.late.remove(&said.src);
        self.heard.insert(said.src, Heard { at: Some(now), last });
        Sign::OfLife
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{Epoch, Event, Head, Seal, Topic};

    use super::*;
    use crate::trust::{Signer, SourceKey};

    fn keys() -> Signer {
        Signer::new([(Source::RiskEngine, SourceKey::new([7; 32]))])
    }

    fn head(source: Source, at: i64, number: u64) -> Envelope {
        let (epoch, seq) = (Epoch(3), Seq::new(12));
        let head = Event::Head(Head { of: Topic::Alerts, source, epoch, seq, seal: Seal::NONE });
        let said = Envelope::input(source, secs(at), head);
        keys().sign_head(Envelope { epoch, seq: Seq::new(number), ..said })
    }

    fn changed(said: Envelope, change: impl FnOnce(&mut Head)) -> Envelope {
        let Event::Head(mut head) = said.event else { return said };
        change(&mut head);
        Envelope { event: Event::Head(head), ..said }
    }

    #[test]
    fn head_counts_once_while_it_is_young_and_from_its_own_source() {
        let mut life = Life::new(keys().verifier());
        let good = head(Source::RiskEngine, 100, 1);
        for (said, now, sign) in [
            (head(Source::MdIngest, 100, 1), 100, Sign::OfNobodyKnown),
            (good, 111, Sign::Old),
            (good, 89, Sign::SaidBefore),
            (good, 110, Sign::OfLife),
            (good, 110, Sign::SaidBefore),
            (head(Source::RiskEngine, 100, 2), 110, Sign::OfLife),
            (head(Source::RiskEngine, 99, 3), 100, Sign::SaidBefore),
            (head(Source::RiskEngine, 101, 1), 101, Sign::OfLife),
            // All clocks were set back by an hour.
            (head(Source::RiskEngine, -3_500, 4), -3_499, Sign::OfLife),
        ] {
            let before = life.heard_from(Source::RiskEngine);
            assert_eq!(life.sign(&said, secs(now)), sign, "{said:?} at {now}");
            let lives = sign == Sign::OfLife;
            let heard = life.heard_from(Source::RiskEngine);
            assert_eq!(heard, if lives { Some(secs(now)) } else { before });
        }
        assert_eq!(life.heard_from(Source::MdIngest), None);
    }

    #[test]
    fn head_from_before_a_line_broke_is_no_sign_and_does_not_become_one_by_being_said_again() {
        let mut life = Life::new(keys().verifier());
        let said = head(Source::RiskEngine, 100, 1);
        assert_eq!(life.sign(&said, secs(100)), Sign::OfLife);
        life.forgets();
        assert_eq!(life.heard_from(Source::RiskEngine), None);
        assert_eq!(life.sign(&said, secs(101)), Sign::SaidBefore);
        assert_eq!(life.heard_from(Source::RiskEngine), None);
        assert_eq!(life.sign(&head(Source::RiskEngine, 101, 2), secs(101)), Sign::OfLife);
        assert_eq!(life.heard_from(Source::RiskEngine), Some(secs(101)));
    }

    #[test]
    fn head_that_was_changed_in_anything_is_forged() {
        let good = head(Source::RiskEngine, 100, 1);
        for wrong in [
            Envelope { ts: secs(101), ..good },
            Envelope { seq: Seq::new(2), ..good },
            Envelope { epoch: Epoch(4), ..good },
            changed(good, |head| head.of = Topic::Fills),
            changed(good, |head| head.epoch = Epoch(4)),
            changed(good, |head| head.seq = Seq::new(13)),
            changed(good, |head| head.seal = Seal::NONE),
            changed(good, |head| head.source = Source::MdIngest),
        ] {
            let mut life = Life::new(keys().verifier());
            assert_eq!(life.sign(&wrong, secs(100)), Sign::Forged, "{wrong:?}");
            assert_eq!(life.heard_from(Source::RiskEngine), None);
        }
    }
}
