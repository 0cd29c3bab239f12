//! Where a service that is a process of its own says how it is: health, readiness and numbers, on its port of
//! the one port plan. A file in its folder says which that was, so that commands find it.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use contracts::Ts;
use remote::Alarmed;
use runtime::{Stop, Worker};
use settings::{Loaded, Secrets, Service};
use telemetry::http::{Hosts, Limits, guarded, routes, serve};
use telemetry::{Clock, Component, HealthSetup, Log, Notice, Said};

use super::launched::Launched;
use super::put::put;
use super::telling::Telling;
use super::vitals::{BusVitals, Vitals};
use super::{NotLaunched, NotOne, state_of};

/// The file in the folder of a service that says where it answers.
const ADDRESS_FILE: &str = "health.address";
/// What is told of this door, in the log.
const DOOR: Component = Component::new("service.health");
/// What is told of the bus, in the log.
const BUS: Component = Component::new("service.bus");
/// How often the way to the bus is looked at, and whether it is time to stop.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The word that a service leaves of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswersAt {
    /// Where it answers how it is.
    pub address: SocketAddr,
    /// When it began.
    pub began: Ts,
    /// The hash of its settings.
    pub settings: String,
}

/// The word that a service has left of itself; it may have died since.
pub fn answers_at(loaded: &Loaded, service: &str) -> Option<AnswersAt> {
    let text = fs::read_to_string(state_of(loaded, service).join(ADDRESS_FILE)).ok()?;
    let mut words = text.split_whitespace();
    let address = words.next()?.parse().ok()?;
    let began = Ts::from_nanos(words.next()?.parse().ok()?);
    Some(AnswersAt { address, began, settings: words.next()?.to_owned() })
}

/// What is shown, and by what.
pub(super) struct Door<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) name: &'a str,
    pub(super) secrets: &'a Secrets,
    pub(super) telling: &'a Telling,
    pub(super) clock: &'a Clock,
}

impl Door<'_> {
    /// Takes the port; it is answered there as soon as the process works.
    pub(super) fn open(self, launched: &mut Launched) -> Result<(), NotOne> {
        let Self { loaded, name, secrets, telling, clock } = self;
        let mut health = HealthSetup::default();
        let symbols = loaded.settings().market.symbols.clone();
        let vitals = Vitals::new(&mut health, symbols, clock());
        launched.config().ears.push(Box::new(vitals));
        if let (Some(mouth), Some(alarmed)) =
            (launched.mouth().cloned(), launched.alarmed().cloned())
        {
            let vitals = BusVitals::new(mouth, health.need("bus"), telling.metrics.clone());
            let stop = launched.stop().clone();
            let log = telling.log.component(BUS);
            let work = move || look(vitals, (&alarmed, &log), &stop);
            launched.hire(Worker::new("bus: vitals", work));
        }
        let routes = routes(Arc::new(telling.endpoint(health.done(), secrets, clock)?));
        let wanted = loaded.settings().ports.address(port_of(name));
        let port = |error| NotLaunched::Port { address: wanted, error };
        let listener = TcpListener::bind(wanted).map_err(port)?;
        listener.set_nonblocking(true).map_err(port)?;
        let address = listener.local_addr().map_err(port)?;
        let routes = guarded(routes, Hosts::at(address.ip()));
        telling.log.component(DOOR).tell(Notice::HttpListening { port: address.port() });
        let file = state_of(loaded, name).join(ADDRESS_FILE);
        let word = format!("{address} {} {}\n", clock().nanos(), loaded.hash());
        put(&file, &word).map_err(NotOne::Folder)?;
        let stop = launched.stop().clone();
        launched.hire(Worker::new("health", move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                    serve(listener, routes, Limits::default(), stopped(&stop)).await;
                });
            }
            // What cannot be taken away leads nowhere.
            let _ = fs::remove_file(file);
        }));
        Ok(())
    }
}

fn look(mut vitals: BusVitals, (alarmed, log): (&Alarmed, &Log), stop: &Stop) {
    loop {
        vitals.look();
        while let Some(alarm) = alarmed.take() {
            log.tell(Said::from(Notice::BusAlarm { what: alarm.kind.name() }).because(&alarm));
        }
        if stop.wait(LOOK_EVERY) {
            return;
        }
    }
}

async fn stopped(stop: &Stop) {
    while !stop.is_said() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The entry of the port plan for the service of that name.
fn port_of(name: &str) -> Service {
    let key = name.replace('-', "_");
    // A service that the plan does not know is none of ours.
    Service::ALL.into_iter().find(|service| service.key() == key).unwrap_or(Service::Up)
}
