//! The book itself: takes levels, knows what it may be trusted with.
//!
//! A message of the venue arrives as several levels. Until the last of them the book is neither the
//! old nor the new one, so nothing can be read from it; levels beyond the subscribed depth are cut
//! only then, because the venue counts them only then. Whatever goes wrong, the book stays unusable
//! until the next snapshot.

use contracts::{Instrument, Level, Side, Span, Symbol, Ts};
use serde::{Deserialize, Serialize};

use crate::checksum::{Checksum, Precision};
use crate::ladder::Ladder;
use crate::measure::View;

/// The order book of one instrument.
///
/// Memory is bounded: each side holds at most `depth_max` levels and one message's worth beyond.
#[derive(Clone)]
pub struct Book {
    pub(crate) symbol: Symbol,
    pub(crate) depth_max: u16,
    pub(crate) state: State,
    pub(crate) precision: Option<Precision>,
    pub(crate) asks: Ladder,
    pub(crate) bids: Ladder,
    pub(crate) applied_at: Ts,
    pub(crate) venue_at: Ts,
    checksum: Box<Checksum>,
}

/// What a book may be trusted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There has been no snapshot yet.
    Empty,
    /// Between the first and the last level of a message.
    Partial,
    /// As the venue has it.
    Whole,
    /// Not as the venue has it; waits for the next snapshot.
    Unsafe(Why),
}

/// Why a book is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The venue's checksum is another one, or cannot be verified because the instrument's rules are
    /// not known or a level does not fit them.
    Checksum,
    /// The best bid is not below the best ask.
    Crossed,
    /// The message brought more levels than any honest one.
    Bound,
}

/// What a level did to the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// Nothing: it belongs to another pair.
    OtherSymbol,
    /// Nothing: the book waits for a snapshot.
    Ignored,
    /// It is applied, and its message goes on.
    Partial,
    /// It was the last of its message, and the book is whole.
    Whole,
    /// With it the book ceased to be what the venue has; ask for a new snapshot. Said once.
    Unsafe(Why),
}

impl Book {
    /// An empty book for a subscription of that depth.
    ///
    /// Until [`Book::follow`] has told it the instrument's rules, no checksum can be verified, and a
    /// message that carries one leaves the book unsafe.
    pub fn new(symbol: Symbol, depth_max: u16) -> Self {
        Self {
            symbol,
            depth_max,
            state: State::Empty,
            precision: None,
            asks: Ladder::new(Side::Sell, usize::from(depth_max)),
            bids: Ladder::new(Side::Buy, usize::from(depth_max)),
            applied_at: Ts::ZERO,
            venue_at: Ts::ZERO,
            checksum: Box::new(Checksum::new()),
        }
    }

    /// The pair.
    pub fn symbol(&self) -> Symbol {
        self.symbol
    }

    /// The depth of the subscription.
    pub fn depth_max(&self) -> u16 {
        self.depth_max
    }

    /// What the book may be trusted with.
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes the precision of the checksum from the rules now in force; another pair's change nothing.
    pub fn follow(&mut self, rules: &Instrument) {
        let precision = Some(Precision::from(rules));
        if rules.symbol == self.symbol && precision != self.precision {
            self.precision = precision;
            self.checksum.forget();
        }
    }

    /// Applies one level, received at `now`.
    #[inline]
    pub fn apply(&mut self, now: Ts, level: &Level) -> Applied {
        if level.symbol != self.symbol {
            return Applied::OtherSymbol;
        }
        if level.part.starts_snapshot() {
            self.asks.clear();
            self.bids.clear();
        } else if matches!(self.state, State::Empty | State::Unsafe(_)) {
            return Applied::Ignored;
        }
        let ladder = match level.side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        if ladder.set(level.price, level.qty).is_err() {
            return self.distrust(Why::Bound);
        }
        if level.part.ends_message() {
            return self.finish(now, level);
        }
        self.state = State::Partial;
        Applied::Partial
    }

    /// What stands at the end of a message: the cut, then the two proofs.
    fn finish(&mut self, now: Ts, last: &Level) -> Applied {
        let depth = usize::from(self.depth_max);
        self.asks.cut(depth);
        self.bids.cut(depth);
        (self.applied_at, self.venue_at) = (now, last.at);
        if last.checksum.is_some_and(|told| self.checksum() != Some(told)) {
            return self.distrust(Why::Checksum);
        }
        if self.is_crossed() {
            return self.distrust(Why::Crossed);
        }
        self.state = State::Whole;
        Applied::Whole
    }

    /// Whether the best bid is not below the best ask.
    #[inline]
    pub(crate) fn is_crossed(&self) -> bool {
        // The key of an ask is its price turned, so this compares the prices themselves.
        matches!((self.bids.best(), self.asks.best()), (Some(bid), Some(ask)) if bid.key >= !ask.key)
    }

    #[cold]
    fn distrust(&mut self, why: Why) -> Applied {
        self.state = State::Unsafe(why);
        Applied::Unsafe(why)
    }

    /// The venue's checksum of the levels as they are now; `None` while the instrument's rules are not
    /// known, or where a level does not fit them.
    pub fn checksum(&mut self) -> Option<u32> {
        self.checksum.of(&mut self.asks, &mut self.bids, self.precision?)
    }

    /// The book, if it is whole: the only way to a price.
    #[inline]
    pub fn whole(&self) -> Option<View<'_>> {
        (self.state == State::Whole).then(|| View::new(self))
    }

    /// How long ago the last message was received; `None` before the first. A book is no fresher for
    /// being asked early: a `now` before that message is no time at all.
    pub fn age(&self, now: Ts) -> Option<Span> {
        (self.applied_at > Ts::ZERO).then(|| now.since(self.applied_at))
    }

    /// When the venue says the last message happened; `None` before the first.
    pub fn venue_at(&self) -> Option<Ts> {
        (self.applied_at > Ts::ZERO).then_some(self.venue_at)
    }
}

impl core::fmt::Debug for Book {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Book")
            .field("symbol", &self.symbol)
            .field("state", &self.state)
            .field("bids", &self.bids.len())
            .field("asks", &self.asks.len())
            .finish_non_exhaustive()
    }
}
