//! What a strategy hears, and when: bars, warm-up, timers, pauses.

use contracts::testing::{price, qty, strategy};
use contracts::{
    Bar, Corr, Event, IntentSeq, Label, Origin, Source, Span, StrategyControl, StrategyRun,
    Timeframe, Trade,
};
use strategy::testing::{Bench, flat_bar};
use strategy::{Cx, Setup, Unsent};

use crate::puppet::{Script, Trader, btc, in_words, minute_bars, puppet};

/// Buys on every bar.
struct BarBuyer;
impl Script for BarBuyer {
    const NAME: &'static str = "bar_buyer";
    fn start(setup: &mut Setup) {
        minute_bars(setup);
    }
    fn bar(bar: &Bar, cx: &mut Cx<'_>) {
        cx.buy(bar.symbol, qty("1")).send(&bar.close.to_string());
    }
}

#[test]
fn warm_up_hears_everything_and_says_nothing() {
    let mut bench = Bench::new(vec![puppet::<BarBuyer>()]);
    for close in ["100", "101"] {
        bench.bar(btc(), Timeframe::M1, price(close));
    }
    assert!(bench.intents().is_empty());
    let unsent = bench.strategy(strategy("bar_buyer")).unsent().clone();
    assert_eq!((unsent.count(Unsent::WarmingUp), unsent.total()), (2, 2));
    bench.bar(btc(), Timeframe::M1, price("102"));
    assert_eq!(in_words(&bench.intents()), ["bar_buyer Buy 1 at market: 102"]);
}

#[test]
fn bars_of_long_ago_are_history_and_repeated_ones_are_not_told() {
    let mut bench = Bench::new(vec![puppet::<BarBuyer>()]);
    for close in ["100", "101", "102"] {
        bench.bar(btc(), Timeframe::M1, price(close));
    }
    bench.intents();
    let again = flat_bar(btc(), Timeframe::M1, bench.now().floor_to(Span::MINUTE), price("102"));
    let old = Bar { open_at: again.open_at - Span::MINUTE, ..again };
    bench.say(Event::Bar(old));
    assert!(bench.intents().is_empty());
    bench.pass(Span::from_secs(600));
    bench.say(Event::Bar(again));
    assert!(bench.intents().is_empty(), "nobody trades on a bar of ten minutes ago");
}

#[test]
fn bars_are_made_of_trades_and_closed_by_time() {
    let mut bench = Bench::new(vec![puppet::<BarBuyer>()]);
    for close in ["100", "101", "102"] {
        bench.trade(btc(), price(close));
        bench.pass(Span::MINUTE);
    }
    bench.pass(Span::SECOND);
    assert_eq!(in_words(&bench.intents()), ["bar_buyer Buy 1 at market: 102"]);
}

/// Sets a timer on a trade, another from that one, and says so.
struct Clockwork;
impl Script for Clockwork {
    const NAME: &'static str = "clockwork";
    fn trade(_: &mut u32, _: &Trade, cx: &mut Cx<'_>) {
        cx.timer("first", cx.now() + Span::SECOND);
        cx.timer("never", cx.now() + Span::SECOND);
        cx.cancel_timer("never");
    }
    fn timer(name: Label, cx: &mut Cx<'_>) {
        cx.buy(btc(), qty("1")).limit(price("50")).send(name.as_str());
        if name == Label::new("first") {
            cx.timer("second", cx.now());
        }
    }
}

#[test]
fn timers_fire_in_time_once_and_never_when_taken_back() {
    let mut bench = Bench::new(vec![puppet::<Clockwork>()]);
    bench.trade(btc(), price("100"));
    bench.pass(Span::from_millis(999));
    assert!(bench.intents().is_empty());
    bench.pass(Span::from_millis(1));
    assert_eq!(in_words(&bench.intents()), ["clockwork Buy 1 at 50: first"]);
    bench.pass(Span::MINUTE);
    assert_eq!(in_words(&bench.intents()), ["clockwork Buy 1 at 50: second"]);
}

#[test]
fn pauses_let_out_and_not_in() {
    let mut bench = Bench::new(vec![puppet::<Trader>()]);
    let corr = Corr::new(strategy("trader"), Origin::Operator, IntentSeq::new(1));
    let say = |bench: &mut Bench, run| {
        bench.answer(Source::Operator, corr, Event::StrategyControl(StrategyControl { run }));
    };
    bench.trade(btc(), price("100"));
    say(&mut bench, StrategyRun::Paused);
    bench.intents();
    bench.trade(btc(), price("100"));
    assert!(bench.intents().is_empty());
    bench.trade(btc(), price("101"));
    assert_eq!(in_words(&bench.intents()), ["trader Sell 1 at market: leave"]);
    say(&mut bench, StrategyRun::Running);
    bench.trade(btc(), price("100"));
    assert_eq!(in_words(&bench.intents()), ["trader Buy 1 at market: buy_4"]);
}
