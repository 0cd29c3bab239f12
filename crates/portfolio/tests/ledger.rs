//! The ledger: known cases, and exact conservation over random fills.
#![allow(clippy::unwrap_used, reason = "a test crate")]

use std::collections::BTreeMap;

use contracts::testing::{asset, money, net, price, qty, strategy, symbol};
use contracts::{
    Asset, Fill, Liquidity, Money, Net, OrderId, Price, Qty, Side, StrategyId, Symbol, Ts, VenueRef,
};
use portfolio::{Ledger, LedgerFault, Method};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

const BTC: &str = "BTC/USD";

fn fill(side: Side, amount: Qty, at: Price) -> Fill {
    Fill {
        id: OrderId::from_bits(1).unwrap(),
        exec: VenueRef::numbered(b'T', 1),
        symbol: symbol(BTC),
        qty: amount,
        price: at,
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at: Ts::ZERO,
        side,
        liquidity: Liquidity::Taker,
    }
}

/// Books `fills` written as "buy 2@100", and checks position, cost and realised profit.
fn check(method: Method, fills: &str, expected: (&str, &str, &str)) {
    let mut ledger = Ledger::new(method);
    for text in fills.split(", ") {
        let (side, rest) = text.split_once(' ').unwrap();
        let (amount, at) = rest.split_once('@').unwrap();
        let side = if side == "buy" { Side::Buy } else { Side::Sell };
        ledger.apply(&fill(side, qty(amount), price(at)), strategy("a")).unwrap();
        ledger.audit().unwrap();
    }
    let held = ledger.holding(strategy("a"), symbol(BTC)).unwrap();
    let (position, cost, realised) = expected;
    assert_eq!(held.net(), net(position), "{fills}");
    assert_eq!(held.cost(), money(cost), "{fills}");
    assert_eq!(held.realised(), money(realised), "{fills}");
}

#[test]
fn position_long_short_partial_flip() {
    for method in [Method::Fifo, Method::Average] {
        check(method, "buy 1@100, sell 3@110", ("-2", "-220", "10"));
        check(method, "sell 2@100, buy 1@90", ("-1", "-100", "10"));
        check(method, "buy 2@100, sell 1@101", ("1", "100", "1"));
        check(method, "buy 2@100, sell 2@99", ("0", "0", "-2"));
        check(method, "sell 1@100, buy 3@110", ("2", "220", "-10"));
    }
}

#[test]
fn cash_to_start_with_is_paid_once_and_never_beyond_the_pool() {
    let mut ledger = Ledger::new(Method::Fifo);
    let mut endow = |name, share, pool: Option<&str>| {
        let paid = ledger.endow(strategy(name), asset("USD"), money(share), pool.map(money));
        paid.unwrap().map(|amount| amount.to_string())
    };
    let all = Some("1000");
    assert_eq!(endow("a", "700", all).as_deref(), Some("700"));
    assert_eq!(endow("a", "700", all), None, "paid before");
    assert_eq!(endow("b", "500", all).as_deref(), Some("300"), "what is left");
    assert_eq!(endow("c", "500", all).as_deref(), Some("0"));
    assert_eq!(endow("c", "500", Some("900")).as_deref(), Some("0"), "a pool that shrank");
    assert_eq!(
        endow("c", "500", Some("1100")).as_deref(),
        Some("100"),
        "who got nothing still may"
    );
    assert_eq!(endow("d", "5", None).as_deref(), Some("5"), "no bound");
    assert_eq!(ledger.account(asset("USD")).deposits(), money("1105"));
    ledger.audit().unwrap();
}

#[test]
fn position_fifo_and_average_differ_where_they_should() {
    check(Method::Fifo, "buy 2@100, buy 1@130, sell 2@120", ("1", "130", "40"));
    check(Method::Average, "buy 2@100, buy 1@130, sell 2@120", ("1", "110", "20"));
}

