//! The play: real processes trade, one of them is killed between sending an order and hearing of it, comes
//! back, asks the venue; then the kill switch is pulled, and the two ledgers are laid side by side.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use contracts::{
    Approval, Envelope, Epoch, Event, Net, OrderId, OrderState, Origin, Seq, Source, Span,
    StrategyId, Symbol, Topic, Ts, VenueReason,
};
use settings::{KeyFolder, Loaded};
use telemetry::Clock;

use super::ledgers::{Agreed, Ledger};
use super::stage::{Actor, Stage};
use crate::failure::Failure;
use crate::output::Hush;
use crate::story::{Teller, words};

/// How long anything may take that is bound to come.
const PATIENCE: Span = Span::from_secs(30);
/// How many executions are watched before the crash, and after it.
const FILLS: usize = 4;

/// What is known of the play so far.
pub(super) struct Play {
    clock: Clock,
    began: Ts,
    teller: Teller,
    /// The last place of each topic that was heard: whoever comes back from a crash says again what it
    /// cannot know to have been heard.
    heard: BTreeMap<(Source, Topic), (Epoch, Seq)>,
    fills: usize,
    refusals: usize,
    tripped: bool,
    /// What strategies hold, as far as executions were told.
    held: BTreeMap<(StrategyId, Symbol), Net>,
    /// How many orders were approved that do not only close what their strategy holds.
    opened: usize,
    orders: BTreeMap<OrderId, OrderState>,
    crashed: Option<Crash>,
}

/// The order in the middle of which the process was killed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    /// Which.
    pub(super) order: OrderId,
    /// What became of it, once that is known.
    pub(super) end: Option<(OrderState, VenueReason)>,
    /// From the start of the process after it to its first word.
    pub(super) recovery: Span,
}

/// How it ended.
pub(super) struct Played {
    pub(super) agreed: Agreed,
    pub(super) crash: Option<Crash>,
    pub(super) refusals: usize,
    pub(super) records: u64,
    pub(super) lasted: Span,
}

impl Play {
    pub(super) fn new(clock: Clock, hush: Hush) -> Self {
        let began = clock();
        Self {
            clock,
            began,
            teller: Teller::hushed(hush),
            heard: BTreeMap::new(),
            fills: 0,
            refusals: 0,
            tripped: false,
            held: BTreeMap::new(),
            opened: 0,
            orders: BTreeMap::new(),
            crashed: None,
        }
    }

    /// Plays it all.
    pub(super) fn run(mut self, stage: &Stage) -> Result<Played, Failure> {
        let loaded = stage.settings()?;
        let venue = stage.venue()?;
        self.say("venue", &format!("open, process {}", venue.pid()));
        let mut trader = stage.trader()?;
        self.say("njord", &format!("up, process {}", trader.pid()));
        self.watch(&mut trader, "orders, fills and a refusal", |play| {
            play.fills >= FILLS && play.refusals > 0
        })?;
        trader = self.crash(stage, trader)?;
        self.watch(&mut trader, "the fate of the order", |play| {
            play.crashed.is_some_and(|crash| crash.end.is_some())
        })?;
        let before = self.fills;
        self.watch(&mut trader, "more fills", |play| play.fills >= before + FILLS)?;
        self.pull_the_switch(&loaded, &mut trader)?;
        self.come_to_rest(stage, trader)?;
        venue.end()?;
        self.settle(&loaded)
    }

    /// Kills the process between sending an order and hearing what became of it, and starts it again.
    fn crash(&mut self, stage: &Stage, mut trader: Actor) -> Result<Actor, Failure> {
        let sent = self.wait_for(&mut trader, "an order on its way", |said| match said.event {
            // Told only once it was sent: the way to the venue comes first.
            Event::Order(update) if update.state == OrderState::PendingNew => {
                let asked = said.corr.is_some_and(|corr| corr.origin == Origin::Strategy);
                (asked && update.symbol.as_str() == "BTC/USD").then_some(update.id)
            }
            _ => None,
        })?;
        let pid = trader.pid();
        self.crashed = Some(Crash { order: sent, end: None, recovery: Span::ZERO });
        let heard = trader.kill();
        let text = format!("process {pid}, order {} sent and not answered", sent.short());
        self.say("KILL -9", &text);
        self.listen(heard);
        let started = (self.clock)();
        let mut trader = stage.trader()?;
        self.wait_for(&mut trader, "a first word", |_| Some(()))?;
        let recovery = (self.clock)().since(started);
        if let Some(crash) = &mut self.crashed {
            crash.recovery = recovery;
        }
        let text = format!("process {} goes on from the journal", trader.pid());
        self.say("back", &text);
        Ok(trader)
    }

    /// The operator's last resort, as anybody can use it: a file.
    pub(super) fn pull_the_switch(
        &mut self,
        loaded: &Loaded,
        trader: &mut Actor,
    ) -> Result<(), Failure> {
        let file = &loaded.places().kill_file;
        fs::write(file, "demo\n").map_err(|error| {
            Failure::new("demo", file.display().to_string(), format!("cannot be made: {error}"))
        })?;
        self.watch(trader, "the end of every order", |play| play.tripped && play.open() == 0)?;
        self.say("stopped", "kill switch tripped by a file; no order is left");
        Ok(())
    }

