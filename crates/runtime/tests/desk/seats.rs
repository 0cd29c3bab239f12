//! Starts of a process with strategies: whatever the settings say by now, and whatever a strategy does to
//! its own state, a crash is recovered from, and then recovered from again.

use std::collections::BTreeMap;
use std::path::Path;

use contracts::testing::{instrument, price, qty, secs, strategy, symbol};
use contracts::{
    Envelope, Event, RosterControl, RosterStep, RunId, Source, StrategyControl, StrategyId,
    StrategyRun, Topic, Trade,
};
use journal::testing::FaultyDisk;
use journal::{Entry, JournalKey, Purpose, Reader, State};
use kernel::Seeded;
use runtime::{Ended, Seat, take_seat};
use serde::{Deserialize, Serialize};
use serde_json::json;
use strategy::{
    Cx, Fault, Host, HostConfig, Instance, Invalid, Registry, Setup, StatePolicy, Strategy,
};

use crate::rig::{bring, place, run_seat, small, start, trade};

/// Counts trades; cannot write some numbers, cannot take others back, and panics over one.
struct Moody(Mood);

#[derive(Clone, Copy, Deserialize)]
struct Mood(u32);

impl Serialize for Mood {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0 % 100 {
            99 => Err(serde::ser::Error::custom("it will not be written")),
            _ => s.serialize_newtype_struct("Mood", &self.0),
        }
    }
}

strategy::params! {
    pub(crate) struct MoodyConfig {
        /// The first number.
        first: u32 = 0, in 0..=1_000;
    }
}

impl Strategy for Moody {
    const NAME: &'static str = "moody";
    const ABOUT: &'static str = "cannot be relied on";
    type Config = MoodyConfig;
    type State = Mood;
    fn on_start(config: MoodyConfig, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades();
        Ok(Self(Mood(config.first)))
    }
    fn state(&self) -> &Mood {
        &self.0
    }
    fn restore(&mut self, state: Mood) -> Result<(), Invalid> {
        strategy::ensure!(state.0 % 100 != 98, "it will not be taken back");
        self.0 = state;
        Ok(())
    }
    fn on_trade(&mut self, _: &Trade, cx: &mut Cx<'_>) {
        self.0.0 += 1;
        assert!(self.0.0 % 250 != 249, "it has had enough");
        let market = symbol("BTC/USD");
        cx.cancel_all(market, "again");
        cx.buy(market, qty("1")).limit(price("9")).send(&self.0.0.to_string());
    }
}

fn moody(name: &str, first: u32) -> Instance {
    let params = json!({ "first": first });
    Instance::of::<Moody>(strategy(name), &[symbol("BTC/USD")], &params).unwrap()
}

fn roster(number: u64) -> Vec<Instance> {
    match number % 5 {
        0 => vec![moody("a", 0), moody("b", 90)],
        1 => vec![moody("a", 0).with_state(StatePolicy::Fresh), moody("b", 90)],
        2 => vec![moody("b", 91)],
        3 => vec![moody("a", 200), moody("c", 0)],
        _ => vec![moody("a", 0), moody("b", 90).with_state(StatePolicy::Fresh)],
    }
}

fn sit(disk: &FaultyDisk, roster: Vec<Instance>) -> Seat {
    let host = Host::new(HostConfig::new(RunId::new(1)), roster).unwrap();
    let host = host.knowing(Registry::new().with::<Moody>().unwrap());
    take_seat(place(disk, small()), start(), vec![Box::new(host)]).unwrap()
}

fn take(seat: &mut Seat, input: Envelope) {
    let mut turn = seat.journal.turn(Purpose::GetOut).unwrap();
    quietly(|| seat.sequencer.take(input.rx, input, &mut turn)).unwrap();
    turn.commit().unwrap();
}

fn tell(seat: &mut Seat, step: RosterStep) {
    let told = Event::Roster(RosterControl { step });
    take(seat, Envelope::input(Source::Runtime, secs(1_000), told));
}

/// One life with so many trades, its state kept now and then as the shell keeps it, and then a crash.
fn live(mut seat: Seat, trades: u64, dice: &mut Seeded) {
    tell(&mut seat, RosterStep::Announce);
    let rules = Event::Instrument(instrument(symbol("BTC/USD")));
    take(&mut seat, Envelope::input(Source::MdIngest, secs(1_000), rules));
    for number in 0..trades {
        take(&mut seat, trade(1_000 + number));
        if dice.below(9) == 0 {
            tell(&mut seat, RosterStep::Keep);
            let state = State::of(&seat.sequencer.snapshot()).unwrap();
            seat.journal.rotate(Some(&state), secs(1_000)).unwrap();
        }
    }
}

