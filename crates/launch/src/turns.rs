//! A process that goes on with other settings: an orderly stop, and a start, without a new process.
//!
//! Starting is recovering, so nothing else is needed: what is open stays open at the venue, strategies keep
//! what their policy says, and what the settings change is a journaled input. What makes no sense is refused
//! while the old settings are still at work.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::{OnSignals, Stop, hear_signals};
use settings::{KeyFolder, Loaded, Problem, Problems, SettingsHash};
use strategy::Registry;
use telemetry::{Clock, Log, Notice};

use super::blueprint::{Blueprint, Seals};
use super::fit::runs_here;
use super::loosening::Loosening;

/// What comes after what runs now: the end, or another turn. Copies are of the same.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// What ends the turn that runs.
    stop: Option<Stop>,
    /// Somebody wants the process to end.
    over: bool,
    next: Option<Next>,
    log: Option<Log>,
}

/// The settings of the next turn, and the operator who stands by their limits.
pub struct Next {
    /// The settings.
    pub loaded: Loaded,
    /// The fingerprint of the operator's key, where somebody signed for limits that are loosened.
    pub operator: Option<u32>,
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn begins, which `stop` ends.
    pub fn begins(&self, stop: &Stop, log: &Log) {
        let mut state = self.state();
        state.log = Some(log.clone());
        state.stop = Some(stop.clone());
        // Who has said something since the turn before ended is not forgotten.
        if state.over || state.next.is_some() {
            stop.say();
        }
    }

    /// It is to end, and nothing comes after it.
    pub fn end(&self) {
        let mut state = self.state();
        state.over = true;
        state.stop.iter().for_each(Stop::say);
    }

    /// It is to end, and to go on with those settings.
    fn go_on_with(&self, next: Next) {
        let mut state = self.state();
        state.next = Some(next);
        state.stop.iter().for_each(Stop::say);
    }

    /// The settings cannot be those of a turn.
    fn refuses(&self, why: &NotReloaded) {
        let problems = why.count();
        self.state().log.iter().for_each(|log| log.tell(Notice::NotReloaded { problems }));
    }

    /// The settings of the next turn, if there is one.
    pub fn next(&self) -> Option<Next> {
        let mut state = self.state();
        state.next.take().filter(|_| !state.over)
    }

    /// SIGTERM and SIGINT end it. So does a signal to hang up where somebody sits at a terminal, which has
    /// gone then; elsewhere it says that the settings are to be read again.
    pub fn on_signals(&self, reload: Arc<Reload>) -> io::Result<()> {
        let (end, gone) = (self.clone(), self.clone());
        let at_terminal = io::stdin().is_terminal();
        let hang_up = move || {
            if at_terminal {
                gone.end();
            } else {
                // Why not, the log says.
                let _ = reload.read(None);
            }
        };
        hear_signals(OnSignals { end: Box::new(move || end.end()), hang_up: Box::new(hang_up) })
    }
}

/// Reads settings.
pub type Reads = Box<dyn Fn() -> Result<Loaded, Problems> + Send + Sync>;

/// Reads the settings anew, as often as somebody asks.
pub struct Reload {
    turns: Turns,
    reads: Reads,
    registry: Registry,
    clock: Clock,
    now: Lasting,
}

/// Why the settings are not those of the next turn.
#[derive(Debug, thiserror::Error)]
pub enum NotReloaded {
    /// They make no sense.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// Something holds for as long as a process runs.
    #[error("{now} holds for as long as the process runs; the files say {wanted}")]
    Lasts {
        /// What.
        key: &'static str,
        /// What it is.
        now: String,
        /// What it is to be.
        wanted: String,
    },
    /// The limits are loosened, and the signature under that is not good.
    #[error("the operator has not signed for these settings, or not a moment ago")]
    NotSigned,
}

impl From<Problem> for NotReloaded {
    fn from(problem: Problem) -> Self {
        Self::Settings(problem.into())
    }
}

impl NotReloaded {
    /// How many problems that is.
    pub fn count(&self) -> u32 {
        match self {
            Self::Settings(problems) => {
                u32::try_from(problems.listed().len() + problems.unlisted()).unwrap_or(u32::MAX)
            }
            Self::Lasts { .. } | Self::NotSigned => 1,
        }
    }
}

