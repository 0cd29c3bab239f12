//! The same market and the same strategies on virtual time: what the result hash is over.

use contracts::{Event, Span, Ts};
use kernel::ResultHash;
use launch::{Blueprint, DaysMarket};
use settings::Loaded;
use sim::{Desk, Faults, Judge, MarketFeed, NodeSpec, World, WorldSpec};

use crate::failure::Failure;

/// When it begins: 2026-01-01 00:00 UTC, for everybody.
const START: Ts = Ts::from_nanos(1_767_225_600_000_000_000);
/// How long it lasts. The market is in a hurry: in that time it does what others do in hours.
const LENGTH: Span = Span::from_secs(120);
/// What the world draws from; nothing goes wrong in this one.
const SEED: u64 = 7;

struct Feed(DaysMarket);

impl MarketFeed for Feed {
    fn next_event(&mut self) -> Option<(Ts, Event)> {
        self.0.next()
    }
}

/// How it ended.
pub(super) struct Rerun {
    pub(super) hash: ResultHash,
    pub(super) executions: u64,
    pub(super) accounts: Vec<sim::Account>,
}

/// Plays it.
pub(super) fn play(loaded: &Loaded, blueprint: &Blueprint) -> Result<Rerun, Failure> {
    let wrong = |what: String| Failure::new("demo", "virtual time", what);
    let market = DaysMarket::of(loaded.settings(), START).map_err(|why| wrong(why.to_string()))?;
    let desk = desk(blueprint);
    let judge = Judge::new(&desk, "njord");
    // What is built again and again later is built once here, so that it cannot fail there.
    desk.machines().map_err(|why| wrong(why.to_string()))?;
    let built = desk.clone();
    let build = move || {
        let machines = built.machines().unwrap_or_default();
        machines.into_iter().skip(1).collect()
    };
    let node = NodeSpec { name: "njord", build: Box::new(build), talks_to_venue: true };
    let spec = WorldSpec {
        seed: SEED,
        start: START,
        nodes: vec![node],
        venue: vec![Box::new(desk.venue())],
        market: Box::new(Feed(market)),
        strategies: desk.cash.iter().map(|(strategy, _)| *strategy).collect(),
        kill_file: true,
        limits: desk.limits.clone(),
        faults: Faults::none(),
    };
    let mut world = World::new(spec, vec![Box::new(judge.clone())]);
    world.run_until(START + LENGTH).map_err(|violation| {
        Failure::new("promise", "virtual time", format!("a promise was broken {violation}"))
            .advice("report it")
    })?;
    let (hash, accounts) = (judge.hash(), judge.accounts());
    Ok(Rerun { hash, executions: judge.counts().executions, accounts })
}

/// The desk of those settings. Its keys are no secrets, so that everybody's hash is the same.
fn desk(blueprint: &Blueprint) -> Desk {
    Desk {
        run: blueprint.run,
        registry: blueprint.registry.clone(),
        roster: blueprint.roster.clone(),
        currency: blueprint.currency,
        cash: blueprint.gate.cash.clone(),
        limits: blueprint.gate.limits.clone(),
        method: blueprint.gate.method,
        spot: blueprint.gate.spot,
        kill: blueprint.gate.kill.clone(),
        protective_on_kill: blueprint.gateway.protective_on_kill,
        pool: blueprint.gate.pool,
        dead_man: blueprint.gateway.dead_man,
        venue: blueprint.venue.clone(),
    }
}
