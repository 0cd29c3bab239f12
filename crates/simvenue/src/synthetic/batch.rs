//! What one step of one symbol says, in ticks and lots, until it is asked for.
//!
//! Everything in a batch happened at the same time. Messages of the book get their end here, and their
//! checksum where there is one. Allocates only until the largest batch has been seen, and the room for
//! that is reserved at the start.

use book::Book;
use contracts::{Event, Level, LevelPart, Side, Ticker, Trade, TradeId, Ts};
use serde::{Deserialize, Serialize};

use super::law::Law;

/// One thing said.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Said {
    Instrument,
    Trade { id: u64, tick: u64, lots: u64, taker: Side },
    Level { tick: u64, lots: u64, side: Side, part: LevelPart, checksum: Option<u32> },
    Ticker { quote: Quote, last: Option<u64> },
}

/// Best prices, and what rests there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quote {
    pub(super) bid: u64,
    pub(super) ask: u64,
    pub(super) bid_lots: u64,
    pub(super) ask_lots: u64,
}

/// What a step says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    at: Ts,
    /// Which symbol says it.
    speaker: usize,
    said: Vec<Said>,
    /// How many of them have been taken.
    taken: usize,
    /// Where the message of the book began that is not yet ended.
    message: usize,
}

impl Batch {
    /// Reserves room for the largest batch of books of that many levels: two messages, each of which
    /// removes and adds at most all levels of both sides, and the trades of one order.
    pub(super) fn reserve(&mut self, levels: usize) {
        self.said.reserve(8 * levels + 64);
    }

    /// Begins the batch of another step; all of the last one has been taken.
    pub(super) fn begin(&mut self, at: Ts, speaker: usize) {
        debug_assert_eq!(self.taken, self.said.len());
        self.said.clear();
        (self.at, self.speaker, self.taken, self.message) = (at, speaker, 0, 0);
    }

    /// How much can be said without a new allocation.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.said.capacity()
    }

    /// Whether a saved batch is whole, and of one of so many symbols.
    pub(super) fn fits(&self, symbols: usize) -> bool {
        self.speaker < symbols && self.taken <= self.said.len() && self.message <= self.said.len()
    }

    /// Who speaks.
    pub(super) fn speaker(&self) -> usize {
        self.speaker
    }

    /// When all of it happened.
    pub(super) fn at(&self) -> Ts {
        self.at
    }

    /// Takes what was said next; `None` when it is time for another step.
    #[inline]
    pub(super) fn take(&mut self) -> Option<&Said> {
        let said = self.said.get(self.taken)?;
        self.taken += 1;
        Some(said)
    }

    /// Whether it is time for another step.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        self.taken == self.said.len()
    }

    #[inline]
    pub(super) fn say(&mut self, said: Said) {
        self.said.push(said);
    }

    /// What now rests at a price.
    pub(super) fn level(&mut self, side: Side, tick: u64, lots: u64) {
        let (part, checksum) = (LevelPart::More, None);
        self.said.push(Said::Level { tick, lots, side, part, checksum });
    }

    /// From here on levels belong to one message.
    pub(super) fn begin_message(&mut self) {
        self.message = self.said.len();
    }

    /// Ends the message; one without levels was none.
    pub(super) fn end_message(&mut self, law: &Law, checker: Option<&mut Book>, kind: Message) {
        let message = &mut self.said[self.message..];
        if let (Message::Snapshot, Some(first)) = (kind, message.first_mut()) {
            first.mark(LevelPart::SnapshotStart, None);
        }
        if let Some(last) = message.last_mut() {
            last.mark(LevelPart::Last, None);
        }
        let Some(checker) = checker else { return };
        for said in &*message {
            if let Event::Level(level) = said.event(law, self.at) {
                let _ = checker.apply(self.at, &level);
            }
        }
        if let Some(last) = message.last_mut() {
            last.mark(LevelPart::Last, checker.checksum());
        }
    }
}

/// Whether a message of the book is the first one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    Snapshot,
    Update,
}

impl Said {
    fn mark(&mut self, as_part: LevelPart, sum: Option<u32>) {
        if let Self::Level { part, checksum, .. } = self {
            (*part, *checksum) = (as_part, sum);
        }
    }

    /// The same as the rest of the system knows it.
    ///
    /// Never inlined: made in place in the caller's memory, where a copy would have to wait for the
    /// pieces it consists of.
    #[inline(never)]
    pub(super) fn event(&self, law: &Law, at: Ts) -> Event {
        let symbol = law.instrument.symbol;
        match *self {
            Self::Instrument => Event::Instrument(law.instrument),
            Self::Trade { id, tick, lots, taker } => Event::Trade(Trade {
                symbol,
                price: law.price(tick),
                qty: law.qty(lots),
                id: TradeId::new(id),
                at,
                taker,
            }),
            Self::Level { tick, lots, side, part, checksum } => Event::Level(Level {
                symbol,
                price: law.price(tick),
                qty: law.qty(lots),
                at,
                checksum,
                side,
                part,
            }),
            Self::Ticker { quote, last } => Event::Ticker(Ticker {
                symbol,
                bid: Some(law.price(quote.bid)),
                ask: Some(law.price(quote.ask)),
                last: last.map(|tick| law.price(tick)),
                bid_qty: law.qty(quote.bid_lots),
                ask_qty: law.qty(quote.ask_lots),
                at,
            }),
        }
    }
}
