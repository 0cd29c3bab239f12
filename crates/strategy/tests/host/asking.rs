//! What asking makes of an order: rounding, minimums, and every reason for not sending it.

use contracts::testing::{money, price, qty, secs, strategy, symbol};
use contracts::{Bps, Event, Lifetime, OrderKind, Trade};
use strategy::testing::Bench;
use strategy::{Cx, Unsent};

use crate::puppet::{Script, btc, in_words, placed, puppet};

macro_rules! script {
    ($name:ident, $text:literal, |$cx:ident| $act:expr) => {
        struct $name;
        impl Script for $name {
            const NAME: &'static str = $text;
            fn trade(_: &mut u32, _: &Trade, $cx: &mut Cx<'_>) {
                $act;
            }
        }
    };
}

fn said<S: Script>() -> (Vec<String>, Vec<Unsent>) {
    let mut bench = Bench::unanswered(vec![puppet::<S>()]);
    bench.trade(btc(), price("101"));
    let unsent = bench.strategy(strategy(S::NAME)).unsent().clone();
    let reasons = Unsent::ALL.into_iter().filter(|why| unsent.count(*why) > 0).collect();
    (in_words(&bench.intents()), reasons)
}

fn check_sent<S: Script>(expected: &[&str]) {
    assert_eq!(said::<S>(), (expected.iter().map(ToString::to_string).collect(), vec![]));
}

fn check_unsent<S: Script>(expected: Unsent) {
    assert_eq!(said::<S>(), (vec![], vec![expected]));
}

#[test]
fn stakes_become_lots_rounded_down() {
    script!(Stake, "stake", |cx| cx.buy(btc(), money("100")).send("w"));
    check_sent::<Stake>(&["stake Buy 0.99 at market: w"]);
    script!(Lots, "lots", |cx| cx.sell(btc(), qty("1.23456")).send("w"));
    check_sent::<Lots>(&["lots Sell 1.2345 at market: w"]);
}

#[test]
fn limits_go_on_the_tick_that_is_no_worse() {
    script!(Buys, "buys", |cx| cx.buy(btc(), qty("1")).limit(price("99.999")).send("w"));
    check_sent::<Buys>(&["buys Buy 1 at 99.99: w"]);
    script!(Sells, "sells", |cx| cx.sell(btc(), qty("1")).limit(price("99.991")).send("w"));
    check_sent::<Sells>(&["sells Sell 1 at 100: w"]);
}

#[test]
fn guards_are_said_right_after_the_order() {
    script!(Guarded, "guarded", |cx| cx.buy(btc(), qty("1")).stop(Bps::new(250)).send("w"));
    check_sent::<Guarded>(&["guarded Buy 1 at market: w", "guarded protect stop 250"]);
}

#[test]
fn unsent_orders_have_a_reason() {
    script!(Dust, "dust", |cx| cx.buy(btc(), qty("0.0009")).send("w"));
    check_unsent::<Dust>(Unsent::BelowMinimum);
    script!(Cheap, "cheap", |cx| cx.buy(btc(), qty("0.004")).limit(price("1")).send("w"));
    check_unsent::<Cheap>(Unsent::BelowMinimum);
    script!(Other, "other", |cx| cx.buy(symbol("ETH/USD"), qty("1")).send("w"));
    check_unsent::<Other>(Unsent::NotListed);
    script!(Two, "two", |cx| cx.buy(btc(), qty("1")).limit(price("9")).ioc().post_only().send(""));
    check_unsent::<Two>(Unsent::Contradiction);
    script!(Inside, "inside", |cx| cx.buy(btc(), qty("1")).stop(Bps::new(-1)).send(""));
    check_unsent::<Inside>(Unsent::Contradiction);
    script!(Flat, "flat", |cx| cx.close(btc()).send(""));
    check_unsent::<Flat>(Unsent::NothingToClose);
    script!(Below, "below", |cx| cx.buy(btc(), qty("1")).limit(price("0.001")).send(""));
    check_unsent::<Below>(Unsent::NotAPrice);
    script!(Unknown, "unknown", |cx| {
        let id = contracts::OrderId::from_bits(7).unwrap();
        cx.cancel(id, "");
        cx.amend(id, qty("1"), price("9"), "");
    });
    check_unsent::<Unknown>(Unsent::NotAnOpenOrder);
}

#[test]
fn lifetimes_reach_the_order() {
    script!(Rests, "rests", |cx| {
        cx.buy(btc(), qty("1")).limit(price("9")).post_only().send("");
        cx.buy(btc(), qty("1")).limit(price("9")).until(secs(2_000_000)).send("");
        cx.buy(btc(), qty("1")).limit(price("9")).ioc().reduce_only().send("");
    });
    let mut bench = Bench::unanswered(vec![puppet::<Rests>()]);
    bench.trade(btc(), price("100"));
    let intents = bench.intents();
    let specs = intents.iter().filter_map(|e| match e.event {
        Event::Place(place) => Some(place.spec),
        _ => None,
    });
    let specs: Vec<_> = specs.collect();
    let lifetimes: Vec<_> = specs.iter().map(contracts::OrderSpec::lifetime).collect();
    let until = Lifetime::Until(secs(2_000_000));
    assert_eq!(lifetimes, [Lifetime::PostOnly, until, Lifetime::Immediate]);
    assert!(specs[2].is_reduce_only() && !specs[0].is_reduce_only());
    assert_eq!(specs[0].kind(), OrderKind::Limit(price("9")));
}

#[test]
fn numbers_are_gapless_and_ids_follow_from_them() {
    script!(Thrice, "thrice", |cx| for _ in 0..3 {
        cx.buy(btc(), qty("1")).send("");
    });
    let mut bench = Bench::unanswered(vec![puppet::<Thrice>()]);
    bench.trade(btc(), price("100"));
    bench.trade(btc(), price("100"));
    let intents = bench.intents();
    let numbers: Vec<_> = intents.iter().map(|e| e.corr.unwrap().intent.get()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let mut ids = placed(&intents);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn amends_wait_for_each_other_and_say_nothing_new_twice() {
    script!(Amends, "amends", |cx| {
        match cx.open_orders().first().map(|order| order.id) {
            None => drop(cx.buy(btc(), qty("1")).limit(price("90")).send("")),
            Some(id) => {
                assert!(!cx.amend(id, qty("1"), price("90.004"), "same tick"));
                assert!(cx.amend(id, qty("2"), price("91"), "more"));
                assert!(!cx.amend(id, qty("3"), price("92"), "too soon"));
            }
        }
    });
    let mut bench = Bench::new(vec![puppet::<Amends>()]);
    bench.trade(btc(), price("100"));
    bench.intents();
    bench.trade(btc(), price("100"));
    assert_eq!(in_words(&bench.intents()), ["amends amend to 2"]);
    let view = bench.strategy(strategy("amends"));
    assert_eq!(view.unsent().count(Unsent::AmendPending), 1);
    assert_eq!(view.open_orders()[0].limit, Some(price("91")));
}
