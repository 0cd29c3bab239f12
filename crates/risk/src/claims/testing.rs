//! The running figures of the claims against what the claims themselves say, each time anew.

use contracts::testing::{price, qty, strategy, symbol};
use contracts::{
    Corr, IntentSeq, Lifetime, OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, VenueReason,
};
use proptest::prelude::*;

use super::*;

const FEE: Ppm = Ppm::new(8_000);

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert(u128, OrderSpec),
    Book(u128, Qty),
    Amend(u128, u32, Qty, Price),
    Update(u128, OrderState, Option<u32>),
    Wake(Symbol, Price, Price),
    Restart,
}

fn spec() -> impl Strategy<Value = OrderSpec> {
    let parts = (0..2_u32, any::<bool>(), 1..9_u32, 95..105_u32, any::<bool>(), 95..105_u32);
    parts.prop_map(|(number, buys, lots, at, stops, trigger)| {
        let side = if buys { Side::Buy } else { Side::Sell };
        let limit = price(&at.to_string());
        let stop = OrderKind::StopLimit { trigger: price(&trigger.to_string()), limit };
        let kind = if stops { stop } else { OrderKind::Limit(limit) };
        let symbol = symbol(&format!("A{number}/USD"));
        let lots = qty(&lots.to_string());
        OrderSpec::new(symbol, side, lots, kind, Lifetime::UntilCancelled).unwrap()
    })
}

fn step() -> impl Strategy<Value = Step> {
    use OrderState::{Cancelled, Filled, New, Unknown};
    let id = || 1_u128..7;
    let lots = || (1..9_u32).prop_map(|lots| qty(&lots.to_string()));
    let at = (95..105_u32).prop_map(|at| price(&at.to_string()));
    let state = prop_oneof![Just(New), Just(Unknown), Just(Cancelled), Just(Filled)];
    let settles = prop::option::of(1..4_u32);
    let wake = (0..2_u32, 95..105_u32, 0..4_u32).prop_map(|(number, low, more)| {
        let at = |at: u32| price(&at.to_string());
        Step::Wake(symbol(&format!("A{number}/USD")), at(low), at(low + more))
    });
    prop_oneof![
        4 => (id(), spec()).prop_map(|(id, spec)| Step::Insert(id, spec)),
        3 => (id(), lots()).prop_map(|(id, lots)| Step::Book(id, lots)),
        3 => (id(), 1..4_u32, lots(), at).prop_map(|(id, n, lots, at)| Step::Amend(id, n, lots, at)),
        3 => (id(), state, settles).prop_map(|(id, state, n)| Step::Update(id, state, n)),
        2 => wake,
        1 => Just(Step::Restart),
    ]
}

fn order(bits: u128) -> OrderId {
    OrderId::from_bits(bits).unwrap()
}

fn apply(step: Step, claims: &mut Claims) {
    match step {
        Step::Insert(id, spec) if claims.get(order(id)).is_none() => {
            let name = if id % 2 == 0 { "a" } else { "b" };
            let corr = Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(1));
            claims.insert(order(id), Claim::new(corr, spec));
        }
        Step::Insert(..) => {}
        Step::Book(id, lots) => {
            claims.change(order(id), |claim| claim.booked = claim.booked.plus(lots).unwrap());
        }
        Step::Amend(id, number, lots, at) => {
            claims.change(order(id), |claim| {
                let spec = claim.spec.amended(lots, Some(at), None).unwrap();
                claim.pending.push((number, spec));
            });
        }
        Step::Update(id, state, settles) => {
            let Some(claim) = claims.get(order(id)) else { return };
            let update = OrderUpdate {
                id: order(id),
                symbol: claim.symbol(),
                qty: claim.pending.first().map_or(claim.spec, |(_, spec)| *spec).qty(),
                filled: qty("4"),
                limit: claim.spec.limit(),
                venue_ref: None,
                settles,
                state,
                reason: VenueReason::None,
            };
            claims.change(order(id), |claim| claim.update(&update));
        }
        Step::Wake(symbol, low, high) => {
            let asleep = |claim: &Claim| claim.symbol() == symbol && claim.waking_price().is_some();
            let ids: Vec<_> = claims.open.iter().filter(|(_, claim)| asleep(claim)).collect();
            let expected: Vec<_> = ids
                .into_iter()
                .filter(|(_, claim)| match (claim.side(), claim.waking_price().unwrap()) {
                    (Side::Buy, trigger) => trigger <= high,
                    (Side::Sell, trigger) => trigger >= low,
                })
                .map(|(id, _)| *id)
                .collect();
            let before = claims.open.values().filter(|claim| claim.awake).count();
            claims.wake(symbol, Reach { low, high });
            assert!(expected.iter().all(|id| claims.open[id].awake));
            let awake = claims.open.values().filter(|claim| claim.awake).count();
            assert_eq!(awake, before + expected.len(), "others were woken");
        }
        Step::Restart => {
            let saved = serde_json::to_string(claims).unwrap();
            *claims = serde_json::from_str(&saved).unwrap();
            claims.reckon(FEE);
        }
    }
}

/// Every figure, from the claims.
fn check(claims: &Claims) -> Result<(), TestCaseError> {
    for name in ["a", "b"] {
        let own = claims.open.values().filter(|claim| claim.corr.strategy == strategy(name));
        let cash = own.map(|claim| claim.cash(FEE).unwrap()).sum();
        prop_assert_eq!(claims.cash(strategy(name)), Ok(cash));
    }
    for name in ["A0/USD", "A1/USD"] {
        let of = |(_, claim): &(&OrderId, &Claim)| claim.symbol() == symbol(name);
        let here = || claims.open.iter().filter(of);
        let unknown = here().any(|(_, claim)| claim.unknown);
        prop_assert_eq!(claims.has_unknown(symbol(name)), unknown);
        for without in 1..8 {
            let resting = |side| {
                let others = here().filter(move |(id, _)| **id != order(without));
                others
                    .filter(move |(_, claim)| claim.side() == side)
                    .filter(|(_, claim)| claim.awake || claim.spec.trigger().is_none())
                    .filter_map(|(_, claim)| claim.worst_price())
            };
            let best = |side| claims.best(symbol(name), side, order(without));
            prop_assert_eq!(best(Side::Buy), resting(Side::Buy).max());
            prop_assert_eq!(best(Side::Sell), resting(Side::Sell).min());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn claims_figures_are_those_of_the_claims(steps in prop::collection::vec(step(), 1..50)) {
        let mut claims = Claims::default();
        claims.reckon(FEE);
        for step in steps {
            apply(step, &mut claims);
            check(&claims)?;
        }
    }
}
