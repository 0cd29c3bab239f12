//! Asking and telling services that are processes of their own: by the bus, under the operator's name.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use contracts::{
    Corr, Event, IntentSeq, KillLevel, KillState, Origin, Signal, Source, StrategyControl,
    StrategyId, StrategyRun, TopicKind, Ts,
};
use launch::{NotOne, bus_of};
use remote::{HEEDED_FOR, NotSaid, Readers};
use runtime::{Stop, wall_clock};
use settings::{BusKind, Secrets};

use super::Asking;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::running;

/// How often it is looked whether it had its effect, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: u32 = 50;
/// Under whose name, where Redis asks for one.
const USER: &str = "operator";
/// The same for signals.
const EXTERNAL: &str = "external";

/// Services that are processes of their own.
pub(crate) struct Several<'a> {
    asking: &'a Asking<'a>,
    bus: Arc<dyn Bus>,
}

impl<'a> Asking<'a> {
    /// The services, where they may be processes of their own: no process of all answers, and the settings name
    /// a bus.
    pub(crate) fn several(&'a self) -> Result<Option<Several<'a>>, Failure> {
        self.several_as(USER)
    }

    /// The same, for a program outside.
    pub(crate) fn several_outside(&'a self) -> Result<Option<Several<'a>>, Failure> {
        self.several_as(EXTERNAL)
    }

    fn several_as(&'a self, user: &str) -> Result<Option<Several<'a>>, Failure> {
        let is_between = self.loaded.settings().bus.kind == BusKind::Redis;
        if !is_between || self.status()?.is_some() {
            return Ok(None);
        }
        let secrets = Secrets::open(self.loaded.places(), self.context.environment)?;
        let bus = bus_of(&self.loaded, &secrets, user).map_err(|why| not_reached(&why))?;
        Ok(Some(Several { asking: self, bus }))
    }
}

impl Several<'_> {
    /// Says those words to all who have to hear them, and gives what is found of each.
    pub(crate) fn say(&self, words: &[(Option<Corr>, Event)]) -> Result<Vec<Finding>, Failure> {
        let Asking { loaded, context } = self.asking;
        let deps = running::deps(loaded, context, &wall_clock());
        // Longer than a word is heeded: until it is seen who has it.
        let said = launch::word(&deps, Arc::clone(&self.bus)).say(words, HEEDED_FOR.times(2));
        Ok(findings(&said.map_err(|why| self.not_said(&why))?))
    }

    /// Says a signal to the strategy that it names, and waits until that has it or it counts no more.
    pub(crate) fn signal(&self, signal: &Signal, now: Ts) -> Result<Vec<Finding>, Failure> {
        let Asking { loaded, context } = self.asking;
        let known = self.known();
        if !known.contains(&signal.strategy) {
            return Err(nobody(signal.strategy, &known));
        }
        let deps = running::deps(loaded, context, &wall_clock());
        let patience = signal.expires.since(now).min(HEEDED_FOR.times(2));
        let word = launch::signals(&deps, Arc::clone(&self.bus));
        let said = word.say(&[(None, Event::Signal(*signal))], patience);
        Ok(findings(&said.map_err(|why| self.not_said(&why))?))
    }

    /// The strategies of the settings.
    fn known(&self) -> Vec<StrategyId> {
        let enabled = self.asking.loaded.settings().strategies.iter();
        enabled.filter(|(_, entry)| entry.enabled).map(|(id, _)| *id).collect()
    }

    /// Says that those strategies, or all, pause or run again.
    pub(crate) fn switch(
        &self,
        strategy: Option<StrategyId>,
        run: StrategyRun,
    ) -> Result<(Vec<StrategyId>, Vec<Finding>), Failure> {
        let known = self.known();
        let whom: Vec<StrategyId> = known
            .iter()
            .copied()
            .filter(|id| strategy.is_none_or(|wanted| wanted == *id))
            .collect();
        if let Some(strategy) = strategy.filter(|_| whom.is_empty()) {
            return Err(nobody(strategy, &known));
        }
        let word = |strategy: &StrategyId| {
            let corr = Corr::new(*strategy, Origin::Operator, IntentSeq::new(0));
            (Some(corr), Event::StrategyControl(StrategyControl { run }))
        };
        let words: Vec<_> = whom.iter().map(word).collect();
        Ok((whom, self.say(&words)?))
    }

    /// The kill switch, as the gate last said; nothing where the bus knows of no word about it.
    pub(crate) fn latch(&self) -> Result<Option<KillState>, Failure> {
        let Asking { loaded, context } = self.asking;
        let deps = running::deps(loaded, context, &wall_clock());
        let word = launch::word(&deps, Arc::clone(&self.bus));
        let last = word.last(TopicKind::ControlKill, Source::RiskEngine);
        match last.map_err(|why| self.not_said(&why))? {
            Some(Event::KillState(state)) => Ok(Some(state)),
            None => Ok(None),
            Some(_) => {
                let what = "the gate has said something else than how its kill switch is";
                Err(Failure::new("bus", self.url(), what).advice("programs of the same build"))
            }
        }
    }

    /// How far it is tripped.
    pub(crate) fn level(&self) -> Result<Option<KillLevel>, Failure> {
        Ok(self.latch()?.and_then(|latch| latch.level))
    }

    /// Looks for a while whether it is at that level; whether it was seen.
    pub(crate) fn wait_for(&self, level: Option<KillLevel>) -> Result<bool, Failure> {
        let pause = Stop::default();
        for _ in 0..LOOKS {
            if self.level()? == level {
                return Ok(true);
            }
            pause.wait(LOOK_EVERY);
        }
        Ok(false)
    }

    fn not_said(&self, why: &NotSaid) -> Failure {
        let (at, typed) = (self.url(), &self.asking.context.program.typed);
        let advice = match why {
            NotSaid::Nobody => format!("{typed} up, or {typed} service NAME for each of the four"),
            NotSaid::NotGenuine(_) => "the log of risk-engine; it mends its streams".to_owned(),
            NotSaid::Elsewhere { journal, .. } => format!(
                "from the folder that the last word was said from; or, if that is gone, move {} away: \
                 another is begun behind what is known. The kill file needs neither: {typed} kill trip",
                journal.display()
            ),
            NotSaid::Fenced(_) => "one folder alone, from which words are said".to_owned(),
            NotSaid::Bus(_) => "Redis at that address; the kill file needs nobody".to_owned(),
            _ => "the same user and keys as the services".to_owned(),
        };
        Failure::new("bus", at, why.to_string()).advice(advice)
    }

    fn url(&self) -> String {
        self.asking.loaded.settings().bus.url.as_str().to_owned()
    }
}

fn nobody(strategy: StrategyId, known: &[StrategyId]) -> Failure {
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    let what = format!("no strategy is called {strategy}");
    Failure::new("control", "", what).advice(known.join(", "))
}

fn not_reached(why: &NotOne) -> Failure {
    Failure::new("bus", "", why.to_string())
}

/// A line for each service.
fn findings(readers: &Readers) -> Vec<Finding> {
    let finding = |(name, has_it): (&&'static str, &bool)| {
        if *has_it {
            Finding::ok(name, "has it on its disk")
        } else {
            Finding::fail(name, "has not read it")
                .advice("its log; where it was stopped, start it, and say it again")
        }
    };
    readers.iter().map(finding).collect()
}
