//! What a process shows of itself while it runs: the page, the answers to commands, metrics and health.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use board::{Board, Stock};
use contracts::{Envelope, Event, KillLevel, KillTrigger, Money, Source, StrategyId, Trip, Ts};
use journal::{Fault, JournalKey};
use kernel::Sequencer;
use launch::{Blueprint, BusVitals, Launched, Reload, Vitals, Worker};
use portfolio::Ledger;
use risk::Gate;
use runtime::entropy;
use serde_json::json;
use settings::{KeyFolder, Loaded, Secrets, Service};
use telemetry::http::routes;
use telemetry::{Clock, Component, HealthSetup, Notice};

use super::Telling;
use super::mirror::{MIRROR, Mirroring};
use crate::failure::Failure;
use crate::program;
use crate::serving::{Parts, Serving, SharedBoard, about, board_config, fold};

/// So much of the journal's end is read for the board of a process that begins again: orders, refusals and
/// fills from before. More would hold up the start.
pub(crate) const FOLDED_MAX: u64 = 32 << 20;

/// What is told of it in the log.
const PAGE: Component = Component::new("up.page");

/// What is shown, and by what.
pub(crate) struct Shown<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) secrets: &'a Secrets,
    pub(crate) telling: &'a Telling,
    pub(crate) clock: &'a Clock,
}

/// Shows the process from now on; where, and what is known of it.
pub(crate) fn show(
    what: &Shown<'_>,
    reload: Arc<Reload>,
    launched: &mut Launched,
) -> Result<(SocketAddr, SharedBoard), Failure> {
    let Shown { loaded, secrets, telling, clock } = *what;
    let address = loaded.settings().ports.address(Service::Up);
    let listener = TcpListener::bind(address).map_err(|error| {
        Failure::new("port", address.to_string(), format!("cannot be listened on: {error}"))
            .advice("`njord status`, or another port: ports.up = 0 takes any free one")
    })?;
    let (board, broken) = board(loaded, launched, clock())?;
    if let Some(record) = broken {
        trip_for(record, launched, telling, clock());
    }
    let board = SharedBoard::knowing_drills(board, loaded.places().state.clone());
    launched.tell(board.outlet());
    let mut health = HealthSetup::default();
    mirror(what, &board, &mut health, launched);
    let symbols = loaded.settings().market.symbols.clone();
    let vitals = Vitals::new(&mut health, symbols, clock());
    let ears = &mut launched.config().ears;
    ears.push(Box::new(board.ear()));
    ears.push(Box::new(vitals));
    let endpoint = telling.endpoint(health.done(), secrets, clock)?;
    let doors = launched.doors().clone();
    let parts = Parts {
        board: board.clone(),
        controls: Arc::new(move |control| doors.control(control)),
        reload: Arc::new(move |loosening| {
            let hash = reload.read(loosening).map_err(|why| Failure::from(why).first())?;
            Ok(json!({ "taken": "reload", "settings": hash.to_string() }))
        }),
        operator: KeyFolder::at(&loaded.places().keys).operator_public()?,
        session: launched.blueprint().run,
        strategies: strategies(launched.blueprint()),
        telemetry: routes(Arc::new(endpoint)),
        clock: clock.clone(),
        entropy,
        state: loaded.places().state.clone(),
    };
    let serving = Serving::prepare(listener, parts)
        .map_err(|why| Failure::new("serving", address.to_string(), why.to_string()))?;
    let (address, stop) = (serving.address(), launched.stop().clone());
    telling.log.component(PAGE).tell(Notice::HttpListening { port: address.port() });
    launched.hire(Worker::new("page", move || {
        let _ = serving.run(&stop);
    }));
    Ok((address, board))
}

/// Shows how what it says stands on the bus, where it is said on one.
fn mirror(
    what: &Shown<'_>,
    board: &SharedBoard,
    health: &mut HealthSetup,
    launched: &mut Launched,
) {
    let Shown { loaded, telling, clock, .. } = *what;
    let Some(mouth) = launched.mouth().cloned() else { return };
    let mirroring = Mirroring {
        vitals: BusVitals::new(mouth.clone(), health.want("mirror"), telling.metrics.clone()),
        mouth,
        at: loaded.settings().bus.url.as_str().to_owned(),
        board: board.clone(),
        log: telling.log.component(MIRROR),
        clock: clock.clone(),
    };
    let stop = launched.stop().clone();
    launched.hire(Worker::new("mirror", move || mirroring.keep(&stop)));
}

fn strategies(blueprint: &Blueprint) -> Vec<StrategyId> {
    blueprint.roster.iter().map(|entry| entry.id).collect()
}

/// What the board knows from before, with what the gate's books hold now; and where the chain of the journal
/// is broken, in a part that the start itself did not have to read.
fn board(loaded: &Loaded, launched: &Launched, now: Ts) -> Result<(Board, Option<u64>), Failure> {
    let places = loaded.places();
    let cash = launched.blueprint().gate.cash.clone();
    let config = board_config(loaded, about(loaded), cash).ok_or_else(|| {
        Failure::new("settings", "market.symbols", "no symbol to listen to").advice("[\"BTC/USD\"]")
    })?;
    let key = JournalKey::new(*KeyFolder::at(&places.keys).journal()?.expose());
    let (mut board, broken) = match fold(&places.journal, &key, config.clone(), FOLDED_MAX) {
        Ok(Some(folded)) => (folded.board, None),
        Ok(None) => (Board::from_first(config), None),
        Err(Fault::Broken { seq, .. }) => (Board::midway(config), Some(seq)),
        Err(fault) => return Err(fault.into()),
    };
    board.began(launched.blueprint().run, program::build(), now);
    if let Some(stock) = stock(&launched.seat().sequencer, launched.blueprint()) {
        board.take_stock(&stock);
    }
    Ok((board, broken))
}

/// Somebody has changed what was written long ago: nothing new is risked until an operator has looked.
fn trip_for(record: u64, launched: &Launched, telling: &Telling, now: Ts) {
    telling.log.component(PAGE).tell(Notice::JournalPastBroken { record });
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Audit };
    launched.doors().control(Envelope::input(Source::Runtime, now, Event::Trip(trip)));
}

/// What the gate's books hold, and how the kill switch and the strategies stand.
pub(super) fn stock(machines: &Sequencer, blueprint: &Blueprint) -> Option<Stock> {
    let gate: &Gate = machines.machine()?;
    // That of the gateway follows it.
    let latches = gate.latched().map(|latch| (Source::RiskEngine, latch)).into_iter().collect();
    let ledger: &Ledger = gate.ledger();
    let holdings = ledger.holdings();
    let positions = holdings.map(|(symbol, id, held)| (id, held.as_position(symbol))).collect();
    // Also of those that have left: what they had is still theirs.
    let purses = ledger.purses().filter(|(_, asset, _)| *asset == blueprint.currency);
    let cash = purses.filter_map(|(owner, _, purse)| Some((owner?, purse.cash()))).collect();
    Some(Stock { positions, cash, latches, runs: gate.runs().collect() })
}

/// Who trades, but got nothing to trade with.
pub(crate) fn without_cash(launched: &Launched) -> Vec<StrategyId> {
    let Some(gate) = launched.seat().sequencer.machine::<Gate>() else { return Vec::new() };
    let blueprint = launched.blueprint();
    let paid = |id| gate.ledger().purse(id, blueprint.currency).deposits();
    let poor = blueprint.gate.cash.iter().filter(|(id, _)| paid(*id) == Money::ZERO);
    poor.map(|(id, _)| *id).collect()
}
