//! The mark sampler: turns the stream of market data into the few prices by which the gate judges.
//!
//! Every 100 ms, and before an intent is judged, what has changed becomes a [`Mark`]. Marks are told and
//! journaled in full, so the gate can be replayed without the market data.

use core::mem;

use contracts::{Event, FeedState, Mark, Price, Span, Symbol, SymbolMap, Ts};
use serde::{Deserialize, Serialize};

/// How often marks are taken.
pub(crate) const EVERY: Span = Span::from_millis(100);

/// The latest market data, and the marks made of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sampler {
    latest: SymbolMap<Latest>,
    /// Symbols whose data changed since the last round of marks, each once. One that was sampled by
    /// itself in between stays until the round, which passes it over.
    waiting: Vec<Symbol>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Latest {
    bid: Option<Price>,
    ask: Option<Price>,
    last: Option<Price>,
    seen: Ts,
    state: FeedState,
    changed: bool,
    /// It is among those that wait for the next round.
    waits: bool,
}

impl Latest {
    const fn nothing() -> Self {
        // A source that says nothing of its state is believed as long as its prices are fresh.
        let state = FeedState::Live;
        let (bid, ask, last, seen) = (None, None, None, Ts::ZERO);
        Self { bid, ask, last, seen, state, changed: false, waits: false }
    }
}

impl Sampler {
    /// Takes market data. True when this is the first change since the last marks, so that a timer is
    /// wanted.
    #[inline]
    pub(crate) fn observe(&mut self, now: Ts, event: &Event) -> bool {
        let symbol = match event {
            Event::Trade(trade) => trade.symbol,
            Event::Ticker(ticker) => ticker.symbol,
            Event::Feed(feed) => feed.symbol,
            _ => return false,
        };
        if self.latest.get(symbol).is_none() && self.latest.is_full() {
            return false;
        }
        let latest = self.latest.get_or_insert_with(symbol, Latest::nothing);
        match event {
            Event::Trade(trade) => {
                (latest.last, latest.seen) = (Some(trade.price), now);
            }
            Event::Ticker(ticker) => {
                (latest.bid, latest.ask, latest.seen) = (ticker.bid, ticker.ask, now);
                latest.last = ticker.last.or(latest.last);
            }
            Event::Feed(feed) => latest.state = feed.state,
            _ => {}
        }
        latest.changed = true;
        if latest.waits {
            return false;
        }
        latest.waits = true;
        self.waiting.push(symbol);
        self.waiting.len() == 1
    }

    /// The mark of one symbol, if its data changed since the last one.
    pub(crate) fn sample(&mut self, symbol: Symbol) -> Option<Mark> {
        let latest = self.latest.get_mut(symbol).filter(|latest| latest.changed)?;
        latest.changed = false;
        Some(latest.mark(symbol))
    }

    /// The mark of any symbol whose data changed; call until there is none.
    pub(crate) fn sample_next(&mut self) -> Option<Mark> {
        while let Some(symbol) = self.waiting.pop() {
            let Some(latest) = self.latest.get_mut(symbol) else { continue };
            latest.waits = false;
            if mem::take(&mut latest.changed) {
                return Some(latest.mark(symbol));
            }
        }
        None
    }
}

impl Latest {
    fn mark(&self, symbol: Symbol) -> Mark {
        let Self { bid, ask, last, seen, state, .. } = *self;
        Mark { symbol, bid, ask, last, seen, state }
    }
}

#[cfg(test)]
mod tests {
    use contracts::Ticker;
    use contracts::testing::{price, qty, symbol};

    use super::*;

    #[test]
    fn sampler_a_symbol_waits_once_however_often_it_changes() {
        let mut sampler = Sampler::default();
        let (bid_qty, ask_qty, at) = (qty("1"), qty("1"), Ts::ZERO);
        let bid = Some(price("100"));
        let quote = |symbol| Ticker { symbol, bid, ask: bid, last: None, bid_qty, ask_qty, at };
        let (btc, eth) = (symbol("BTC/USD"), symbol("ETH/USD"));
        let mut wanted = 0;
        for round in 0..100 {
            for symbol in [btc, eth] {
                wanted += u32::from(sampler.observe(at, &Event::Ticker(quote(symbol))));
            }
            // Asked for in between, it is told once and goes on waiting.
            assert!(sampler.sample(btc).is_some(), "round {round}");
            assert!(sampler.sample(btc).is_none());
        }
        assert_eq!((wanted, sampler.waiting.len()), (1, 2));
        assert_eq!(sampler.sample_next().map(|mark| mark.symbol), Some(eth));
        assert_eq!(sampler.sample_next(), None);
        assert!(sampler.observe(at, &Event::Ticker(quote(btc))));
    }
}
