//! What a strategy declares before anything moves: the streams it wants, and how much history.
//!
//! A stream that nobody declared is not heard, not kept and not paid for.

use contracts::{Symbol, Timeframe};
use serde::{Deserialize, Serialize};

use crate::per_symbol::PerSymbol;
use crate::pulse::Pulse;

/// Where a strategy says what it needs.
#[derive(Debug)]
pub struct Setup {
    symbols: Vec<Symbol>,
    wants: Wants,
}

/// The streams that a strategy wants, of each of its symbols.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wants {
    pub(crate) trades: bool,
    pub(crate) book: bool,
    pub(crate) ticker: bool,
    pub(crate) bars: Vec<Timeframe>,
    /// How many events of a stream, per symbol, only warm up.
    pub(crate) warm_up: Vec<(Pulse, u32)>,
}

impl Setup {
    pub(crate) fn new(symbols: &[Symbol]) -> Self {
        Self { symbols: symbols.to_vec(), wants: Wants::default() }
    }

    pub(crate) fn into_wants(self) -> Wants {
        self.wants
    }

    /// The symbols that this strategy is to trade.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// `on_trade` for every trade.
    pub fn trades(&mut self) -> Declared<'_> {
        self.pulse(Pulse::Trades)
    }

    /// `on_bar` for every closed bar of that length. The host makes bars of trades, and closes them
    /// by time where nothing trades; bars that come ready-made are taken as they are.
    pub fn bars(&mut self, timeframe: Timeframe) -> Declared<'_> {
        self.pulse(Pulse::Bars(timeframe))
    }

    /// Trades, or bars of a length: whichever the parameter says.
    pub fn pulse(&mut self, pulse: Pulse) -> Declared<'_> {
        match pulse {
            Pulse::Trades => self.wants.trades = true,
            Pulse::Bars(timeframe) if !self.wants.bars.contains(&timeframe) => {
                self.wants.bars.push(timeframe);
            }
            Pulse::Bars(_) => {}
        }
        Declared { wants: &mut self.wants, pulse }
    }

    /// `on_book` each time the book is whole again, and `Cx::book`.
    pub fn book(&mut self) {
        self.wants.book = true;
    }

    /// `on_ticker` for every ticker.
    pub fn ticker(&mut self) {
        self.wants.ticker = true;
    }

    /// State for each symbol, made by `make`.
    pub fn per_symbol<T>(&self, make: impl Fn(Symbol) -> T + Send + 'static) -> PerSymbol<T> {
        PerSymbol::new(&self.symbols, make)
    }
}

/// A stream that was declared.
#[derive(Debug)]
pub struct Declared<'a> {
    wants: &'a mut Wants,
    pulse: Pulse,
}

impl Declared<'_> {
    /// The first `events` of this stream, per symbol, only warm up: they are heard like all others, but
    /// what the strategy then asks for is dropped, and counted.
    pub fn warm_up(self, events: u32) {
        let warm_up = &mut self.wants.warm_up;
        warm_up.retain(|(pulse, _)| *pulse != self.pulse);
        if events > 0 {
            warm_up.push((self.pulse, events));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setup_streams_are_declared_once_and_the_last_warm_up_counts() {
        let mut setup = Setup::new(&[]);
        setup.bars(Timeframe::M5).warm_up(26);
        setup.bars(Timeframe::M5).warm_up(30);
        setup.bars(Timeframe::H1).warm_up(0);
        let wants = setup.into_wants();
        assert_eq!(wants.bars, [Timeframe::M5, Timeframe::H1]);
        assert_eq!(wants.warm_up, [(Pulse::Bars(Timeframe::M5), 30)]);
        assert!(!wants.trades && !wants.book && !wants.ticker);
    }
}
