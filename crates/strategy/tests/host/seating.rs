//! Recovering changes nothing; what a start is to change is taken as an input and kept at once.

use contracts::testing::{price, qty, strategy};
use contracts::{
    Breach, Corr, Envelope, Event, Figures, IntentSeq, OrderId, Origin, Qty, Reason, Refusal,
    RosterControl, RosterStep, Source, Span, StrategyControl, StrategyRun, Ticker, Trade,
};
use kernel::{Record, Snapshot};
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use strategy::testing::Bench;
use strategy::{Cx, Fault, Instance, Invalid, Registry, Setup, StatePolicy, Strategy};

use crate::apart::quietly;
use crate::puppet::{Breaks, Puppet, Script, Trader, btc, in_words, named, placed, puppet};

/// Counts trades; cannot write some numbers down, cannot take others back, and panics over one.
struct Moody(Mood);

#[derive(Clone, Copy, Deserialize)]
struct Mood(u32);

impl Serialize for Mood {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            n if n % 10 == 4 => Err(serde::ser::Error::custom("four")),
            n => s.serialize_newtype_struct("Mood", &n),
        }
    }
}

strategy::params! {
    pub(crate) struct MoodyConfig {
        /// The first number.
        first: u32 = 0, in 0..=100;
    }
}

impl Strategy for Moody {
    const NAME: &'static str = "moody";
    const ABOUT: &'static str = "cannot be relied on";
    type Config = MoodyConfig;
    type State = Mood;
    fn on_start(config: MoodyConfig, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades().warm_up(1);
        Ok(Self(Mood(config.first)))
    }
    fn state(&self) -> &Mood {
        &self.0
    }
    fn restore(&mut self, state: Mood) -> Result<(), Invalid> {
        strategy::ensure!(state.0 % 10 != 7, "seven");
        self.0 = state;
        Ok(())
    }
    fn on_trade(&mut self, _: &Trade, cx: &mut Cx<'_>) {
        self.0.0 += 1;
        assert!(self.0.0 % 30 != 9, "nine");
        cx.buy(btc(), qty("1")).limit(price("9")).send(&self.0.0.to_string());
    }
}

fn moody(first: u32) -> Instance {
    let params = json!({ "first": first });
    Instance::of::<Moody>(strategy("moody"), &[btc()], &params).unwrap()
}

/// Rosters that a life may have, one after the other.
fn roster(number: u8) -> Vec<Instance> {
    match number % 5 {
        0 => vec![puppet::<Trader>(), moody(0), puppet::<Breaks>()],
        1 => vec![puppet::<Trader>(), moody(0).with_state(StatePolicy::Fresh)],
        2 => vec![moody(11), named::<Trader>("breaks")],
        3 => vec![puppet::<Breaks>().with_state(StatePolicy::Fresh), moody(0)],
        _ => vec![named::<Trader>("another")],
    }
}

