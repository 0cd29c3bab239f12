//! How much an exit asks for: what the gate lets pass, and no less than the venue takes.

use contracts::testing::{money, price, qty, strategy, symbol};
use contracts::{
    Corr, Event, IntentSeq, Label, Lifetime, MarketStatus, OrderKind, OrderSpec, Origin, Place,
    Says, Side, Source, Span, Ts,
};
use execution::ProtectiveOnKill;

use crate::rig::{BTC, Desk, rules};

#[test]
fn stop_is_for_what_the_gate_lets_pass_on_margin_too() {
    let on_margin = || Desk::with(ProtectiveOnKill::Cancel, false);
    // A sale of its own that rests would close a part of it.
    let mut desk = on_margin();
    let sale = desk.order(Side::Sell, "0.4", "110");
    desk.report(sale, Says::Accepted);
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    assert_eq!(desk.said(), "refused NotReducing");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "d sell 0.6 stop 98");
    // What a sibling is short is nothing that the account could close.
    let mut desk = on_margin();
    let corr = Corr::new(strategy("b"), Origin::Strategy, IntentSeq::new(1));
    let kind = OrderKind::Limit(price("100"));
    let lifetime = Lifetime::UntilCancelled;
    let spec = OrderSpec::new(symbol(BTC), Side::Sell, qty("0.3"), kind, lifetime).unwrap();
    let short = desk
        .ask_as(corr, |id| Event::Place(Place { id, spec, expires: Ts::MAX, why: Label::NONE }));
    desk.trade(short, "0.3", "100");
    desk.report(short, Says::Filled);
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    assert_eq!(desk.said(), "refused NotReducing");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "d sell 0.7 stop 98");
}

#[test]
fn what_costs_too_little_is_asked_for_when_it_is_worth_enough_and_said_once() {
    let Event::Instrument(mut instrument) = rules(MarketStatus::Online) else { panic!() };
    instrument.cost_min = money("50");
    let mut desk = Desk::new();
    desk.say(Source::MdIngest, None, Event::Instrument(instrument));
    let entry = desk.guarded("0.51", [200, 300, 0]);
    desk.trade(entry, "0.51", "100");
    desk.report(entry, Says::Filled);
    // At its stop it would be worth 49.98.
    assert_eq!(desk.said(), "");
    desk.price("97.9");
    assert_eq!(desk.said(), "blocked");
    for at in ["97.8", "98", "97.9"] {
        desk.pass(Span::MINUTE);
        desk.price(at);
        desk.restart();
        assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 1));
    }
    desk.price("98.1");
    assert_eq!(desk.said(), "b sell 0.51 at 98.1");
}

#[test]
fn stop_of_an_entry_that_goes_on_waits_until_it_costs_enough() {
    let Event::Instrument(mut instrument) = rules(MarketStatus::Online) else { panic!() };
    instrument.cost_min = money("50");
    let mut desk = Desk::new();
    desk.say(Source::MdIngest, None, Event::Instrument(instrument));
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "0.5", "100");
    assert_eq!(desk.said(), "");
    desk.trade(entry, "0.02", "100");
    assert_eq!(desk.said(), "b sell 0.52 stop 98");
}
