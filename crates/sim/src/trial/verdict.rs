//! What must hold when a trial is over.

use std::collections::BTreeSet;

use contracts::{Net, OrderId, OrderState, Qty, StrategyId};
use execution::{Gateway, GroupView, Protector};
use portfolio::{Holding, Ledger};
use risk::Gate;
use simvenue::SimVenue;
use strategy::Host;

use super::crew::Crew;
use crate::judge::Judge;
use crate::node::Node;
use crate::world::World;

/// Nobody has an order any more, everything that traded has been told, and everybody has heard of it.
pub(super) fn is_quiet(world: &World, judge: &Judge, crew: &Crew) -> bool {
    orders_are_gone(world).is_ok()
        && judge.untold() == 0
        && gate_is_true(world, judge, crew).is_ok()
        && host_is_true(world, judge, crew).is_ok()
}

/// Before the end: every exit order that is alive belongs to a guard, and offers no more than it holds.
pub(super) fn guards_are_in_order(world: &World, judge: &Judge) -> Result<(), String> {
    let protector: &Protector = world.machine().ok_or("no protector")?;
    let venue: &SimVenue = world.venue().ok_or("no venue")?;
    let groups: Vec<GroupView> = protector.groups().collect();
    let too_much = |group: &&GroupView| group.exit.is_some_and(|(_, rest)| rest > group.held);
    if let Some(group) = groups.iter().find(too_much) {
        return Err(format!("the guard of {} offers more than it holds: {group:?}", group.entry));
    }
    for group in &groups {
        let (strategy, symbol) = (group.strategy, group.symbol);
        let side_of = |group: &GroupView| judge.side(group.entry);
        let side = side_of(group).ok_or("a guard of nothing that was ever approved")?;
        let ours = groups.iter().filter(|other| {
            (other.strategy, other.symbol, side_of(other)) == (strategy, symbol, Some(side))
        });
        let held = ours.map(|other| other.held).try_fold(Qty::ZERO, Qty::plus);
        let held = held.map_err(|error| error.to_string())?;
        let net = judge.net(strategy, symbol);
        let most = if net.side() == Some(side) { net.size() } else { Qty::ZERO };
        if held > most {
            return Err(format!("guards of {strategy} hold {held} of {symbol}, it has {net:?}"));
        }
        let traded = judge.filled(group.entry);
        if !judge.has_traded(strategy, symbol, side.opposite()) && group.held != traded {
            let (entry, held) = (group.entry, group.held);
            return Err(format!("the guard of {entry} holds {held}, {traded} were traded"));
        }
    }
    let exits: BTreeSet<OrderId> =
        groups.iter().filter_map(|group| group.exit.map(|(id, _)| id)).collect();
    let open = venue.open_orders();
    let orphan = open.iter().find(|(id, ..)| judge.is_exit(*id) && !exits.contains(id));
    match orphan {
        Some((id, ..)) => Err(format!("exit order {id} is alive and guards nothing")),
        None => Ok(()),
    }
}

/// What is open at the venue, the gateway knows of, and of nothing else; and the gate claims for as many.
pub(super) fn orders_are_known(world: &World) -> Result<(), String> {
    let gateway: &Gateway = world.machine().ok_or("no gateway")?;
    let gate: &Gate = world.machine().ok_or("no gate")?;
    let venue: &SimVenue = world.venue().ok_or("no venue")?;
    if let Some((_, id, _)) = gateway.orders().find(|(_, _, at)| *at == OrderState::Unknown) {
        return Err(format!("nobody knows what became of {id}"));
    }
    let held: BTreeSet<OrderId> = gateway.orders().map(|(_, id, _)| id).collect();
    let open: BTreeSet<OrderId> = venue.open_orders().into_iter().map(|(id, ..)| id).collect();
    if let Some(id) = held.symmetric_difference(&open).next() {
        return Err(format!("{id} is open for one: venue {open:?}, gateway {held:?}"));
    }
    if gate.open_orders() != held.len() {
        return Err(format!("the gate claims for {} orders of {held:?}", gate.open_orders()));
    }
    Ok(())
}

/// A position that a stop at the venue guards: its entry, and how much.
type Guarded = (OrderId, Qty);

/// Positions that a stop at the venue guards, with nothing else on its way.
pub(super) fn guarded(world: &World, judge: &Judge) -> Vec<Guarded> {
    let stops = stops(world, judge);
    let groups = world.machine::<Protector>().into_iter().flat_map(Protector::groups);
    let is_at_rest = |group: &GroupView| {
        !group.closing && !group.removed && group.exit.is_some_and(|(id, _)| stops.contains(&id))
    };
    groups.filter(is_at_rest).map(|group| (group.entry, group.held)).collect()
}

