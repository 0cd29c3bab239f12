//! What must be refused: snapshots that contradict themselves, and bookings beyond every bound.
#![allow(clippy::unwrap_used, reason = "a test crate")]

use contracts::testing::{asset, money, net, price, qty, strategy, symbol};
use contracts::{Fill, Liquidity, Money, OrderId, Price, Qty, Side, Ts, VenueRef};
use portfolio::{LOTS_MAX, Ledger, LedgerFault, Method, PURSES_MAX};
use serde_json::{Value, json};

fn fill(side: Side, amount: Qty, at: Price) -> Fill {
    Fill {
        id: OrderId::from_bits(1).unwrap(),
        exec: VenueRef::numbered(b'T', 1),
        symbol: symbol("BTC/USD"),
        qty: amount,
        price: at,
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at: Ts::ZERO,
        side,
        liquidity: Liquidity::Taker,
    }
}

/// Two strategies, one long and one short, with cash and fees of three kinds.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new(Method::Fifo);
    let bought = fill(Side::Buy, qty("2"), price("100"));
    for name in ["a", "b"] {
        ledger.deposit(strategy(name), asset("USD"), money("1000")).unwrap();
    }
    ledger.apply(&Fill { fee: money("0.2"), ..bought }, strategy("a")).unwrap();
    let in_base = Fill { fee: money("0.01"), fee_asset: asset("BTC"), ..bought };
    ledger.apply(&in_base, strategy("a")).unwrap();
    let sold = Fill { side: Side::Sell, price: price("105"), ..bought };
    ledger
        .apply(&Fill { fee: money("3"), fee_asset: asset("KFEE"), ..sold }, strategy("b"))
        .unwrap();
    ledger.mark(symbol("BTC/USD"), price("103.7")).unwrap();
    ledger
}

fn saved(ledger: &Ledger) -> Value {
    serde_json::to_value(ledger).unwrap()
}

/// A snapshot with `change` made to it must not be read.
fn check_refused(what: &str, change: impl FnOnce(&mut Value)) {
    let mut state = saved(&ledger());
    let before = state.clone();
    change(&mut state);
    assert_ne!(state, before, "{what}: the test changed nothing");
    assert!(serde_json::from_value::<Ledger>(state).is_err(), "{what}");
}

/// Adds to the amount at `pointer`.
fn add(state: &mut Value, pointer: &str, amount: &str) {
    let held = state.pointer_mut(pointer).unwrap();
    *held = json!(money(held.as_str().unwrap()) + money(amount));
}

/// Where in a snapshot the purse of an owner stands; the account has no name.
fn purse(state: &Value, owner: Option<&str>, currency: &str) -> String {
    let wanted = match owner {
        Some(name) => json!({"strategy": name, "asset": currency}),
        None => json!({"asset": currency}),
    };
    let purses = state["purses"].as_array().unwrap();
    let index = purses.iter().position(|purse| purse[0] == wanted).unwrap();
    format!("/purses/{index}/1")
}

#[test]
fn snapshot_untouched_reads_back() {
    let state = saved(&ledger());
    let read: Ledger = serde_json::from_value(state.clone()).unwrap();
    assert_eq!(saved(&read), state);
}

#[test]
fn snapshot_with_any_single_sum_changed_refused() {
    let names = ["deposits", "cash", "realised", "fees", "side_fees", "cost", "value", "gross"];
    for owner in [None, Some("a"), Some("b")] {
        for name in names {
            check_refused(&format!("{name} of {owner:?}"), |state| {
                let purse = purse(state, owner, "USD");
                add(state, &format!("{purse}/sums/{name}"), "0.000000000000000000000001");
            });
        }
    }
}

#[test]
fn snapshot_where_account_is_not_the_sum_of_its_strategies_refused() {
    // Each purse balances in itself; only the account's money came from nowhere.
    check_refused("cash and deposits of the account", |state| {
        let purse = purse(state, None, "USD");
        add(state, &format!("{purse}/sums/cash"), "5");
        add(state, &format!("{purse}/sums/deposits"), "5");
    });
}

