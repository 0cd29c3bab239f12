//! Limits that are changed while everything runs: by messages, with a version, looser only when signed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench for tests")]

use contracts::testing::{money, qty, symbol};
use contracts::{
    Bps, Event, LimitKey, LimitOutcome, LimitState, LimitValue, Money, Ppm, Qty, SetLimit, Side,
    Source, Span, Symbol, SymbolMap,
};
use proptest::prelude::*;
use risk::Limits;

use crate::rig::{BTC, Rig, limit, wide};

fn set(rig: &mut Rig, change: SetLimit) -> LimitState {
    let said = rig.say(Source::Operator, None, Event::SetLimit(change));
    let [only] = said.as_slice() else { panic!("{said:?}") };
    let Event::LimitState(state) = only.event else { panic!("{said:?}") };
    assert_eq!((state.limit, state.symbol), (change.limit, change.symbol));
    assert_eq!(state.version, rig.gate().limits().version);
    assert_eq!(state.value, rig.gate().limits().value(change.limit, change.symbol));
    state
}

fn change(version: u32, limit: LimitKey, value: LimitValue) -> SetLimit {
    SetLimit { version, limit, value, symbol: None, operator: None }
}

fn dollars(units: i32) -> LimitValue {
    LimitValue::Money { most: Money::from_units(units) }
}

#[test]
fn change_is_in_force_at_once_named_by_decisions_and_kept_over_a_restart() {
    let mut rig = Rig::new(wide());
    assert_eq!(rig.approved("a", limit(Side::Buy, "1", "99")).limits, 1);
    let tighter = change(7, LimitKey::OrderNotionalMax, dollars(98));
    let state = set(&mut rig, tighter);
    assert_eq!((state.outcome, state.version), (LimitOutcome::InForce, 7));
    for _ in 0..2 {
        assert!(!rig.place("a", limit(Side::Buy, "1", "99")).reasons().is_empty());
        assert_eq!(rig.approved("a", limit(Side::Buy, "0.5", "99")).limits, 7);
        // The configuration still says what it said at the first start.
        rig.restart();
        rig.price("100");
    }
    assert_eq!(set(&mut rig, tighter).outcome, LimitOutcome::OldVersion);
}

#[test]
fn change_that_loosens_needs_an_operator() {
    let mut rig = Rig::new(wide());
    let looser = change(2, LimitKey::OrderNotionalMax, dollars(2_000_000));
    assert_eq!(set(&mut rig, looser).outcome, LimitOutcome::NeedsOperator);
    assert_eq!(rig.gate().limits(), &wide());
    let signed = SetLimit { operator: Some(3), ..looser };
    assert_eq!(set(&mut rig, signed).outcome, LimitOutcome::InForce);
    assert_eq!(rig.gate().limits().order_notional_max, money("2000000"));
}

#[test]
fn change_that_makes_no_sense_is_refused() {
    let mut rig = Rig::new(wide());
    let mut refused = |change: SetLimit| {
        let change = SetLimit { operator: Some(1), ..change };
        assert_eq!(set(&mut rig, change).outcome, LimitOutcome::Invalid, "{change:?}");
    };
    refused(change(2, LimitKey::Collar, LimitValue::Bps { most: Bps::new(0) }));
    refused(change(2, LimitKey::Collar, dollars(1)));
    refused(change(2, LimitKey::Collar, LimitValue::Off));
    refused(change(2, LimitKey::DailyLossKill, dollars(100_000)));
    let lots = LimitValue::Qty { most: qty("1") };
    refused(change(2, LimitKey::OrderQtyMax, lots));
    let named = SetLimit { symbol: Some(symbol(BTC)), ..change(2, LimitKey::OrderQtyMax, lots) };
    refused(SetLimit { value: dollars(1), ..named });
    refused(SetLimit { limit: LimitKey::LiveCap, value: dollars(1), ..named });
    assert_eq!(rig.gate().limits(), &wide());
    assert_eq!(set(&mut rig, named).outcome, LimitOutcome::InForce);
}

