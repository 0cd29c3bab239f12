//! Who may depend on whom, and on what from outside.

use cargo_metadata::{Dependency, DependencyKind};

use crate::{House, TESTS, TOOLS, layer};

/// The highest of the pure layers: nothing in them touches the world.
const PURE: u8 = 3;
/// The layer of adapters.
const ADAPTERS: u8 = 4;
/// The highest layer that an adapter uses.
const ENGINES: u8 = 1;

/// Edges beyond "downwards", each with its reason.
const DRAWN: &[(&str, &str)] = &[
    ("execution", "risk"), // approvals are made by the gate and accepted by nobody else
    ("strategies", "strategy"), // the bundled strategies are written against the trait
    ("kraken", "settings"), // the permit to trade live, and secrets
    ("kraken", "execution"), // the port that takes sealed commands
    ("remote", "runtime"), // a process is joined to the others by its doors and outlets
    ("launch", "runtime"), // whoever starts a process builds everything around its shell
    ("launch", "remote"),  // and joins it to the bus
    ("njord", "md-ingest"), // `njord up` is all services in one process
    ("njord", "strategy-engine"),
    ("njord", "risk-engine"),
    ("njord", "execution-gateway"),
];

/// Edges that only tests have, each with its reason.
const DRAWN_IN_TESTS: &[(&str, &str)] = &[
    ("board", "sim"), // what the board shows is held against a world in which the truth is known
];

/// Who alone may use the client of a venue: who brings its market, who sends to it, and the process that is both.
const OF_A_VENUE: &[(&str, &[&str])] =
    &[("kraken", &["md-ingest", "execution-gateway", "njord", "system-tests"])];

/// What reaches out over a network by itself: for the clients of venues.
const REACHES_OUT: &[&str] = &[
    "reqwest",
    "ureq",
    "curl",
    "isahc",
    "tungstenite",
    "tokio-tungstenite",
    "hyper-tls",
    "hyper-rustls",
];

/// An adapter may tell what it does.
const TOLD_BY_ADAPTERS: &str = "telemetry";

/// What a pure crate may use from outside: data formats, errors, arithmetic. Nothing that reads a
/// clock, draws a number, or knows of files, sockets and threads.
const PURE_MAY_USE: &[&str] =
    &["crc32fast", "libm", "schemars", "serde", "serde_json", "siphasher", "thiserror"];

/// What is wrong with an edge between two of ours, if anything is.
fn objection(from: (&str, u8), to: (&str, u8), dev: bool) -> Option<String> {
    let downwards = match (from.1, to.1) {
        (ADAPTERS, to) => to <= ENGINES || dev && to < ADAPTERS,
        (from, to) => to < from,
    };
    let edge = (from.0, to.0);
    let drawn = DRAWN.contains(&edge) || dev && DRAWN_IN_TESTS.contains(&edge);
    let sideways_in_tests = dev && to.1 == from.1;
    let tells = from.1 == ADAPTERS && to.0 == TOLD_BY_ADAPTERS;
    let venue = OF_A_VENUE.iter().find(|(client, _)| *client == to.0);
    let is_let_in = venue.is_none_or(|(_, users)| users.contains(&from.0));
    let holds = (downwards || drawn || sideways_in_tests || tells) && is_let_in;
    (!holds).then(|| format!("{} (L{}) must not depend on {} (L{})", from.0, from.1, to.0, to.1))
}

/// What is wrong with using something from outside.
fn stranger(from: (&str, u8), dependency: &str, kind: DependencyKind) -> Option<String> {
    if kind == DependencyKind::Development {
        return None;
    }
    let (name, layer) = from;
    let is_of_a_venue = OF_A_VENUE.iter().any(|(client, _)| *client == name);
    if layer <= PURE && !PURE_MAY_USE.contains(&dependency) {
        Some(format!("{name} (L{layer}) is pure and must not use {dependency}"))
    } else if REACHES_OUT.contains(&dependency) && !is_of_a_venue {
        Some(format!("{name} (L{layer}) is no client of a venue and must not use {dependency}"))
    } else {
        None
    }
}

/// Every package without a layer, and every edge that is not drawn.
pub(crate) fn wrong_edges(house: &House) -> Vec<String> {
    let packages = &house.metadata.packages;
    let mut wrong = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let Some(from) = layer(package) else {
            wrong.push(format!("{name} names no layer"));
            continue;
        };
        for Dependency { name: used, kind, .. } in &package.dependencies {
            let ours = packages.iter().find(|held| held.name.as_str() == used);
            wrong.extend(match ours.and_then(layer) {
                Some(to) => {
                    objection((name, from), (used, to), *kind == DependencyKind::Development)
                }
                None => stranger((name, from), used, *kind),
            });
        }
    }
    wrong
}

#[test]
fn every_package_names_its_layer_and_depends_only_as_drawn() {
    let wrong = wrong_edges(&House::ours());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn edges_that_are_not_drawn_are_objected_to() {
    for (from, to, dev, holds) in [
        (("risk", 2), ("execution", 2), false, false),
        (("contracts", 0), ("kernel", 1), false, false),
        (("risk", 2), ("simvenue", 2), true, true),
        (("execution", 2), ("risk", 2), false, true),
        (("sim", 3), ("risk", 2), false, true),
        (("journal", 4), ("kernel", 1), false, true),
        (("journal", 4), ("risk", 2), false, false),
        (("journal", 4), ("sim", 3), true, true),
        (("journal", 4), ("settings", 4), false, false),
        (("journal", 4), ("telemetry", 4), false, true),
        (("kraken", 4), ("execution", 2), false, true),
        (("md-ingest", 6), ("kraken", 4), false, true),
        (("execution-gateway", 6), ("kraken", 4), false, true),
        (("strategy-engine", 6), ("kraken", 4), false, false),
        (("risk-engine", 6), ("kraken", 4), false, false),
        (("launch", 5), ("kraken", 4), false, false),
        (("runtime", 5), ("execution", 2), false, true),
        (("runtime", 5), ("njord", 6), false, false),
        (("launch", 5), ("remote", 5), false, true),
        (("runtime", 5), ("remote", 5), false, false),
        (("runtime", 5), ("launch", 5), true, true),
        (("board", 1), ("sim", 3), false, false),
        (("board", 1), ("sim", 3), true, true),
        (("system-tests", TESTS), ("njord", 6), true, true),
        (("system-tests", TESTS), ("workbench", TOOLS), true, true),
        (("njord", 6), ("workbench", TOOLS), false, false),
    ] {
        assert_eq!(objection(from, to, dev).is_none(), holds, "{from:?} -> {to:?}");
    }
}

#[test]
fn what_touches_the_world_is_banned_from_pure_crates() {
    let (normal, dev) = (DependencyKind::Normal, DependencyKind::Development);
    assert!(stranger(("risk", 2), "tokio", normal).is_some());
    assert!(stranger(("sim", 3), "rand", DependencyKind::Build).is_some());
    assert!(stranger(("risk", 2), "proptest", dev).is_none());
    assert!(stranger(("journal", 4), "tokio", normal).is_none());
    assert!(stranger(("strategy-engine", 6), "reqwest", normal).is_some());
    assert!(stranger(("remote", 5), "tokio-tungstenite", normal).is_some());
    assert!(stranger(("kraken", 4), "tokio-tungstenite", normal).is_none());
}