#[test]
fn fee_taker_is_deducted_from_cash() {
    let mut ledger = Ledger::new(Method::Fifo);
    ledger.deposit(strategy("a"), asset("USD"), money("1000")).unwrap();
    let paid = Fill { fee: money("0.20"), ..fill(Side::Buy, qty("2"), price("100")) };
    ledger.apply(&paid, strategy("a")).unwrap();
    let purse = ledger.purse(strategy("a"), asset("USD"));
    assert_eq!((purse.cash(), purse.fees()), (money("799.8"), money("0.2")));
    assert_eq!(ledger.account(asset("USD")).equity(), money("999.8"));
}

#[test]
fn fee_in_base_shrinks_the_position_and_rebates_pay() {
    let mut ledger = Ledger::new(Method::Fifo);
    let in_base = Fill {
        fee: money("0.01"),
        fee_asset: asset("BTC"),
        ..fill(Side::Buy, qty("1"), price("100"))
    };
    ledger.apply(&in_base, strategy("a")).unwrap();
    assert_eq!(ledger.net(symbol(BTC)), net("0.99"));
    let third = Fill { fee: money("-3"), fee_asset: asset("KFEE"), ..in_base };
    ledger.apply(&third, strategy("a")).unwrap();
    assert_eq!(ledger.purse(strategy("a"), asset("KFEE")).cash(), money("3"));
    ledger.audit().unwrap();
}

#[test]
fn day_and_drawdown_follow_the_marks() {
    let day = |number: i64| Ts::from_nanos(number * 86_400_000_000_000);
    let mut ledger = Ledger::new(Method::Fifo);
    ledger.deposit(strategy("a"), asset("USD"), money("1000")).unwrap();
    ledger.roll_day(day(5));
    ledger.apply(&fill(Side::Buy, qty("1"), price("100")), strategy("a")).unwrap();
    ledger.mark(symbol(BTC), price("120")).unwrap();
    ledger.mark(symbol(BTC), price("90")).unwrap();
    let usd = asset("USD");
    assert_eq!(ledger.account(usd).day_pnl(), money("-10"));
    assert_eq!(ledger.account(usd).drawdown(), money("30"));
    assert!(!ledger.roll_day(day(5)) && ledger.roll_day(day(6)));
    assert_eq!(ledger.account(usd).day_pnl(), money("0"));
    assert_eq!(ledger.account(usd).drawdown(), money("30"));
}

#[test]
fn hostile_fill_is_refused_and_leaves_no_trace() {
    let mut ledger = Ledger::new(Method::Fifo);
    ledger.apply(&fill(Side::Buy, qty("1"), price("100")), strategy("a")).unwrap();
    let before = serde_json::to_string(&ledger).unwrap();
    let huge = fill(Side::Buy, qty("99999999999999"), price("99999999999"));
    assert_eq!(ledger.apply(&huge, strategy("b")), Err(LedgerFault::OutOfRange));
    let nothing = fill(Side::Buy, Qty::ZERO, price("1"));
    assert_eq!(ledger.apply(&nothing, strategy("b")), Err(LedgerFault::NothingTraded));
    assert_eq!(serde_json::to_string(&ledger).unwrap(), before);
}

#[test]
fn snapshot_that_does_not_balance_cannot_be_read() {
    let mut ledger = Ledger::new(Method::Fifo);
    ledger.apply(&fill(Side::Buy, qty("1"), price("100")), strategy("a")).unwrap();
    let saved = serde_json::to_string(&ledger).unwrap();
    assert!(serde_json::from_str::<Ledger>(&saved).is_ok());
    let tampered = saved.replacen("-100", "-99", 1);
    assert_ne!(tampered, saved);
    assert!(serde_json::from_str::<Ledger>(&tampered).is_err());
}

#[derive(Clone, Debug)]
struct Step {
    fill: Fill,
    strategy: usize,
    mark: Option<Price>,
}

