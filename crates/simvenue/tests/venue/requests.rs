//! Requests: sealed, in time, with an id of their own; queries and the dead man's switch.

use contracts::testing::secs;
use contracts::{
    AmendOrder, ArmDeadMan, CancelAll, CancelOrder, Event, Lifetime, MarketStatus, OrderKind, Seal,
    SealKey, Side, Span, Submit, Ts, seal_request,
};
use simvenue::VenueConfig;

use crate::rig::{Rig, free, id, limit, place, rules, stop};

const GTC: Lifetime = Lifetime::UntilCancelled;

fn buy(number: u128, amount: &str, deadline: Ts) -> Event {
    Event::Submit(Submit { deadline, ..place(number, Side::Buy, amount, limit("100"), GTC) })
}

#[test]
fn request_after_its_deadline_is_rejected() {
    let mut rig = Rig::new(free());
    rig.until(secs(5)).ask(buy(1, "1", secs(5))).ask(buy(2, "1", Ts::from_nanos(4_999_999_999)));
    rig.says(&["#1 Accepted 0/1", "#2 Rejected TooLate 0/1"]);
    rig.ask(Event::AmendOrder(AmendOrder {
        id: id(1),
        qty: contracts::testing::qty("2"),
        limit: None,
        trigger: None,
        deadline: secs(4),
        number: 7,
        seal: Seal::NONE,
    }));
    rig.says(&["#1 AmendRejected TooLate 0/1 to 7"]);
}

#[test]
fn request_without_the_right_seal_is_denied() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.hush();
    let stranger = SealKey::new([8; 16]);
    let seal = Seal::NONE;
    let amend = AmendOrder {
        id: id(1),
        qty: contracts::testing::qty("2"),
        limit: None,
        trigger: None,
        deadline: Ts::MAX,
        number: 3,
        seal,
    };
    for request in [
        buy(2, "1", Ts::MAX),
        Event::CancelOrder(CancelOrder { id: id(1), seal }),
        Event::AmendOrder(amend),
        Event::CancelAll(CancelAll { number: 1, seal }),
        Event::ArmDeadMan(ArmDeadMan { timeout: Span::SECOND, number: 1, seal }),
    ] {
        rig.send(request.with_seal(seal_request(&request, &stranger).unwrap()));
    }
    rig.says(&[
        "#2 Rejected Denied 0/1",
        "#1 CancelRejected Denied 0/1",
        "#1 AmendRejected Denied 0/1 to 3",
        "alert ForgedSeal",
        "alert ForgedSeal",
    ]);
    // The forged order did not use the id up.
    rig.ask(buy(2, "1", Ts::MAX)).pass(Span::MINUTE).says(&["#2 Accepted 0/1"]);
}

#[test]
fn request_changed_after_sealing_is_denied() {
    let mut rig = Rig::new(free());
    let seal = seal_request(&buy(1, "1", Ts::MAX), &crate::rig::KEY).unwrap();
    rig.send(buy(1, "2", Ts::MAX).with_seal(seal)).says(&["#1 Rejected Denied 0/2"]);
}

#[test]
fn duplicate_id_leaves_the_first_order_alone() {
    let mut rig = Rig::new(free());
    rig.ask(buy(1, "1", Ts::MAX)).ask(buy(1, "5", Ts::MAX)).query(1);
    rig.says(&["#1 Accepted 0/1", "#1 Rejected DuplicateId 0/5", "#1 Working 0/1"]);
    rig.cancel(1).ask(buy(1, "1", Ts::MAX)).query(1);
    rig.says(&[
        "#1 Cancelled Requested 0/1",
        "#1 Rejected DuplicateId 0/1",
        "#1 Cancelled Requested 0/1",
    ]);
}

#[test]
fn ended_orders_are_forgotten_beyond_the_bound() {
    let mut rig = Rig::new(VenueConfig { orders_remembered: 2, ..free() });
    for number in 1..=3 {
        rig.ask(buy(number, "1", Ts::MAX)).cancel(number);
    }
    rig.hush().query(1).query(2).ask(buy(1, "1", Ts::MAX));
    rig.says(&["#1 NotFound UnknownOrder 0/0", "#2 Cancelled Requested 0/1", "#1 Accepted 0/1"]);
}

#[test]
fn cancel_of_nothing_is_rejected() {
    let mut rig = Rig::new(free());
    rig.cancel(1).ticker(("99", "1"), ("100", "1")).buy("1", "100");
    rig.cancel(1);
    rig.says(&[
        "#1 CancelRejected UnknownOrder 0/0",
        "#1 Accepted 0/1",
        "#1 buy 1@100 Taker",
        "#1 Filled 1/1",
        "#1 CancelRejected UnknownOrder 1/1",
    ]);
}

