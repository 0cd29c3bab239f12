//! Numbers for messages: one count per source, epoch and topic.

use contracts::{Epoch, Seq, Source, Symbol, SymbolMap, Timeframe, Topic, TopicKind};
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
    /// Of all symbols for which there is no room: their numbers rise, and have gaps.
    #[serde(default, skip_serializing_if = "is_nothing")]
    beyond: [u64; SYMBOL_SLOTS],
}

fn is_nothing(counts: &[u64; SYMBOL_SLOTS]) -> bool {
    counts.iter().all(|count| *count == 0)
}

impl Stamps {
    pub(crate) fn new(epoch: Epoch) -> Self {
        Self { epoch, sources: Source::ALL.map(|_| SourceStamps::default()).to_vec() }
    }

    /// Whether there is a count for each source that this build knows, and for no other.
    pub(crate) fn are_of_this_build(&self) -> bool {
        self.sources.len() == Source::ALL.len()
    }

    /// The place of the next message of `source` on `topic`.
    #[inline]
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

    #[inline]
    fn last_mut(&mut self, source: Source, topic: &Topic) -> &mut u64 {
        let stamps = &mut self.sources[source as usize];
        match slot(topic) {
            None => &mut stamps.plain[topic.kind() as usize],
            Some((slot, symbol)) => {
                let SourceStamps { by_symbol, beyond, .. } = stamps;
                let own = by_symbol.get_or_insert_if_room(symbol, Default::default);
                &mut own.unwrap_or(beyond)[slot]
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

/// Where a topic of a symbol is counted, and for which symbol. Every message passes here, so it is found in
/// one look.
#[inline]
fn slot(topic: &Topic) -> Option<(usize, Symbol)> {
    match *topic {
        Topic::Trades(symbol) => Some((0, symbol)),
        Topic::Book(symbol) => Some((1, symbol)),
        Topic::Ticker(symbol) => Some((2, symbol)),
        Topic::Instrument(symbol) => Some((3, symbol)),
        Topic::Feed(symbol) => Some((4, symbol)),
        Topic::Mark(symbol) => Some((5, symbol)),
        Topic::Ohlcv(timeframe, symbol) => Some((6 + timeframe as usize, symbol)),
        _ => {
            debug_assert!(topic.symbol().is_none(), "a topic of a symbol without a count");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::symbol;

    use super::*;

    #[test]
    fn numbers_rise_also_for_more_symbols_than_there_is_room_for() {
        let mut stamps = Stamps::new(Epoch(1));
        let topic = |number: usize| {
            let name = format!("A{number}/USD");
            Topic::Trades(Symbol::new(&name).unwrap())
        };
        let count = SymbolMap::<()>::CAPACITY;
        for number in 0..count {
            assert_eq!(stamps.next(Source::MdIngest, &topic(number)).1, Seq::new(1));
        }
        let stamped = written(&stamps);
        assert!(!stamped.contains("beyond"), "only where it is needed");
        for expected in 1..=3 {
            let beyond = topic(count + expected as usize % 2);
            assert_eq!(stamps.next(Source::MdIngest, &beyond).1, Seq::new(expected));
        }
        assert_eq!(stamps.next(Source::MdIngest, &topic(0)).1, Seq::new(2));
        // It is known after a start, and followed in a replay.
        let mut again: Stamps = serde_json::from_str(&written(&stamps)).unwrap();
        again.note(Source::MdIngest, &topic(count), (Epoch(1), Seq::new(7)));
        assert_eq!(again.next(Source::MdIngest, &topic(count + 1)).1, Seq::new(8));
    }

    fn written(stamps: &Stamps) -> String {
        serde_json::to_string(stamps).unwrap()
    }

    #[test]
    fn slot_every_topic_of_a_symbol_has_one_of_its_own() {
        let symbol = symbol("BTC/USD");
        let mut topics = vec![
            Topic::Trades(symbol),
            Topic::Book(symbol),
            Topic::Ticker(symbol),
            Topic::Instrument(symbol),
            Topic::Feed(symbol),
            Topic::Mark(symbol),
        ];
        topics.extend(Timeframe::ALL.map(|timeframe| Topic::Ohlcv(timeframe, symbol)));
        let mut slots: Vec<usize> =
            topics.iter().filter_map(|topic| Some(slot(topic)?.0)).collect();
        slots.sort_unstable();
        assert_eq!(slots, (0..SYMBOL_SLOTS).collect::<Vec<_>>());
    }
}
