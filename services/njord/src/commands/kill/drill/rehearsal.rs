//! One drill: a venue and a trader with resting orders, one trigger, and what has to hold after it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use contracts::{Event, KillTrigger, OrderId, OrderState, Span, Ts};
use runtime::Stop;
use rustix::process::Signal;
use settings::{KeyFolder, Places};
use telemetry::Clock;

use super::disk::set_read_only;
use super::evidence::Evidence;
use crate::failure::Failure;
use crate::stage::{Actor, Stage};

/// What a drill is run with.
const SETTINGS: &str = include_str!("drill.toml");
/// How long anything may take that is bound to come.
const PATIENCE: Span = Span::from_secs(90);
/// How often somebody looks who is told nothing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A way to pull the kill switch.
pub(super) struct Drill {
    /// Its name, in a word.
    pub(super) name: &'static str,
    /// What happens.
    pub(super) what: &'static str,
    trigger: Trigger,
    flags: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trigger {
    File,
    Command,
    /// The market does it, by that limit.
    Loss(KillTrigger),
    StateFolder,
    /// A strategy never comes back: the watcher acts unaided, and the process ends.
    Hung,
    /// The disk takes no more of the journal: the same.
    FullDisk,
    /// Nothing of the state can be written any more: the same, and no note can lie there.
    ReadOnly,
    /// Nothing is tripped: the venue acts by itself.
    Stopped,
}

impl Trigger {
    const fn is_loss(self) -> bool {
        matches!(self, Self::Loss(_))
    }

    /// What the trader has to name as the cause.
    const fn cause(self) -> Option<KillTrigger> {
        match self {
            // A folder that is gone is a file that nobody can look for.
            Self::File | Self::StateFolder => Some(KillTrigger::File),
            Self::Command => Some(KillTrigger::Command),
            Self::Loss(limit) => Some(limit),
            // Said by the start after it: the process itself could not write it down.
            Self::Hung | Self::FullDisk | Self::ReadOnly => Some(KillTrigger::Service),
            Self::Stopped => None,
        }
    }
}

/// Trading costs so much that whoever trades loses, whatever the market does.
const DEAR: [&str; 2] = ["venue.fees=flat", "venue.maker_fee=50000"];

/// Every drill.
pub(super) const DRILLS: &[Drill] = &[
    Drill {
        name: "file",
        what: "the file of the kill switch is made",
        trigger: Trigger::File,
        flags: &[],
    },
    Drill {
        name: "command",
        what: "njord kill trip, and no file is looked for",
        trigger: Trigger::Command,
        flags: &["kill.sources=[]"],
    },
    Drill {
        name: "daily-loss",
        what: "the day's loss reaches its limit",
        trigger: Trigger::Loss(KillTrigger::DailyLoss),
        flags: &["risk.daily_loss_cap=0.01", "risk.daily_loss_kill=0.02", DEAR[0], DEAR[1]],
    },
    Drill {
        name: "drawdown",
        what: "the fall from the highest equity reaches its limit",
        trigger: Trigger::Loss(KillTrigger::Drawdown),
        flags: &["risk.drawdown_kill=0.02", DEAR[0], DEAR[1]],
    },
    Drill {
        name: "state-folder",
        what: "the folder of the state is taken away",
        trigger: Trigger::StateFolder,
        flags: &[],
    },
    Drill {
        name: "hung",
        what: "a strategy never comes back",
        trigger: Trigger::Hung,
        flags: &["strategies.hangs.symbols=[\"BTC/USD\"]"],
    },
    Drill {
        name: "full-disk",
        what: "no file takes another byte",
        trigger: Trigger::FullDisk,
        flags: &[],
    },
    Drill {
        name: "read-only",
        what: "the folder of the state cannot be written to",
        trigger: Trigger::ReadOnly,
        flags: &[],
    },
    Drill {
        name: "stopped",
        what: "SIGSTOP: the venue's timer acts by itself",
        trigger: Trigger::Stopped,
        // Quotes far from the market: they rest until somebody cancels them.
        flags: &["execution.dead_man=10s", "strategies.market_maker.params.half_spread=300"],
    },
];

/// A drill about to run.
pub(super) struct Rehearsal {
    trigger: Trigger,
    stage: Stage,
    places: Places,
    key: [u8; 32],
    clock: Clock,
    orders: BTreeMap<OrderId, OrderState>,
    tripped: bool,
}

fn did_not_hold(what: impl Into<String>) -> Failure {
    Failure::new("drill", "", what)
}

impl Rehearsal {
    pub(super) fn of(drill: &Drill, folder: &Path, clock: Clock) -> Result<Self, Failure> {
        let flags: Vec<String> = drill.flags.iter().map(ToString::to_string).collect();
        let stage = Stage::with(folder, SETTINGS, &flags)?.drilling();
        let places = stage.settings()?.places().clone();
        let key = *KeyFolder::at(&places.keys).journal()?.expose();
        let (orders, tripped) = (BTreeMap::new(), false);
        Ok(Self { trigger: drill.trigger, stage, places, key, clock, orders, tripped })
    }

