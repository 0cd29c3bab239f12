//! The bars of one length of one market: made of its trades, or taken ready-made, each told once.

use contracts::{Bar, Span, Symbol, Timeframe, Trade, Ts};
use indicators::{BarBuilder, Closed};
use serde::{Deserialize, Serialize};

/// A trade that claims to be further ahead of our clock than this is in no bar: it would make every
/// bar until then.
const AHEAD_MAX: Span = Span::MINUTE;
/// Nor is one that is older than this: it would make every bar since.
const OLD_MAX: Span = Span::DAY;

/// The bars of one length of one market.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BarStream {
    timeframe: Timeframe,
    builder: BarBuilder,
    /// The end of the last bar that was told.
    told_until: Ts,
}

impl BarStream {
    /// A stream of which nothing is known. Each bar waits `grace` for trades on their way.
    pub(crate) fn new(symbol: Symbol, timeframe: Timeframe, grace: Span) -> Self {
        let builder = BarBuilder::new(symbol, timeframe).with_grace(grace);
        Self { timeframe, builder, told_until: Ts::ZERO }
    }

    pub(crate) fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// When the next bar is to be closed by time.
    pub(crate) fn next_close(&self) -> Option<Ts> {
        self.builder.next_close()
    }

    /// Takes a trade; the bars that it closes, and whether the next one is to be closed at another
    /// time than before.
    #[inline]
    pub(crate) fn on_trade(&mut self, now: Ts, trade: &Trade) -> Option<(Closed, bool)> {
        if trade.at > now + AHEAD_MAX || trade.at < now - OLD_MAX {
            return None;
        }
        let before = self.next_close();
        let closed = self.builder.on_trade(trade);
        Some((closed, self.next_close() != before))
    }

    /// The bars whose time is over.
    pub(crate) fn on_time(&mut self, now: Ts) -> Closed {
        self.builder.on_time(now)
    }

    /// Whether a bar comes after all that were told; it then counts as told.
    pub(crate) fn is_news(&mut self, bar: &Bar) -> bool {
        let is_news = bar.open_at >= self.told_until;
        if is_news {
            self.told_until = bar.open_at + bar.timeframe.span();
        }
        is_news
    }
}
