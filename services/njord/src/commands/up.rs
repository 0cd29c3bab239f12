//! `up`: every service in one process, until somebody ends it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Room};
use clap::Args;
use contracts::{Span, Ts};
use launch::{
    Asked, Deps, Launched, Next, NotLaunched, Program, Reload, Report, Turns, Worker, launch,
    launch_mirrored, mirror_of, operator,
};
use runtime::{CountedFiles, Ended, wall_clock};
use serde_json::json;
use settings::{BusKind, Loaded, Secrets, Service, VenuePlace};
use telemetry::{Clock, Component, Log, Notice};

use super::Context;
use super::starting::Starting;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::{Answer, complain, tell};
use crate::program;
use crate::running::{self, Events, Left, Shown, Telling, TerminalLook, services};
use crate::serving::SharedBoard;

const EXAMPLE: &str = "\
Example, in a folder where `njord init` was:
  $ njord up
  njord up: paper, session 1, start 1; a simulated venue inside
  runs   ema_cross on BTC/USD, ETH/USD
  page   http://127.0.0.1:7800/
  ...

The state of every machine is in the journal: after a crash, a kill or a power cut the same command
goes on where it was. With run.venue = \"apart\" the simulated venue is another process, `njord venue`.
Exit codes: 0 it was asked to end, 1 it could not begin, 4 it could not go on.";

/// What its log is called.
const UP_ITSELF: Program<'_> = Program { name: "njord-up", version: program::VERSION };
/// What it says about itself in the log.
const UP: Component = Component::new("up");
/// Who watches the kill switch.
const WATCHER: Component = Component::new("up.watcher");
/// Who looks at the disk, and at the line to the venue.
const LOOKOUT: Component = Component::new("up.lookout");
/// How long everything has to end in order.
const DEADLINE: Duration = Duration::from_secs(10);

/// Run every service in one process.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    starting: Starting,

    /// Print everything durable that is said as one message a line, once the disk has it, and nothing else:
    /// orders, fills, decisions, controls. For programs that read along.
    #[arg(long)]
    events: bool,

    /// Say everything on that Redis too, for whoever listens there. Nobody needs to be there: what is durable
    /// waits in the journal meanwhile. The same as `bus.kind` = "mirror" and `bus.url`.
    #[arg(long, value_name = "URL")]
    bus: Option<String>,

    /// Show no log on the terminal; the files have it all.
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    settings: Settings,
}

impl Arguments {
    /// The settings that it was started with, those of its own words among them.
    fn settings(&self) -> Settings {
        match &self.bus {
            None => self.settings.clone(),
            // Written as TOML has it, so that no address is taken for something else.
            Some(url) => self
                .settings
                .and("bus.kind=mirror".to_owned())
                .and(format!("bus.url={}", serde_json::Value::from(url.as_str()))),
        }
    }
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let settings = arguments.settings();
    let mut loaded = settings.load(context.environment)?;
    let (clock, turns) = (wall_clock(), Turns::default());
    let reads = settings.reads(context.environment);
    let reload = Arc::new(Reload::new(&turns, reads, &context.registry, &clock, &loaded));
    let operator = operator(&loaded, arguments.starting.loosen)?;
    let mut up =
        Up { arguments, context, clock, turns, reload, operator, began: None, refused: None };
    // Where a turn cannot begin, the settings before it hold again.
    let mut before = None;
    loop {
        match up.turn(&loaded) {
            Turn::NotBegun(why) => {
                let Some(old) = before.take() else { return Err(why) };
                loaded = old;
                up.operator = None;
                up.refused = Some(why);
            }
            Turn::Over(ended) => {
                let answer = ended?;
                let Some(Next { loaded: next, operator }) = up.turns.next() else {
                    return Ok(answer);
                };
                up.operator = operator;
                before = Some(std::mem::replace(&mut loaded, next));
            }
        }
    }
}

/// What became of a turn.
enum Turn {
    NotBegun(Failure),
    Over(Result<Answer, Failure>),
}

/// What works with the settings of a turn.
struct Begun {
    launched: Launched,
    telling: Telling,
    board: SharedBoard,
}

/// What is said of an end in peace.
struct Peace {
    /// Whether everything durable stands on the bus, where it is said there too.
    is_whole: Option<bool>,
    left: Left,
}

