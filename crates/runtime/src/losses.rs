//! What is known of losses in the market lane: which markets are not to be trusted, from where to where.
//!
//! A loss is told twice: at once, ahead of everything that waits, because an old backlog is no market to
//! trade on; and at its place, behind what waited before it, because a book that was made whole by that is
//! not whole any more. Between the two no word that the market is live passes.

use std::collections::BTreeMap;

use contracts::{Envelope, Event, FeedState, Symbol};

/// The losses that have not been told at their place. One of each market: two of one market are one,
/// and what lies between them is lost too.
#[derive(Default)]
pub(crate) struct Losses(BTreeMap<Symbol, Loss>);

struct Loss {
    state: FeedState,
    told: bool,
    /// Numbers in the lane: the first after the first loss, and the first after the last one.
    from: u64,
    to: u64,
}

impl Losses {
    /// Something of that market is missing before the entry of that number.
    pub(crate) fn note(&mut self, symbol: Symbol, state: FeedState, before: u64) {
        let loss =
            self.0.entry(symbol).or_insert(Loss { state, told: false, from: before, to: before });
        loss.told = loss.told && loss.state == state;
        (loss.state, loss.to) = (state, before);
    }

    /// Whether there is something to tell before the entry of that number.
    pub(crate) fn is_due(&self, before: u64, shut: bool) -> bool {
        self.0.values().any(|loss| !loss.told || loss.to <= before && !shut)
    }

    /// What is to be told before the entry of that number. While the market is shut out each loss is told
    /// once only, and kept: more of it would fill a disk that is full.
    pub(crate) fn tell(&mut self, before: u64, shut: bool) -> Option<(Symbol, FeedState)> {
        let due = |loss: &Loss| !loss.told || loss.to <= before && !shut;
        let (symbol, loss) = self.0.iter_mut().find(|(_, loss)| due(loss))?;
        let (symbol, state) = (*symbol, loss.state);
        loss.told = true;
        if loss.to <= before && !shut {
            self.0.remove(&symbol);
        }
        Some((symbol, state))
    }

    /// Whether the entry of that number may be taken: not between two losses of its market, and no word
    /// that the market is live before its loss.
    pub(crate) fn passes(&self, number: u64, envelope: &Envelope) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(loss) = envelope.topic().symbol().and_then(|symbol| self.0.get(&symbol)) else {
            return true;
        };
        let is_live = matches!(envelope.event, Event::Feed(feed) if feed.state == FeedState::Live);
        number >= loss.to || number < loss.from && !is_live
    }
}
