//! Launching: from settings and a roster of services to a process at work. The only way to start one.
//!
//! What is passed in is all there is: nothing here is global, so two systems fit into one test.

mod alone;
mod apart;
mod asked;
mod bell;
mod blueprint;
mod cash;
mod door;
mod fit;
mod in_turns;
mod launched;
mod lookout;
mod loosening;
mod market;
mod one;
mod put;
mod repeat;
mod roster;
mod service;
mod telling;
mod turns;
mod venue;
mod vitals;
mod watching;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bus::Bus;
use contracts::{Epoch, KillTrigger, RunId, Source, Span, Ts};
use journal::files::Files;
use journal::keep::Keeping;
use journal::{JournalKey, Limits, Place, Start, is_begun};
use kernel::{Machine, Topics};
use remote::{EXTERNAL, Joining, NotJoined, OPERATOR, Standing, Word, join, last_start};
use runtime::{
    DoorLimits, Doors, Elsewhere, Holds, KillWatch, NoSeat, Notes, ProcessConfig, Reopen, Seat,
    Stop, Switch, Unaided, not_before, take_seat, take_seat_after_hang, take_seat_to_get_out,
};
use settings::{KeyFolder, Loaded, Problem, Problems};
use strategy::Registry;
use telemetry::Clock;

pub use alone::{alone, operator};
pub use apart::VenueApart;
pub use asked::Asked;
pub use bell::Bell;
pub use blueprint::{Blueprint, NotBuilt, Seals};
pub use door::{AnswersAt, answers_at};
pub use fit::{fits, runs_here};
pub use in_turns::InTurns;
pub use launched::{Launched, Report};
pub use lookout::{Disk, Lookout};
pub use loosening::Loosening;
pub use market::{DaysMarket, NoMarket};
pub use one::{Begun, NotOne, One, bus_of, mirror_of, say_how_it_was_found};
pub use put::put;
pub use repeat::{Whose, repeat};
pub use runtime::Worker;
pub use service::{NoStaff, Rank, Seated, ServiceSpec, Site, Staff};
pub use telling::{NotTelling, Program, Telling, TerminalLook, metrics_token};
pub use turns::{Next, NotReloaded, Reads, Reload, Turns};
pub use vitals::{BusVitals, Vitals};

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
    /// What is asked of this start.
    pub asked: Asked,
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
    /// Its journal is gone, and others have heard what it said.
    #[error(
        "{service} has spoken on the bus up to its start {}, and there is no journal of it in {folder}: its state is lost; restore that folder from a backup, or start it once with --get-out, which cancels all and begins anew behind what was heard",
        known.0
    )]
    Lost {
        /// The service.
        service: &'static str,
        /// Its last start of which the bus knows.
        known: Epoch,
        /// Where its journal should be.
        folder: String,
    },
    /// No service among them talks to a venue, and they are not to be joined to others.
    #[error("these services alone talk to no venue, and to nobody else who does; try: njord up")]
    NoVenue,
    /// The bus.
    #[error(transparent)]
    Bus(#[from] NotJoined),
    /// The watcher of the kill switch, or the note that it left.
    #[error(
        "the watcher of the kill switch cannot work: {0}; it needs folders that this user can write, as run.state and as telemetry.log_dir"
    )]
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
pub fn launch(services: &[ServiceSpec], deps: &Deps<'_>) -> Result<Launched, NotLaunched> {
    put_together(services, deps, &Standing::None)
}

/// The same; everything that it says is said on the bus too. It needs nobody there, and nobody there can tell
/// it anything.
pub fn launch_mirrored(
    services: &[ServiceSpec],
    deps: &Deps<'_>,
    bus: Arc<dyn Bus>,
) -> Result<Launched, NotLaunched> {
    put_together(services, deps, &Standing::Mirror(bus))
}

/// Puts one service together as a process of its own, which reaches the others by the bus.
pub fn launch_one(
    service: &ServiceSpec,
    deps: &Deps<'_>,
    bus: Arc<dyn Bus>,
) -> Result<Launched, NotLaunched> {
    put_together(&[*service], deps, &Standing::One(service.name, bus))
}

/// What it takes to say an operator's word to services that are processes of their own.
pub fn word<'a>(deps: &Deps<'a>, bus: Arc<dyn Bus>) -> Word<'a> {
    word_of(Source::Operator, OPERATOR, deps, bus)
}

/// The same for a signal of a program outside.
pub fn signals<'a>(deps: &Deps<'a>, bus: Arc<dyn Bus>) -> Word<'a> {
    word_of(Source::External, EXTERNAL, deps, bus)
}

fn word_of<'a>(source: Source, name: &str, deps: &Deps<'a>, bus: Arc<dyn Bus>) -> Word<'a> {
    let Deps { loaded, files, clock, build, .. } = deps;
    Word {
        source,
        loaded,
        bus,
        files: Arc::clone(files),
        folder: journal_of(loaded, name),
        start: start(loaded, build, clock()),
        clock: clock.clone(),
    }
}

