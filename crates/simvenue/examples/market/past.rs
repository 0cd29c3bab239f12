//! What happened in a market, column by column for the eye and minute by minute for the statistics.
#![allow(clippy::cast_precision_loss, reason = "a picture needs no more digits than a float has")]

use contracts::{Event, Price, Qty, Side, Span, Ts};
use simvenue::synthetic::{Market, Regime, SymbolConfig};

/// What one column of the chart shows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Column {
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
    pub(crate) volume: f64,
    /// The sum of all spreads told, in ticks, and how many there were.
    pub(crate) spreads: f64,
    pub(crate) tickers: f64,
    pub(crate) regime: Option<Regime>,
}

/// What the statistics are made of.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) columns: Vec<Column>,
    /// How long a column is.
    pub(crate) column: Span,
    /// The middle of the book at the end of each minute, and the mean spread in it, in ticks.
    pub(crate) middles: Vec<f64>,
    pub(crate) spreads: Vec<f64>,
    /// The size of each order that met the book, and whether it bought.
    pub(crate) orders: Vec<(f64, bool)>,
    pub(crate) trades: u64,
    pub(crate) events: u64,
}

/// Reads a market.
struct Reader {
    past: Past,
    column: Column,
    column_end: Ts,
    minute_end: Ts,
    middle: f64,
    /// The spreads of this minute: their sum, and how many.
    spreads: [f64; 2],
    spread: f64,
    tick: f64,
    order_at: Ts,
}

impl Past {
    /// Reads a market of one symbol for so long.
    pub(crate) fn read(
        mut market: Market,
        preset: &SymbolConfig,
        length: Span,
        width: usize,
    ) -> Self {
        let start = market.config().start;
        let end = start + length;
        let column = Span::from_nanos(length.nanos() / width as i64);
        let mut reader = Reader {
            past: Self { column, ..Self::default() },
            column: Column::begin(price(preset.start_price)),
            column_end: start + column,
            minute_end: start + Span::MINUTE,
            middle: price(preset.start_price),
            spreads: [0.0; 2],
            spread: f64::from(preset.spread_ticks),
            tick: price(preset.instrument.tick),
            order_at: Ts::ZERO,
        };
        while let Some((at, event)) = market.next() {
            let regime = market.regime(preset.instrument.symbol);
            reader.pass(at.min(end), width, regime);
            if at >= end {
                break;
            }
            reader.take(at, &event);
        }
        reader.past
    }
}

impl Reader {
    /// Ends all columns and minutes that are over.
    fn pass(&mut self, at: Ts, width: usize, regime: Option<Regime>) {
        while self.minute_end <= at {
            let [sum, count] = self.spreads;
            self.past.middles.push(self.middle);
            self.past.spreads.push(if count > 0.0 { sum / count } else { self.spread });
            self.spreads = [0.0; 2];
            self.minute_end = self.minute_end + Span::MINUTE;
        }
        while self.column_end <= at && self.past.columns.len() < width {
            self.column.regime = regime;
            self.past.columns.push(self.column);
            self.column = Column::begin(self.column.close);
            self.column_end = self.column_end + self.past.column;
        }
    }

    fn take(&mut self, at: Ts, event: &Event) {
        self.past.events += 1;
        match event {
            Event::Trade(trade) => {
                self.past.trades += 1;
                self.column.trade(price(trade.price), qty(trade.qty));
                match self.past.orders.last_mut().filter(|_| self.order_at == at) {
                    Some((size, _)) => *size += qty(trade.qty),
                    None => self.past.orders.push((qty(trade.qty), trade.taker == Side::Buy)),
                }
                self.order_at = at;
            }
            Event::Ticker(ticker) => {
                if let (Some(bid), Some(ask)) = (ticker.bid, ticker.ask) {
                    self.quote(price(bid), price(ask));
                }
            }
            _ => {}
        }
    }

    fn quote(&mut self, bid: f64, ask: f64) {
        self.middle = f64::midpoint(bid, ask);
        self.spread = (ask - bid) / self.tick;
        self.spreads = [self.spreads[0] + self.spread, self.spreads[1] + 1.0];
        self.column.spreads += self.spread;
        self.column.tickers += 1.0;
    }
}

impl Column {
    fn begin(at: f64) -> Self {
        Self { open: at, high: at, low: at, close: at, ..Self::default() }
    }

    fn trade(&mut self, price: f64, qty: f64) {
        self.close = price;
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.volume += qty;
    }
}

/// A price as a number to draw.
pub(crate) fn price(price: Price) -> f64 {
    price.pico() as f64 / 1e12
}

/// A quantity as a number to draw.
pub(crate) fn qty(qty: Qty) -> f64 {
    qty.pico() as f64 / 1e12
}