fn step() -> impl Strategy<Value = Step> {
    let amounts = (1_u128..1 << 60, 1_u128..1 << 58, -(1_i128 << 60)..1 << 62);
    (amounts, 0..3_usize, 0..2_usize, any::<bool>(), 0..3_usize, prop::option::of(1_u128..1 << 58))
        .prop_map(|((amount, at, fee), strategy, symbol_at, buy, currency, mark)| {
            let symbol = symbol([BTC, "DOGE/USD"][symbol_at]);
            let fee_asset: Asset = [symbol.quote(), symbol.base(), asset("KFEE")][currency];
            // A fee in base is as fine as a position, not finer.
            let fee = if currency == 1 { fee / (1 << 20) * 1_000_000_000_000 } else { fee };
            let side = if buy { Side::Buy } else { Side::Sell };
            let (amount, at) = (Qty::from_pico(amount).unwrap(), Price::from_pico(at).unwrap());
            let fill =
                Fill { symbol, fee: Money::from_yocto(fee), fee_asset, ..fill(side, amount, at) };
            Step { fill, strategy, mark: mark.and_then(Price::from_pico) }
        })
}

/// First-in first-out from the whole history, the slow way.
fn fifo_twin_realised(fills: &[Fill]) -> Money {
    let mut open: Vec<(Side, Qty, Price)> = Vec::new();
    let mut realised = Money::ZERO;
    for fill in fills {
        let mut rest = fill.qty;
        while !rest.is_zero() && open.first().is_some_and(|lot| lot.0 != fill.side) {
            let (side, held, at) = open[0];
            let part = rest.min(held);
            let signed = Net::of(side, part);
            realised += fill.price.value(signed).unwrap() - at.value(signed).unwrap();
            rest = rest.minus(part).unwrap();
            open[0].1 = held.minus(part).unwrap();
            if open[0].1.is_zero() {
                open.remove(0);
            }
        }
        if !rest.is_zero() {
            open.push((fill.side, rest, fill.price));
        }
    }
    realised
}

/// One lot at its average cost, in whole numbers: what is left of a division stays with what is left open.
fn average_twin_realised(fills: &[Fill]) -> Money {
    let (mut side, mut held, mut cost, mut realised) = (Side::Buy, 0_i128, 0_i128, 0_i128);
    for fill in fills {
        let at = i128::try_from(fill.price.pico()).unwrap();
        let mut rest = i128::try_from(fill.qty.pico()).unwrap();
        if held > 0 && side != fill.side {
            let part = rest.min(held);
            let closed = cost * part / held;
            let gain = at * part - closed;
            realised += if side == Side::Buy { gain } else { -gain };
            (rest, held, cost) = (rest - part, held - part, cost - closed);
        }
        if rest > 0 {
            (side, held, cost) = (fill.side, held + rest, cost + at * rest);
        }
    }
    Money::from_yocto(realised)
}

/// Sums that know no lots and no costs, in whole numbers: what was traded, paid and taken as fees.
#[derive(Default)]
struct PlainSums {
    nets: BTreeMap<(usize, Symbol), i128>,
    cash: BTreeMap<(usize, Asset), i128>,
    fees: BTreeMap<(usize, Asset), i128>,
}

impl PlainSums {
    fn add(&mut self, strategy: usize, fill: &Fill) {
        let Fill { symbol, fee, fee_asset, .. } = *fill;
        let at = i128::try_from(fill.price.pico()).unwrap();
        let traded = Net::of(fill.side, fill.qty).pico();
        *self.nets.entry((strategy, symbol)).or_default() += traded;
        *self.cash.entry((strategy, symbol.quote())).or_default() -= traded * at;
        if fee_asset == symbol.base() {
            let gone = fee.yocto() / 1_000_000_000_000;
            *self.nets.entry((strategy, symbol)).or_default() -= gone;
            *self.fees.entry((strategy, symbol.quote())).or_default() += gone * at;
        } else {
            *self.cash.entry((strategy, fee_asset)).or_default() -= fee.yocto();
            *self.fees.entry((strategy, fee_asset)).or_default() += fee.yocto();
        }
    }

