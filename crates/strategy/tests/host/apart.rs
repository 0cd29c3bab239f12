//! Strategies are kept apart: each its own books, and one that breaks takes nobody with it.

use contracts::testing::{money, net, price, strategy, symbol};
use contracts::{Event, StrategyControl, StrategyRun, Trade};
use strategy::testing::Bench;
use strategy::{Cx, Fault, INTENTS_PER_CALL_MAX, Setup};

use crate::puppet::{Breaks, Script, Trader, btc, in_words, named, placed, puppet};

pub(crate) fn quietly<T>(act: impl FnOnce() -> T) -> T {
    // The panic is the point; its words on the terminal are not.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let done = act();
    std::panic::set_hook(usual);
    done
}

#[test]
fn books_of_two_on_one_symbol_are_apart_and_add_up() {
    let mut bench = Bench::new(vec![named::<Trader>("a"), named::<Trader>("b")]);
    bench.trade(btc(), price("100"));
    let ledger = bench.host().ledger();
    for name in ["a", "b"] {
        let holding = ledger.holding(strategy(name), btc()).unwrap();
        assert_eq!(holding.net(), net("1"));
        assert_eq!(ledger.purse(strategy(name), btc().quote()).cash(), money("9900"));
    }
    assert_eq!(ledger.net(btc()), net("2"));
}

#[test]
fn poison_stops_itself_and_nobody_else() {
    let with = || vec![puppet::<Trader>(), puppet::<Breaks>()];
    let mut poisoned = Bench::new(with());
    let mut alone = Bench::new(vec![puppet::<Trader>()]);
    let mut others = Vec::new();
    for text in ["100", "13", "100", "101", "100"] {
        quietly(|| poisoned.trade(btc(), price(text)));
        alone.trade(btc(), price(text));
        others.extend(poisoned.intents());
        let said: Vec<_> = alone.intents();
        let of_trader = in_words(&others);
        let of_trader: Vec<_> =
            of_trader.iter().filter(|word| word.starts_with("trader")).collect();
        let tail = &of_trader[of_trader.len() - said.len()..];
        assert!(tail.iter().copied().eq(&in_words(&said)), "{tail:?}");
    }
    let broken = poisoned.strategy(strategy("breaks"));
    assert_eq!((broken.run(), broken.fault()), (StrategyRun::Quarantined, Some(Fault::Panicked)));
    assert!(broken.last_words().contains("thirteen"), "{}", broken.last_words());
    // Of the call that broke nothing went out; the order before it is cancelled.
    let of_broken: Vec<_> =
        others.iter().filter(|e| e.corr.unwrap().strategy == broken.id()).collect();
    let words = in_words(&of_broken.into_iter().copied().collect::<Vec<_>>());
    assert_eq!(words, ["breaks Buy 1 at 10: rest", "breaks cancel: quarantined"]);
    assert!(broken.open_orders().is_empty());
}

#[test]
fn quarantine_is_said_and_outlives_a_restart() {
    let roster = || vec![puppet::<Breaks>()];
    let mut bench = Bench::new(roster());
    quietly(|| bench.trade(btc(), price("13")));
    let said = bench.said();
    let control = said.iter().find_map(|e| match e.event {
        Event::StrategyControl(StrategyControl { run }) => Some(run),
        _ => None,
    });
    assert_eq!(control, Some(StrategyRun::Quarantined));
    bench.restart(roster());
    bench.trade(btc(), price("100"));
    assert_eq!(in_words(&bench.intents()), [] as [&str; 0]);

    let fresh = roster().pop().unwrap().with_state(strategy::StatePolicy::Fresh);
    bench.restart(vec![fresh]);
    bench.trade(btc(), price("100"));
    assert_eq!(in_words(&bench.intents()), ["breaks Buy 1 at 10: rest"]);
}

struct Floods;
impl Script for Floods {
    const NAME: &'static str = "floods";
    fn trade(_: &mut u32, trade: &Trade, cx: &mut Cx<'_>) {
        for _ in 0..=INTENTS_PER_CALL_MAX {
            if let Some(id) = cx.buy(trade.symbol, money("100")).limit(price("50")).send("flood") {
                cx.cancel(id, "flood");
                cx.amend(id, contracts::testing::qty("3"), price("49"), "flood");
            }
        }
        for number in 0..=strategy::TIMERS_PER_STRATEGY_MAX {
            cx.timer(&format!("t{number}"), cx.now());
        }
    }
}

#[test]
fn floods_are_stopped_before_anybody_hears_them() {
    let mut bench = Bench::new(vec![puppet::<Floods>()]);
    bench.trade(btc(), price("100"));
    assert_eq!(placed(&bench.intents()).len(), 0);
    assert_eq!(bench.strategy(strategy("floods")).fault(), Some(Fault::TooMuch));
}

#[test]
fn strangers_markets_and_words_change_nothing() {
    let mut bench = Bench::new(vec![puppet::<Trader>()]);
    bench.trade(symbol("ETH/USD"), price("100"));
    let corr = contracts::Corr::new(
        strategy("nobody"),
        contracts::Origin::Strategy,
        contracts::IntentSeq::new(1),
    );
    let run = StrategyRun::Quarantined;
    bench.answer(
        contracts::Source::Operator,
        corr,
        Event::StrategyControl(StrategyControl { run }),
    );
    assert!(bench.said().is_empty());
    bench.trade(btc(), price("100"));
    assert_eq!(bench.intents().len(), 1);
}

/// Hears nothing, because it declared nothing.
struct Deaf;
impl Script for Deaf {
    const NAME: &'static str = "deaf";
    fn start(_: &mut Setup) {}
    fn trade(_: &mut u32, _: &Trade, _: &mut Cx<'_>) {
        unreachable!("nobody declared trades");
    }
}

#[test]
fn streams_that_nobody_declared_are_not_heard() {
    let mut bench = Bench::new(vec![puppet::<Deaf>(), puppet::<Trader>()]);
    bench.trade(btc(), price("100"));
    assert_eq!(bench.strategy(strategy("deaf")).run(), StrategyRun::Running);
}
