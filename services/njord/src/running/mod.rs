//! What the commands that run something share: the services of this program, how they are launched, and
//! how they tell what they do and how it ended.

mod events;
mod left;
mod mirror;
mod showing;

use std::io::Write as _;
use std::path::Path;
use std::process;
use std::sync::Arc;

use journal::Fault;
use journal::files::RealFiles;
use launch::{Deps, NotLaunched, NotReloaded, NotTelling, ServiceSpec};
pub(crate) use launch::{Telling, TerminalLook, say_how_it_was_found};
use runtime::{Ended, LastCall, NoSeat, Stop, stop_on_signals};
use settings::{Loaded, ProblemKind, Problems};
use telemetry::Clock;

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::program;

pub(crate) use events::Events;
pub(crate) use left::Left;
pub(crate) use showing::{FOLDED_MAX, Shown, show, without_cash};

/// Every service of one process.
pub(crate) fn services() -> [ServiceSpec; 4] {
    [
        md_ingest::service(),
        strategy_engine::service(),
        risk_engine::service(),
        execution_gateway::service(),
    ]
}

/// The service of that name.
pub(crate) fn service_of<'a>(
    services: &'a [ServiceSpec],
    name: &str,
) -> Result<&'a ServiceSpec, Failure> {
    services.iter().find(|service| service.name == name).ok_or_else(|| {
        let names: Vec<&str> = services.iter().map(|service| service.name).collect();
        let what = format!("there is no service `{name}`");
        Failure::new("service", "", what).advice(names.join(", "))
    })
}

/// What a process is launched with: the real disk, the clock on the wall, and no operator beside it.
pub(crate) fn deps<'a>(loaded: &'a Loaded, context: &'a Context<'_>, clock: &Clock) -> Deps<'a> {
    Deps {
        loaded,
        registry: &context.registry,
        files: Arc::new(RealFiles),
        clock: clock.clone(),
        build: program::build(),
        operator: None,
        asked: launch::Asked::default(),
    }
}

impl From<NotTelling> for Failure {
    fn from(why: NotTelling) -> Self {
        Self::new("telemetry", "", why.to_string())
    }
}

impl From<NotReloaded> for Failure {
    fn from(why: NotReloaded) -> Self {
        let what = why.to_string();
        match why {
            NotReloaded::Settings(problems) => problems.into(),
            NotReloaded::Lasts { key, .. } => {
                Self::new("settings", key, what).advice("stop it, and start it again")
            }
            NotReloaded::NotSigned => Self::new("operator", "", what)
                .advice("the key whose public half is the operator.pub of this system"),
        }
    }
}

/// Why nothing was launched.
pub(crate) fn not_launched(why: NotLaunched, keys: &Path, context: &Context<'_>) -> Failure {
    match why {
        NotLaunched::Settings(problems) if !keys.exists() && are_missing(&problems) => {
            let keys = keys.display().to_string();
            Failure::new("keys", keys, "there are no keys, so nothing can be sealed or signed")
                .advice(format!("{} init", context.program.typed))
        }
        NotLaunched::Settings(problems) => problems.into(),
        NotLaunched::Seat(NoSeat::Journal(fault @ Fault::Disk { .. })) => Failure::new(
            "journal",
            "",
            fault.to_string(),
        )
        .advice(
            "a folder that this user can write, on a disk that works, as run.state or journal.dir",
        ),
        other => Failure::new("launch", "", other.to_string()),
    }
}

/// Whether nothing is wrong but that files are not there.
fn are_missing(problems: &Problems) -> bool {
    problems.listed().iter().all(|problem| problem.kind == ProblemKind::MissingFile)
}

/// Ctrl-C and SIGTERM end it in order.
pub(crate) fn end_on_signals(stop: &Stop) -> Result<(), Failure> {
    stop_on_signals(stop)
        .map_err(|error| Failure::new("signals", "", format!("cannot be heard: {error}")))
}

