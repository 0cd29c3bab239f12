//! A process that goes on with other settings: an orderly stop, and a start, without a new process.
//!
//! Starting is recovering, so nothing else is needed: what is open stays open at the venue, strategies keep
//! what their policy says, and what the settings change is a journaled input. What makes no sense is refused
//! while the old settings are still at work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::Stop;
use runtime::launch::{Blueprint, Seals};
use serde_json::{Value, json};
use settings::{Environment, KeyFolder, Loaded};
use strategy::Registry;
use telemetry::{Log, Notice};

use crate::commands::Context;
use crate::failure::Failure;
use crate::loading::Settings;

/// What comes after what runs now: the end, or another turn. Copies are of the same.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// What ends the turn that runs.
    stop: Option<Stop>,
    /// Somebody wants the process to end.
    over: bool,
    /// The settings of the next turn.
    next: Option<Loaded>,
    log: Option<Log>,
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn begins, which `stop` ends.
    pub(crate) fn begins(&self, stop: &Stop, log: &Log) {
        let mut state = self.state();
        state.log = Some(log.clone());
        state.stop = Some(stop.clone());
        if state.over {
            stop.say();
        }
    }

    /// It is to end, and nothing comes after it.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.over = true;
        state.stop.iter().for_each(Stop::say);
    }

    /// It is to end, and to go on with those settings.
    fn go_on_with(&self, loaded: Loaded) {
        let mut state = self.state();
        state.next = Some(loaded);
        state.stop.iter().for_each(Stop::say);
    }

    /// The settings cannot be those of a turn.
    pub(crate) fn refuses(&self, why: &Failure) {
        let problems = why.problems();
        self.state().log.iter().for_each(|log| log.tell(Notice::NotReloaded { problems }));
    }

    /// The settings of the next turn, if there is one.
    pub(crate) fn next(&self) -> Option<Loaded> {
        let mut state = self.state();
        state.next.take().filter(|_| !state.over)
    }
}

/// Reads the settings anew, as often as somebody asks.
pub(crate) struct Reload {
    turns: Turns,
    settings: Settings,
    environment: Environment,
    registry: Registry,
    now: Lasting,
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
    pub(crate) fn new(
        turns: &Turns,
        settings: &Settings,
        context: &Context<'_>,
        loaded: &Loaded,
    ) -> Self {
        Self {
            turns: turns.clone(),
            settings: settings.clone(),
            environment: context.environment.clone(),
            registry: context.registry.clone(),
            now: Lasting::of(loaded),
        }
    }

    /// Reads them. Only settings that a process can begin with end the one that runs.
    pub(crate) fn read(&self) -> Result<Value, Failure> {
        let loaded = self.settings.load(&self.environment)?;
        let wanted = Lasting::of(&loaded);
        let other = self.now.0.iter().zip(&wanted.0).find(|(now, wanted)| now != wanted);
        if let Some(((key, now), (_, wanted))) = other {
            let what =
                format!("{now} holds for as long as the process runs; the files say {wanted}");
            return Err(Failure::new("settings", *key, what).advice("stop it, and start it again"));
        }
        let seals = Seals::of(&KeyFolder::at(&loaded.places().keys))?;
        Blueprint::of(&loaded, &self.registry, &seals)?;
        let taken = json!({ "taken": "reload", "settings": loaded.hash().to_string() });
        self.turns.go_on_with(loaded);
        Ok(taken)
    }
}