/// What holds for as long as a process runs.
#[derive(PartialEq, Eq)]
struct Lasting(Vec<(&'static str, String)>);

impl Lasting {
    fn of(loaded: &Loaded) -> Self {
        let (run, places) = (&loaded.settings().run, loaded.places());
        Self(vec![
            ("run.mode", run.mode.name().to_owned()),
            ("run.env", run.env.name().to_owned()),
            ("run.session", run.session.to_string()),
            ("run.venue", run.venue.name().to_owned()),
            ("run.state", places.state.display().to_string()),
            ("journal.dir", places.journal.display().to_string()),
        ])
    }
}

impl Reload {
    /// For a process that runs with those settings.
    pub fn new(
        turns: &Turns,
        reads: Reads,
        registry: &Registry,
        clock: &Clock,
        loaded: &Loaded,
    ) -> Self {
        let (turns, registry, clock) = (turns.clone(), registry.clone(), clock.clone());
        Self { turns, reads, registry, clock, now: Lasting::of(loaded) }
    }

    /// Reads them. Only settings that a process can begin with end the one that runs; limits that they have
    /// loosened come into force where the operator signed for them.
    pub fn read(&self, loosening: Option<&Loosening>) -> Result<SettingsHash, NotReloaded> {
        let next = self.next(loosening).inspect_err(|why| self.turns.refuses(why))?;
        let hash = next.loaded.hash();
        self.turns.go_on_with(next);
        Ok(hash)
    }

    fn next(&self, loosening: Option<&Loosening>) -> Result<Next, NotReloaded> {
        let loaded = (self.reads)()?;
        let wanted = Lasting::of(&loaded);
        let other = self.now.0.iter().zip(&wanted.0).find(|(now, wanted)| now != wanted);
        if let Some(((key, now), (_, wanted))) = other {
            let (now, wanted) = (now.clone(), wanted.clone());
            return Err(NotReloaded::Lasts { key, now, wanted });
        }
        let keys = KeyFolder::at(&loaded.places().keys);
        runs_here(&loaded)?;
        Blueprint::of(&loaded, &self.registry, &Seals::of(&keys)?)?;
        let operator = match loosening {
            None => None,
            Some(signed) => {
                let operator = signed.operator(&loaded, &keys.operator_public()?, (self.clock)());
                Some(operator.ok_or(NotReloaded::NotSigned)?)
            }
        };
        Ok(Next { loaded, operator })
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use runtime::entropy;
    use settings::{Init, Secrets, Sources, init, load};

    use super::super::telling::{Program, Telling, TerminalLook};
    use super::*;

    #[test]
    fn whoever_speaks_between_two_turns_is_heard_when_the_next_begins() {
        let home = tempfile::tempdir().unwrap();
        let wanted = Init { home: home.path().to_owned(), keys: None, keep_existing: false };
        init(&wanted, &mut |bytes| entropy(bytes)).unwrap();
        let loaded = || load(&Sources::in_home(home.path())).unwrap();
        let who = Program { name: "njord", version: "0" };
        let (secrets, clock): (_, Clock) = (Secrets::default(), Arc::new(|| secs(1)));
        let look = TerminalLook { no_color: true, quiet: true };
        let telling = Telling::begin(&loaded(), who, &secrets, &clock, look).unwrap();
        let turns = Turns::default();
        let begins = || {
            let stop = Stop::default();
            turns.begins(&stop, &telling.log);
            stop
        };
        assert!(!begins().is_said());
        assert!(turns.next().is_none());
        turns.go_on_with(Next { loaded: loaded(), operator: None });
        let between = begins();
        assert!(between.is_said(), "a reload between two turns was forgotten");
        assert!(turns.next().is_some());
        assert!(!begins().is_said(), "what was served is over");
        turns.end();
        assert!(begins().is_said());
        turns.go_on_with(Next { loaded: loaded(), operator: None });
        assert!(turns.next().is_none(), "the end comes before other settings");
    }
}
