//! A bench for strategies: a host, a till that fills what it asks for, and a market made by hand.
//!
//! For tests, of this crate and of anybody's strategies. The till has no gate, no fees and no queue:
//! it shows what a strategy asks for and how it takes the answers, never what it would earn.
#![allow(clippy::unwrap_used, reason = "a bench for tests: what fails here fails the test")]

mod till;

use contracts::testing::{instrument, money, qty, secs};
use contracts::{
    Bar, Corr, Envelope, Epoch, Event, Price, RunId, Side, Source, Span, StrategyId, Symbol,
    Timeframe, Topic, Trade, TradeId, Ts,
};
use kernel::{Collected, Machine, Sequencer, Snapshot};

use crate::host::{Host, HostConfig, StrategyView};
use crate::roster::Instance;
use till::Till;

/// A host on a bench.
pub struct Bench {
    sequencer: Sequencer,
    now: Ts,
    said: Vec<Envelope>,
    trades: u64,
    answered: bool,
    config: HostConfig,
}

/// The configuration of the bench: session 1, and 10 000 of each quote currency for everybody.
pub fn config(instances: &[Instance]) -> HostConfig {
    let mut config = HostConfig::new(RunId::new(1));
    for instance in instances {
        let mut quotes: Vec<_> = instance.symbols.iter().map(Symbol::quote).collect();
        quotes.sort_unstable();
        quotes.dedup();
        config.cash.extend(quotes.into_iter().map(|quote| (instance.id, quote, money("10000"))));
    }
    config
}

impl Bench {
    /// Strategies whose orders are accepted and, where the last price allows it, filled at once.
    pub fn new(instances: Vec<Instance>) -> Self {
        Self::begin(instances, true)
    }

    /// Strategies whom nobody answers, except the test.
    pub fn unanswered(instances: Vec<Instance>) -> Self {
        Self::begin(instances, false)
    }

    fn begin(instances: Vec<Instance>, answered: bool) -> Self {
        let config = config(&instances);
        let symbols: Vec<Symbol> =
            instances.iter().flat_map(|instance| instance.symbols.clone()).collect();
        let sequencer = roster(Epoch(1), config.clone(), instances, answered);
        let now = secs(1_000_020);
        let mut bench = Self { sequencer, now, said: Vec::new(), trades: 0, answered, config };
        for symbol in symbols {
            bench.say(Event::Instrument(instrument(symbol)));
        }
        bench
    }

    /// The host.
    pub fn host(&self) -> &Host {
        self.sequencer.machine().unwrap()
    }

    /// One strategy of the host.
    pub fn strategy(&self, id: StrategyId) -> StrategyView<'_> {
        self.host().strategy(id).unwrap()
    }

    /// What time it is.
    pub fn now(&self) -> Ts {
        self.now
    }

    /// The market says something.
    pub fn say(&mut self, event: Event) {
        self.take(Envelope::input(Source::MdIngest, self.now, event));
    }

    /// Anybody else says something that belongs to `corr`.
    pub fn answer(&mut self, source: Source, corr: Corr, event: Event) {
        self.take(Envelope::input(source, self.now, event).with_corr(corr));
    }

    /// Any input, as it is.
    pub fn take(&mut self, input: Envelope) {
        let mut said = Collected::default();
        self.now = self.now.max(input.ts);
        self.sequencer.take(self.now, input, &mut said).unwrap();
        self.said.extend(said.0);
    }

    /// A trade of 1 at that price, now.
    pub fn trade(&mut self, symbol: Symbol, price: Price) {
        self.trades += 1;
        let (id, taker) = (TradeId::new(self.trades), Side::Buy);
        self.say(Event::Trade(Trade { symbol, price, qty: qty("1"), id, at: self.now, taker }));
    }

    /// A bar that has just closed, flat at that price.
    pub fn bar(&mut self, symbol: Symbol, timeframe: Timeframe, close: Price) {
        let open_at = self.now.floor_to(timeframe.span());
        self.pass((open_at + timeframe.span()).since(self.now));
        self.say(Event::Bar(flat_bar(symbol, timeframe, open_at, close)));
    }

    /// Time passes, and timers fire.
    pub fn pass(&mut self, span: Span) {
        let until = self.now + span;
        let mut said = Collected::default();
        while let Some(at) = self.sequencer.next_wake().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.sequencer.wake(self.now, &mut said).unwrap();
        }
        self.now = until;
        self.said.extend(said.0);
    }

    /// Everything said since this was last asked.
    pub fn said(&mut self) -> Vec<Envelope> {
        std::mem::take(&mut self.said)
    }

    /// The intents said since anything was last asked.
    pub fn intents(&mut self) -> Vec<Envelope> {
        let said = self.said().into_iter();
        said.filter(|envelope| envelope.topic() == Topic::Intent).collect()
    }

    /// The whole state.
    pub fn snapshot(&self) -> Snapshot {
        self.sequencer.snapshot()
    }

    /// The process ends and begins again from its snapshot, with that roster.
    pub fn restart(&mut self, instances: Vec<Instance>) {
        let snapshot = self.snapshot();
        let config = HostConfig { cash: config(&instances).cash, ..self.config.clone() };
        self.sequencer = roster(self.sequencer.epoch(), config, instances, self.answered);
        self.sequencer.restore(&snapshot).unwrap();
    }
}

/// A bar without trades.
pub fn flat_bar(symbol: Symbol, timeframe: Timeframe, open_at: Ts, close: Price) -> Bar {
    Bar {
        symbol,
        open: close,
        high: close,
        low: close,
        close,
        volume: qty("0"),
        open_at,
        trades: 0,
        timeframe,
    }
}

fn roster(epoch: Epoch, config: HostConfig, instances: Vec<Instance>, answered: bool) -> Sequencer {
    let mut machines: Vec<Box<dyn Machine>> = vec![Box::new(Host::new(config, instances).unwrap())];
    if answered {
        machines.push(Box::new(Till::default()));
    }
    Sequencer::new(epoch, machines)
}
