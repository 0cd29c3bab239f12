//! For whom, and as a part of what: said by the intent, and still said by the last fill.

use contracts::testing::{price, qty, strategy, symbol};
use contracts::{
    Corr, Event, ExecutionId, IntentSeq, Label, Lifetime, OrderId, OrderKind, OrderSpec, Origin,
    Place, Says, Side, Source, Ts,
};

use crate::rig::{BTC, Desk};

/// The third slice of a run that works on a larger order.
fn slice() -> Corr {
    let parent = OrderId::from_bits(77);
    let execution = ExecutionId::new(5);
    let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
    Corr { parent, execution, slice: 3, ..corr }
}

#[test]
fn parent_execution_and_slice_come_through_from_the_intent_to_the_last_fill() {
    let mut desk = Desk::new();
    let (kind, life) = (OrderKind::Limit(price("100")), Lifetime::UntilCancelled);
    let spec = OrderSpec::new(symbol(BTC), Side::Buy, qty("2"), kind, life).unwrap();
    let order = desk
        .ask_as(slice(), |id| Event::Place(Place { id, spec, expires: Ts::MAX, why: Label::NONE }));
    desk.report(order, Says::Accepted);
    desk.trade(order, "0.5", "100");
    // A restart forgets none of it.
    desk.restart();
    desk.trade(order, "1.5", "100");
    desk.report(order, Says::Filled);
    let mut kinds = std::collections::BTreeMap::<_, u32>::new();
    let ours = [Source::RiskEngine, Source::ExecutionGateway];
    for said in desk.heard.iter().filter(|said| ours.contains(&said.src)) {
        let name = match said.event {
            Event::Approved(_) => "approved",
            Event::Accepted(_) => "accepted",
            Event::Submit(_) => "submit",
            Event::Order(_) => "order",
            Event::Fill(_) => "fill",
            Event::Position(_) => "position",
            _ => continue,
        };
        assert_eq!(said.corr, Some(slice()), "{said:?}");
        *kinds.entry(name).or_default() += 1;
    }
    let fills_and_positions = (kinds.get("fill"), kinds.get("position"));
    assert_eq!((kinds.len(), fills_and_positions), (6, (Some(&2), Some(&2))), "{kinds:?}");
}
