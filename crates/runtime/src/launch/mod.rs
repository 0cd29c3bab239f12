//! Launching: from settings and a roster of services to a process at work. The only way to start one.
//!
//! What is passed in is all there is: nothing here is global, so two systems fit into one test.

mod alone;
mod apart;
mod blueprint;
mod cash;
mod launched;
mod market;
mod repeat;
mod roster;
mod service;
mod venue;
mod watching;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use contracts::{KillTrigger, RunId, Ts};
use journal::files::Files;
use journal::{JournalKey, Limits, Place, Start};
use kernel::Machine;
use settings::{KeyFolder, Loaded, Problem, Problems};
use strategy::Registry;
use telemetry::Clock;

use crate::brake::Switch;
use crate::doors::{DoorLimits, Doors};
use crate::hung::HungNote;
use crate::kill::KillWatch;
use crate::process::ProcessConfig;
use crate::seat::{NoSeat, take_seat, take_seat_after_hang, take_seat_to_get_out};
use crate::stop::Stop;

pub use alone::alone;
pub use apart::VenueApart;
pub use blueprint::{BOOK_DEPTH, Blueprint, NotBuilt, Seals};
pub use launched::{Launched, Report};
pub use market::{DaysMarket, NoMarket};
pub use repeat::{Whose, repeat};
pub use roster::roster;
pub use service::{NoStaff, Rank, Seated, ServiceSpec, Site, Staff, Worker};

/// What a process needs from outside.
pub struct Deps<'a> {
    /// The settings.
    pub loaded: &'a Loaded,
    /// The classes of strategy that may be named.
    pub registry: &'a Registry,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// Tells the time.
    pub clock: Clock,
    /// Which build this is.
    pub build: &'a str,
    /// The fingerprint of the operator's key, if somebody who holds it stands by what is launched: only then
    /// limits that the settings have loosened come into force.
    pub operator: Option<u32>,
    /// It is launched to get out: where the machines do not repeat their journal, what they do not repeat is
    /// left out, and the kill switch is tripped.
    pub get_out: bool,
    /// The operator stands by a chain that is broken: starts after this one do not begin tripped for it.
    pub accept_break: bool,
}

/// Why a process was not launched.
#[derive(Debug, thiserror::Error)]
pub enum NotLaunched {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// A machine.
    #[error(transparent)]
    Machines(#[from] NotBuilt),
    /// Those who work for a service.
    #[error(transparent)]
    Staff(#[from] NoStaff),
    /// The journal.
    #[error(transparent)]
    Seat(#[from] NoSeat),
    /// No service among them talks to a venue.
    #[error(
        "these services alone talk to no venue, and there is no bus to others in this build; try: njord up"
    )]
    NoVenue,
    /// The watcher of the kill switch, or the note that it left.
    #[error("the watcher of the kill switch cannot work: {0}")]
    Watcher(#[from] std::io::Error),
    /// The port of a listener.
    #[error(
        "{address} cannot be listened on: {error}; stop whoever has it, or choose another port"
    )]
    Port {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
}

impl From<Problem> for NotLaunched {
    fn from(problem: Problem) -> Self {
        Self::Settings(problem.into())
    }
}

/// Puts a process together, up to the moment when it begins to work.
pub fn launch(services: &[ServiceSpec], deps: Deps<'_>) -> Result<Launched, NotLaunched> {
    let Deps { loaded, registry, files, clock, build, operator, get_out, accept_break } = deps;
    let keys = KeyFolder::at(&loaded.places().keys);
    let blueprint = Blueprint::of(loaded, registry, &Seals::of(&keys)?)?;
    let began = clock();
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let (switch, stop) = (Switch::default(), Stop::default());
    let site = Site {
        loaded,
        blueprint: &blueprint,
        doors: &doors,
        clock: &clock,
        began,
        switch: &switch,
        stop: &stop,
    };
    let mut staff = Staff::default();
    let machines = machines(services, &blueprint)?;
    for service in services {
        let hired = (service.staff)(&site)?;
        staff.outlets.extend(hired.outlets);
        staff.workers.extend(hired.workers);
        staff.closers.extend(hired.closers);
        staff.unaided = hired.unaided.or(staff.unaided);
        staff.books = hired.books.or(staff.books);
        staff.line = hired.line.or(staff.line);
    }
    let Staff { outlets, workers, closers, unaided, books, line } = staff;
    let unaided = unaided.ok_or(NotLaunched::NoVenue)?;
    let folder = loaded.places().journal.clone();
    let notes = (Arc::clone(&files), loaded.places().state.clone());
    let place = place(loaded, &keys, files, folder, holder(services))?;
    let start = start(loaded, build, began);
    let note = HungNote::find(notes.0.as_ref(), &notes.1)?;
    let mut seat = match note.and_then(|note| note.input) {
        _ if get_out => take_seat_to_get_out(place, start, machines)?,
        Some(input) => take_seat_after_hang(place, start, machines, input)?,
        None => take_seat(place, start, machines)?,
    };
    if accept_break && seat.must_halt == Some(KillTrigger::Audit) {
        seat.journal.accept_break(began).map_err(NoSeat::from)?;
    }
    let mut watch =
        KillWatch::new(unaided, blueprint.gateway.venue_key.clone(), doors.clone(), clock.clone());
    watching::set(&mut watch, loaded, switch, notes);
    let word = blueprint.word.clone();
    watch.who = Some(Arc::new(move || word.who()));
    let config = ProcessConfig { outlets, books, ..ProcessConfig::new(clock) };
    let launched =
        Launched { doors, inbox, stop, seat, config, watch, blueprint, workers, closers, line };
    launched.limits(operator);
    Ok(launched)
}

/// The machines of those services, in the order in which they hear what is said.
fn machines(
    services: &[ServiceSpec],
    blueprint: &Blueprint,
) -> Result<Vec<Box<dyn Machine>>, NotBuilt> {
    let mut seated = Vec::new();
    for service in services {
        seated.extend((service.machines)(blueprint)?);
    }
    seated.sort_by_key(|seated| seated.rank);
    Ok(seated.into_iter().map(|seated| seated.machine).collect())
}

/// How a process of those services calls itself towards another that wants the same folder.
fn holder(services: &[ServiceSpec]) -> String {
    let names: Vec<&str> = services.iter().map(|service| service.name).collect();
    names.join(", ")
}

/// Where a journal is, and how it is opened.
fn place(
    loaded: &Loaded,
    keys: &KeyFolder,
    files: Arc<dyn Files>,
    folder: PathBuf,
    holder: String,
) -> Result<Place, Problem> {
    let said = &loaded.settings().journal;
    let limits = Limits {
        segment_bytes: said.segment_bytes.get(),
        reserve_bytes: said.reserve.get(),
        ..Limits::default()
    };
    let key = JournalKey::new(*keys.journal()?.expose());
    Ok(Place { files, folder, key, limits, anchors: Vec::new(), holder })
}

fn start(loaded: &Loaded, build: &str, at: Ts) -> Start {
    let run = RunId::new(loaded.settings().run.session);
    Start::new(run, build, &loaded.decision_hash().to_string(), at)
}