#[test]
fn snapshot_with_amounts_out_of_range_refused() {
    check_refused("cash that cannot be read without overflow", |state| {
        for owner in [None, Some("a")] {
            let purse = purse(state, owner, "USD");
            add(state, &format!("{purse}/sums/cash"), "160000000000000");
            add(state, &format!("{purse}/sums/deposits"), "160000000000000");
        }
    });
    check_refused("a baseline that no equity can have", |state| {
        let purse = purse(state, None, "USD");
        add(state, &format!("{purse}/day/baseline"), "120000000000000");
    });
    check_refused("a high-water mark below the equity", |state| {
        let purse = purse(state, None, "USD");
        add(state, &format!("{purse}/day/high"), "-1000");
    });
    check_refused("fees in base at the very edge", |state| {
        let held = "/books/BTC~1USD/holdings/0/1/figures/base_fees";
        *state.pointer_mut(held).unwrap() = json!("-170141183460469231731687303.715884105728");
    });
}

#[test]
fn snapshot_with_missing_doubled_or_unsorted_entries_refused() {
    check_refused("a purse that is missing", |state| {
        let purses = state["purses"].as_array_mut().unwrap();
        purses.retain(|purse| purse[0] != json!({"strategy": "b", "asset": "USD"}));
    });
    check_refused("all purses missing", |state| state["purses"] = json!([]));
    check_refused("a purse twice", |state| {
        let purses = state["purses"].as_array_mut().unwrap();
        purses.push(purses.last().unwrap().clone());
    });
    check_refused("purses out of order", |state| {
        state["purses"].as_array_mut().unwrap().reverse();
    });
    check_refused("holdings out of order", |state| {
        let held = state.pointer_mut("/books/BTC~1USD/holdings").unwrap();
        held.as_array_mut().unwrap().reverse();
    });
    check_refused("a mark missing", |state| {
        state.pointer_mut("/books/BTC~1USD").unwrap().as_object_mut().unwrap().remove("mark");
    });
}

#[test]
fn snapshot_with_impossible_lots_refused() {
    let lots = "/books/BTC~1USD/holdings/0/1/lots";
    check_refused("an empty lot", |state| {
        let empty = json!({"qty": "0", "basis": {"price": "100"}});
        state.pointer_mut(lots).unwrap().as_array_mut().unwrap().push(empty);
    });
    check_refused("a lot that cost less than nothing beside one that makes up for it", |state| {
        *state.pointer_mut(lots).unwrap() = json!([
            {"qty": "1", "basis": {"cost": "-100"}},
            {"qty": "2.99", "basis": {"cost": "499"}},
        ]);
    });
}

#[test]
fn lots_beyond_the_bound_become_one_and_nothing_is_lost() {
    let (mut ledger, beyond) = (Ledger::new(Method::Fifo), 10);
    let mut cost = Money::ZERO;
    for number in 0..LOTS_MAX + beyond {
        let at = Price::from_pico(1_000_000_007 + 13 * number as u128).unwrap();
        cost += at.cost(qty("0.3")).unwrap();
        ledger.apply(&fill(Side::Buy, qty("0.3"), at), strategy("a")).unwrap();
    }
    let held = ledger.holding(strategy("a"), symbol("BTC/USD")).unwrap();
    assert_eq!((held.lots().count(), held.merges()), (LOTS_MAX, beyond as u32));
    assert_eq!(held.cost(), cost);
    ledger.audit().unwrap();
    let (all, at) = (held.net().size(), price("1"));
    let part = ledger.apply(&fill(Side::Sell, qty("0.000000000007"), at), strategy("a")).unwrap();
    ledger.audit().unwrap();
    let left = all.minus(qty("0.000000000007")).unwrap();
    let rest = ledger.apply(&fill(Side::Sell, left, at), strategy("a")).unwrap();
    assert_eq!(part.realised + rest.realised, at.cost(all).unwrap() - cost);
    ledger.audit().unwrap();
}

