//! Bars from trades: exact, aligned to the wall clock, closed by time and not only by the next trade.
//!
//! A bar covers `[open_at, open_at + timeframe)` by the venue's time of the trades. A stretch without
//! trades gives flat bars at the last close. A call gives a bounded number of bars; what is left
//! comes with the next call. Nothing is ever merged into a bar that was already given out. Contains
//! no float, and never reads a clock: the time is an argument.

use contracts::{Bar, Price, Qty, Span, Symbol, Timeframe, Trade, Ts};
use serde::{Deserialize, Serialize};

/// Makes the bars of one pair and one timeframe.
///
/// Before the first trade there is no price, hence no bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarBuilder {
    symbol: Symbol,
    timeframe: Timeframe,
    /// How long after its end a bar still waits for trades on their way.
    grace: Span,
    /// Where the next bar to be given out begins, once there was a trade.
    next_at: Ts,
    /// The price of flat bars: the close of the last bar given out, or the first price of all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    close: Option<Price>,
    /// The bar that trades are merged into. It begins at `next_at` or, while flat bars before it are
    /// still to be given out, later.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    open: Option<Bar>,
    late: u32,
    skipped: u32,
}

/// Bars that have closed, the oldest first: flat ones, then one with trades, then flat ones.
///
/// What is not taken from it is lost.
#[derive(Clone, Debug)]
#[must_use = "these bars are given out only once"]
pub struct Closed {
    before: Flat,
    traded: Option<Bar>,
    after: Flat,
}

/// A run of bars without trades.
#[derive(Clone, Debug)]
struct Flat {
    next: Option<Bar>,
    count: u64,
}

impl BarBuilder {
    /// The most flat bars that one call gives: a day of minutes.
    pub const FLAT_MAX: u64 = 1_440;

    /// A builder that closes a bar as soon as its time is over.
    pub fn new(symbol: Symbol, timeframe: Timeframe) -> Self {
        Self {
            symbol,
            timeframe,
            grace: Span::ZERO,
            next_at: Ts::ZERO,
            close: None,
            open: None,
            late: 0,
            skipped: 0,
        }
    }

    /// Lets every bar wait so long after its end for trades that are still on their way; a trade of a
    /// later bar closes it at once all the same.
    #[must_use]
    pub fn with_grace(self, grace: Span) -> Self {
        Self { grace, ..self }
    }

    /// Takes a trade and gives the bars that it closes. Trades of other pairs are not looked at.
    pub fn on_trade(&mut self, trade: &Trade) -> Closed {
        if trade.symbol != self.symbol {
            return Closed::NOTHING;
        }
        let open_at = trade.at.floor_to(self.timeframe.span());
        if self.close.is_none() {
            (self.close, self.next_at) = (Some(trade.price), open_at);
        }
        let present = self.open.as_ref().map_or(self.next_at, |bar| bar.open_at);
        if open_at < present {
            self.late = self.late.saturating_add(1);
            return self.advance(present);
        }
        if let Some(bar) = self.open.as_mut().filter(|bar| bar.open_at == open_at) {
            merge(bar, trade);
            return self.advance(open_at);
        }
        let mut closed = self.advance(open_at);
        if let Some(overtaken) = self.open.replace(self.first_of(trade, open_at)) {
            closed.traded = Some(self.give_out_of_turn(overtaken));
        }
        closed
    }

    /// Gives the bars whose time is over at `now`.
    pub fn on_time(&mut self, now: Ts) -> Closed {
        let until = (now - self.grace).floor_to(self.timeframe.span());
        // A trade proves that the time of its bar has come, whatever our clock says.
        let proven = self.open.as_ref().map_or(until, |bar| bar.open_at.max(until));
        self.advance(proven)
    }

    /// When [`BarBuilder::on_time`] will have the next bar to give: the time to set a timer for. In
    /// the past while more bars are left than one call gives.
    pub fn next_close(&self) -> Option<Ts> {
        self.close.is_some().then(|| self.next_at + self.timeframe.span() + self.grace)
    }

