//! Bars of a longer timeframe from those of a shorter one.
//!
//! A bar without trades adds its time and nothing else, so the result is the very bar that the
//! trades themselves would have made; only where nothing traded at all is it flat. Contains no float.

use contracts::{Bar, Symbol, Timeframe, Ts};
use serde::{Deserialize, Serialize};

use crate::bar_builder::sum_or_largest;

/// Makes bars of `timeframe` from shorter ones of the same pair, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarMerger {
    symbol: Symbol,
    timeframe: Timeframe,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    open: Option<Bar>,
    /// The bars of the open one, and whatever came before, end here.
    merged_until: Ts,
    late: u32,
}

impl BarMerger {
    /// A merger for that pair and timeframe.
    pub fn new(symbol: Symbol, timeframe: Timeframe) -> Self {
        Self { symbol, timeframe, open: None, merged_until: Ts::ZERO, late: 0 }
    }

    /// Takes a shorter bar and gives the bars that it closes: its own if it is the last of it, and
    /// before that one of which the last was missing.
    ///
    /// Bars of other pairs, and bars that are not shorter, are not looked at; one that lies before the
    /// end of the last is counted as late.
    pub fn push(&mut self, bar: &Bar) -> impl Iterator<Item = Bar> + use<> {
        let mut closed = [None, None];
        if bar.symbol == self.symbol && bar.timeframe < self.timeframe {
            if bar.open_at < self.merged_until {
                self.late = self.late.saturating_add(1);
            } else {
                closed = self.merge(bar);
            }
        }
        closed.into_iter().flatten()
    }

    /// Bars that came out of order; they are in no longer bar.
    pub fn late(&self) -> u32 {
        self.late
    }

    fn merge(&mut self, bar: &Bar) -> [Option<Bar>; 2] {
        let open_at = bar.open_at.floor_to(self.timeframe.span());
        self.merged_until = bar.open_at + bar.timeframe.span();
        let (unfinished, merged) = match self.open.take() {
            Some(open) if open.open_at == open_at => (None, joined(&open, bar)),
            other => (other, Bar { open_at, timeframe: self.timeframe, ..*bar }),
        };
        if self.merged_until >= open_at + self.timeframe.span() {
            return [unfinished, Some(merged)];
        }
        self.open = Some(merged);
        [unfinished, None]
    }
}

fn joined(open: &Bar, bar: &Bar) -> Bar {
    match (open.trades, bar.trades) {
        (_, 0) => *open,
        (0, _) => Bar { open_at: open.open_at, timeframe: open.timeframe, ..*bar },
        (before, more) => Bar {
            high: open.high.max(bar.high),
            low: open.low.min(bar.low),
            close: bar.close,
            volume: sum_or_largest(open.volume, bar.volume),
            trades: before.saturating_add(more),
            ..*open
        },
    }
}
