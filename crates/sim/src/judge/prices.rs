//! The prices by which the gate has to judge, made by the judge from the market data that the gate's
//! process took. Of the gate itself it takes only the moments at which it looked.

use std::collections::BTreeMap;

use contracts::{Envelope, Event, FeedState, Mark, Price, Side, Span, Symbol, Ts};

/// What has changed for longer than this, the gate has looked at.
const LOOKS_WITHIN: Span = Span::SECOND;

/// A price with the time that it is from.
type Dated = (Price, Ts);

/// What there is to know of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    bid: Option<Price>,
    ask: Option<Price>,
    quoted: Ts,
    last: Option<Price>,
    traded: Ts,
    pub(super) state: FeedState,
}

impl Quote {
    const NOTHING: Self = Self {
        bid: None,
        ask: None,
        quoted: Ts::ZERO,
        last: None,
        traded: Ts::ZERO,
        state: FeedState::Live,
    };

    /// The price at which what is held is valued: the middle of the book, else the last trade.
    fn value(&self) -> Option<Price> {
        match (self.bid, self.ask) {
            (Some(bid), Some(ask)) => Some(bid.midpoint(ask)),
            _ => self.last.or(self.bid).or(self.ask),
        }
    }

    fn last_is(&mut self, price: Price, at: Ts) {
        if !came_late(at, self.traded) {
            (self.last, self.traded) = (Some(price), at);
        }
    }

    fn trade(&self) -> Option<Dated> {
        self.last.map(|price| (price, self.traded))
    }

    /// What an order of that side would meet: whoever stands opposite, else the last trade.
    fn met(&self, side: Side) -> Option<Dated> {
        let (opposite, own) = match side {
            Side::Buy => (self.ask, self.bid),
            Side::Sell => (self.bid, self.ask),
        };
        let quoted = |price: Price| (price, self.quoted);
        opposite.map(quoted).or(self.trade()).or(own.map(quoted))
    }

    /// The same, or the last trade where that is the newer of the two and the other is too old.
    pub(super) fn touch(&self, side: Side, now: Ts, age_max: Span) -> Option<Price> {
        let (met, from) = self.met(side)?;
        let newer = self.trade().filter(|(_, at)| *at > from && now.since(from) > age_max);
        Some(newer.map_or(met, |(last, _)| last))
    }

    /// The age of the oldest price that an order of that side is judged by.
    pub(super) fn age(&self, side: Side, now: Ts) -> Option<Span> {
        let (_, met) = self.met(side)?;
        let has_book = self.bid.is_some() && self.ask.is_some();
        let valued = if has_book || self.last.is_none() { self.quoted } else { self.traded };
        Some(now.since(met.min(valued)))
    }

    fn is(&self, mark: &Mark) -> bool {
        let Mark { symbol: _, bid, ask, last, seen: _, quoted, traded, state } = *mark;
        *self == Self { bid, ask, quoted, last, traded, state }
    }
}

/// Older than what is known, and not by so much that a clock must have been set.
fn came_late(at: Ts, known: Ts) -> bool {
    let by = known.since(at);
    by > Span::ZERO && by <= Span::from_secs(10)
}

/// All markets.
#[derive(Default)]
pub(super) struct Prices {
    /// As they were taken, with the time of the last change.
    heard: BTreeMap<Symbol, (Quote, Ts)>,
    /// As they were when the gate looked.
    looked: BTreeMap<Symbol, Quote>,
}

impl Prices {
    /// Market data was taken.
    pub(super) fn hears(&mut self, taken: &Envelope) {
        let Some(symbol) = taken.topic().symbol() else { return };
        let (mut quote, _) = self.heard.get(&symbol).copied().unwrap_or((Quote::NOTHING, Ts::ZERO));
        let now = taken.rx;
        match &taken.event {
            // A price is as old as what happened, however late it came, and never from the future.
            Event::Trade(trade) => quote.last_is(trade.price, trade.at.min(now)),
            Event::Ticker(ticker) => {
                let at = ticker.at.min(now);
                if !came_late(at, quote.quoted) {
                    (quote.bid, quote.ask, quote.quoted) = (ticker.bid, ticker.ask, at);
                }
                if let Some(last) = ticker.last.filter(|_| at >= quote.traded) {
                    quote.last_is(last, at);
                }
            }
            Event::Feed(feed) => quote.state = feed.state,
            _ => return,
        }
        self.heard.insert(symbol, (quote, now));
    }

    /// The gate has looked, and says what it saw.
    pub(super) fn looked(&mut self, mark: &Mark) -> Result<(), String> {
        let heard = self.heard.get(&mark.symbol).map(|(quote, _)| *quote);
        match heard.filter(|quote| quote.is(mark)) {
            Some(quote) => {
                self.looked.insert(mark.symbol, quote);
                Ok(())
            }
            None => Err(format!("the gate saw {mark:?}, and there was {heard:?}")),
        }
    }

    /// What is judged by now: that market as it is, and all others as they were a moment ago.
    pub(super) fn judged_by(&self, symbol: Symbol, now: Ts) -> Result<&Quote, String> {
        for (market, (quote, at)) in &self.heard {
            let must = *market == symbol || now.since(*at) > LOOKS_WITHIN;
            if must && self.looked.get(market) != Some(quote) {
                return Err(format!("{market} has moved to {quote:?}, and the gate did not look"));
            }
        }
        self.looked.get(&symbol).ok_or(format!("{symbol} has no price"))
    }

    /// The price at which what is held of that is valued.
    pub(super) fn value(&self, symbol: Symbol) -> Option<Price> {
        self.looked.get(&symbol)?.value()
    }

    /// The same of everything.
    pub(super) fn values(&self) -> impl Iterator<Item = (Symbol, Price)> {
        self.looked.iter().filter_map(|(symbol, quote)| Some((*symbol, quote.value()?)))
    }
}