    /// Trades that came after their bar had been given out; they are in no bar.
    pub fn late(&self) -> u32 {
        self.late
    }

    /// Flat bars never given out, because trades of yet another bar came before the calls that would
    /// have given them. Zero where [`BarBuilder::next_close`] is heeded.
    pub fn skipped(&self) -> u32 {
        self.skipped
    }

    /// Gives out what closes before `until`, as much as one call gives.
    fn advance(&mut self, until: Ts) -> Closed {
        let Some(close) = self.close else { return Closed::NOTHING };
        let open_at = self.open.as_ref().map(|bar| bar.open_at);
        let before = self.flats(open_at.map_or(until, |at| at.min(until)), close, Self::FLAT_MAX);
        let its_turn = open_at == Some(self.next_at) && self.next_at < until;
        let traded = if its_turn { self.open.take() } else { None };
        if let Some(bar) = &traded {
            (self.close, self.next_at) = (Some(bar.close), self.next_at + self.timeframe.span());
        }
        let left = Self::FLAT_MAX - before.count;
        let until = if self.open.is_none() { until } else { self.next_at };
        let after = self.flats(until, self.close.unwrap_or(close), left);
        Closed { before, traded, after }
    }

    /// Flat bars from `next_at` to `until`, at most `most` of them.
    fn flats(&mut self, until: Ts, price: Price, most: u64) -> Flat {
        let span = self.timeframe.span();
        let missing = until.since(self.next_at).nanos() / span.nanos();
        let count = missing.unsigned_abs().min(most);
        let first = Bar {
            symbol: self.symbol,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Qty::ZERO,
            open_at: self.next_at,
            trades: 0,
            timeframe: self.timeframe,
        };
        self.next_at = self.next_at + span.times(count as i64);
        Flat { next: Some(first), count }
    }

    /// A bar with trades whose turn has not come, because more flat bars are due before it than one
    /// call gives: trades must not be lost, so the flat bars are.
    #[cold]
    fn give_out_of_turn(&mut self, bar: Bar) -> Bar {
        let span = self.timeframe.span();
        let missing = bar.open_at.since(self.next_at).nanos() / span.nanos();
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        self.skipped = self.skipped.saturating_add(missing);
        (self.close, self.next_at) = (Some(bar.close), bar.open_at + span);
        bar
    }

    fn first_of(&self, trade: &Trade, open_at: Ts) -> Bar {
        Bar {
            symbol: self.symbol,
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            volume: trade.qty,
            open_at,
            trades: 1,
            timeframe: self.timeframe,
        }
    }
}

fn merge(bar: &mut Bar, trade: &Trade) {
    bar.high = bar.high.max(trade.price);
    bar.low = bar.low.min(trade.price);
    bar.close = trade.price;
    bar.volume = sum_or_largest(bar.volume, trade.qty);
    bar.trades = bar.trades.saturating_add(1);
}

/// The sum; where it leaves the range, which no market does, the largest quantity there is.
pub(crate) fn sum_or_largest(one: Qty, other: Qty) -> Qty {
    let largest = Qty::from_pico(i128::MAX as u128).unwrap_or(one);
    one.plus(other).unwrap_or(largest)
}

impl Closed {
    const NOTHING: Self = Self { before: Flat::NOTHING, traded: None, after: Flat::NOTHING };
}

impl Flat {
    const NOTHING: Self = Self { next: None, count: 0 };

    fn take(&mut self) -> Option<Bar> {
        let left = self.count.checked_sub(1)?;
        let bar = self.next?;
        self.count = left;
        self.next = Some(Bar { open_at: bar.open_at + bar.timeframe.span(), ..bar });
        Some(bar)
    }
}

impl Iterator for Closed {
    type Item = Bar;

    fn next(&mut self) -> Option<Bar> {
        let before = self.before.take();
        before.or_else(|| self.traded.take()).or_else(|| self.after.take())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.before.count + u64::from(self.traded.is_some()) + self.after.count;
        (count as usize, Some(count as usize))
    }
}

impl ExactSizeIterator for Closed {}
