//! The mark sampler: turns the stream of market data into the few prices by which the gate judges.
//!
//! Every 100 ms, and before an intent is judged, what has changed becomes a [`Mark`]. Marks are told and
//! journaled in full, so the gate can be replayed without the market data.

use core::mem;

use contracts::{Event, FeedState, Mark, Price, Span, Symbol, SymbolMap, Ticker, Ts};
use serde::{Deserialize, Serialize};

/// How often marks are taken.
pub(crate) const EVERY: Span = Span::from_millis(100);

/// What is older than what is known by more than this did not come late: somebody's clock was set. It is taken,
/// and judged by its age. Where a price may be older than this, it must be older than that: then no increase is
/// judged by it while something newer was known.
const LATE_AT_MOST: Span = Span::from_secs(10);

/// The latest market data, and the marks made of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sampler {
    latest: SymbolMap<Latest>,
    /// Symbols whose data changed since the last round of marks, each once. One that was sampled by
    /// itself in between stays until the round, which passes it over.
    waiting: Vec<Symbol>,
    /// When the round is due that those wait for.
    #[serde(default)]
    due: Ts,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Latest {
    /// The mark as it is to be told, so that it is copied and not put together when it is.
    mark: Mark,
    /// Between which prices it has traded since the last mark.
    reach: Option<Reach>,
    changed: bool,
    /// It is among those that wait for the next round.
    waits: bool,
}

/// The lowest and the highest price that were traded at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    pub(crate) low: Price,
    pub(crate) high: Price,
}

impl Reach {
    /// From one trade.
    pub(crate) const fn at(price: Price) -> Self {
        Self { low: price, high: price }
    }

    #[inline]
    fn widen(&mut self, price: Price) {
        if price < self.low {
            self.low = price;
        } else if price > self.high {
            self.high = price;
        }
    }
}

impl Latest {
    const fn nothing(symbol: Symbol) -> Self {
        let (bid, ask, last) = (None, None, None);
        let (seen, quoted, traded) = (Ts::ZERO, Ts::ZERO, Ts::ZERO);
        // A source that says nothing of its state is believed as long as its prices are fresh.
        let state = FeedState::Live;
        let mark = Mark { symbol, bid, ask, last, seen, quoted, traded, state };
        Self { mark, reach: None, changed: false, waits: false }
    }

    #[inline]
    fn quotes(&mut self, ticker: &Ticker, at: Ts, late_at_most: Span) {
        if !is_late(at, self.mark.quoted, late_at_most) {
            (self.mark.bid, self.mark.ask, self.mark.quoted) = (ticker.bid, ticker.ask, at);
        }
        // A ticker that is older than the trade we know says nothing about the last one.
        if let Some(last) = ticker.last.filter(|_| at >= self.mark.traded) {
            self.trades(last, at, late_at_most);
        }
    }

    /// A late one has reached its price all the same.
    #[inline]
    fn trades(&mut self, price: Price, at: Ts, late_at_most: Span) {
        if !is_late(at, self.mark.traded, late_at_most) {
            (self.mark.last, self.mark.traded) = (Some(price), at);
        }
        match &mut self.reach {
            Some(reach) => reach.widen(price),
            none => *none = Some(Reach::at(price)),
        }
    }
}

/// Whether something newer is known.
#[inline]
fn is_late(at: Ts, known: Ts, late_at_most: Span) -> bool {
    at < known && known.since(at) <= late_at_most
}

