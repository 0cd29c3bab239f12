//! A strategy whose every move a test writes down.

use std::marker::PhantomData;

use contracts::testing::{price, symbol};
use contracts::{
    Bar, Envelope, Event, Fill, Label, OrderId, OrderUpdate, Refusal, Signal, Symbol, Ticker,
    Timeframe, Trade,
};
use serde_json::json;
use strategy::{Cx, Heeded, Instance, Invalid, Setup, Strategy};

/// What a puppet does when it hears something.
pub(crate) trait Script: Send + 'static {
    const NAME: &'static str;
    fn start(setup: &mut Setup) {
        setup.trades();
    }
    fn trade(_heard: &mut u32, _trade: &Trade, _cx: &mut Cx<'_>) {}
    fn bar(_bar: &Bar, _cx: &mut Cx<'_>) {}
    fn ticker(_ticker: &Ticker, _cx: &mut Cx<'_>) {}
    fn timer(_name: Label, _cx: &mut Cx<'_>) {}
    fn order(_update: &OrderUpdate, _cx: &mut Cx<'_>) {}
    fn fill(_fill: &Fill, _cx: &mut Cx<'_>) {}
    fn refused(_refusal: &Refusal, _cx: &mut Cx<'_>) {}
    fn signal(_signal: &Signal, _cx: &mut Cx<'_>) -> Heeded {
        Heeded::No
    }
}

/// Remembers how many trades it has heard, and nothing else.
pub(crate) struct Puppet<S>(u32, PhantomData<S>);

impl<S: Script> Strategy for Puppet<S> {
    const NAME: &'static str = S::NAME;
    const ABOUT: &'static str = "does what its script says";
    type Config = ();
    type State = u32;

    fn on_start((): (), setup: &mut Setup) -> Result<Self, Invalid> {
        S::start(setup);
        Ok(Self(0, PhantomData))
    }
    fn state(&self) -> &u32 {
        &self.0
    }
    fn restore(&mut self, state: u32) -> Result<(), Invalid> {
        self.0 = state;
        Ok(())
    }
    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>) {
        self.0 += 1;
        S::trade(&mut self.0, trade, cx);
    }
    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>) {
        S::bar(bar, cx);
    }
    fn on_ticker(&mut self, ticker: &Ticker, cx: &mut Cx<'_>) {
        S::ticker(ticker, cx);
    }
    fn on_timer(&mut self, name: Label, cx: &mut Cx<'_>) {
        S::timer(name, cx);
    }
    fn on_order(&mut self, update: &OrderUpdate, cx: &mut Cx<'_>) {
        S::order(update, cx);
    }
    fn on_fill(&mut self, fill: &Fill, cx: &mut Cx<'_>) {
        S::fill(fill, cx);
    }
    fn on_refused(&mut self, refusal: &Refusal, cx: &mut Cx<'_>) {
        S::refused(refusal, cx);
    }
    fn on_signal(&mut self, signal: &Signal, cx: &mut Cx<'_>) -> Heeded {
        S::signal(signal, cx)
    }
}

pub(crate) fn btc() -> Symbol {
    symbol("BTC/USD")
}

/// A puppet with the name of its script, on BTC/USD.
pub(crate) fn puppet<S: Script>() -> Instance {
    named::<S>(S::NAME)
}

pub(crate) fn named<S: Script>(name: &str) -> Instance {
    let id = contracts::testing::strategy(name);
    Instance::of::<Puppet<S>>(id, &[btc()], &json!({})).unwrap()
}

/// Buys for 100 on every trade at 100, sells what it has at 101, breaks at 13.
pub(crate) struct Trader;
impl Script for Trader {
    const NAME: &'static str = "trader";
    fn trade(heard: &mut u32, trade: &Trade, cx: &mut Cx<'_>) {
        if trade.price == price("100") {
            cx.buy(trade.symbol, contracts::testing::money("100")).send(&format!("buy {heard}"));
        } else if trade.price == price("101") {
            cx.close(trade.symbol).send("leave");
        }
    }
}

/// Rests an order far below on every trade; breaks on a trade at 13 after asking for one more.
pub(crate) struct Breaks;
impl Script for Breaks {
    const NAME: &'static str = "breaks";
    fn trade(_: &mut u32, trade: &Trade, cx: &mut Cx<'_>) {
        let far = contracts::testing::qty("1");
        cx.buy(trade.symbol, far).limit(price("10")).send("rest");
        assert!(trade.price != price("13"), "thirteen");
    }
}

/// The intents, each in a few words.
pub(crate) fn in_words(intents: &[Envelope]) -> Vec<String> {
    intents.iter().map(words).collect()
}

fn words(intent: &Envelope) -> String {
    let who = intent.corr.unwrap().strategy;
    match &intent.event {
        Event::Place(place) => {
            let spec = place.spec;
            let at = spec.limit().map_or_else(|| "market".to_owned(), |limit| limit.to_string());
            format!("{who} {:?} {} at {at}: {}", spec.side(), spec.qty(), place.why.as_str())
        }
        Event::Cancel(cancel) => format!("{who} cancel: {}", cancel.why.as_str()),
        Event::Amend(amend) => format!("{who} amend to {}", amend.qty),
        Event::Protect(protect) => format!("{who} protect stop {}", protect.stop.get()),
        other => format!("{who} {other:?}"),
    }
}

/// The ids of the orders that were asked for.
pub(crate) fn placed(intents: &[Envelope]) -> Vec<OrderId> {
    let ids = intents.iter().filter_map(|intent| match &intent.event {
        Event::Place(place) => Some(place.id),
        _ => None,
    });
    ids.collect()
}

/// Declares bars of one minute, with a warm-up of two.
pub(crate) fn minute_bars(setup: &mut Setup) {
    setup.bars(Timeframe::M1).warm_up(2);
}
