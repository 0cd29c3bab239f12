//! What the host knows of each market that one of its strategies trades: only what was declared.

use book::Book;
use contracts::{FeedState, Instrument, Price, Side, Symbol, SymbolMap, Ts};
use serde::{Deserialize, Serialize};

use crate::bars::BarStream;

/// One market.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Market {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) instrument: Option<Instrument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) last: Option<Price>,
    /// Whether the last price is the close of a bar, and not newer.
    pub(crate) last_is_of_bar: bool,
    /// The best prices of the ticker.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) bid: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) ask: Option<Price>,
    pub(crate) feed: FeedState,
    /// Where somebody declared it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) book: Option<Book>,
    /// One for each length that somebody declared, the shortest first.
    pub(crate) bars: Vec<BarStream>,
}

impl Market {
    pub(crate) fn new() -> Self {
        Self {
            instrument: None,
            last: None,
            last_is_of_bar: false,
            bid: None,
            ask: None,
            feed: FeedState::Live,
            book: None,
            bars: Vec::new(),
        }
    }

    /// The price that an order of that side would meet.
    pub(crate) fn touch(&self, side: Side) -> Option<Price> {
        let met = side.opposite();
        let resting = self.book.as_ref().and_then(Book::whole).and_then(|view| view.best(met));
        let ticker = match met {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        };
        resting.map(|quote| quote.price).or(ticker).or(self.last)
    }
}

/// All markets, each at a place that does not change while the host lives.
#[derive(Debug, Default)]
pub(crate) struct Markets {
    places: SymbolMap<u16>,
    all: Vec<Market>,
}

impl Markets {
    /// The place of a market, made where there is none yet; nothing beyond the bound.
    pub(crate) fn open(&mut self, symbol: Symbol) -> Option<usize> {
        if self.places.is_full() && self.places.get(symbol).is_none() {
            return None;
        }
        let next = self.all.len();
        let place = *self.places.get_or_insert_with(symbol, || next as u16);
        if usize::from(place) == next {
            self.all.push(Market::new());
        }
        Some(usize::from(place))
    }

    #[inline]
    pub(crate) fn place(&self, symbol: Symbol) -> Option<usize> {
        self.places.get(symbol).map(|place| usize::from(*place))
    }

    #[inline]
    pub(crate) fn get(&self, symbol: Symbol) -> Option<&Market> {
        self.all.get(self.place(symbol)?)
    }

    #[inline]
    pub(crate) fn at(&mut self, place: usize) -> &mut Market {
        &mut self.all[place]
    }

    /// When the next bar of any market is to be closed by time.
    pub(crate) fn next_bar_close(&self) -> Option<Ts> {
        self.all.iter().flat_map(|market| &market.bars).filter_map(BarStream::next_close).min()
    }

    /// Takes what was saved of a market, as far as it is still declared.
    pub(crate) fn take_back(&mut self, symbol: Symbol, saved: &Market) {
        let Some(place) = self.place(symbol) else { return };
        let market = self.at(place);
        let Market { instrument, last, last_is_of_bar, bid, ask, feed, .. } = saved.clone();
        let book = market.book.as_ref().map(|book| {
            let same = saved.book.as_ref().filter(|kept| kept.depth_max() == book.depth_max());
            same.unwrap_or(book).clone()
        });
        let kept = |stream: BarStream| {
            let mut saved = saved.bars.iter();
            saved.find(|kept| kept.timeframe() == stream.timeframe()).cloned().unwrap_or(stream)
        };
        let bars = std::mem::take(&mut market.bars).into_iter().map(kept).collect();
        *market = Market { instrument, last, last_is_of_bar, bid, ask, feed, book, bars };
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Symbol, &Market)> {
        self.places.iter().map(|(symbol, place)| (symbol, &self.all[usize::from(*place)]))
    }
}
