//! The running figures against a twin that works everything out from the stakes, each time anew.

use std::collections::BTreeMap;

use contracts::testing::{money, price, qty, strategy, symbol};
use proptest::prelude::*;

use super::*;

/// Stakes and prices, and nothing else.
#[derive(Default)]
struct Twin {
    stakes: BTreeMap<(StrategyId, Symbol), Stake>,
    prices: BTreeMap<Symbol, Price>,
}

impl Twin {
    fn totals(&self, who: (StrategyId, Symbol), side: Side, extra: Qty) -> Option<Totals> {
        let mut stakes = self.stakes.clone();
        let own = stakes.entry(who).or_default();
        *own.open_mut(side) = own.open(side).plus(extra).ok()?;
        let mut totals = Totals::default();
        let (mut up, mut down) = (Money::ZERO, Money::ZERO);
        for ((strategy, symbol), stake) in stakes {
            if stake == Stake::default() {
                continue;
            }
            let price = self.prices.get(&symbol)?;
            let long = stake.net.plus(stake.buys.into()).ok()?;
            let short = stake.net.plus(-Net::from(stake.sells)).ok()?;
            let gross = price.cost(long.size().max(short.size())).ok()?;
            up = up.plus(price.value(long).ok()?).ok()?;
            down = down.plus(price.value(short).ok()?).ok()?;
            totals.portfolio_gross = totals.portfolio_gross.plus(gross).ok()?;
            if strategy == who.0 {
                totals.strategy_gross = totals.strategy_gross.plus(gross).ok()?;
            }
            if symbol == who.1 {
                totals.symbol_gross = totals.symbol_gross.plus(gross).ok()?;
            }
        }
        totals.portfolio_net = up.abs().max(down.abs());
        Some(totals)
    }