/// Where a service that is a process of its own keeps everything that must survive.
pub fn state_of(loaded: &Loaded, service: &str) -> PathBuf {
    loaded.places().state.join(service)
}

/// Where its journal is.
pub fn journal_of(loaded: &Loaded, service: &str) -> PathBuf {
    let dir: &Path = &loaded.settings().journal.dir;
    // One place for all of them would be one journal for all of them.
    if dir.is_absolute() { dir.join(service) } else { state_of(loaded, service).join(dir) }
}

fn put_together(
    services: &[ServiceSpec],
    deps: &Deps<'_>,
    standing: &Standing,
) -> Result<Launched, NotLaunched> {
    let Deps { loaded, files, clock, operator, .. } = deps;
    let (loaded, began): (&Loaded, Ts) = (loaded, clock());
    let keys = KeyFolder::at(&loaded.places().keys);
    let blueprint = blueprint(deps, standing, &keys)?;
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let (switch, stop, holds, reopen) = <(Switch, Stop, Holds, Reopen)>::default();
    let site = Site {
        loaded,
        blueprint: &blueprint,
        doors: &doors,
        clock,
        began,
        switch: &switch,
        stop: &stop,
        holds: &holds,
        reopen: &reopen,
        is_one: matches!(standing, Standing::One(..)),
    };
    let machines = machines(services, &blueprint)?;
    let Staff { outlets, mut workers, closers, unaided, books, line } = staff(services, &site)?;
    // Others see the file of the kill switch where they do not see that this process has died.
    let leaves_stop = unaided.is_none().then(|| loaded.places().kill_file.clone());
    let unaided = way_to_venue(unaided, standing)?;
    let interests = interests(&machines);
    let (state, folder) = folders(standing, loaded);
    // Where the folder of the state takes nothing more, that of the logs may.
    let notes = Notes::new(Arc::clone(files), vec![state, notes_beside_logs(standing, loaded)]);
    let place = place(loaded, &keys, Arc::clone(files), folder.clone(), holder(services))?;
    let seat = seat(deps, standing, place, machines, (&notes, began))?;
    let disk = disk(loaded, standing, Arc::clone(files), (folder.clone(), &seat));
    let lookout = Lookout::at(disk, line.clone(), &site);
    let watch = watch(unaided, &site, notes, standing);
    let mut config = ProcessConfig { outlets, books, ..config(&site) };
    let names: Vec<&'static str> = services.iter().map(|service| service.name).collect();
    let joining = Joining {
        loaded,
        keys: &keys,
        services: &names,
        interests,
        seat: &seat,
        files: Arc::clone(files),
        folder,
        doors: &doors,
        holds: &holds,
        reopen: &reopen,
        clock,
        stop: &stop,
    };
    let mouth = join(standing, &joining)?.map(|joined| {
        config.outlets.push(joined.outlet);
        config.ears.extend(joined.ear);
        workers.extend(joined.workers);
        (joined.mouth, joined.alarmed)
    });
    let launched = Launched {
        doors,
        inbox,
        stop,
        seat,
        config,
        watch,
        lookout,
        blueprint,
        workers,
        closers,
        line,
        mouth,
        leaves_stop,
    };
    launched.limits(*operator);
    Ok(launched)
}

/// What its machines are built from, where this build can run what the settings ask for.
fn blueprint(
    deps: &Deps<'_>,
    standing: &Standing,
    keys: &KeyFolder,
) -> Result<Blueprint, NotLaunched> {
    let Deps { loaded, registry, .. } = deps;
    runs_here(loaded)?;
    let whole = Blueprint::of(loaded, registry, &Seals::of(keys)?)?;
    Ok(if matches!(standing, Standing::One(..)) { whole.apart() } else { whole })
}

/// How a process works, as the settings want it.
fn config(site: &Site<'_>) -> ProcessConfig {
    let mut config = ProcessConfig::new(site.clock.clone());
    config.group.batch_records = site.loaded.settings().journal.group_records_max as usize;
    config
}

/// Everything that these machines hear.
fn interests(machines: &[Box<dyn Machine>]) -> Topics {
    machines.iter().fold(Topics::NONE, |all, machine| all.with(machine.interests()))
}

/// The way to the venue. A service that has none relies on the one that has.
fn way_to_venue(
    unaided: Option<Box<dyn Unaided>>,
    standing: &Standing,
) -> Result<Box<dyn Unaided>, NotLaunched> {
    match (unaided, standing) {
        (Some(unaided), _) => Ok(unaided),
        (None, Standing::One(..)) => Ok(Box::new(Elsewhere)),
        (None, _) => Err(NotLaunched::NoVenue),
    }
}

/// Where everything that must survive is, and the journal.
fn folders(standing: &Standing, loaded: &Loaded) -> (PathBuf, PathBuf) {
    match standing {
        Standing::One(name, _) => (state_of(loaded, name), journal_of(loaded, name)),
        _ => (loaded.places().state.clone(), loaded.places().journal.clone()),
    }
}

