//! Numbers for messages: one count per source, epoch and topic.

use contracts::{Epoch, Seq, Source, SymbolMap, Timeframe, Topic, TopicKind};
use serde::{Deserialize, Serialize};

/// How many kinds of topic there are.
const KINDS: usize = TopicKind::ALL.len();
/// Kinds that come once per symbol, bars once more per timeframe.
const SYMBOL_SLOTS: usize = 6 + Timeframe::ALL.len();

/// The last number given out on each topic by each source of this process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stamps {
    epoch: Epoch,
    sources: Vec<SourceStamps>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct SourceStamps {
    plain: [u64; KINDS],
    by_symbol: SymbolMap<[u64; SYMBOL_SLOTS]>,
}

impl Stamps {
    pub(crate) fn new(epoch: Epoch) -> Self {
        Self { epoch, sources: Source::ALL.map(|_| SourceStamps::default()).to_vec() }
    }

    /// The place of the next message of `source` on `topic`.
    pub(crate) fn next(&mut self, source: Source, topic: &Topic) -> (Epoch, Seq) {
        let last = self.last_mut(source, topic);
        *last += 1;
        let seq = Seq::new(*last);
        (self.epoch, seq)
    }

    /// A message that was numbered here before comes again in a replay: the count must follow it.
    pub(crate) fn note(&mut self, source: Source, topic: &Topic, (epoch, seq): (Epoch, Seq)) {
        if epoch == self.epoch {
            let last = self.last_mut(source, topic);
            *last = seq.get().max(*last);
        }
    }

    fn last_mut(&mut self, source: Source, topic: &Topic) -> &mut u64 {
        let stamps = &mut self.sources[source as usize];
        match topic.symbol() {
            None => &mut stamps.plain[topic.kind() as usize],
            Some(symbol) => {
                let slots = stamps.by_symbol.get_or_insert_with(symbol, Default::default);
                &mut slots[slot(topic)]
            }
        }
    }

    /// A new start: every count begins again under the next epoch.
    pub(crate) fn begin(&mut self, epoch: Epoch) {
        *self = Self::new(epoch);
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }
}

/// Where a topic of a symbol is counted.
fn slot(topic: &Topic) -> usize {
    match topic {
        Topic::Ohlcv(timeframe, _) => 6 + *timeframe as usize,
        Topic::Trades(_) => 0,
        Topic::Book(_) => 1,
        Topic::Ticker(_) => 2,
        Topic::Instrument(_) => 3,
        Topic::Feed(_) => 4,
        // The marks; topics without a symbol never come here.
        _ => 5,
    }
}
