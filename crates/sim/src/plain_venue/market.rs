//! The given market, as far as an order can meet it: the best quotes, and what we have taken of them.

use contracts::{Instrument, Price, Qty, Side, Span, Ticker, Ts};
use serde::{Deserialize, Serialize};

/// One side's best quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quote {
    pub(crate) price: Price,
    /// What the market last showed.
    shown: Qty,
    /// What is left of it for us.
    pub(crate) left: Qty,
}

/// The market of one instrument.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Market {
    pub(crate) instrument: Option<Instrument>,
    bid: Option<Quote>,
    ask: Option<Quote>,
    pub(crate) last: Option<Price>,
    quoted_at: Ts,
}

impl Market {
    /// Takes new quotes. What we took stays taken until the quote changes.
    pub(crate) fn quote(&mut self, now: Ts, ticker: &Ticker) {
        self.bid = renewed(self.bid, ticker.bid, ticker.bid_qty);
        self.ask = renewed(self.ask, ticker.ask, ticker.ask_qty);
        self.quoted_at = now;
    }

    /// The quote that an order of that side would take, if it can be believed.
    pub(crate) fn opposite(&self, side: Side, now: Ts, age_max: Span) -> Option<Quote> {
        let quote = match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        };
        quote.filter(|_| now.since(self.quoted_at) <= age_max)
    }

    /// The quote on the side where an order of that side would rest.
    pub(crate) fn same(&self, side: Side) -> Option<Quote> {
        match side {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        }
    }

    /// So much of the opposite quote is gone.
    pub(crate) fn consume(&mut self, side: Side, qty: Qty) {
        let quote = match side {
            Side::Buy => &mut self.ask,
            Side::Sell => &mut self.bid,
        };
        if let Some(quote) = quote {
            quote.left = quote.left.saturating_minus(qty);
        }
    }
}

impl Quote {
    /// What the market shows at this price.
    pub(crate) fn shown(&self) -> Qty {
        self.shown
    }
}

fn renewed(held: Option<Quote>, price: Option<Price>, shown: Qty) -> Option<Quote> {
    let price = price?;
    match held {
        Some(quote) if quote.price == price && quote.shown == shown => Some(quote),
        _ => Some(Quote { price, shown, left: shown }),
    }
}