    /// How long it took until no order was left; or what did not hold.
    pub(super) fn run(mut self) -> Result<Span, Failure> {
        let venue = self.stage.venue()?;
        let mut trader = self.stage.trader()?;
        if !self.trigger.is_loss() {
            self.watch(&mut trader, "resting orders", Self::rests)?;
        }
        let took = match self.trigger {
            Trigger::Stopped => return self.stopped(trader, venue),
            Trigger::Hung | Trigger::FullDisk | Trigger::ReadOnly => {
                self.ends_unaided(&mut trader)?
            }
            _ => self.pull(&mut trader)?,
        };
        if !self.venues()?.resting.is_empty() {
            return Err(did_not_hold("orders rest at the venue of which the trader knows nothing"));
        }
        drop(trader.kill());
        if self.trigger == Trigger::ReadOnly {
            self.read_only(false)?;
        }
        let mut trader = self.stage.trader()?;
        self.keeps_the_latch(&mut trader)?;
        trader.end()?;
        venue.end()?;
        let evidence = Evidence::read(&self.places.journal, self.key)?;
        if evidence.trips.first().copied() != self.trigger.cause() {
            return Err(did_not_hold(format!("it was tripped by {:?}", evidence.trips)));
        }
        match evidence.late.len() {
            0 => Ok(took),
            late => Err(did_not_hold(format!("{late} orders were sent after the trip"))),
        }
    }

    /// Pulls it, and waits until no order is left; how long that took.
    fn pull(&mut self, trader: &mut Actor) -> Result<Span, Failure> {
        let wrong = |error: std::io::Error| did_not_hold(format!("it cannot be pulled: {error}"));
        let away = self.places.state.with_extension("away");
        let pulled = (self.clock)();
        match self.trigger {
            Trigger::File => fs::write(&self.places.kill_file, "drill\n").map_err(wrong)?,
            Trigger::StateFolder => fs::rename(&self.places.state, &away).map_err(wrong)?,
            Trigger::Command => {
                self.stage.ask(&["kill", "trip"])?;
            }
            _ => {}
        }
        self.watch(trader, "the trip", |all| all.tripped)?;
        let began = if self.trigger.is_loss() { (self.clock)() } else { pulled };
        self.watch(trader, "the end of every order", |all| all.open() == 0)?;
        let took = (self.clock)().since(began);
        if self.trigger == Trigger::StateFolder {
            fs::rename(&away, &self.places.state).map_err(wrong)?;
        }
        Ok(took)
    }

    /// The process can neither go on nor write anything: its watcher cancels everything and ends it. How long
    /// it took until no order was left at the venue.
    fn ends_unaided(&self, trader: &mut Actor) -> Result<Span, Failure> {
        if self.trigger == Trigger::FullDisk {
            let wrong = |error| did_not_hold(format!("the journal cannot be looked at: {error}"));
            trader.writes_at_most(largest(&self.places.journal.join("live")).map_err(wrong)?)?;
        }
        if self.trigger == Trigger::ReadOnly {
            self.read_only(true)?;
        }
        let began = (self.clock)();
        let end = began + PATIENCE;
        while !trader.has_ended()? {
            self.patience("the end of the process", end)?;
            Stop::default().wait(LOOK_EVERY);
        }
        self.wait("the end of every order at the venue", || Ok(self.venues()?.resting.is_empty()))?;
        Ok((self.clock)().since(began))
    }

    fn read_only(&self, is_read_only: bool) -> Result<(), Failure> {
        let wrong = |error| did_not_hold(format!("the state cannot be made read-only: {error}"));
        set_read_only(&self.places.state, is_read_only).map_err(wrong)
    }

