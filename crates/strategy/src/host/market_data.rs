//! The market comes in: facts are updated first, then those who declared the stream are called.

use book::Applied;
use contracts::{Bar, Feed, FeedState, Instrument, Level, Ticker, Trade, Ts};
use kernel::Outbox;

use super::{BARS, Host, Moment, set_timer};
use crate::pulse::Pulse;

impl Host {
    #[inline]
    pub(super) fn trade(&mut self, now: Ts, trade: &Trade, out: &mut Outbox<'_>) {
        let Some(market) = self.markets.place(trade.symbol) else { return };
        let facts = self.markets.at(market);
        facts.last = Some(trade.price);
        facts.last_is_of_bar = false;
        if !facts.bars.is_empty() {
            self.trade_into_bars(now, market, trade, out);
        }
        for listener in 0..self.routes[market].trades.len() {
            let place = usize::from(self.routes[market].trades[listener]);
            self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_trade(trade, cx));
            self.seats[place].desk.heard(trade.symbol, Pulse::Trades);
        }
    }

    fn trade_into_bars(&mut self, now: Ts, market: usize, trade: &Trade, out: &mut Outbox<'_>) {
        let mut moved = false;
        for stream in 0..self.markets.at(market).bars.len() {
            let taken = self.markets.at(market).bars[stream].on_trade(now, trade);
            let Some((closed, other_time)) = taken else { continue };
            moved |= other_time;
            for bar in closed {
                self.tell_bar(now, (market, stream), &bar, out);
            }
        }
        if moved {
            self.set_bar_timer(out);
        }
    }

    /// Bars are to be closed though nothing may have traded.
    pub(super) fn bar_timer(&mut self, now: Ts, out: &mut Outbox<'_>) {
        self.bars_due = None;
        for market in 0..self.routes.len() {
            for stream in 0..self.markets.at(market).bars.len() {
                let closed = self.markets.at(market).bars[stream].on_time(now);
                for bar in closed {
                    self.tell_bar(now, (market, stream), &bar, out);
                }
            }
        }
        self.set_bar_timer(out);
    }

    /// Moves the timer of the bars to the first one that ends.
    pub(super) fn set_bar_timer(&mut self, out: &mut Outbox<'_>) {
        let due = self.markets.next_bar_close();
        set_timer(BARS, &mut self.bars_due, due, out);
    }

    /// A bar that somebody else has made: of history, or from the store.
    pub(super) fn ready_bar(&mut self, now: Ts, bar: &Bar, out: &mut Outbox<'_>) {
        let Some(market) = self.markets.place(bar.symbol) else { return };
        let facts = self.markets.at(market);
        let stream = facts.bars.iter().position(|held| held.timeframe() == bar.timeframe);
        let Some(stream) = stream else { return };
        // Trades and tickers are newer than the close of any bar.
        if facts.last.is_none() || facts.last_is_of_bar {
            (facts.last, facts.last_is_of_bar) = (Some(bar.close), true);
        }
        self.tell_bar(now, (market, stream), bar, out);
    }

    /// Calls those who declared a stream with a bar of it, unless it was told before.
    fn tell_bar(
        &mut self,
        now: Ts,
        (market, stream): (usize, usize),
        bar: &Bar,
        out: &mut Outbox<'_>,
    ) {
        if !self.markets.at(market).bars[stream].is_news(bar) {
            return;
        }
        let span = bar.timeframe.span();
        // A bar that ended more than its own length ago is history: nobody trades on it.
        let moment = Moment { now, history: bar.open_at + span.times(2) < now };
        for listener in 0..self.routes[market].bars[stream].len() {
            let place = usize::from(self.routes[market].bars[stream][listener]);
            self.call(place, moment, out, |strategy, cx| strategy.on_bar(bar, cx));
            self.seats[place].desk.heard(bar.symbol, Pulse::Bars(bar.timeframe));
        }
    }

    #[inline]
    pub(super) fn level(&mut self, now: Ts, level: &Level, out: &mut Outbox<'_>) {
        let Some(market) = self.markets.place(level.symbol) else { return };
        let Some(book) = self.markets.at(market).book.as_mut() else { return };
        match book.apply(now, level) {
            Applied::Whole => self.tell_book(now, market, level, out),
            Applied::Unsafe(_) => {
                let feed = Feed { symbol: level.symbol, state: FeedState::Gap };
                for listener in 0..self.routes[market].book.len() {
                    let place = usize::from(self.routes[market].book[listener]);
                    self.tell_feed(now, place, &feed, out);
                }
            }
            Applied::OtherSymbol | Applied::Ignored | Applied::Partial => {}
        }
    }

    fn tell_book(&mut self, now: Ts, market: usize, level: &Level, out: &mut Outbox<'_>) {
        let symbol = level.symbol;
        for listener in 0..self.routes[market].book.len() {
            let place = usize::from(self.routes[market].book[listener]);
            self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_book(symbol, cx));
        }
    }

    pub(super) fn ticker(&mut self, now: Ts, ticker: &Ticker, out: &mut Outbox<'_>) {
        let Some(market) = self.markets.place(ticker.symbol) else { return };
        let facts = self.markets.at(market);
        (facts.bid, facts.ask) = (ticker.bid, ticker.ask);
        if ticker.last.is_some() {
            (facts.last, facts.last_is_of_bar) = (ticker.last, false);
        }
        for listener in 0..self.routes[market].ticker.len() {
            let place = usize::from(self.routes[market].ticker[listener]);
            self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_ticker(ticker, cx));
        }
    }

    pub(super) fn feed(&mut self, now: Ts, feed: &Feed, out: &mut Outbox<'_>) {
        let Some(market) = self.markets.place(feed.symbol) else { return };
        self.markets.at(market).feed = feed.state;
        for listener in 0..self.routes[market].all.len() {
            let place = usize::from(self.routes[market].all[listener]);
            self.tell_feed(now, place, feed, out);
        }
    }

    fn tell_feed(&mut self, now: Ts, place: usize, feed: &Feed, out: &mut Outbox<'_>) {
        self.call(place, Moment::new(now), out, |strategy, cx| strategy.on_feed(feed, cx));
    }

    pub(super) fn instrument(&mut self, instrument: &Instrument) {
        let Some(market) = self.markets.place(instrument.symbol) else { return };
        let facts = self.markets.at(market);
        facts.instrument = Some(*instrument);
        if let Some(book) = facts.book.as_mut() {
            book.follow(instrument);
        }
    }
}