#[test]
fn cancel_in_maintenance_is_rejected() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.hush().send(Event::Instrument(rules(MarketStatus::Maintenance)));
    rig.cancel(1).cancel_all();
    rig.says(&["#1 CancelRejected Closed 0/1", "#1 CancelRejected Closed 0/1"]);
}

#[test]
fn cancel_all_takes_every_open_order() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.order(Side::Sell, "1", stop("90"), GTC);
    rig.sell("1", "110");
    rig.hush().cancel_all().cancel_all();
    let cancelled = ["#1", "#2", "#3"].map(|id| format!("{id} Cancelled Requested 0/1"));
    assert_eq!(rig.lines(), cancelled);
    assert!(rig.venue().open_orders().is_empty());
}

#[test]
fn query_tells_executions_then_the_standing() {
    let mut rig = Rig::new(free());
    rig.buy("2", "100");
    rig.trade("99", "0.5", Side::Sell).trade("98", "1", Side::Sell).hush();
    let first = ["#1 buy 0.5@100 Maker", "#1 buy 1@100 Maker"];
    rig.query(1).says(&[first[0], first[1], "#1 Working 1.5/2"]);
    rig.trade("98", "1", Side::Sell).hush().query(1);
    rig.says(&[first[0], first[1], "#1 buy 0.5@100 Maker", "#1 Filled 2/2"]);
    rig.order(Side::Sell, "1", stop("90"), GTC);
    rig.buy("0.001", "100");
    rig.hush().query(2).query(3).query(4);
    rig.says(&["#2 Working 0/1", "#3 Rejected Lot 0/0.001", "#4 NotFound UnknownOrder 0/0"]);
}

#[test]
fn query_repeats_the_same_execution_ids() {
    let mut rig = Rig::new(free());
    rig.buy("2", "100");
    rig.hush().trade("99", "0.5", Side::Sell);
    let first = rig.said.0[0].event;
    rig.hush().query(1);
    assert_eq!(rig.said.0[0].event, first);
}

#[test]
fn query_says_when_executions_are_forgotten() {
    let mut rig = Rig::new(VenueConfig { executions_remembered: 1, ..free() });
    rig.buy("2", "100");
    rig.trade("99", "0.5", Side::Sell).trade("98", "1", Side::Sell).hush().query(1);
    rig.says(&["#1 buy 1@100 Maker", "alert BoundReached", "#1 Working 1.5/2"]);
}

#[test]
fn dead_man_fires_once_unless_renewed() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.order(Side::Sell, "1", stop("90"), GTC);
    rig.arm(Span::SECOND).pass(Span::from_millis(900)).arm(Span::SECOND);
    rig.hush().pass(Span::from_millis(999)).says(&[]);
    rig.pass(Span::MILLI);
    rig.says(&["#1 Cancelled DeadMan 0/1", "#2 Cancelled DeadMan 0/1"]);
    rig.buy("1", "100");
    rig.pass(Span::MINUTE).says(&["#3 Accepted 0/1"]);
}

#[test]
fn dead_man_zero_disarms() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.arm(Span::SECOND).arm(Span::ZERO).hush().pass(Span::MINUTE).says(&[]);
    assert_eq!(rig.seq.next_wake(), None);
}

#[test]
fn dead_man_fires_in_maintenance_too() {
    let mut rig = Rig::new(free());
    rig.buy("1", "100");
    rig.arm(Span::SECOND).send(Event::Instrument(rules(MarketStatus::Maintenance)));
    rig.hush().pass(Span::SECOND).says(&["#1 Cancelled DeadMan 0/1"]);
}

#[test]
fn symbols_beyond_the_bound_are_said_and_ignored() {
    let mut rig = Rig::new(free());
    for number in 0..8_191 {
        let symbol = contracts::testing::symbol(&format!("A{number}/USD"));
        rig.send(Event::Trade(contracts::Trade {
            symbol,
            price: contracts::testing::price("1"),
            qty: contracts::testing::qty("1"),
            id: contracts::TradeId::new(1),
            at: rig.now,
            taker: Side::Buy,
        }));
    }
    rig.says(&[]);
    let one_more =
        contracts::Instrument { symbol: contracts::testing::symbol("X/USD"), ..rules_online() };
    rig.send(Event::Instrument(one_more)).says(&["alert BoundReached"]);
    rig.buy("1", "100");
    rig.says(&["#1 Accepted 0/1"]);
}

fn rules_online() -> contracts::Instrument {
    rules(MarketStatus::Online)
}

#[test]
fn market_order_kind_gtc_is_the_same_as_immediate() {
    let mut rig = Rig::new(free());
    rig.ticker(("99", "1"), ("101", "1"));
    rig.order(Side::Buy, "2", OrderKind::Market, GTC);
    rig.says(&["#1 Accepted 0/2", "#1 buy 1@101 Taker", "#1 Cancelled NoLiquidity 1/2"]);
}
