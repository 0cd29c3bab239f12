//! One service as a process of its own, from its settings to its end: joined to the others by the bus, with a
//! log of its own.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Unusable};
use contracts::Ts;
use journal::Found;
use remote::redis;
use runtime::{Outlet, Stop, Worker};
use settings::{BusKind, Loaded, Problems, Secrets, Service};
use telemetry::{Clock, Component, Log, Notice};

use super::bell::Bell;
use super::door::Door;
use super::launched::{Launched, Report};
use super::service::ServiceSpec;
use super::telling::{NotTelling, Program, Telling, TerminalLook};
use super::turns::Reload;
use super::{Deps, NotLaunched, launch_one};

/// What it says about itself in the log.
const ITSELF: Component = Component::new("service");
/// Who looks at the disk.
const LOOKOUT: Component = Component::new("service.lookout");
/// Who watches the kill switch.
const WATCHER: Component = Component::new("service.watcher");

/// What one service is started with.
pub struct One<'a> {
    /// The service.
    pub service: &'a ServiceSpec,
    /// What it needs from outside.
    pub deps: Deps<'a>,
    /// The secrets of its settings.
    pub secrets: &'a Secrets,
    /// The version of its package.
    pub version: &'static str,
    /// What a terminal is shown.
    pub look: TerminalLook,
}

/// Why it has not begun, or could not be watched.
#[derive(Debug, thiserror::Error)]
pub enum NotOne {
    /// The settings name no bus.
    #[error(
        "bus.kind = \"{0}\": as a process of its own a service reaches the others by a bus; try: bus.kind = \"redis\" and a Redis, or `njord up`, which runs all of them in one process"
    )]
    NoBus(&'static str),
    /// The address of the bus.
    #[error("bus.url: {0}")]
    Bus(#[from] Unusable),
    /// It was not launched.
    #[error(transparent)]
    NotLaunched(#[from] NotLaunched),
    /// Its log.
    #[error(transparent)]
    NotTelling(#[from] NotTelling),
    /// The folder of its state.
    #[error("the folder of its state cannot be written to: {0}")]
    Folder(io::Error),
    /// Nobody can be told what it says.
    #[error("what it says can be told to nobody: {0}")]
    NotTold(io::Error),
    /// The signals that end it.
    #[error("signals cannot be heard: {0}")]
    Signals(io::Error),
    /// Its secrets.
    #[error(transparent)]
    Secrets(#[from] Problems),
}

/// A service that has not begun to work.
pub struct Begun {
    launched: Launched,
    telling: Telling,
    log: Log,
    bell: Bell,
    clock: Clock,
    began: Ts,
    line: String,
}

impl One<'_> {
    /// Puts it together.
    pub fn begin(self) -> Result<Begun, NotOne> {
        let bus = bus_of(self.deps.loaded, self.secrets, self.service.name)?;
        self.begin_on(bus)
    }

    /// The same on a bus that somebody hands in.
    pub fn begin_on(self, bus: Arc<dyn Bus>) -> Result<Begun, NotOne> {
        let Self { service, deps, secrets, version, look } = self;
        let (loaded, clock) = (deps.loaded, deps.clock.clone());
        let mut launched = launch_one(service, &deps, bus)?;
        let program = Program { name: service.name, version };
        let telling = Telling::begin(loaded, program, secrets, &clock, look)?;
        let log = telling.log.component(ITSELF);
        log.tell(Notice::Started { version, mode: loaded.settings().run.mode.name() });
        say_how_it_was_found(&launched.seat().found, &log);
        launched.watch().log = Some(telling.log.component(WATCHER));
        launched.lookout().log = Some(telling.log.component(LOOKOUT));
        let config = launched.config();
        config.ears.push(Box::new(telling.observer()));
        config.metrics = Some(telling.metrics.clone());
        let (telling_of, name) = (&telling, service.name);
        Door { loaded, name, secrets, telling: telling_of, clock: &clock }.open(&mut launched)?;
        let bell = Bell::of(loaded, service.name);
        let began = clock();
        let again = format!("{} with the same words and", service.name);
        let line =
            line(service.name, loaded, &launched) + &deps.asked.of_a_break(launched.seat(), &again);
        Ok(Begun { launched, telling, log, bell, clock, began, line })
    }
}

/// The bus that the settings name. `user` is who we are there.
pub fn bus_of(loaded: &Loaded, secrets: &Secrets, user: &str) -> Result<Arc<dyn Bus>, NotOne> {
    match loaded.settings().bus.kind {
        kind @ (BusKind::None | BusKind::Mirror) => Err(NotOne::NoBus(kind.name())),
        BusKind::Redis => Ok(Arc::new(redis(loaded, secrets, user)?)),
    }
}

/// The bus on which one process of all services says everything too, where the settings name one.
pub fn mirror_of(loaded: &Loaded, secrets: &Secrets) -> Result<Option<Arc<dyn Bus>>, Unusable> {
    match loaded.settings().bus.kind {
        BusKind::None | BusKind::Redis => Ok(None),
        BusKind::Mirror => Ok(Some(Arc::new(redis(loaded, secrets, Service::Up.key())?))),
    }
}

impl Begun {
    /// What is run, and where, in a line, and what is to be said of a chain that broke.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Somebody more who is told everything.
    pub fn tell(&mut self, outlet: impl Outlet + 'static) {
        self.launched.tell(outlet);
    }

    /// What ends it.
    pub fn stop(&self) -> &Stop {
        self.launched.stop()
    }

    /// Where it says what becomes of it.
    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// Its bell.
    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Whoever rings at its folder lets it read its settings anew.
    pub(super) fn listens(&mut self, reload: &Arc<Reload>) {
        let (bell, reload) = (self.bell.clone(), Arc::clone(reload));
        let stop = self.launched.stop().clone();
        self.launched.hire(Worker::new("bell", move || bell.keep(&reload, &stop)));
    }

    /// Works until it is stopped, or cannot go on. See [`Launched::run`].
    pub fn work(
        self,
        deadline: Duration,
        overdue: impl FnOnce(&[&'static str]) + Send,
    ) -> Result<Report, NotOne> {
        let Self { launched, telling, log, clock, began, .. } = self;
        let report = launched.run(deadline, overdue).map_err(NotLaunched::Watcher)?;
        let lasted = clock().since(began);
        let stopped = Notice::Stopped { up_ms: lasted.millis().unsigned_abs() };
        log.tell(stopped);
        drop(telling);
        Ok(report)
    }
}

fn line(name: &str, loaded: &Loaded, launched: &Launched) -> String {
    let (seat, settings) = (launched.seat(), loaded.settings());
    let venue = match name {
        "execution-gateway" => format!("; venue at {}", settings.ports.address(Service::Venue)),
        _ => String::new(),
    };
    format!(
        "{name}: {}, session {}, start {}; bus at {}{venue}; {} inputs replayed\n",
        settings.run.mode.name(),
        settings.run.session,
        seat.journal.epoch().0,
        settings.bus.url.as_str(),
        seat.replayed,
    )
}

/// In what shape the journal was, where that is worth saying.
pub fn say_how_it_was_found(found: &Found, log: &Log) {
    match found {
        Found::Nothing | Found::Whole => {}
        Found::Torn { bytes } => log.tell(Notice::JournalTornTail { bytes: *bytes }),
        Found::Broken { seq, .. } => log.tell(Notice::JournalBroken { record: *seq }),
    }
}
