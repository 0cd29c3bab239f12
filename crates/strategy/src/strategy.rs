//! The trait of everything that has an opinion about a market.

use contracts::{Bar, Feed, Fill, Label, OrderUpdate, Refusal, Signal, Symbol, Ticker, Trade};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cx::Cx;
use crate::invalid::Invalid;
use crate::params::Params;
use crate::setup::Setup;

/// Whether a strategy goes by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heeded {
    /// It does, as far as it may.
    Yes,
    /// It does not; people are told.
    No,
}

/// A strategy: hears the market and its own orders, and says intents through [`Cx`].
///
/// Its whole state is a function of what it was told, in that order. It reads no clock (`cx.now()` is
/// the time), does no IO, and draws no random number; so that what it decided once, it decides again.
/// Floats are for signals; amounts are exact.
///
/// A strategy that panics, or says more than [`crate::INTENTS_PER_CALL_MAX`] intents in one call, is
/// quarantined: nothing of that call goes out, its open orders are cancelled, and it hears nothing more.
pub trait Strategy: Sized + Send + 'static {
    /// The name of the class, as a roster names it.
    const NAME: &'static str;
    /// What it does, in one line.
    const ABOUT: &'static str;

    /// Its parameters; see [`crate::params`].
    type Config: Params;

    /// What of it survives a restart; `()` where there is nothing.
    type State: Serialize + DeserializeOwned;

    /// Declares what it needs, and begins; refused where its parameters make no sense.
    fn on_start(config: Self::Config, setup: &mut Setup) -> Result<Self, Invalid>;

    /// What is saved. Floats must come back bit for bit, as those of `indicators` do.
    fn state(&self) -> &Self::State;

    /// Takes back what was saved by one with the same parameters.
    fn restore(&mut self, state: Self::State) -> Result<(), Invalid>;

    /// A bar has closed.
    fn on_bar(&mut self, _bar: &Bar, _cx: &mut Cx<'_>) {}

    /// Others have traded.
    fn on_trade(&mut self, _trade: &Trade, _cx: &mut Cx<'_>) {}

    /// The book is whole again: read it through [`Cx::book`].
    fn on_book(&mut self, _symbol: Symbol, _cx: &mut Cx<'_>) {}

    /// Best prices and last trade.
    fn on_ticker(&mut self, _ticker: &Ticker, _cx: &mut Cx<'_>) {}

    /// How well we see a market has changed; also told when its book ceased to be what the venue has.
    fn on_feed(&mut self, _feed: &Feed, _cx: &mut Cx<'_>) {}

    /// A timer that [`Cx::timer`] has set.
    fn on_timer(&mut self, _name: Label, _cx: &mut Cx<'_>) {}

    /// One of its own orders has moved. The fills it tells of may not have come yet.
    fn on_order(&mut self, _update: &OrderUpdate, _cx: &mut Cx<'_>) {}

    /// Its position has changed: a part of one of its orders, or of an order that guards it, has traded.
    fn on_fill(&mut self, _fill: &Fill, _cx: &mut Cx<'_>) {}

    /// The gate has refused one of its intents.
    fn on_refused(&mut self, _refusal: &Refusal, _cx: &mut Cx<'_>) {}

    /// A program outside wants it to have a position in one of its symbols. One that has expired is not told.
    fn on_signal(&mut self, _signal: &Signal, _cx: &mut Cx<'_>) -> Heeded {
        Heeded::No
    }
}