#[test]
fn looser_is_what_lets_more_pass() {
    let limits = Limits { live_cap: Some(money("10")), ..wide() };
    for key in LimitKey::ALL {
        let named = (key == LimitKey::OrderQtyMax).then(|| symbol(BTC));
        let limits = match named {
            Some(symbol) => {
                let value = LimitValue::Qty { most: qty("5") };
                let (version, operator, symbol) = (2, None, Some(symbol));
                limits.changed(&SetLimit { version, limit: key, value, symbol, operator }).unwrap()
            }
            None => limits.clone(),
        };
        let shifted = |by: i32| match limits.value(key, named) {
            LimitValue::Money { most } => LimitValue::Money { most: most + Money::from_units(by) },
            LimitValue::Qty { most } => {
                let one = qty("1");
                let most =
                    if by > 0 { most.plus(one).unwrap() } else { most.saturating_minus(one) };
                LimitValue::Qty { most }
            }
            LimitValue::Count { most } => {
                LimitValue::Count { most: most.saturating_add_signed(by) }
            }
            LimitValue::Bps { most } => LimitValue::Bps { most: Bps::new(most.get() + by) },
            LimitValue::Ppm { most } => LimitValue::Ppm { most: Ppm::new(most.get() + by) },
            LimitValue::Span { most } => {
                LimitValue::Span { most: Span::from_nanos(most.nanos() + i64::from(by)) }
            }
            LimitValue::Off => panic!("{key:?} has no value"),
        };
        let loosens = |value| {
            let (version, symbol, operator) = (2, named, None);
            limits.would_loosen(&SetLimit { version, limit: key, value, symbol, operator })
        };
        let fee = key == LimitKey::FeeMax;
        assert!(!loosens(shifted(0)), "{key:?}");
        assert_eq!((loosens(shifted(1)), loosens(shifted(-1))), (!fee, fee), "{key:?}");
        if matches!(key, LimitKey::OrderQtyMax | LimitKey::LiveCap) {
            assert!(loosens(LimitValue::Off), "{key:?}");
        }
    }
    assert!(!wide().would_loosen(&change(2, LimitKey::LiveCap, dollars(1))));
}

fn sets() -> impl Strategy<Value = Limits> {
    let amounts = prop::collection::vec(1..9_i32, 8);
    let caps = (1..9_i32, 1..9_i32, prop::option::of(1..9_i32));
    let rest = (0..9_u32, 0..9_u32, 0..9_u32, 1..9_i32, 0..9_i32, 1..9_i64);
    let named = prop::collection::btree_map(0..4_u32, 1..9_u32, 0..4);
    (amounts, caps, rest, named).prop_map(|(amounts, (cap, above, live), rest, named)| {
        let usd = |index: usize| Money::from_units(amounts[index]);
        let lots: SymbolMap<Qty> = named
            .into_iter()
            .map(|(name, most)| {
                let most = qty(&most.to_string());
                (Symbol::new(&format!("A{name}/USD")).unwrap(), most)
            })
            .collect();
        Limits {
            version: 1,
            order_notional_max: usd(0),
            order_qty_max: lots,
            symbol_gross_max: usd(1),
            strategy_gross_max: usd(2),
            portfolio_gross_max: usd(3),
            portfolio_net_max: usd(4),
            open_orders_max: rest.0,
            symbol_orders_per_minute: rest.1,
            strategy_orders_per_minute: rest.2,
            collar: Bps::new(rest.3),
            price_age_max: Span::from_secs(rest.5),
            daily_loss_cap: Money::from_units(cap),
            daily_loss_kill: Money::from_units(cap + above),
            drawdown_kill: usd(5),
            fee_max: Ppm::new(rest.4),
            live_cap: live.map(Money::from_units),
            approval_ttl: Span::from_secs(rest.5 + 1),
        }
    })
}

proptest! {
    #[test]
    fn changes_lead_from_any_limits_to_any_others(from in sets(), to in sets()) {
        let mut limits = from.clone();
        for change in from.changes_to(&to, None) {
            prop_assert_eq!(change.version, limits.version + 1);
            limits = limits.changed(&change).unwrap();
        }
        prop_assert_eq!(limits.changes_to(&to, None), vec![]);
        for key in LimitKey::ALL {
            prop_assert_eq!(limits.value(key, None), to.value(key, None));
        }
        // What was taken away is gone, though its place is kept.
        for name in 0..4 {
            let named = Some(Symbol::new(&format!("A{name}/USD")).unwrap());
            let key = LimitKey::OrderQtyMax;
            prop_assert_eq!(limits.value(key, named), to.value(key, named));
        }
    }
}