/// Where notes lie besides: the logs of several services lie in one folder.
fn notes_beside_logs(standing: &Standing, loaded: &Loaded) -> PathBuf {
    let logs = &loaded.places().logs;
    match standing {
        Standing::One(name, _) => logs.join(name),
        _ => logs.clone(),
    }
}

/// Who watches the kill switch and the sequencer.
fn watch(
    unaided: Box<dyn Unaided>,
    site: &Site<'_>,
    notes: Notes,
    standing: &Standing,
) -> KillWatch {
    let Site { blueprint, doors, clock, switch, loaded, .. } = *site;
    let key = blueprint.gateway.venue_key.clone();
    let mut watch = KillWatch::new(unaided, key, doors.clone(), clock.clone());
    let bus = match standing {
        Standing::One(_, bus) => Some(Arc::clone(bus)),
        Standing::None | Standing::Mirror(_) => None,
    };
    watching::set(&mut watch, loaded, bus, (switch.clone(), notes));
    let word = blueprint.word.clone();
    watch.who = Some(Arc::new(move || word.who()));
    watch
}

/// Everybody who works for those services.
fn staff(services: &[ServiceSpec], site: &Site<'_>) -> Result<Staff, NoStaff> {
    let mut staff = Staff::default();
    for service in services {
        let hired = (service.staff)(site)?;
        staff.outlets.extend(hired.outlets);
        staff.workers.extend(hired.workers);
        staff.closers.extend(hired.closers);
        staff.unaided = hired.unaided.or(staff.unaided);
        staff.books = hired.books.or(staff.books);
        staff.line = hired.line.or(staff.line);
    }
    Ok(staff)
}

/// The last start that the bus knows of where nothing here does; only to get out such a service is begun anew behind
/// that. Where the bus cannot be asked it begins as if it were new, and says nothing once the bus shows otherwise.
fn known_of_a_lost_one(
    standing: &Standing,
    deps: &Deps<'_>,
    place: &Place,
) -> Result<Epoch, NotLaunched> {
    let Standing::One(service, bus) = standing else { return Ok(Epoch::default()) };
    if is_begun(place).map_err(NoSeat::from)? {
        return Ok(Epoch::default());
    }
    let known = last_start(deps.loaded, bus, service).unwrap_or_default();
    if known > Epoch::default() && !deps.asked.get_out {
        let folder = place.folder.display().to_string();
        return Err(NotLaunched::Lost { service, known, folder });
    }
    Ok(known)
}

/// Takes the seat; `notes` is where the process before this one may have left a note, and when this one began.
fn seat(
    deps: &Deps<'_>,
    standing: &Standing,
    place: Place,
    machines: Vec<Box<dyn Machine>>,
    (notes, began): (&Notes, Ts),
) -> Result<Seat, NotLaunched> {
    let known = known_of_a_lost_one(standing, deps, &place)?;
    let start = start(deps.loaded, deps.build, began).behind(known);
    let note = notes.find()?;
    let mut seat = match note.and_then(|note| note.input) {
        _ if deps.asked.get_out => take_seat_to_get_out(place, start, machines)?,
        Some(input) => take_seat_after_hang(place, start, machines, input)?,
        None => take_seat(place, start, machines)?,
    };
    // Whatever the machine says by now: this time has been.
    not_before(seat.sequencer.now());
    if deps.asked.accept_break && seat.must_halt == Some(KillTrigger::Audit) {
        seat.journal.accept_break(began).map_err(NoSeat::from)?;
    }
    Ok(seat)
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
    format!("process {} ({})", std::process::id(), names.join(", "))
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
        unsynced_span: said.lazy_window,
        ..Limits::default()
    };
    let key = JournalKey::new(*keys.journal()?.expose());
    Ok(Place { files, folder, key, limits, anchors: Vec::new(), holder })
}

/// The disk under a journal, as the settings want it looked after.
fn disk(
    loaded: &Loaded,
    standing: &Standing,
    files: Arc<dyn Files>,
    (journal, seat): (PathBuf, &Seat),
) -> Disk {
    let said = &loaded.settings().journal;
    let archive = match standing {
        Standing::One(name, _) if said.archive.is_absolute() => said.archive.join(name),
        Standing::One(name, _) => state_of(loaded, name).join(&said.archive),
        _ => loaded.places().archive.clone(),
    };
    Disk {
        files,
        journal,
        keeping: Keeping {
            compress_after: said.compress.then_some(Span::DAY),
            archive_after: said.archive_after,
            archive,
        },
        free_min: said.disk_free_min.get(),
        reserve: said.reserve.get(),
        low: Switch::default(),
        watermark: Arc::clone(seat.journal.watermark()),
    }
}

fn start(loaded: &Loaded, build: &str, at: Ts) -> Start {
    let run = RunId::new(loaded.settings().run.session);
    Start::new(run, build, &loaded.decision_hash().to_string(), at)
}
