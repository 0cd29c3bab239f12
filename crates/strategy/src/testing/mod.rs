//! A bench for strategies: a host, a till that fills what it asks for, and a market made by hand.
//!
//! For tests, of this crate and of anybody's strategies. The till has no gate, no fees and no queue:
//! it shows what a strategy asks for and how it takes the answers, never what it would earn.
#![allow(clippy::unwrap_used, reason = "a bench for tests: what fails here fails the test")]

mod till;

use contracts::testing::{instrument, money, qty, secs};
use contracts::{
    Bar, Corr, Envelope, Epoch, Event, Price, RosterControl, RosterStep, RunId, Side, Source, Span,
    StrategyId, Symbol, Timeframe, Topic, Trade, TradeId, Ts,
};
use kernel::{Machine, Record, Replay, Sequencer, Snapshot, Tap};

use crate::host::{Host, HostConfig, StrategyView};
use crate::registry::Registry;
use crate::roster::Instance;
use till::Till;

/// Writes down what is said, and everything for a replay.
struct Heard<'a>(&'a mut Vec<Envelope>, &'a mut Vec<Record>);

impl Tap for Heard<'_> {
    fn input(&mut self, envelope: &Envelope) {
        self.1.push(Record::Input(*envelope));
    }
    fn output(&mut self, envelope: &Envelope) {
        self.0.push(*envelope);
        self.1.push(Record::Output(*envelope));
    }
}

/// A host on a bench.
pub struct Bench {
    sequencer: Sequencer,
    now: Ts,
    said: Vec<Envelope>,
    journal: Vec<Record>,
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
        let host = Host::new(config.clone(), instances).unwrap();
        let sequencer = roster(Epoch(1), host, answered);
        let now = secs(1_000_020);
        let mut bench = Self {
            sequencer,
            now,
            said: Vec::new(),
            journal: Vec::new(),
            trades: 0,
            answered,
            config,
        };
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
        self.now = self.now.max(input.ts);
        let mut heard = Heard(&mut self.said, &mut self.journal);
        self.sequencer.take(self.now, input, &mut heard).unwrap();
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
        let mut heard = Heard(&mut self.said, &mut self.journal);
        while let Some(at) = self.sequencer.next_wake().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.sequencer.wake(self.now, &mut heard).unwrap();
        }
        self.now = until;
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

    /// Everything that was taken and said so far.
    pub fn journal(&self) -> &[Record] {
        &self.journal
    }

    /// What a process with that roster comes to that recovers from `snapshot` and these records. It stops
    /// where it does not say what was said.
    pub fn replayed(
        &self,
        (instances, classes): (Vec<Instance>, Registry),
        snapshot: &Snapshot,
        records: &[Record],
    ) -> Snapshot {
        let mut sequencer = self.begun((instances, classes));
        sequencer.restore(snapshot).unwrap();
        let mut replay = Replay::new(&mut sequencer);
        for record in records {
            replay.feed(record).unwrap();
        }
        assert_eq!(replay.finish(), [], "more was said than then");
        sequencer.snapshot()
    }

    fn begun(&self, (instances, classes): (Vec<Instance>, Registry)) -> Sequencer {
        let config = HostConfig { cash: config(&instances).cash, ..self.config.clone() };
        let host = Host::new(config, instances).unwrap().knowing(classes);
        roster(self.sequencer.epoch(), host, self.answered)
    }

    /// The process crashes and recovers from its snapshot: nothing is to change.
    pub fn recover(&mut self, instances: Vec<Instance>) {
        self.recover_knowing(instances, Registry::new());
    }

    /// The same with a host that knows further classes.
    pub fn recover_knowing(&mut self, instances: Vec<Instance>, classes: Registry) {
        let snapshot = self.snapshot();
        self.sequencer = self.begun((instances, classes));
        self.sequencer.restore(&snapshot).unwrap();
    }

    /// The process ends and begins again from its snapshot, and takes over that roster.
    pub fn restart(&mut self, instances: Vec<Instance>) {
        self.recover(instances);
        self.shell(RosterStep::Adopt);
        // As the shell does: what the new roster listens to is asked when the state is taken back.
        self.sequencer.restore(&self.sequencer.snapshot()).unwrap();
        self.shell(RosterStep::Announce);
    }

    /// The shell tells the host what is about to happen.
    pub fn shell(&mut self, step: RosterStep) {
        let told = Event::Roster(RosterControl { step });
        self.take(Envelope::input(Source::Runtime, self.now, told));
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

fn roster(epoch: Epoch, host: Host, answered: bool) -> Sequencer {
    let mut machines: Vec<Box<dyn Machine>> = vec![Box::new(host)];
    if answered {
        machines.push(Box::new(Till::default()));
    }
    Sequencer::new(epoch, machines)
}