impl Sampler {
    /// Takes market data. When this is the first change since the last marks, a timer is wanted: for
    /// the time that is returned. `age_max` is how old a price may be that an increase is judged by.
    #[inline]
    pub(crate) fn observe(&mut self, now: Ts, event: &Event, age_max: Span) -> Option<Ts> {
        let symbol = match event {
            Event::Trade(trade) => trade.symbol,
            Event::Ticker(ticker) => ticker.symbol,
            Event::Feed(feed) => feed.symbol,
            _ => return None,
        };
        let latest = self.latest.get_or_insert_if_room(symbol, || Latest::nothing(symbol))?;
        let late_at_most = LATE_AT_MOST.max(age_max);
        match event {
            // A price is as old as its event, however late it came; one from the future is of now.
            Event::Trade(trade) => {
                latest.trades(trade.price, trade.at.min(now), late_at_most);
                latest.mark.seen = now;
            }
            Event::Ticker(ticker) => {
                latest.quotes(ticker, ticker.at.min(now), late_at_most);
                latest.mark.seen = now;
            }
            Event::Feed(feed) => latest.mark.state = feed.state,
            _ => {}
        }
        latest.changed = true;
        if latest.waits {
            return None;
        }
        latest.waits = true;
        self.waiting.push(symbol);
        (self.waiting.len() == 1).then(|| {
            self.due = now.floor_to(EVERY) + EVERY;
            self.due
        })
    }

    /// Whether the round should have been by now. After a time in which nothing ran, other timers may
    /// come before that of the round.
    pub(crate) fn is_overdue(&self, now: Ts) -> bool {
        !self.waiting.is_empty() && now >= self.due
    }

    /// The mark of one symbol, if its data changed since the last one, and between which prices was traded
    /// since then.
    #[inline]
    pub(crate) fn sample(&mut self, symbol: Symbol) -> Option<(&Mark, Option<Reach>)> {
        let latest = self.latest.get_mut(symbol)?;
        mem::take(&mut latest.changed).then_some((&latest.mark, latest.reach.take()))
    }