fn registry() -> Registry {
    let registry = Registry::new().with::<Puppet<Trader>>().unwrap();
    registry.with::<Puppet<Breaks>>().unwrap().with::<Moody>().unwrap()
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Trade(&'static str),
    /// The state is kept, as at the end of a segment.
    Keep,
    /// A crash, and a start with that roster.
    Start(u8),
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<Step>> {
    let prices = prop::sample::select(vec!["100", "101", "100.5", "13"]);
    let step = prop_oneof![
        8 => prices.prop_map(Step::Trade),
        2 => Just(Step::Keep),
        1 => any::<u8>().prop_map(Step::Start),
    ];
    prop::collection::vec(step, 1..60)
}

/// A process, and where a recovery would begin.
struct Life {
    bench: Bench,
    kept: (usize, Snapshot),
}

impl Life {
    fn begin(number: u8) -> Self {
        let bench = Bench::new(roster(number));
        let kept = (bench.journal().len(), bench.snapshot());
        Self { bench, kept }
    }

    fn keep(&mut self) {
        self.kept = (self.bench.journal().len(), self.bench.snapshot());
    }

    /// A recovery from here, whatever the settings say by now, ends where the process is.
    fn check(&self, settings: u8) {
        let (from, snapshot) = &self.kept;
        let tail = &self.bench.journal()[*from..];
        let with = (roster(settings), registry());
        let again = quietly(|| self.bench.replayed(with, snapshot, tail));
        let text = |state: &Snapshot| String::from_utf8_lossy(state.bytes()).into_owned();
        assert_eq!(text(&again), text(&self.bench.snapshot()));
        assert_eq!(again.hash(), self.bench.snapshot().hash());
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Trade(at) => {
                quietly(|| self.bench.trade(btc(), price(at)));
                self.bench.pass(Span::from_millis(700));
            }
            Step::Keep => {
                quietly(|| self.bench.shell(RosterStep::Keep));
                self.keep();
            }
            Step::Start(number) => {
                quietly(|| self.bench.recover_knowing(roster(number), registry()));
                self.bench.shell(RosterStep::Adopt);
                self.bench.recover_knowing(roster(number), registry());
                self.keep();
                self.bench.shell(RosterStep::Announce);
            }
        }
    }
}

proptest! {
    #[test]
    fn recovery_from_any_snapshot_and_tail_ends_where_the_process_was(
        first in any::<u8>(),
        steps in steps(),
    ) {
        let mut life = Life::begin(first);
        for (number, step) in steps.into_iter().enumerate() {
            // Whoever would be lost by it is quarantined before.
            if matches!(step, Step::Start(_)) {
                life.take(Step::Keep);
            }
            life.take(step);
            life.check(number as u8);
        }
    }
}

/// The host's state alone: not the numbers of what the shell said.
fn state(bench: &Bench) -> String {
    let mut state = Vec::new();
    kernel::Machine::save(bench.host(), &mut state);
    String::from_utf8(state).unwrap()
}

#[test]
fn adoption_that_a_crash_cut_short_is_taken_again_by_whatever_roster_comes_next() {
    for (before, cut, after) in [(0, 1, 2), (0, 2, 0), (3, 4, 3), (1, 1, 1), (2, 0, 4)] {
        let begun = || {
            let mut life = Life::begin(before);
            for at in ["100", "100.5", "100"] {
                life.take(Step::Trade(at));
            }
            life.bench.recover_knowing(roster(after), registry());
            life.bench
        };
        let mut straight = begun();
        straight.shell(RosterStep::Adopt);
        // What a crash left of the roster in between is a record that its own recovery repeats.
        let mut cut_short = begun();
        cut_short.recover_knowing(roster(cut), registry());
        cut_short.recover_knowing(roster(after), registry());
        cut_short.shell(RosterStep::Adopt);
        cut_short.shell(RosterStep::Adopt);
        assert_eq!(state(&cut_short), state(&straight), "{before} {cut} {after}");
    }
}

fn controls(said: &[Envelope]) -> Vec<(String, StrategyRun)> {
    let control = |envelope: &Envelope| match envelope.event {
        Event::StrategyControl(StrategyControl { run }) => {
            Some((envelope.corr.unwrap().strategy.to_string(), run))
        }
        _ => None,
    };
    said.iter().filter_map(control).collect()
}

#[test]
fn state_that_cannot_be_written_quarantines_live_and_is_said() {
    let mut bench = Bench::new(vec![moody(2), puppet::<Trader>()]);
    let kept = (bench.journal().len(), bench.snapshot());
    bench.trade(btc(), price("100.5"));
    bench.trade(btc(), price("100.5"));
    bench.said();
    bench.shell(RosterStep::Keep);
    let said = bench.said();
    assert_eq!(controls(&said), [("moody".to_owned(), StrategyRun::Quarantined)]);
    assert_eq!(bench.strategy(strategy("moody")).fault(), Some(Fault::StateUnwritable));
    assert_eq!(bench.strategy(strategy("trader")).fault(), None);
    let mut life = Life { bench, kept };
    life.check(0);
    // A second time there is nothing to say.
    life.bench.shell(RosterStep::Keep);
    assert_eq!(life.bench.said(), []);
}

#[test]
fn state_that_would_not_be_taken_back_quarantines_before_it_is_kept() {
    let mut bench = Bench::new(vec![moody(6)]);
    bench.trade(btc(), price("100"));
    bench.shell(RosterStep::Keep);
    assert_eq!(bench.strategy(strategy("moody")).fault(), Some(Fault::StateUnwritable));
}

#[test]
fn lost_state_is_kept_as_it_is_until_a_start_decides() {
    let mut bench = Bench::new(vec![moody(0)]);
    bench.trade(btc(), price("100"));
    bench.trade(btc(), price("100"));
    bench.recover(vec![puppet::<Trader>()]);
    // Nobody here knows the class: nothing is lost by that.
    assert_eq!(bench.strategy(strategy("moody")).fault(), None);
    bench.recover(vec![moody(0)]);
    bench.trade(btc(), price("100"));
    assert_eq!(in_words(&bench.intents()).pop().unwrap(), "moody Buy 1 at 9: 3");
}

#[test]
fn fresh_policy_begins_anew_at_each_start_and_is_repeated_by_a_replay() {
    let fresh = || vec![moody(0).with_state(StatePolicy::Fresh)];
    let bench = Bench::new(fresh());
    let kept = (bench.journal().len(), bench.snapshot());
    let mut life = Life { bench, kept };
    for start in 0..3 {
        for _ in 0..3 {
            life.bench.trade(btc(), price("100"));
        }
        let words = in_words(&life.bench.intents());
        assert_eq!(words.last().unwrap(), "moody Buy 1 at 9: 3", "start {start}");
        life.bench.restart(fresh());
        let (from, snapshot) = &life.kept;
        let tail = &life.bench.journal()[*from..];
        // With the same settings a replay crosses the starts too.
        let again = life.bench.replayed((fresh(), registry()), snapshot, tail);
        assert_eq!(again, life.bench.snapshot());
    }
}

#[test]
fn only_the_shell_may_change_the_roster() {
    let mut bench = Bench::new(vec![moody(0).with_state(StatePolicy::Fresh)]);
    bench.trade(btc(), price("100"));
    let before = state(&bench);
    for source in Source::ALL.into_iter().filter(|source| *source != Source::Runtime) {
        for step in [RosterStep::Adopt, RosterStep::Announce, RosterStep::Keep] {
            let told = Event::Roster(RosterControl { step });
            bench.take(Envelope::input(source, bench.now(), told));
        }
    }
    assert_eq!(state(&bench), before);
}

#[test]
fn strategy_that_breaks_at_the_last_input_is_quarantined_once_however_often_it_recovers() {
    let mut life = Life::begin(0);
    life.take(Step::Trade("100"));
    life.keep();
    life.take(Step::Trade("13"));
    for start in 0..3 {
        let (from, snapshot) = life.kept.clone();
        let records: Vec<Record> = life.bench.journal()[from..].to_vec();
        let with = (roster(0), registry());
        let again = quietly(|| life.bench.replayed(with, &snapshot, &records));
        assert_eq!(again, life.bench.snapshot(), "start {start}");
        life.bench.recover_knowing(roster(0), registry());
    }
    let seat = life.bench.strategy(strategy("breaks"));
    assert_eq!(seat.fault(), Some(Fault::Panicked));
}

#[test]
fn cancel_refused_in_quarantine_is_said_again_by_a_start_and_by_nothing_else() {
    let mut bench = Bench::unanswered(vec![puppet::<Breaks>()]);
    bench.trade(btc(), price("100"));
    let placed = placed(&bench.intents())[0];
    let kept = (bench.journal().len(), bench.snapshot());
    quietly(|| bench.trade(btc(), price("13")));
    let cancel = bench.intents().pop().unwrap();
    let breach = Breach { reason: Reason::WrongSource, figures: Figures::None };
    let (id, symbol, qty_max) = (Some(placed), Some(btc()), Qty::ZERO);
    let refusal = Refusal { id, fault: None, symbol, breach, qty_max, limits: 1, broken: 1 };
    bench.answer(Source::RiskEngine, cancel.corr.unwrap(), Event::Refused(refusal));
    assert_eq!(in_words(&bench.intents()), [] as [&str; 0]);
    let tail = bench.journal()[kept.0..].to_vec();
    let with = (vec![puppet::<Breaks>()], registry());
    assert_eq!(quietly(|| bench.replayed(with, &kept.1, &tail)), bench.snapshot());
    bench.recover(vec![puppet::<Breaks>()]);
    bench.trade(btc(), price("100"));
    assert_eq!(in_words(&bench.intents()), [] as [&str; 0]);
    bench.restart(vec![puppet::<Breaks>()]);
    assert_eq!(in_words(&bench.intents()), ["breaks cancel: quarantined"]);
}

#[test]
fn number_of_an_intent_that_its_journal_has_lost_is_not_given_to_another() {
    let mut bench = Bench::unanswered(vec![puppet::<Breaks>()]);
    let lost = Corr::new(strategy("breaks"), Origin::Strategy, IntentSeq::new(7));
    let breach = Breach { reason: Reason::WrongSource, figures: Figures::None };
    let (id, symbol, qty_max) = (OrderId::from_bits(7), Some(btc()), Qty::ZERO);
    let refusal = Refusal { id, fault: None, symbol, breach, qty_max, limits: 1, broken: 1 };
    bench.answer(Source::RiskEngine, lost, Event::Refused(refusal));
    bench.trade(btc(), price("100"));
    assert_eq!(bench.intents()[0].corr.unwrap().intent, IntentSeq::new(8));
}

/// Trades on the book alone, which nobody else here listens to.
struct Bookish;
impl Script for Bookish {
    const NAME: &'static str = "bookish";
    fn start(setup: &mut Setup) {
        setup.ticker();
    }
    fn ticker(_: &Ticker, cx: &mut Cx<'_>) {
        cx.buy(btc(), qty("1")).limit(price("9")).send("heard");
    }
}

#[test]
fn streams_that_a_new_roster_declares_are_heard_and_those_of_the_old_one_are_replayed() {
    let ticker = Event::Ticker(Ticker {
        symbol: btc(),
        bid: Some(price("99")),
        bid_qty: qty("1"),
        ask: Some(price("101")),
        ask_qty: qty("1"),
        last: None,
        at: contracts::testing::secs(1),
    });
    let mut bench = Bench::new(vec![puppet::<Trader>()]);
    bench.say(ticker);
    assert_eq!(bench.intents(), []);
    bench.restart(vec![puppet::<Bookish>()]);
    let kept = (bench.journal().len(), bench.snapshot());
    bench.say(ticker);
    assert_eq!(in_words(&bench.intents()), ["bookish Buy 1 at 9: heard"]);
    // The settings have gone back by then.
    let registry = registry().with::<Puppet<Bookish>>().unwrap();
    let with = (vec![puppet::<Trader>()], registry);
    let tail = bench.journal()[kept.0..].to_vec();
    assert_eq!(bench.replayed(with, &kept.1, &tail), bench.snapshot());
}
