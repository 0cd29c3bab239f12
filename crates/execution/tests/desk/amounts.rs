//! How much an exit asks for: what the gate lets pass, and no less than the venue takes.

use contracts::testing::{price, qty, strategy, symbol};
use contracts::{
    Corr, Event, IntentSeq, Label, Lifetime, OrderKind, OrderSpec, Origin, Place, Says, Side, Span,
    Ts,
};
use execution::ProtectiveOnKill;

use crate::rig::{BTC, Desk};

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