    fn account(&self, of: Symbol) -> Stake {
        let mut sum = Stake::default();
        for stake in self.stakes.iter().filter(|((_, held), _)| *held == of).map(|(_, s)| s) {
            sum.net += stake.net;
            sum.buys = sum.buys.plus(stake.buys).unwrap();
            sum.sells = sum.sells.plus(stake.sells).unwrap();
        }
        sum
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Open((StrategyId, Symbol), Side, Qty),
    Close((StrategyId, Symbol), Side),
    Net((StrategyId, Symbol), Net),
    Mark(Symbol, Price),
    Value(StrategyId),
    Restart,
}

fn who() -> impl Strategy<Value = (StrategyId, Symbol)> {
    let strategies = (0..3_u32).prop_map(|number| strategy(&format!("s{number}")));
    (strategies, symbols())
}

fn symbols() -> impl Strategy<Value = Symbol> {
    // Not in the order in which they will be met.
    (0..4_u32).prop_map(|number| symbol(&format!("A{}/USD", (7 - number) % 4)))
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn amount() -> impl Strategy<Value = Qty> {
    (1_u128..1 << 62).prop_map(|pico| Qty::from_pico(pico).unwrap())
}

fn step() -> impl Strategy<Value = Step> {
    let net = prop_oneof![
        amount().prop_map(Net::from),
        amount().prop_map(|qty| -Net::from(qty)),
        Just(Net::ZERO),
    ];
    let price = (1_u128..1 << 60).prop_map(|pico| Price::from_pico(pico).unwrap());
    prop_oneof![
        4 => (who(), side(), amount()).prop_map(|(who, side, qty)| Step::Open(who, side, qty)),
        2 => (who(), side()).prop_map(|(who, side)| Step::Close(who, side)),
        4 => (who(), net).prop_map(|(who, net)| Step::Net(who, net)),
        6 => (symbols(), price).prop_map(|(symbol, price)| Step::Mark(symbol, price)),
        2 => who().prop_map(|(strategy, _)| Step::Value(strategy)),
        1 => Just(Step::Restart),
    ]
}

fn apply(step: Step, exposure: &mut Exposure, twin: &mut Twin) {
    match step {
        Step::Open(who, side, extra) => {
            exposure.change_open(who, side, Qty::ZERO, extra);
            let open = twin.stakes.entry(who).or_default().open_mut(side);
            *open = open.plus(extra).unwrap();
        }
        Step::Close(who, side) => {
            let open = twin.stakes.entry(who).or_default().open_mut(side);
            exposure.change_open(who, side, *open, Qty::ZERO);
            *open = Qty::ZERO;
        }
        Step::Net(who, net) => {
            exposure.set_net(who, net);
            twin.stakes.entry(who).or_default().net = net;
        }
        Step::Mark(symbol, price) => {
            exposure.mark(symbol, price);
            twin.prices.insert(symbol, price);
        }
        Step::Value(strategy) => {
            exposure.valued(strategy);
        }
        Step::Restart => *exposure = reread(exposure),
    }
}

fn reread(exposure: &Exposure) -> Exposure {
    serde_json::from_str(&serde_json::to_string(exposure).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn exposure_figures_are_those_of_a_recomputation(
        steps in prop::collection::vec(step(), 1..60),
        asked in prop::collection::vec((who(), side(), amount()), 8),
        pause in 1..5_usize,
    ) {
        let (mut exposure, mut twin) = (Exposure::default(), Twin::default());
        for (number, step) in steps.into_iter().enumerate() {
            apply(step, &mut exposure, &mut twin);
            if number % pause != 0 {
                continue;
            }
            for (who, side, extra) in &asked {
                let valued = exposure.valued(who.0);
                let totals = valued.totals_with(*who, *side, *extra);
                prop_assert_eq!(totals.ok(), twin.totals(*who, *side, *extra));
                let stake = twin.stakes.get(who).copied().unwrap_or_default();
                prop_assert_eq!(valued.stake(who.0, who.1), stake);
                prop_assert_eq!(valued.account(who.1), Ok(twin.account(who.1)));
            }
        }
        let open = exposure.open_positions().into_iter();
        let open: Vec<_> = open
            .flat_map(|(y, stakes)| stakes.into_iter().map(move |(s, stake)| (y, s, stake)))
            .collect();
        let held = twin.stakes.iter().filter(|(_, stake)| !stake.net.is_flat());
        let mut held: Vec<_> = held.map(|((s, y), stake)| (*y, *s, *stake)).collect();
        held.sort_by_key(|(symbol, strategy, _)| (*symbol, *strategy));
        prop_assert_eq!(open, held);
        let saved = serde_json::to_string(&exposure).unwrap();
        prop_assert_eq!(saved, serde_json::to_string(&reread(&exposure)).unwrap());
    }
}

#[test]
fn exposure_out_of_range_has_no_figures_until_it_is_back() {
    let (a, btc) = (strategy("a"), symbol("BTC/USD"));
    let mut exposure = Exposure::default();
    exposure.mark(btc, price("100000"));
    exposure.set_net((a, btc), Net::from(qty("1")));
    exposure.change_open((a, btc), Side::Buy, Qty::ZERO, qty("1000000000000000"));
    let asked =
        |exposure: &mut Exposure| exposure.valued(a).totals_with((a, btc), Side::Sell, qty("1"));
    assert_eq!(asked(&mut exposure), Err(OutOfRange));
    // Others are not decided by half a sum either.
    let other = (strategy("b"), symbol("ETH/USD"));
    assert_eq!(exposure.valued(other.0).totals_with(other, Side::Buy, qty("1")), Err(OutOfRange));
    exposure.mark(btc, price("0.01"));
    assert!(asked(&mut exposure).is_ok());
    exposure.mark(btc, price("100000"));
    exposure.change_open((a, btc), Side::Buy, qty("1000000000000000"), Qty::ZERO);
    assert_eq!(asked(&mut exposure).unwrap().portfolio_gross, money("100000"));
}

#[test]
fn exposure_beyond_what_a_quantity_holds_is_never_too_small() {
    let who = (strategy("a"), symbol("BTC/USD"));
    let most = Net::from_pico(i128::MAX).size();
    let mut exposure = Exposure::default();
    exposure.mark(who.1, price("1"));
    exposure.change_open(who, Side::Buy, Qty::ZERO, most);
    exposure.change_open(who, Side::Buy, Qty::ZERO, qty("1"));
    let valued = exposure.valued(who.0);
    assert_eq!(valued.stake(who.0, who.1).buys, most);
    assert_eq!(valued.totals_with(who, Side::Sell, qty("1")), Err(OutOfRange));
}