/// What all turns of a process have in common.
struct Up<'a> {
    arguments: &'a Arguments,
    context: &'a Context<'a>,
    clock: Clock,
    turns: Turns,
    reload: Arc<Reload>,
    /// Who stands by the limits of the turn that begins.
    operator: Option<u32>,
    began: Option<Ts>,
    /// Why the settings of a turn were not those of this one.
    refused: Option<Failure>,
}

impl Up<'_> {
    /// Works with those settings until somebody says that it is to end, or to go on with others.
    fn turn(&mut self, loaded: &Loaded) -> Turn {
        match self.begin(loaded) {
            Ok(begun) => Turn::Over(self.work(loaded, begun)),
            Err(why) => Turn::NotBegun(why),
        }
    }

    fn begin(&mut self, loaded: &Loaded) -> Result<Begun, Failure> {
        let Self { arguments, context, clock, .. } = self;
        let is_first = self.began.is_none();
        is_for_one(loaded)?;
        let files = CountedFiles::new(Arc::clone(&context.files), clock.clone());
        let asked = if is_first { arguments.starting.asked() } else { Asked::default() };
        let deps = Deps {
            files: Arc::new(files.clone()),
            operator: self.operator.take(),
            asked: asked.allowed(loaded)?,
            ..running::deps(loaded, context, clock)
        };
        let secrets = Secrets::open(loaded.places(), context.environment)?;
        let bus = mirror_of(loaded, &secrets)
            .map_err(|why| Failure::new("bus", "bus.url", why.to_string()))?;
        let launched = match &bus {
            None => launch(&services(), &deps),
            Some(bus) => launch_mirrored(&services(), &deps, Arc::clone(bus)),
        };
        let mut launched =
            launched.map_err(|why| running::not_launched(why, &loaded.places().keys, context))?;
        let look = TerminalLook { no_color: context.look.no_color, quiet: arguments.quiet };
        let telling = Telling::begin(loaded, UP_ITSELF, &secrets, clock, look)?;
        let reload = Arc::clone(&self.reload);
        let shown = Shown { loaded, secrets: &secrets, telling: &telling, clock };
        let (page, board) = running::show(&shown, reload, &mut launched)?;
        let log = telling.log.component(UP);
        self.turns.begins(launched.stop(), &log);
        self.began.get_or_insert_with(|| clock());
        if is_first {
            self.turns.on_signals(Arc::clone(&self.reload)).map_err(|error| {
                Failure::new("signals", "", format!("cannot be heard: {error}"))
            })?;
        }
        if arguments.events {
            let events = Events::on_output()
                .map_err(|error| Failure::new("events", "", format!("have no thread: {error}")))?;
            launched.tell(events);
        } else if !context.look.json && is_first {
            tell(&beginning(loaded, &launched, page));
            tell(&bus.map_or(String::new(), |bus| mirrored(loaded, &*bus)));
            tell(&asked.of_a_break(launched.seat(), "njord up"));
        }
        let config = launched.config();
        config.ears.push(Box::new(telling.observer()));
        config.metrics = Some(telling.metrics.clone());
        count(&mut launched, files, &telling, loaded);
        match self.refused.take() {
            Some(why) => {
                log.tell(Notice::NotReloaded { problems: why.problems() });
                complain(self.context.look, "reload", &why);
            }
            None => say_what_begins(&log, loaded, is_first),
        }
        say_how_it_begins(&log, &launched);
        launched.watch().log = Some(telling.log.component(WATCHER));
        launched.lookout().log = Some(telling.log.component(LOOKOUT));
        Ok(Begun { launched, telling, board })
    }

    fn work(&self, loaded: &Loaded, begun: Begun) -> Result<Answer, Failure> {
        let Self { arguments, context, clock, .. } = self;
        let Begun { launched, telling, board } = begun;
        let mouth = launched.mouth().cloned();
        let report = launched.run(DEADLINE, running::give_up).map_err(|error| {
            running::not_launched(NotLaunched::Watcher(error), &loaded.places().keys, context)
        })?;
        let now = clock();
        let lasted = now.since(self.began.unwrap_or(now));
        telling.log.component(UP).tell(Notice::Stopped { up_ms: lasted.millis().unsigned_abs() });
        drop(telling);
        let is_whole = mouth.map(|mouth| mouth.room() == Room::Plenty);
        let left = board.ask(Left::of);
        ending(&report, lasted, loaded, &Peace { is_whole, left })
            .map(|answer| if arguments.events { answer.silent() } else { answer })
    }
}

