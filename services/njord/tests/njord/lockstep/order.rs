//! The order of everything that follows from one input: what follows from less comes first, and of the
//! same depth what follows from what came first; of one message, the answers in the order of the roster.
//!
//! It is the order in which one sequencer delivers. Every message names its cause, so processes that are
//! apart can find it too, without knowing of each other what they heard when.

use std::collections::BTreeMap;

use contracts::{Cause, Envelope, Source};
use launch::Rank;

/// Where a message stands in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    depth: usize,
    /// On the way from the input: who answered, and with its how-manieth word.
    way: Vec<(Rank, u32)>,
}

/// The places of everything that has followed from an input so far.
#[derive(Debug, Default)]
pub(super) struct Places {
    of: BTreeMap<Cause, Place>,
    answers: BTreeMap<(Cause, Rank), u32>,
}

impl Places {
    /// An input, as somebody took it: everything follows from it.
    pub(super) fn begin(&mut self, input: &Envelope) {
        self.of.insert(input.as_cause(), Place::default());
    }

    /// Where that message stands; it was said or has entered.
    pub(super) fn of(&self, said: &Envelope) -> Place {
        self.of[&said.as_cause()].clone()
    }

    /// A machine has said this.
    pub(super) fn note(&mut self, said: &Envelope) -> Place {
        let (cause, rank) = (said.cause.unwrap(), rank(said.src));
        let Place { depth, mut way } = self.of[&cause].clone();
        let number = self.answers.entry((cause, rank)).or_default();
        way.push((rank, *number));
        *number += 1;
        let place = Place { depth: depth + 1, way };
        assert!(self.of.insert(said.as_cause(), place.clone()).is_none(), "said twice: {said:?}");
        place
    }
}

/// The machine that speaks as that source.
fn rank(source: Source) -> Rank {
    match source {
        Source::Venue => Rank::Venue,
        Source::RiskEngine => Rank::Gate,
        Source::StrategyEngine => Rank::Host,
        Source::ExecutionGateway => Rank::Gateway,
        Source::Protector => Rank::Protector,
        other => unreachable!("no machine speaks as {}", other.name()),
    }
}
