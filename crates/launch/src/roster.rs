//! The strategies that the settings name, as the registry begins them.

use contracts::StrategyId;
use settings::{Loaded, Memory, Origin, Problem, ProblemKind, Problems, StrategyEntry};
use strategy::{Invalid, Registry, RosterEntry, StatePolicy};

/// Every strategy that is enabled, begun once to see whether it can; or what is wrong with each, and where
/// that stands in the settings.
pub(super) fn of(loaded: &Loaded, registry: &Registry) -> Result<Vec<RosterEntry>, Problems> {
    let mut problems = Problems::default();
    let mut roster = Vec::new();
    for (id, entry) in loaded.settings().strategies.iter().filter(|(_, entry)| entry.enabled) {
        let entry = roster_entry(*id, entry);
        match registry.begin(&entry) {
            Ok(_) => roster.push(entry),
            Err(invalid) => problems.push(problem(loaded, *id, &invalid)),
        }
    }
    problems.or(roster)
}

fn roster_entry(id: StrategyId, entry: &StrategyEntry) -> RosterEntry {
    RosterEntry {
        id,
        class: entry.class.clone(),
        enabled: entry.enabled,
        symbols: entry.symbols.clone(),
        params: entry.params.to_json(),
        state: match entry.state {
            Memory::Keep => StatePolicy::Keep,
            Memory::Fresh => StatePolicy::Fresh,
        },
    }
}

/// What a class says about its parameters, with the place where they stand.
fn problem(loaded: &Loaded, id: StrategyId, invalid: &Invalid) -> Problem {
    let entry = format!("strategies.{id}");
    let param = invalid.place().strip_prefix(id.as_str()).and_then(|rest| rest.strip_prefix('.'));
    let params = format!("{entry}.params");
    let key = param.map_or(entry.clone(), |param| format!("{params}.{param}"));
    // The nearest place that somebody wrote; what a class says of all its parameters stands there.
    let nearest = param.map_or(params.clone(), |_| key.clone());
    let said = [nearest, params, format!("{entry}.class"), entry];
    let said = said.iter().map(|key| loaded.origin(key)).find(|at| *at != Origin::Default);
    Problem::new(ProblemKind::OutOfRange, said.unwrap_or(Origin::Default), invalid.what())
        .about(key)
        .advice(invalid.what_to_try())
}