    fn are_those_of(&self, ledger: &Ledger, names: &[StrategyId]) {
        for ((strategy, symbol), net) in &self.nets {
            let held =
                ledger.holding(names[*strategy], *symbol).map_or(0, |held| held.net().pico());
            assert_eq!(held, *net, "{strategy} {symbol}");
        }
        for ((strategy, asset), cash) in &self.cash {
            let purse = ledger.purse(names[*strategy], *asset);
            assert_eq!(purse.cash().yocto(), *cash, "{strategy} {asset:?}");
        }
        for ((strategy, asset), fees) in &self.fees {
            let purse = ledger.purse(names[*strategy], *asset);
            assert_eq!((purse.fees() + purse.side_fees()).yocto(), *fees, "{strategy} {asset:?}");
        }
        let all = |asset| self.cash.iter().filter(move |((_, of), _)| *of == asset);
        for asset in [asset("USD"), asset("KFEE")] {
            let sum: i128 = all(asset).map(|(_, cash)| cash).sum();
            assert_eq!(ledger.account(asset).cash().yocto(), sum, "{asset:?}");
        }
    }
}

#[test]
fn hundred_thousand_booked_fills_come_to_plain_sums_and_pass_every_audit() {
    let (mut runner, names) = (TestRunner::deterministic(), ["a", "b", "c"].map(strategy));
    let (mut booked, mut histories) = (0, 0);
    while booked < 100_000 {
        let mut ledger =
            Ledger::new(if histories % 2 == 0 { Method::Fifo } else { Method::Average });
        let mut sums = PlainSums::default();
        for _ in 0..700 {
            let step = step().new_tree(&mut runner).unwrap().current();
            if ledger.apply(&step.fill, names[step.strategy]).is_ok() {
                sums.add(step.strategy, &step.fill);
                booked += 1;
            }
            assert_eq!(ledger.audit(), Ok(()));
        }
        sums.are_those_of(&ledger, &names);
        histories += 1;
        assert!(histories < 1_000, "{booked} of {histories} histories were booked");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// 300 histories of up to 700 fills: about a hundred thousand, audited after each.
    #[test]
    fn conservation_is_exact_over_random_fills(
        steps in prop::collection::vec(step(), 1..700), fifo in any::<bool>(), cut in 0..700_usize,
    ) {
        let names = ["a", "b", "c"].map(strategy);
        let mut ledger = Ledger::new(if fifo { Method::Fifo } else { Method::Average });
        ledger.deposit(names[0], asset("USD"), money("1000")).unwrap();
        let mut restored: Option<Ledger> = None;
        for (number, step) in steps.iter().enumerate() {
            if number == cut {
                let saved = serde_json::to_string(&ledger).unwrap();
                restored = Some(serde_json::from_str(&saved).unwrap());
            }
            for ledger in std::iter::once(&mut ledger).chain(&mut restored) {
                let _ = ledger.apply(&step.fill, names[step.strategy]);
                if let Some(mark) = step.mark {
                    let _ = ledger.mark(step.fill.symbol, mark);
                }
            }
            prop_assert_eq!(ledger.audit(), Ok(()));
        }
        if let Some(restored) = restored {
            let text = |ledger: &Ledger| serde_json::to_string(ledger).unwrap();
            prop_assert_eq!(text(&restored), text(&ledger));
        }
        // The parts add up to the whole.
        for symbol in [symbol(BTC), symbol("DOGE/USD")] {
            let parts = names.iter().filter_map(|name| ledger.holding(*name, symbol));
            let sum = parts.fold(Net::ZERO, |sum, holding| sum + holding.net());
            prop_assert_eq!(sum, ledger.net(symbol));
        }
    }

    #[test]
    fn each_method_agrees_with_its_twin(
        moves in prop::collection::vec((1_u128..1 << 36, 1_u128..1 << 36, any::<bool>()), 1..80),
    ) {
        let fills: Vec<Fill> = moves
            .into_iter()
            .map(|(amount, at, buy)| {
                let side = if buy { Side::Buy } else { Side::Sell };
                fill(side, Qty::from_pico(amount).unwrap(), Price::from_pico(at).unwrap())
            })
            .collect();
        let realised = |method| {
            let mut ledger = Ledger::new(method);
            for fill in &fills {
                ledger.apply(fill, strategy("a")).unwrap();
            }
            ledger.holding(strategy("a"), symbol(BTC)).unwrap().realised()
        };
        prop_assert_eq!(realised(Method::Fifo), fifo_twin_realised(&fills));
        prop_assert_eq!(realised(Method::Average), average_twin_realised(&fills));
    }
}
