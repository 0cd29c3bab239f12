//! The one layer of indirection between the host and a strategy, and how a strategy is begun.

use std::panic::{AssertUnwindSafe, catch_unwind};

use contracts::{Bar, Feed, Fill, Label, OrderUpdate, Refusal, Signal, Symbol, Ticker, Trade};
use serde_json::Value;

use crate::cx::Cx;
use crate::invalid::Invalid;
use crate::params::Params;
use crate::setup::{Setup, Wants};
use crate::strategy::{Heeded, Strategy};

/// A strategy, whatever its type.
pub(crate) trait Hears: Send {
    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>);
    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>);
    fn on_book(&mut self, symbol: Symbol, cx: &mut Cx<'_>);
    fn on_ticker(&mut self, ticker: &Ticker, cx: &mut Cx<'_>);
    fn on_feed(&mut self, feed: &Feed, cx: &mut Cx<'_>);
    fn on_timer(&mut self, name: Label, cx: &mut Cx<'_>);
    fn on_order(&mut self, update: &OrderUpdate, cx: &mut Cx<'_>);
    fn on_fill(&mut self, fill: &Fill, cx: &mut Cx<'_>);
    fn on_refused(&mut self, refusal: &Refusal, cx: &mut Cx<'_>);
    fn on_signal(&mut self, signal: &Signal, cx: &mut Cx<'_>) -> Heeded;
    /// Its state as JSON; nothing where it cannot be written.
    fn save(&self) -> Option<String>;
    fn load(&mut self, state: &str) -> Result<(), Invalid>;
}

struct Held<S>(S);

impl<S: Strategy> Hears for Held<S> {
    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>) {
        self.0.on_bar(bar, cx);
    }
    #[inline]
    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>) {
        self.0.on_trade(trade, cx);
    }
    fn on_book(&mut self, symbol: Symbol, cx: &mut Cx<'_>) {
        self.0.on_book(symbol, cx);
    }
    fn on_ticker(&mut self, ticker: &Ticker, cx: &mut Cx<'_>) {
        self.0.on_ticker(ticker, cx);
    }
    fn on_feed(&mut self, feed: &Feed, cx: &mut Cx<'_>) {
        self.0.on_feed(feed, cx);
    }
    fn on_timer(&mut self, name: Label, cx: &mut Cx<'_>) {
        self.0.on_timer(name, cx);
    }
    fn on_order(&mut self, update: &OrderUpdate, cx: &mut Cx<'_>) {
        self.0.on_order(update, cx);
    }
    fn on_fill(&mut self, fill: &Fill, cx: &mut Cx<'_>) {
        self.0.on_fill(fill, cx);
    }
    fn on_refused(&mut self, refusal: &Refusal, cx: &mut Cx<'_>) {
        self.0.on_refused(refusal, cx);
    }
    fn on_signal(&mut self, signal: &Signal, cx: &mut Cx<'_>) -> Heeded {
        self.0.on_signal(signal, cx)
    }
    fn save(&self) -> Option<String> {
        serde_json::to_string(self.0.state()).ok()
    }
    fn load(&mut self, state: &str) -> Result<(), Invalid> {
        let state = serde_json::from_str(state)
            .map_err(|error| Invalid::new(format!("saved state cannot be read: {error}")))?;
        self.0.restore(state)
    }
}

/// A strategy that has begun.
pub(crate) struct Begun {
    pub(crate) strategy: Box<dyn Hears>,
    pub(crate) wants: Wants,
    /// Every parameter, the defaults included.
    pub(crate) params: Value,
}

/// Begins a strategy of a class with those parameters, for those symbols.
pub(crate) type Begin = fn(&Value, &[Symbol]) -> Result<Begun, Invalid>;

pub(crate) fn begin<S: Strategy>(params: &Value, symbols: &[Symbol]) -> Result<Begun, Invalid> {
    let config = S::Config::read(params)?;
    let params = config.show();
    let mut setup = Setup::new(symbols);
    // What `on_start` was working on is dropped with the panic; nothing half made is seen again.
    let started = catch_unwind(AssertUnwindSafe(|| S::on_start(config, &mut setup)));
    match started {
        Ok(strategy) => {
            let strategy: Box<dyn Hears> = Box::new(Held(strategy?));
            Ok(Begun { strategy, wants: setup.into_wants(), params })
        }
        Err(panic) => Err(Invalid::new(format!("panicked at its start: {}", words_of(&*panic)))),
    }
}

/// What a panic said, cut to a length that fits everywhere.
pub(crate) fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    words.unwrap_or("without a word").chars().take(200).collect()
}