#[test]
fn every_fault_leaves_the_ledger_as_it_was() {
    use LedgerFault::{FeeTooFine, NothingTraded, OutOfRange};
    let mut ledger = ledger();
    let before = saved(&ledger);
    let (most, least) = (Money::MAX, Money::from_yocto(i128::MIN));
    let top = Price::from_pico(i128::MAX as u128).unwrap();
    let all = Qty::from_pico(i128::MAX as u128).unwrap();
    let good = fill(Side::Sell, qty("5"), price("100"));
    let finest = Money::from_yocto(1);
    let in_base = Fill { fee_asset: asset("BTC"), ..good };
    let in_third = Fill { fee_asset: asset("NEW"), ..good };
    for (bad, fault) in [
        (Fill { qty: Qty::ZERO, ..good }, NothingTraded),
        (Fill { qty: all, ..good }, OutOfRange),
        (Fill { qty: all, price: Price::MIN, ..good }, OutOfRange),
        (Fill { price: top, ..good }, OutOfRange),
        (Fill { qty: all, price: top, side: Side::Buy, ..good }, OutOfRange),
        (Fill { fee: most, ..good }, OutOfRange),
        (Fill { fee: least, ..good }, OutOfRange),
        (Fill { fee: finest, ..in_base }, FeeTooFine),
        (Fill { fee: money("100000000000000"), ..in_base }, OutOfRange),
        (Fill { fee: most, ..in_third }, OutOfRange),
        (Fill { fee: least, ..in_third }, OutOfRange),
    ] {
        for name in ["a", "b", "never_seen"] {
            assert_eq!(ledger.apply(&bad, strategy(name)), Err(fault), "{bad:?}");
            assert_eq!(saved(&ledger), before, "{bad:?}");
        }
    }
    assert_eq!(ledger.mark(symbol("BTC/USD"), top), Err(OutOfRange));
    for amount in [most, least] {
        assert_eq!(ledger.deposit(strategy("a"), asset("USD"), amount), Err(OutOfRange));
        assert_eq!(ledger.deposit(strategy("z"), asset("NEW"), amount), Err(OutOfRange));
    }
    let adopted = ledger.adopt(strategy("a"), symbol("BTC/USD"), net("0"), price("1"));
    assert_eq!(adopted, Err(NothingTraded));
    assert_eq!(saved(&ledger), before);
}

#[test]
fn purses_up_to_the_bound_and_not_one_more() {
    let mut ledger = Ledger::new(Method::Fifo);
    // One purse of the account, the others of strategies; the last place is for one more fill.
    for number in 0..PURSES_MAX - 2 {
        ledger.deposit(strategy(&format!("s{number}")), asset("USD"), money("1")).unwrap();
    }
    ledger.apply(&fill(Side::Buy, qty("1"), price("1")), strategy("last")).unwrap();
    let before = saved(&ledger);
    let third =
        Fill { fee: money("1"), fee_asset: asset("KFEE"), ..fill(Side::Buy, qty("1"), price("1")) };
    for refused in [
        ledger.deposit(strategy("more"), asset("USD"), money("1")),
        ledger.apply(&third, strategy("last")).map(|_| ()),
    ] {
        assert_eq!(refused, Err(LedgerFault::TooManyPurses));
    }
    assert_eq!(saved(&ledger), before);
    ledger.audit().unwrap();
}

#[test]
fn exposure_counts_both_directions_and_the_venue_sees_the_net() {
    let ledger = ledger();
    let btc = symbol("BTC/USD");
    // Strategy a holds 3.99, strategy b is short 2, and the mark is 103.7.
    assert_eq!(ledger.net(btc), net("1.99"));
    assert_eq!(ledger.gross(btc), money("621.163"));
    assert_eq!(ledger.net_value(btc), money("206.363"));
    assert_eq!(ledger.account(asset("USD")).gross(), ledger.gross(btc));
    assert_eq!(ledger.last_mark(btc), Some(price("103.7")));
    let unknown = symbol("ETH/USD");
    assert_eq!((ledger.gross(unknown), ledger.net_value(unknown)), (Money::ZERO, Money::ZERO));
    let owners: Vec<_> = ledger.purses().map(|(owner, _, purse)| (owner, purse.cash())).collect();
    let (account, cash) = owners[1];
    assert!(account.is_none());
    assert_eq!(cash, ledger.account(asset("USD")).cash());
    assert_eq!(owners.len(), 5);
}

#[test]
fn adopted_inventory_counts_as_paid_in() {
    let mut ledger = Ledger::new(Method::Fifo);
    ledger.adopt(strategy("a"), symbol("BTC/USD"), net("2"), price("100")).unwrap();
    ledger.mark(symbol("BTC/USD"), price("110")).unwrap();
    let purse = ledger.account(asset("USD"));
    assert_eq!((purse.cash(), purse.deposits()), (Money::ZERO, money("200")));
    assert_eq!((purse.equity(), purse.day_pnl()), (money("220"), money("20")));
    ledger.audit().unwrap();
}