    /// Ends the process. An order may have gone out in the meantime, to get out of a position whose stop was
    /// reached: then it goes on until that is over, too.
    pub(super) fn come_to_rest(&mut self, stage: &Stage, trader: Actor) -> Result<(), Failure> {
        self.listen(trader.end()?);
        while self.open() > 0 {
            let mut trader = stage.trader()?;
            self.watch(&mut trader, "the end of the last order", |play| play.open() == 0)?;
            self.listen(trader.end()?);
        }
        Ok(())
    }

    /// Lays the ledgers side by side.
    pub(super) fn settle(self, loaded: &Loaded) -> Result<Played, Failure> {
        self.settle_with(loaded, &loaded.places().journal)
    }

    /// The same; ours stands in that journal.
    pub(super) fn settle_with(
        mut self,
        loaded: &Loaded,
        journal: &Path,
    ) -> Result<Played, Failure> {
        let places = loaded.places();
        let key = *KeyFolder::at(&places.keys).journal()?.expose();
        let ours = Ledger::read(journal, key)?;
        let venues = Ledger::read(&places.state.join("venue"), key)?;
        let agreed = ours.agrees(&venues).map_err(|wrong| {
            Failure::new("promise", "", format!("the ledgers differ: {}", wrong.join("; ")))
                .advice("report it, with the folder of the demo")
        })?;
        let records = ours.records + venues.records;
        self.say("audit", &format!("{records} records in two journals, chains intact"));
        Ok(Played {
            agreed,
            crash: self.crashed,
            refusals: self.refusals,
            records,
            lasted: (self.clock)().since(self.began),
        })
    }

    /// Whether the kill switch is tripped.
    pub(super) fn is_tripped(&self) -> bool {
        self.tripped
    }

    /// The time.
    pub(super) fn now(&self) -> Ts {
        (self.clock)()
    }

    /// Executions so far.
    pub(super) fn fills(&self) -> usize {
        self.fills
    }

    /// Orders of strategies that were approved so far and do not only close what is held.
    pub(super) fn opened(&self) -> usize {
        self.opened
    }

    /// Orders that are not at their end.
    pub(super) fn open(&self) -> usize {
        self.orders.values().filter(|state| !state.is_done()).count()
    }

    fn say(&mut self, kind: &'static str, text: &str) {
        let at = (self.clock)().since(self.began);
        self.teller.say(at, kind, "", text);
    }

    /// Listens until that has come about.
    fn watch(
        &mut self,
        trader: &mut Actor,
        what: &str,
        until: impl Fn(&Self) -> bool,
    ) -> Result<(), Failure> {
        let patience = (self.clock)() + PATIENCE;
        while !until(self) {
            self.hear_one(trader, what, patience)?;
        }
        Ok(())
    }

    /// Listens until something of that kind is said.
    pub(super) fn wait_for<T>(
        &mut self,
        trader: &mut Actor,
        what: &str,
        find: impl Fn(&Envelope) -> Option<T>,
    ) -> Result<T, Failure> {
        let patience = (self.clock)() + PATIENCE;
        loop {
            let said = self.hear_one(trader, what, patience)?;
            if let Some(found) = said.and_then(|said| find(&said)) {
                return Ok(found);
            }
        }
    }

    fn hear_one(
        &mut self,
        trader: &mut Actor,
        what: &str,
        patience: Ts,
    ) -> Result<Option<Envelope>, Failure> {
        if (self.clock)() > patience {
            let seconds = PATIENCE.millis() / 1_000;
            return Err(Failure::new("demo", "", format!("{what} did not come in {seconds} s"))
                .advice("the log of its process, in home/logs of the folder of the demo"));
        }
        let said = trader.hear(Duration::from_millis(100))?;
        if let Some(said) = said {
            self.listen([said]);
        }
        Ok(said)
    }

    pub(super) fn listen(&mut self, said: impl IntoIterator<Item = Envelope>) {
        for said in said {
            let (whose, place) = ((said.src, said.topic()), (said.epoch, said.seq));
            if self.heard.get(&whose).is_some_and(|last| place <= *last) {
                continue;
            }
            self.heard.insert(whose, place);
            let at = (self.clock)().since(self.began);
            self.teller.said(at, "njord", &said);
            self.note(&said, at);
        }
    }

    fn note(&mut self, said: &Envelope, at: Span) {
        match said.event {
            Event::Fill(fill) => {
                self.fills += 1;
                if let Some(corr) = said.corr {
                    let held = self.held.entry((corr.strategy, fill.symbol)).or_default();
                    *held = held.plus(Net::of(fill.side, fill.qty)).unwrap_or(*held);
                }
            }
            Event::Approved(Approval { spec, .. })
            | Event::AmendApproved(Approval { spec, .. }) => {
                let whose = said.corr.map(|corr| (corr.strategy, spec.symbol()));
                let held = whose.and_then(|whose| self.held.get(&whose));
                let closes = held.is_some_and(|held| {
                    held.side() == Some(spec.side().opposite()) && held.size() >= spec.qty()
                });
                self.opened += usize::from(!closes);
            }
            Event::Refused(_) => self.refusals += 1,
            Event::KillState(state) => self.tripped = state.level.is_some(),
            Event::Order(update) => {
                self.orders.insert(update.id, update.state);
                let Some(crash) = &mut self.crashed else { return };
                if crash.order == update.id && update.state.is_done() && crash.end.is_none() {
                    crash.end = Some((update.state, update.reason));
                    let state = words(&format!("{:?}", update.state));
                    let text = format!(
                        "{} the venue says {state}: sent once, counted once",
                        update.id.short()
                    );
                    self.teller.say(at, "recovered", "", &text);
                }
            }
            _ => {}
        }
    }
}
