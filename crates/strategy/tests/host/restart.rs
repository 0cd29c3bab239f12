//! A restart at any moment changes nothing but what the new roster asks for.

use contracts::testing::{money, price, qty, strategy, symbol};
use contracts::{Envelope, Price, Span};
use kernel::Machine as _;
use proptest::prelude::*;
use serde_json::json;
use strategy::testing::Bench;
use strategy::{Cx, Instance, Invalid, Setup, Strategy};

use crate::puppet::{Breaks, Script, Trader, btc, in_words, named, puppet};

/// Rests an order, changes it, lets it go, leaves by timer: a bit of everything.
struct Restless;
impl Script for Restless {
    const NAME: &'static str = "restless";
    fn trade(heard: &mut u32, trade: &contracts::Trade, cx: &mut Cx<'_>) {
        let first = cx.open_orders().first().map(|order| (order.id, order.qty));
        match (*heard % 4, first) {
            (0, _) => drop(cx.buy(btc(), qty("1")).limit(price("99.5")).send("rest")),
            (1, Some((id, held))) => drop(cx.amend(id, held, price("100.5"), "nearer")),
            (2, Some((id, _))) => drop(cx.cancel(id, "enough")),
            _ => cx.timer("leave", trade.at + Span::from_secs(3)),
        }
    }
    fn timer(_: contracts::Label, cx: &mut Cx<'_>) {
        cx.close(btc()).send("leave");
    }
}

fn roster() -> Vec<Instance> {
    vec![puppet::<Restless>(), puppet::<Trader>()]
}

fn live(prices: &[u8], restart_at: Option<usize>) -> (Vec<Envelope>, kernel::Snapshot) {
    let mut bench = Bench::new(roster());
    for (step, cents) in prices.iter().enumerate() {
        if restart_at == Some(step) {
            bench.recover(roster());
        }
        let at: Price = price(&format!("{}.{:02}", 99 + cents / 100, cents % 100));
        bench.trade(btc(), at);
        bench.pass(Span::from_millis(700));
    }
    (bench.said(), bench.snapshot())
}

proptest! {
    #[test]
    fn restart_at_any_step_changes_nothing(
        prices in prop::collection::vec(0_u8..=250, 1..40),
        restart_at in 0_usize..40,
    ) {
        let (said, state) = live(&prices, None);
        let (said_again, state_again) = live(&prices, Some(restart_at));
        prop_assert_eq!(said, said_again);
        prop_assert_eq!(state, state_again);
    }
}

/// Buys when it holds nothing, and leaves when it does.
struct InAndOut;
impl Script for InAndOut {
    const NAME: &'static str = "in_and_out";
    fn trade(_: &mut u32, _: &contracts::Trade, cx: &mut Cx<'_>) {
        if cx.is_flat(btc()) {
            cx.buy(btc(), qty("1")).send("in");
        } else {
            cx.close(btc()).send("out");
        }
    }
}

#[test]
fn restart_after_any_step_of_a_close_changes_nothing() {
    let after = |steps: usize, restarted: bool| {
        let mut bench = Bench::new(vec![puppet::<InAndOut>()]);
        for step in 0..=steps {
            if restarted && step == steps {
                bench.recover(vec![puppet::<InAndOut>()]);
            }
            bench.trade(btc(), price("100"));
            bench.pass(Span::from_millis(100));
        }
        bench.snapshot()
    };
    for steps in 0..12 {
        let (live, restarted) = (after(steps, false), after(steps, true));
        assert_eq!(text(&live), text(&restarted), "after {steps} steps");
    }
}

fn text(snapshot: &kernel::Snapshot) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(snapshot.bytes())
}

#[test]
fn cash_is_paid_in_once_however_often_a_host_starts() {
    let outsider = (strategy("not_here"), contracts::testing::asset("USD"), money("500"));
    let config = || {
        let mut config = strategy::HostConfig::new(contracts::RunId::new(1));
        config.cash = vec![outsider];
        config
    };
    let mut host = strategy::Host::new(config(), roster()).unwrap();
    for _ in 0..3 {
        let mut state = Vec::new();
        host.save(&mut state);
        host = strategy::Host::new(config(), roster()).unwrap();
        host.load(&state).unwrap();
    }
    assert_eq!(host.ledger().purse(outsider.0, outsider.1).cash(), money("500"));
}

