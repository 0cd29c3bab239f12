//! What programs outside want of strategies: whom it reaches, and what people are told of the rest.

use contracts::testing::{net, price, qty, strategy, symbol};
use contracts::{
    Alert, AlertCode, Envelope, Event, Label, Net, Signal, Source, Span, StrategyRun, Ts,
};
use strategy::testing::Bench;
use strategy::{Cx, Heeded};

use crate::puppet::{Script, Trader, btc, in_words, puppet};

/// Buys 1 at 50 on every signal; breaks at a target of 13, and does not go by one below zero.
struct Obedient;
impl Script for Obedient {
    const NAME: &'static str = "obedient";
    fn signal(signal: &Signal, cx: &mut Cx<'_>) -> Heeded {
        if signal.target < Net::ZERO {
            return Heeded::No;
        }
        cx.buy(signal.symbol, qty("1")).limit(price("50")).send(signal.why.as_str());
        assert!(signal.target != net("13"), "thirteen");
        Heeded::Yes
    }
}

fn signal(name: &str, target: &str, expires: Ts) -> Signal {
    let (strategy, target) = (strategy(name), net(target));
    Signal { strategy, symbol: btc(), target, limit: None, expires, why: Label::new("model") }
}

fn say(bench: &mut Bench, source: Source, signal: Signal) -> Vec<Envelope> {
    bench.said();
    bench.take(Envelope::input(source, bench.now(), Event::Signal(signal)));
    bench.said()
}

/// The one thing that people are told, and nothing else is said.
#[track_caller]
fn only_alert(said: &[Envelope], code: AlertCode) {
    let events: Vec<Event> = said.iter().map(|said| said.event).collect();
    assert_eq!(events, [Event::Alert(Alert { code, symbol: Some(btc()), order: None })]);
}

fn bench() -> (Bench, Ts) {
    let bench = Bench::unanswered(vec![puppet::<Obedient>(), puppet::<Trader>()]);
    let later = bench.now() + Span::MINUTE;
    (bench, later)
}

#[test]
fn signals_reach_the_strategy_that_they_name_and_nobody_else() {
    let (mut bench, later) = bench();
    let said = say(&mut bench, Source::External, signal("obedient", "2", later));
    assert_eq!(in_words(&said), ["obedient Buy 1 at 50: model"]);
    let cause = said[0].cause.unwrap();
    assert_eq!((cause.src, cause.topic), (Source::External, contracts::Topic::Signal));
}

#[test]
fn signals_that_nobody_goes_by_are_told_to_people() {
    let (mut bench, later) = bench();
    let elsewhere = Signal { symbol: symbol("ETH/USD"), ..signal("obedient", "2", later) };
    bench.said();
    bench.take(Envelope::input(Source::External, bench.now(), Event::Signal(elsewhere)));
    let told = bench.said();
    assert!(
        matches!(told[..], [Envelope { event: Event::Alert(alert), .. }] if alert.symbol == Some(elsewhere.symbol)),
        "{told:?}"
    );
    for name in ["nobody", "trader"] {
        let said = say(&mut bench, Source::External, signal(name, "2", later));
        only_alert(&said, AlertCode::SignalUnheeded);
    }
    let said = say(&mut bench, Source::External, signal("obedient", "-1", later));
    only_alert(&said, AlertCode::SignalUnheeded);
}

#[test]
fn signals_of_anybody_but_programs_outside_are_left_aside() {
    for source in Source::ALL.into_iter().filter(|source| *source != Source::External) {
        let (mut bench, later) = bench();
        let said = say(&mut bench, source, signal("obedient", "2", later));
        only_alert(&said, AlertCode::WrongSource);
    }
}

#[test]
fn signals_that_come_too_late_have_no_effect() {
    let (mut bench, _) = bench();
    let now = bench.now();
    for name in ["obedient", "nobody"] {
        assert_eq!(say(&mut bench, Source::External, signal(name, "2", now)), []);
    }
    let said = say(&mut bench, Source::External, signal("obedient", "2", now + Span::MILLI));
    assert_eq!(in_words(&said).len(), 1);
}

#[test]
fn signals_that_break_a_strategy_break_that_one_alone() {
    let (mut bench, later) = bench();
    let said = say(&mut bench, Source::External, signal("obedient", "13", later));
    assert!(!said.iter().any(|said| matches!(said.event, Event::Place(_))), "{said:?}");
    assert_eq!(bench.strategy(strategy("obedient")).run(), StrategyRun::Quarantined);
    assert_eq!(bench.strategy(strategy("trader")).run(), StrategyRun::Running);
    // Nobody sits there any more.
    let said = say(&mut bench, Source::External, signal("obedient", "2", later));
    only_alert(&said, AlertCode::SignalUnheeded);
}