/// The numbers of the intents in the journal, by strategy, in the order said.
fn numbers(disk: &FaultyDisk) -> BTreeMap<StrategyId, Vec<u64>> {
    let mut numbers: BTreeMap<StrategyId, Vec<u64>> = BTreeMap::new();
    let key = JournalKey::new([7; 32]);
    let reader = Reader::open(disk.files(), Path::new("/journal"), &key).unwrap();
    reader
        .read(1, |record| {
            if let Entry::Output(said) = record.entry
                && said.topic() == Topic::Intent
            {
                let corr = said.corr.unwrap();
                numbers.entry(corr.strategy).or_default().push(corr.intent.get());
            }
            Ok(())
        })
        .unwrap();
    numbers
}

#[test]
fn every_start_recovers_whatever_roster_comes_next_and_however_strategies_fail() {
    for seed in 0..40 {
        let (disk, mut dice) = (FaultyDisk::new(), Seeded::new(seed));
        let mut faults = 0;
        for _ in 0..8 {
            let seat = sit(&disk, roster(dice.below(5)));
            let host: &Host = seat.sequencer.machine().unwrap();
            faults += host.strategies().filter(|view| view.fault().is_some()).count();
            live(seat, dice.below(60), &mut dice);
            if dice.below(2) == 0 {
                disk.lose_power(&mut dice);
            } else {
                disk.kill_process();
            }
        }
        let seat = sit(&disk, roster(0));
        let host: &Host = seat.sequencer.machine().unwrap();
        for (strategy, said) in numbers(&disk) {
            let gapless: Vec<u64> = (1..=said.len() as u64).collect();
            assert_eq!(said, gapless, "seed {seed}, {strategy}");
            let known = host.strategy(strategy).map(|view| view.intents());
            assert_eq!(known, Some(said.len() as u64), "seed {seed}, {strategy}");
        }
        assert!(seed != 3 || faults > 0, "nothing ever went wrong");
    }
}

#[test]
fn start_after_a_crash_takes_other_parameters_without_a_word_about_the_past() {
    let (disk, mut dice) = (FaultyDisk::new(), Seeded::new(1));
    live(sit(&disk, vec![moody("a", 0)]), 5, &mut dice);
    disk.kill_process();
    // It is not in the roster any more, and nothing but the journal knows how it was.
    let seat = sit(&disk, vec![moody("b", 0)]);
    let host: &Host = seat.sequencer.machine().unwrap();
    let gone = host.strategy(strategy("a")).unwrap();
    assert!(!gone.is_listed() && gone.intents() == 9, "{}", gone.intents());
    assert!(host.strategy(strategy("b")).unwrap().is_listed());
}

#[test]
fn strategy_that_cannot_be_written_is_quarantined_by_the_shell_and_told() {
    let disk = FaultyDisk::new();
    let ran = run_seat(sit(&disk, vec![moody("a", 97)]), |doors, _| bring(doors, [1]));
    assert_eq!(ran.ended, Ended::InPeace);
    let quarantined = StrategyControl { run: StrategyRun::Quarantined };
    let told =
        ran.basket.said().iter().any(|said| said.event == Event::StrategyControl(quarantined));
    assert!(told, "the state was kept, and nobody heard of it");
    let seat = sit(&disk, vec![moody("a", 97)]);
    let host: &Host = seat.sequencer.machine().unwrap();
    assert_eq!(host.strategy(strategy("a")).unwrap().fault(), Some(Fault::StateUnwritable));
}

#[test]
fn each_start_replays_what_was_since_the_last_one_and_no_more() {
    let (disk, mut dice) = (FaultyDisk::new(), Seeded::new(1));
    for _ in 0..5 {
        let seat = sit(&disk, vec![moody("a", 0)]);
        assert!(seat.replayed < 40, "{}", seat.replayed);
        live(seat, 3, &mut dice);
        disk.kill_process();
    }
}

fn quietly<T>(act: impl FnOnce() -> T) -> T {
    // The panic is the point; its words on the terminal are not.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let done = act();
    std::panic::set_hook(usual);
    done
}