/// The numbers of the journal's disk and of the line to the venue are told while it works.
fn count(launched: &mut Launched, files: CountedFiles, telling: &Telling, loaded: &Loaded) {
    files.tell(telling.metrics.clone());
    let (line, over) = (launched.line().cloned(), launched.stop().clone());
    let journal = loaded.places().journal.clone();
    launched.hire(Worker::new("numbers", move || files.watch(&journal, line.as_ref(), &over)));
}

fn say_what_begins(log: &Log, loaded: &Loaded, is_first: bool) {
    if is_first {
        let mode = loaded.settings().run.mode.name();
        log.tell(Notice::Started { version: program::VERSION, mode });
    } else {
        let keys = u32::try_from(loaded.keys_set()).unwrap_or(u32::MAX);
        log.tell(Notice::Reloaded { keys });
    }
}

fn say_how_it_begins(log: &Log, launched: &Launched) {
    running::say_how_it_was_found(&launched.seat().found, log);
    for strategy in running::without_cash(launched) {
        log.tell(Notice::StrategyWithoutCash { strategy });
    }
}

/// Settings of services apart are not taken for those of a process that trades by itself.
fn is_for_one(loaded: &Loaded) -> Result<(), Failure> {
    if loaded.settings().bus.kind != BusKind::Redis {
        return Ok(());
    }
    let what = "`redis` is for services that are processes of their own, and this is one process";
    Err(Failure::new("settings", loaded.origin("bus.kind").to_string(), what)
        .advice("`njord service NAME` for each of the four, or bus.kind = \"mirror\""))
}

/// What is said of the bus on which everything is said too. It is asked once, so that a wrong address or
/// password is seen at once; what it answers changes nothing.
fn mirrored(loaded: &Loaded, bus: &dyn Bus) -> String {
    let url = loaded.settings().bus.url.as_str();
    match bus.writer() {
        Ok(_) => format!("bus    everything is said on {url} too\n"),
        Err(fault) => format!(
            "bus    NOT YET on {url}: {fault}\n       it trades on; what is durable waits in the journal\n"
        ),
    }
}

/// What is run, and where its things are.
fn beginning(loaded: &Loaded, launched: &Launched, page: SocketAddr) -> String {
    let (settings, places) = (loaded.settings(), loaded.places());
    let (mode, session) = (settings.run.mode.name(), settings.run.session);
    let seat = launched.seat();
    let venue = match settings.run.venue {
        VenuePlace::Inside => "a simulated venue inside".to_owned(),
        VenuePlace::Apart => {
            format!("a simulated venue at {}", settings.ports.address(Service::Venue))
        }
    };
    let enabled = settings.strategies.iter().filter(|(_, entry)| entry.enabled);
    let left_out = seat.left_out_from.map_or(String::new(), |record| {
        format!("left   everything from record {record} of the journal on; it stays there\n")
    });
    let names: Vec<String> = enabled.map(|(id, _)| id.to_string()).collect();
    let strategies = if names.is_empty() { "no strategy".to_owned() } else { names.join(", ") };
    format!(
        "njord up: {mode}, session {session}, start {}; {venue}\n\
         {left_out}runs   {strategies} on {}\n\
         page   http://{page}/\n\
         state  {}, {} inputs replayed\n\
         logs   {}\n\
         end    Ctrl-C; what is open stays as it is\n",
        seat.journal.epoch().0,
        symbols(settings),
        places.state.display(),
        seat.replayed,
        places.logs.display(),
    )
}

fn symbols(settings: &settings::Settings) -> String {
    let symbols: Vec<String> = settings.market.symbols.iter().map(ToString::to_string).collect();
    symbols.join(", ")
}

/// How it ended.
fn ending(
    report: &Report,
    lasted: Span,
    loaded: &Loaded,
    peace: &Peace,
) -> Result<Answer, Failure> {
    let Peace { is_whole, left } = peace;
    if report.ended == Ended::InPeace && report.died.is_empty() {
        let bus = match is_whole {
            None => "",
            Some(true) => ", and what is durable on the bus",
            Some(false) => "; not all of it on the bus, where the next start brings it",
        };
        let text = format!(
            "ended in peace after {} s; all of it is on the disk{bus}\n{}",
            lasted.millis() / 1_000,
            left.to_text(),
        );
        let json = json!({
            "lasted_ms": lasted.millis(), "on_the_bus": is_whole, "left": left.to_json(),
        });
        return Ok(Answer::done(text, json));
    }
    let journal = loaded.places().journal.display().to_string();
    Err(running::could_not_go_on(&report.ended, &report.died, Some(report.last), journal))
}