/// Some have not ended in time. What the disk has is safe, and the next start goes on from there.
pub(crate) fn give_up(remaining: &[&'static str]) {
    let who = remaining.join(", ");
    let text = format!(
        "error: {who} did not end in time\n  try: the same command again; it goes on from the journal\n"
    );
    let _ = std::io::stderr().write_all(text.as_bytes());
    process::exit(i32::from(Exit::CouldNotGoOn.code()));
}

/// What ran could not go on: why, and what became of the orders that were open.
pub(crate) fn could_not_go_on(
    ended: &Ended,
    died: &[&'static str],
    last: Option<LastCall>,
    journal: String,
) -> Failure {
    let (at, what, advice) = match ended {
        Ended::InPeace => (
            String::new(),
            format!("{} ended by itself; the kill switch is tripped", died.join(", ")),
            "the log says why; then start it again and clear the switch",
        ),
        Ended::Halted(halt) => (
            journal,
            format!("a machine met a state that must not be, and stopped: {}", halt.reason),
            "`njord audit verify`, and report it with the journal",
        ),
        Ended::Disk(fault) => (
            journal,
            format!("the journal cannot be written: {fault}"),
            "room on the disk, or a disk that works; then the same command goes on",
        ),
        Ended::NobodyCarries => (
            String::new(),
            "whoever carries what is said to the world is gone".to_owned(),
            "the log says why; then start it again",
        ),
        Ended::Hung(note) => {
            let who = note.strategy.map_or("a strategy".to_owned(), |id| id.to_string());
            let what = format!("{who} did not come back in {} ms", note.lasted.millis());
            (
                String::new(),
                what,
                "start it again: whoever hung is left out, and the switch is tripped",
            )
        }
        Ended::Panicked => (
            String::new(),
            "the sequencer panicked".to_owned(),
            "the log says where; then start it again: it goes on from the journal",
        ),
    };
    let orders = match last {
        None | Some(LastCall::NotNeeded) => String::new(),
        Some(LastCall::Answered(answer)) => {
            format!("; the venue cancelled {} open orders", answer.cancelled)
        }
        Some(LastCall::Unanswered) => {
            "; the venue did not answer, open orders may rest there".to_owned()
        }
    };
    Failure::new("ended", at, what + &orders).advice(advice).exit(Exit::CouldNotGoOn)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use contracts::{Delivery, Source, Span, TopicKind};
    use kernel::Topics;
    use std::time::Duration;

    use launch::{Blueprint, Seals, Worker};

    use super::*;

    /// How long a process has to end in order; enough for whoever wants to, on a busy machine.
    const DEADLINE: Duration = Duration::from_secs(5);

    #[test]
    fn services_of_one_process_are_those_that_have_a_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let entries = fs::read_dir(folder).unwrap();
        let mut folders: BTreeSet<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(folders.remove("njord"));
        let roster = services().map(|service| service.name.to_owned());
        assert_eq!(BTreeSet::from(roster), folders);
    }

    /// A home as `init` makes it, and its settings.
    fn home() -> (tempfile::TempDir, Loaded) {
        let home = tempfile::tempdir().unwrap();
        let wanted =
            settings::Init { home: home.path().to_owned(), keys: None, keep_existing: false };
        settings::init(&wanted, &mut |bytes| runtime::entropy(bytes)).unwrap();
        let loaded = settings::load(&settings::Sources::in_home(home.path())).unwrap();
        (home, loaded)
    }

    /// What the gateway's process says to itself, or hears by its line to the venue.
    const OF_THE_GATEWAY: &[TopicKind] = &[
        TopicKind::OrdersUpdate,
        TopicKind::Fills,
        TopicKind::VenueReport,
        TopicKind::VenueRequest,
    ];

    #[test]
    fn services_hear_on_the_bus_what_their_machines_listen_to_and_somebody_says_it() {
        let (_home, loaded) = home();
        let registry = strategies::registry().unwrap();
        let seals = Seals::of(&settings::KeyFolder::at(&loaded.places().keys)).unwrap();
        let blueprint = Blueprint::of(&loaded, &registry, &seals).unwrap();
        let speaks = services().map(|service| remote::speaks_as(service.name)).concat();
        for service in services() {
            let machines = (service.machines)(&blueprint).unwrap();
            let interests = machines
                .iter()
                .map(|seated| seated.machine.interests())
                .fold(Topics::NONE, Topics::with);
            for seated in &machines {
                let source = seated.machine.source();
                assert!(remote::speaks_as(service.name).contains(&source), "{source:?}");
            }
            let reads = remote::reads(service.name);
            for stream in &reads {
                assert!(
                    interests.contains(stream.kind()),
                    "{} does not want {stream}",
                    service.name
                );
                let outside = [Source::Operator, Source::External];
                let said = speaks.contains(&stream.source()) || outside.contains(&stream.source());
                assert!(said, "nobody says {stream}");
            }
            let durable = |kind: &TopicKind| {
                interests.contains(*kind) && kind.delivery() == Delivery::Durable
            };
            for kind in TopicKind::ALL.into_iter().filter(durable) {
                // The gate's limits come from its own settings alone: nobody sets them from outside.
                let own = service.name == "execution-gateway" && OF_THE_GATEWAY.contains(&kind)
                    || service.name == "risk-engine" && kind == TopicKind::ControlLimits;
                let heard = reads.iter().any(|stream| stream.kind() == kind);
                assert!(own || heard, "{} hears nothing of {}", service.name, kind.prefix());
            }
            let channels = remote::hears(service.name, interests);
            let lossy =
                |kind: &TopicKind| interests.contains(*kind) && kind.delivery() == Delivery::Lossy;
            for kind in TopicKind::ALL.into_iter().filter(lossy) {
                let brings = match kind {
                    TopicKind::Mark | TopicKind::Positions | TopicKind::Portfolio => "risk-engine",
                    kind if kind.is_of_a_market() => "md-ingest",
                    // Said in each process by itself, and to itself.
                    _ => service.name,
                };
                let heard = channels.contains(&bus::Channel::Kind(kind));
                let own = service.name == brings;
                assert!(own || heard, "{} hears nothing of {}", service.name, kind.prefix());
                assert!(!(own && heard), "{} hears itself say {}", service.name, kind.prefix());
            }
        }
    }

    /// A process of all services, in that home.
    fn launched(loaded: &Loaded) -> launch::Launched {
        launched_at(loaded, runtime::wall_clock())
    }

    /// The same, at that time.
    fn launched_at(loaded: &Loaded, clock: Clock) -> launch::Launched {
        let registry = strategies::registry().unwrap();
        let deps = Deps {
            loaded,
            registry: &registry,
            files: Arc::new(RealFiles),
            clock,
            build: "test",
            operator: None,
            asked: launch::Asked::default(),
        };
        launch::launch(&services(), &deps).unwrap()
    }

    #[test]
    fn time_goes_on_from_where_the_journal_has_been_where_the_machine_was_set_back() {
        let (_home, loaded) = home();
        let ahead = || runtime::wall_clock()() + Span::MINUTE.times(60);
        let before = launched_at(&loaded, Arc::new(ahead));
        before.stop().say();
        let before = before.run(DEADLINE, |_| {}).unwrap().machines.unwrap().now();
        let mut launched = launched(&loaded);
        let stop = launched.stop().clone();
        let says = stop.clone();
        launched.hire(Worker::new("a second", move || {
            says.wait(Duration::from_secs(1));
            says.say();
        }));
        let machines = launched.run(DEADLINE, |_| {}).unwrap().machines.unwrap();
        let passed = machines.now().since(before);
        assert!(passed >= Span::from_millis(500) && passed < Span::MINUTE, "{passed:?}");
    }

    #[test]
    fn whoever_does_not_end_by_the_deadline_is_named_and_nobody_else() {
        let (_home, loaded) = home();
        let mut launched = launched(&loaded);
        let (release, stop) = (Stop::default(), launched.stop().clone());
        let held = release.clone();
        launched.hire(Worker::new("stubborn", move || while !held.wait(DEADLINE) {}));
        stop.say();
        let mut named = Vec::new();
        let report = launched.run(DEADLINE, |remaining| {
            named = remaining.to_vec();
            release.say();
        });
        assert_eq!(named, ["stubborn"]);
        let report = report.unwrap();
        assert!(report.ended == Ended::InPeace && report.died.is_empty());
    }

    #[test]
    fn whoever_ends_before_it_is_over_trips_the_switch_and_ends_the_process() {
        let (_home, loaded) = home();
        let mut launched = launched(&loaded);
        launched.hire(Worker::new("frail", || {}));
        let report = launched.run(DEADLINE, |_| {}).unwrap();
        assert_eq!(report.died, ["frail"]);
        let machines = report.machines.unwrap();
        let gate: &risk::Gate = machines.machine().unwrap();
        let tripped = risk::Verdict::Tripped(contracts::KillLevel::Cancel);
        assert_eq!(gate.verdict(runtime::wall_clock()()), tripped);
        let said = could_not_go_on(&report.ended, &report.died, Some(report.last), String::new());
        assert!(said.to_string().contains("frail ended by itself; the kill switch is tripped"));
        assert_eq!(said.ending(), Exit::CouldNotGoOn);
        // Whoever asks the next process is told so, however little it reads of the journal.
        let next = self::launched(&loaded);
        let stock = showing::stock(&next.seat().sequencer, next.blueprint()).unwrap();
        let latches: Vec<_> = stock.latches.iter().map(|(_, latch)| latch.level).collect();
        assert_eq!(latches, [Some(contracts::KillLevel::Cancel)]);
    }

    #[test]
    fn services_without_a_venue_are_refused_before_anything_is_touched() {
        let (_home, loaded) = home();
        let registry = strategies::registry().unwrap();
        let deps = Deps {
            loaded: &loaded,
            registry: &registry,
            files: Arc::new(RealFiles),
            clock: runtime::wall_clock(),
            build: "test",
            operator: None,
            asked: launch::Asked::default(),
        };
        let services = [risk_engine::service(), strategy_engine::service()];
        let why = launch::launch(&services, &deps).map(drop).unwrap_err();
        assert!(matches!(why, NotLaunched::NoVenue), "{why}");
        assert!(!loaded.places().journal.exists(), "it has taken the seat all the same");
    }
}
