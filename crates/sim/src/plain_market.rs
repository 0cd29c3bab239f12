//! A plain random walk: quotes and trades around a price that goes up and down by ticks.

use contracts::{
    Event, Instrument, MarketStatus, Money, Price, Qty, Side, Span, Symbol, Ticker, Trade, TradeId,
    Ts,
};
use kernel::Seeded;

use crate::world::MarketFeed;

/// The market of one symbol, from a seed.
pub struct PlainMarket {
    dice: Seeded,
    instrument: Instrument,
    now: Ts,
    /// The middle, in ticks.
    middle: u64,
    trades: u64,
    /// Said before anything else comes.
    waiting: Vec<Event>,
}

impl PlainMarket {
    /// A market that begins at 100.00 and moves every few hundred milliseconds.
    pub fn new(seed: u64, start: Ts, symbol: Symbol) -> Self {
        let pico = |amount: u128| Qty::from_pico(amount).unwrap_or(Qty::ZERO);
        let tick = Price::from_pico(10_000_000_000).unwrap_or(Price::MIN);
        let instrument = Instrument {
            symbol,
            tick,
            lot: pico(100_000_000),
            qty_min: pico(1_000_000_000),
            cost_min: Money::from_units(1),
            valid_from: start,
            quote_decimals: 4,
            price_decimals: 2,
            qty_decimals: 8,
            status: MarketStatus::Online,
        };
        let dice = Seeded::new(seed).fork("plain market");
        let waiting = vec![Event::Instrument(instrument)];
        Self { dice, instrument, now: start, middle: 10_000, trades: 0, waiting }
    }

    /// The rules of what is traded.
    pub fn instrument(&self) -> Instrument {
        self.instrument
    }

    fn price(&self, ticks: u64) -> Price {
        Price::from_pico(self.instrument.tick.pico() * u128::from(ticks)).unwrap_or(Price::MIN)
    }

    fn lots(&mut self, most: u64) -> Qty {
        let lots = u128::from(self.dice.below(most) + 1);
        Qty::from_pico(self.instrument.lot.pico() * lots).unwrap_or(Qty::ZERO)
    }

    fn move_on(&mut self) {
        let step = self.dice.between(-12, 12);
        self.middle = self.middle.saturating_add_signed(step).clamp(5_000, 20_000);
        let (bid, ask) = (self.price(self.middle - 1), self.price(self.middle + 1));
        let (bid_qty, ask_qty) = (self.lots(30_000), self.lots(30_000));
        let taker = if self.dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let price = if taker == Side::Buy { ask } else { bid };
        let (symbol, at) = (self.instrument.symbol, self.now);
        self.trades += 1;
        let qty = self.lots(20_000);
        let trade = Trade { symbol, price, qty, id: TradeId::new(self.trades), at, taker };
        let (bid, ask, last) = (Some(bid), Some(ask), Some(price));
        self.waiting.push(Event::Ticker(Ticker { symbol, bid, ask, last, bid_qty, ask_qty, at }));
        self.waiting.push(Event::Trade(trade));
    }
}

impl MarketFeed for PlainMarket {
    fn next_event(&mut self) -> Option<(Ts, Event)> {
        if self.waiting.is_empty() {
            self.now = self.now + Span::from_millis(self.dice.between(20, 400));
            self.move_on();
            self.waiting.reverse();
        }
        self.waiting.pop().map(|event| (self.now, event))
    }
}
