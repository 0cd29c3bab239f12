//! What a synthetic market is asked to be, in the words of people, and what may be asked.
//!
//! Relies on nothing but `contracts`; the presets stand beside it, the meaning in units of the market
//! is [`super::law`].

use contracts::{Bps, Instrument, MarketStatus, Ppm, Price, Qty, Span, Symbol, Ts};
use serde::{Deserialize, Serialize};

use super::law::Law;

/// A market of one or more symbols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketConfig {
    /// When it opens. Everything it says is on whole microseconds, as the venue's clock has it.
    pub start: Ts,
    /// What it says.
    pub streams: Streams,
    /// Its symbols, each once, at most [`Self::SYMBOLS_MAX`].
    pub symbols: Vec<SymbolConfig>,
}

/// What a market says. The trades are the same in all four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Streams {
    /// Trades alone: the fastest.
    Trades,
    /// Trades, and a ticker when an order meets new best prices.
    Ticker,
    /// Trades, every change of the book, and a ticker on each change of the best prices.
    Book,
    /// As the book, with the venue's checksum at the end of each message.
    CheckedBook,
}

impl Streams {
    /// Whether there are levels.
    pub(super) fn has_book(self) -> bool {
        self >= Self::Book
    }
}

/// One symbol of a synthetic market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolConfig {
    /// The venue's rules.
    pub instrument: Instrument,
    /// The price at the opening.
    pub start_price: Price,
    /// How far the price usually goes in a day: the standard deviation of a price that only wanders,
    /// at most 2 000. It is met from one minute to the next; trends make whole days a little wilder.
    pub daily_volatility: Bps,
    /// How long an unusual volatility lasts, on average.
    pub volatility_life: Span,
    /// Which part of the variance is common to all symbols; what makes them move together.
    pub common_share: Ppm,
    /// How many orders meet the book in an ordinary hour, from 6 up. Each becomes one or more trades.
    pub orders_per_hour: u32,
    /// The mean size of such an order. Most are far smaller, a few far larger.
    pub order_qty: Qty,
    /// How many messages of the book there are for each such order.
    pub updates_per_order: u32,
    /// The ordinary spread.
    pub spread_ticks: u32,
    /// What ordinarily rests at a level.
    pub level_qty: Qty,
    /// How far levels behind the best are apart, a power of two.
    pub level_gap_ticks: u32,
    /// How many levels of each side are shown, from 1 to 1 000.
    pub levels: u16,
    /// How many jumps there are in an ordinary week.
    pub jumps_per_week: u32,
    /// The mean size of a jump.
    pub jump: Bps,
    /// How long each mood lasts.
    pub regimes: RegimeLengths,
}

/// The mean lengths of the moods of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegimeLengths {
    /// Little happens.
    pub calm: Span,
    /// The price drifts, up or down.
    pub trend: Span,
    /// The price is drawn back to where the spell began.
    pub revert: Span,
}

/// A market that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// None, or too many.
    #[error("a market has from 1 to {max} symbols, not {0}", max = MarketConfig::SYMBOLS_MAX)]
    Symbols(usize),
    /// The same symbol twice.
    #[error("{0} is listed twice")]
    Repeated(Symbol),
    /// A value of one symbol.
    #[error("{symbol}: {field} must be {allowed}")]
    Field {
        /// Which symbol.
        symbol: Symbol,
        /// Which value.
        field: &'static str,
        /// What it may be.
        allowed: &'static str,
    },
    /// A saved market whose parts contradict each other.
    #[error("a saved market contradicts itself: {0}")]
    Contradiction(&'static str),
}

impl MarketConfig {
    /// The most symbols of one market: each step looks at all of them.
    pub const SYMBOLS_MAX: usize = 64;

    /// Brings the symbols into their order, which breaks ties, and checks everything.
    pub(super) fn lower(&mut self, seed: u64) -> Result<Vec<Law>, MarketError> {
        if self.symbols.is_empty() || self.symbols.len() > Self::SYMBOLS_MAX {
            return Err(MarketError::Symbols(self.symbols.len()));
        }
        self.symbols.sort_by_key(|config| config.instrument.symbol);
        for pair in self.symbols.windows(2) {
            if pair[0].instrument.symbol == pair[1].instrument.symbol {
                return Err(MarketError::Repeated(pair[0].instrument.symbol));
            }
        }
        self.symbols
            .iter()
            .map(|config| {
                config.check()?;
                Law::new(config, self.streams, seed)
            })
            .collect()
    }
}

impl SymbolConfig {
    /// The error that a value of this symbol is not what it must be.
    pub(super) fn wrong(&self, field: &'static str, allowed: &'static str) -> MarketError {
        MarketError::Field { symbol: self.instrument.symbol, field, allowed }
    }