    /// The next symbol of the round; it may have been sampled by itself in between.
    #[inline]
    pub(crate) fn next_of_round(&mut self) -> Option<Symbol> {
        let symbol = self.waiting.pop()?;
        if let Some(latest) = self.latest.get_mut(symbol) {
            latest.waits = false;
        }
        Some(symbol)
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{price, qty, secs, symbol};
    use contracts::{Side, Trade, TradeId};

    use super::*;

    const AGE_MAX: Span = Span::from_secs(5);

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
                wanted += usize::from(
                    sampler.observe(at, &Event::Ticker(quote(symbol)), AGE_MAX).is_some(),
                );
            }
            // Asked for in between, it is told once and goes on waiting.
            assert!(sampler.sample(btc).is_some(), "round {round}");
            assert!(sampler.sample(btc).is_none());
        }
        assert_eq!((wanted, sampler.waiting.len()), (1, 2));
        let mut round = Vec::new();
        while let Some(symbol) = sampler.next_of_round() {
            round.extend(sampler.sample(symbol).map(|(mark, _)| mark.symbol));
        }
        assert_eq!(round, [eth]);
        assert_eq!(
            sampler.observe(at, &Event::Ticker(quote(btc)), AGE_MAX),
            Some(Ts::ZERO + EVERY)
        );
    }

    #[test]
    fn sampler_round_is_overdue_from_its_time_until_it_was() {
        let mut sampler = Sampler::default();
        assert!(!sampler.is_overdue(secs(9)), "nothing waits");
        assert_eq!(sampler.observe(secs(10), &ticker(10, None), AGE_MAX), Some(secs(10) + EVERY));
        assert!(!sampler.is_overdue(secs(10)));
        assert!(sampler.is_overdue(secs(10) + EVERY));
        assert_eq!(sampler.next_of_round(), Some(symbol("A/USD")));
        assert!(!sampler.is_overdue(secs(11)));
    }

    fn ticker(at: i64, last: Option<&str>) -> Event {
        let (bid, ask, size) = (Some(price("99")), Some(price("101")), qty("1"));
        let (bid_qty, ask_qty, last, at) = (size, size, last.map(price), secs(at));
        Event::Ticker(Ticker { symbol: symbol("A/USD"), bid, ask, last, bid_qty, ask_qty, at })
    }

    fn trade(at: i64, text: &str) -> Event {
        let (symbol, price, qty) = (symbol("A/USD"), price(text), qty("1"));
        Event::Trade(Trade {
            symbol,
            price,
            qty,
            id: TradeId::new(1),
            at: secs(at),
            taker: Side::Buy,
        })
    }

    #[test]
    fn sampler_quotes_and_trades_have_ages_of_their_own() {
        let mut sampler = Sampler::default();
        let mut ages = |now, event| {
            sampler.observe(secs(now), &event, AGE_MAX);
            let (mark, _) = sampler.sample(symbol("A/USD")).unwrap();
            (mark.quoted, mark.traded, mark.seen, mark.last)
        };
        let last = |text| Some(price(text));
        assert_eq!(ages(10, ticker(10, None)), (secs(10), Ts::ZERO, secs(10), None));
        assert_eq!(ages(20, trade(20, "5")), (secs(10), secs(20), secs(20), last("5")));
        // As old as the event where that came late, never from the future.
        assert_eq!(ages(30, ticker(21, Some("6"))), (secs(21), secs(21), secs(30), last("6")));
        assert_eq!(ages(31, trade(99, "7")), (secs(21), secs(31), secs(31), last("7")));
        // The last trade of an old ticker is an old one.
        assert_eq!(ages(32, ticker(30, Some("8"))), (secs(30), secs(31), secs(32), last("7")));
    }

    #[test]
    fn sampler_what_comes_late_does_not_replace_what_is_newer() {
        let mut sampler = Sampler::default();
        let mut known = |now, event| {
            sampler.observe(secs(now), &event, AGE_MAX);
            let (mark, reach) = sampler.sample(symbol("A/USD")).unwrap();
            (mark.quoted, mark.traded, mark.last, reach.map(|reach| reach.low))
        };
        let at = |text| Some(price(text));
        let other = |at: i64| {
            let Event::Ticker(ticker) = ticker(at, None) else { unreachable!() };
            Event::Ticker(Ticker { bid: Some(price("1")), ..ticker })
        };
        known(100, ticker(100, None));
        assert_eq!(known(100, trade(100, "5")), (secs(100), secs(100), at("5"), at("5")));
        // It was traded at, and is not the latest.
        assert_eq!(known(101, trade(99, "4")), (secs(100), secs(100), at("5"), at("4")));
        for late in [99, 90] {
            assert_eq!(known(101, other(late)), (secs(100), secs(100), at("5"), None));
        }
        // So late that a clock was set: taken, and as old as it says.
        assert_eq!(known(101, other(89)).0, secs(89));
        assert_eq!(known(101, trade(89, "3")), (secs(89), secs(89), at("3"), at("3")));
        // Of the same moment: what came last.
        assert_eq!(known(101, trade(89, "2")).2, at("2"));
    }

    #[test]
    fn sampler_what_an_increase_could_be_judged_by_is_late_and_no_clock_that_was_set() {
        let mut sampler = Sampler::default();
        let mut quoted = |at| {
            sampler.observe(secs(101), &ticker(at, None), Span::from_secs(30));
            sampler.sample(symbol("A/USD")).unwrap().0.quoted
        };
        assert_eq!([100, 89, 70].map(&mut quoted), [secs(100); 3]);
        assert_eq!(quoted(69), secs(69));
    }

    #[test]
    fn sampler_reach_is_between_marks() {
        let mut sampler = Sampler::default();
        let mut reach = |events: &[Event]| {
            for event in events {
                sampler.observe(secs(50), event, AGE_MAX);
            }
            sampler.sample(symbol("A/USD")).unwrap().1.map(|reach| (reach.low, reach.high))
        };
        let between = |low, high| Some((price(low), price(high)));
        assert_eq!(reach(&[ticker(1, None)]), None);
        assert_eq!(
            reach(&[trade(1, "5"), trade(2, "9"), trade(3, "4"), trade(4, "6")]),
            between("4", "9")
        );
        assert_eq!(reach(&[ticker(5, Some("7"))]), between("7", "7"));
        assert_eq!(reach(&[ticker(6, None)]), None);
    }
}