/// After a trip that keeps the guards: their orders are all that is left, and who was guarded and holds as
/// much still is.
pub(super) fn only_guards_are_left(
    world: &World,
    judge: &Judge,
    before: &[Guarded],
) -> Result<(), String> {
    let (venue, stops) = (world.venue::<SimVenue>().ok_or("no venue")?, stops(world, judge));
    if let Some((id, ..)) = venue.open_orders().iter().find(|(id, ..)| !stops.contains(id)) {
        return Err(format!("{id} is still open, and guards nothing"));
    }
    let protector: &Protector = world.machine().ok_or("no protector")?;
    let rests = |group: &GroupView| group.exit.is_some_and(|(id, _)| stops.contains(&id));
    let bare = |group: &GroupView| {
        let holds_as_much = before.contains(&(group.entry, group.held));
        holds_as_much && !group.closing && !group.removed && !rests(group)
    };
    match protector.groups().find(bare) {
        Some(group) => Err(format!("{} was guarded, and is no more: {group:?}", group.entry)),
        None => Ok(()),
    }
}

/// The stops that wait at the venue for a guard.
fn stops(world: &World, judge: &Judge) -> BTreeSet<OrderId> {
    let open = world.venue::<SimVenue>().map(SimVenue::open_orders).unwrap_or_default();
    let guards = open.iter().filter(|(id, spec, _)| judge.is_exit(*id) && spec.trigger().is_some());
    guards.map(|(id, ..)| *id).collect()
}

fn orders_are_gone(world: &World) -> Result<(), String> {
    let gateway: &Gateway = world.machine().ok_or("no gateway")?;
    let gate: &Gate = world.machine().ok_or("no gate")?;
    let venue: &SimVenue = world.venue().ok_or("no venue")?;
    let left = venue.open_orders();
    if !left.is_empty() {
        let ours: Vec<_> = gateway.orders().collect();
        return Err(format!("the venue still has {left:?}, the gateway {ours:?}"));
    }
    if gateway.open_orders() > 0 {
        let left: Vec<_> = gateway.orders().collect();
        return Err(format!("the gateway still has {left:?}"));
    }
    if gate.open_orders() > 0 {
        return Err(format!("the gate still claims for {} orders", gate.open_orders()));
    }
    let host: &Host = world.machine().ok_or("no strategies")?;
    match host.strategies().find(|strategy| !strategy.open_orders().is_empty()) {
        Some(view) => Err(format!("{} still has {:?}", view.id(), view.open_orders())),
        None => Ok(()),
    }
}

/// All processes run, no order is left, every book equals the truth, and every journal replays.
pub(super) fn all_is_well(world: &World, judge: &Judge, crew: &Crew) -> Result<(), String> {
    if let Some(down) = world.nodes().iter().find(|node| !node.is_up()) {
        return Err(format!("{} never came back", down.name()));
    }
    orders_are_gone(world)?;
    if judge.untold() > 0 {
        return Err(format!("{} executions were never told", judge.untold()));
    }
    gate_is_true(world, judge, crew)?;
    host_is_true(world, judge, crew)?;
    world.nodes().iter().try_for_each(replays)
}

fn gate_is_true(world: &World, judge: &Judge, crew: &Crew) -> Result<(), String> {
    let gate: &Gate = world.machine().ok_or("no gate")?;
    let everybody: Vec<StrategyId> = crew.strategies().collect();
    books_are_true("the gate", gate.ledger(), &everybody, judge, crew)
}

/// What the strategies themselves are shown of their money and their positions.
fn host_is_true(world: &World, judge: &Judge, crew: &Crew) -> Result<(), String> {
    let host: &Host = world.machine().ok_or("no strategies")?;
    let hosted: Vec<StrategyId> = host.strategies().map(|view| view.id()).collect();
    books_are_true("the host", host.ledger(), &hosted, judge, crew)
}

fn books_are_true(
    whose: &str,
    ledger: &Ledger,
    strategies: &[StrategyId],
    judge: &Judge,
    crew: &Crew,
) -> Result<(), String> {
    ledger.audit().map_err(|imbalance| format!("{whose}: {imbalance}"))?;
    for strategy in strategies.iter().copied() {
        let (purse, cash) =
            (ledger.purse(strategy, crew.desk.currency).cash(), judge.cash(strategy));
        if purse != cash {
            return Err(format!("{whose}: {strategy} has {purse:?}, {cash:?} in truth"));
        }
        for symbol in crew.symbols() {
            let held = ledger.holding(strategy, symbol).map_or(Net::ZERO, Holding::net);
            let net = judge.net(strategy, symbol);
            if held != net {
                return Err(format!(
                    "{whose}: {strategy} holds {held:?} of {symbol}, {net:?} in truth"
                ));
            }
        }
    }
    Ok(())
}

fn replays(node: &Node) -> Result<(), String> {
    node.replay_whole()
        .map_err(|why| format!("the journal of {} does not replay: {why}", node.name()))
}