    /// Checks everything that can be checked without the units of the market.
    fn check(&self) -> Result<(), MarketError> {
        let within = |value: i64, low: i64, high: i64| (low..=high).contains(&value);
        let length = |span: Span| within(span.nanos(), Span::MINUTE.nanos(), 30 * DAY);
        let bps = i64::from(self.daily_volatility.get());
        let share = i64::from(self.common_share.get());
        let jump = i64::from(self.jump.get());
        let RegimeLengths { calm, trend, revert } = self.regimes;
        let online = self.instrument.status == MarketStatus::Online;
        let rules = [
            (online, "instrument.status", "online"),
            (within(bps, 1, 2_000), "daily_volatility", "from 1 to 2000 basis points"),
            (length(self.volatility_life), "volatility_life", "from a minute to 30 days"),
            (within(share, 0, 900_000), "common_share", "from 0 to 900000 parts per million"),
            (
                within(self.orders_per_hour.into(), 6, 36_000_000),
                "orders_per_hour",
                "6 to 36000000",
            ),
            (within(self.updates_per_order.into(), 1, 1_000), "updates_per_order", "1 to 1000"),
            (within(self.spread_ticks.into(), 1, 1_000_000), "spread_ticks", "1 to 1000000"),
            (self.level_gap_ticks.is_power_of_two(), "level_gap_ticks", "a power of two"),
            (self.level_gap_ticks <= 1 << 20, "level_gap_ticks", "at most 1048576"),
            (within(self.levels.into(), 1, 1_000), "levels", "from 1 to 1000"),
            (self.jumps_per_week <= 1_000, "jumps_per_week", "at most 1000"),
            (within(jump, 0, 2_000), "jump", "from 0 to 2000 basis points"),
            (length(calm), "regimes.calm", "from a minute to 30 days"),
            (length(trend), "regimes.trend", "from a minute to 30 days"),
            (length(revert), "regimes.revert", "from a minute to 30 days"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, field, allowed)) => Err(self.wrong(field, allowed)),
            None => Ok(()),
        }
    }
}

const DAY: i64 = Span::DAY.nanos();

#[cfg(test)]
mod tests {
    use contracts::testing::{price, qty};

    use super::*;
    use crate::synthetic::btc_usd;

    fn check(change: impl Fn(&mut SymbolConfig), field: &str) {
        let mut symbol = btc_usd();
        change(&mut symbol);
        let mut config =
            MarketConfig { start: Ts::ZERO, streams: Streams::Book, symbols: vec![symbol] };
        match config.lower(1) {
            Err(MarketError::Field { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{field}: {:?}", other.map(|laws| laws.len())),
        }
    }

    #[test]
    fn config_hostile_values_refused_by_name() {
        check(|c| c.instrument.status = MarketStatus::Maintenance, "instrument.status");
        check(|c| c.instrument.lot = Qty::ZERO, "instrument.lot");
        check(|c| c.instrument.lot = qty("10000000000"), "instrument.lot");
        check(|c| c.instrument.tick = price("10000000000"), "instrument.tick");
        check(|c| c.instrument.qty_min = qty("1000000000"), "instrument.qty_min");
        check(|c| c.start_price = price("0.1"), "start_price");
        check(|c| c.start_price = price("1000000000000000"), "start_price");
        check(|c| c.daily_volatility = Bps::new(0), "daily_volatility");
        check(|c| c.daily_volatility = Bps::new(i32::MAX), "daily_volatility");
        check(|c| c.volatility_life = Span::ZERO, "volatility_life");
        check(|c| c.common_share = Ppm::new(-1), "common_share");
        check(|c| c.orders_per_hour = 0, "orders_per_hour");
        check(|c| c.order_qty = Qty::ZERO, "order_qty");
        check(|c| c.order_qty = qty("100000000000000000000"), "order_qty");
        check(|c| c.updates_per_order = 0, "updates_per_order");
        check(|c| c.spread_ticks = 0, "spread_ticks");
        check(|c| c.spread_ticks = 1_000_000, "spread_ticks");
        check(|c| c.level_qty = Qty::ZERO, "level_qty");
        check(|c| c.level_gap_ticks = 3, "level_gap_ticks");
        check(|c| c.level_gap_ticks = 1 << 30, "level_gap_ticks");
        check(|c| c.levels = 0, "levels");
        check(|c| c.levels = u16::MAX, "levels");
        check(|c| c.jumps_per_week = u32::MAX, "jumps_per_week");
        check(|c| (c.jumps_per_week, c.jump) = (1_000, Bps::new(2_000)), "jump");
        check(|c| c.regimes.trend = Span::from_nanos(i64::MAX), "regimes.trend");
    }

    #[test]
    fn config_no_symbol_and_a_symbol_twice_refused() {
        let of = |symbols| MarketConfig { start: Ts::ZERO, streams: Streams::Trades, symbols };
        assert_eq!(of(vec![]).lower(1).err(), Some(MarketError::Symbols(0)));
        let twice = of(vec![btc_usd(), btc_usd()]).lower(1).err();
        assert_eq!(twice, Some(MarketError::Repeated(btc_usd().instrument.symbol)));
        let many = of(vec![btc_usd(); 65]).lower(1).err();
        assert_eq!(many, Some(MarketError::Symbols(65)));
    }
}