#[test]
fn departed_strategies_have_their_orders_cancelled() {
    let mut bench = Bench::new(vec![named::<Breaks>("gone"), puppet::<Trader>()]);
    bench.trade(btc(), price("100"));
    bench.intents();
    bench.restart(vec![puppet::<Trader>()]);
    bench.trade(btc(), price("102"));
    assert_eq!(in_words(&bench.intents()), ["gone cancel: left_the_roster"]);
    assert!(bench.strategy(strategy("gone")).open_orders().is_empty());
    // Its numbers go on where they ended if it ever comes back.
    bench.restart(vec![named::<Breaks>("gone"), puppet::<Trader>()]);
    bench.trade(btc(), price("102"));
    let back = bench.intents();
    assert_eq!(back.last().unwrap().corr.unwrap().intent.get(), 3);
}

/// Has one parameter, and says how many trades it remembers.
struct Counts(u32, u32);
strategy::params! {
    pub(crate) struct CountsConfig {
        /// The step.
        step: u32 = 1, in 1..=10;
    }
}
impl Strategy for Counts {
    const NAME: &'static str = "counts";
    const ABOUT: &'static str = "counts trades";
    type Config = CountsConfig;
    type State = u32;
    fn on_start(config: CountsConfig, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades();
        Ok(Self(config.step, 0))
    }
    fn state(&self) -> &u32 {
        &self.1
    }
    fn restore(&mut self, state: u32) -> Result<(), Invalid> {
        strategy::ensure!(state < 7, "seven is too many");
        self.1 = state;
        Ok(())
    }
    fn on_trade(&mut self, _: &contracts::Trade, cx: &mut Cx<'_>) {
        self.1 += self.0;
        cx.buy(btc(), qty("1")).limit(price("9")).send(&self.1.to_string());
    }
}

fn counts(step: u32) -> Vec<Instance> {
    vec![Instance::of::<Counts>(strategy("counts"), &[btc()], &json!({ "step": step })).unwrap()]
}

fn last_word(bench: &mut Bench) -> Option<String> {
    bench.trade(btc(), price("100"));
    in_words(&bench.intents()).pop()
}

#[test]
fn parameters_that_changed_begin_anew() {
    let mut bench = Bench::new(counts(2));
    bench.trade(btc(), price("100"));
    bench.intents();
    bench.restart(counts(2));
    assert_eq!(last_word(&mut bench).unwrap(), "counts Buy 1 at 9: 4");
    bench.restart(counts(3));
    assert_eq!(last_word(&mut bench).unwrap(), "counts Buy 1 at 9: 3");
}

#[test]
fn memory_that_is_refused_quarantines() {
    let mut bench = Bench::new(counts(7));
    bench.trade(btc(), price("100"));
    bench.intents();
    // Taking back changes nothing: what it knew is kept as it is, for whoever can read it.
    let before = bench.snapshot();
    bench.recover(counts(7));
    assert_eq!(text(&bench.snapshot()), text(&before));
    assert_eq!(bench.strategy(strategy("counts")).fault(), None);
    bench.restart(counts(7));
    assert_eq!(in_words(&bench.intents()), ["counts cancel: quarantined"]);
    let fault = bench.strategy(strategy("counts")).fault();
    assert_eq!(fault, Some(strategy::Fault::StateUnreadable));
}

#[test]
fn symbols_that_are_new_begin_while_the_others_go_on() {
    let of = |symbols: &[&str]| {
        let symbols: Vec<_> = symbols.iter().map(|text| symbol(text)).collect();
        vec![Instance::of::<Counts>(strategy("counts"), &symbols, &json!({})).unwrap()]
    };
    let mut bench = Bench::new(of(&["BTC/USD"]));
    bench.trade(btc(), price("100"));
    bench.intents();
    bench.restart(of(&["BTC/USD", "ETH/USD"]));
    bench.trade(symbol("ETH/USD"), price("100"));
    assert_eq!(in_words(&bench.intents()), ["counts Buy 1 at 9: 2"]);
}