    /// It is started again without what tripped it: the latch holds, and only the operator's key clears it.
    fn keeps_the_latch(&self, trader: &mut Actor) -> Result<(), Failure> {
        let _ = fs::remove_file(&self.places.kill_file);
        let is_tripped = || self.latch().map(|latch| latch == Some(true));
        // One that ended unaided takes the trip as the first thing after its start.
        self.wait("the latch, after the restart,", || {
            // Whoever has ended again will never say it.
            if trader.has_ended()? {
                return Err(trader.failure("it ended as soon as it was started again"));
            }
            is_tripped()
        })
        .map_err(|why| self.with_what_is_said(&why))?;
        let key = self.places.keys.join("operator.key");
        let aside: PathBuf = self.places.home.join("operator.key.aside");
        let moved = |error| did_not_hold(format!("the operator's key cannot be moved: {error}"));
        fs::rename(&key, &aside).map_err(moved)?;
        let (cleared, _) = self.stage.ask(&["kill", "clear"])?;
        if cleared || !is_tripped()? {
            return Err(did_not_hold("it was cleared without the operator's key"));
        }
        fs::rename(&aside, &key).map_err(moved)?;
        // A loss that is still there trips it again at once, as it should.
        if !self.trigger.is_loss() {
            let (cleared, said) = self.stage.ask(&["kill", "clear"])?;
            if !cleared {
                return Err(did_not_hold(format!("the operator's key does not clear it: {said}")));
            }
        }
        Ok(())
    }

    /// With what `kill status` says, so that whoever reads it does not have to do it again.
    fn with_what_is_said(&self, why: &Failure) -> Failure {
        let said = self
            .stage
            .ask(&["kill", "status"])
            .map_or_else(|none| none.first(), |(_, said)| said.to_string());
        did_not_hold(format!("{}; kill status: {said}", why.first()))
    }

    /// Whether the latch of the running process is tripped; nothing where none answers.
    fn latch(&self) -> Result<Option<bool>, Failure> {
        let (_, said) = self.stage.ask(&["kill", "status"])?;
        let latch = &said["result"]["latch"];
        Ok((latch["running"] == true).then(|| !latch["kill"]["level"].is_null()))
    }

    /// The process is stopped where it stands, and never goes on.
    fn stopped(self, trader: Actor, venue: Actor) -> Result<Span, Failure> {
        trader.signal(Signal::STOP)?;
        let began = (self.clock)();
        self.wait("the end of every order at the venue", || Ok(self.venues()?.resting.is_empty()))?;
        let took = (self.clock)().since(began);
        if self.venues()?.by_timer == 0 {
            return Err(did_not_hold("the timer of the venue cancelled nothing"));
        }
        drop(trader.kill());
        venue.end()?;
        Ok(took)
    }

    /// What the venue's own journal says.
    fn venues(&self) -> Result<Evidence, Failure> {
        Evidence::read(&self.places.state.join("venue"), self.key)
    }

    fn rests(&self) -> bool {
        self.orders.values().any(|state| *state == OrderState::New)
    }

    fn open(&self) -> usize {
        self.orders.values().filter(|state| !state.is_done()).count()
    }

    fn patience(&self, what: &str, until: Ts) -> Result<(), Failure> {
        if (self.clock)() < until {
            return Ok(());
        }
        Err(did_not_hold(format!("{what} did not come in {} s", PATIENCE.millis() / 1_000)))
    }

    /// Listens until that has come about.
    fn watch(
        &mut self,
        trader: &mut Actor,
        what: &str,
        until: impl Fn(&Self) -> bool,
    ) -> Result<(), Failure> {
        let end = (self.clock)() + PATIENCE;
        while !until(self) {
            self.patience(what, end)?;
            match trader.hear(LOOK_EVERY)?.map(|said| said.event) {
                Some(Event::KillState(state)) => self.tripped = state.level.is_some(),
                Some(Event::Order(update)) => drop(self.orders.insert(update.id, update.state)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Looks again and again until that has come about.
    fn wait(
        &self,
        what: &str,
        mut until: impl FnMut() -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let (end, pause) = ((self.clock)() + PATIENCE, Stop::default());
        while !until()? {
            self.patience(what, end)?;
            pause.wait(LOOK_EVERY);
        }
        Ok(())
    }
}

/// How many bytes the largest segment of the journal in that folder has.
fn largest(folder: &Path) -> std::io::Result<u64> {
    let mut largest = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "ndjson") {
            largest = largest.max(entry.metadata()?.len());
        }
    }
    Ok(largest)
}
