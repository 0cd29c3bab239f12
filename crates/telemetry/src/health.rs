//! Whether a service is well: derived from heartbeats and conditions, never a constant.
//!
//! *Alive* means that every loop has given a sign within its time; a service that is not alive
//! should be restarted. *Ready* means that it is alive and everything it needs is there; what it
//! can do without is shown beside that, and changes nothing. Reading and writing take no lock. The
//! set of checks is fixed when the service begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use contracts::{Span, Ts};
use serde::Serialize;

/// A loop that gives signs of life. Clones beat for the same loop.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<PulseCheck>);

impl Pulse {
    /// The loop went round at that time.
    pub fn beat(&self, now: Ts) {
        self.0.last.fetch_max(now.nanos(), Ordering::Relaxed);
    }
}

/// Something that a service needs or wants. Clones speak of the same thing.
#[derive(Clone, Debug)]
pub struct Need(Arc<NeedCheck>);

impl Need {
    /// It is there.
    pub fn met(&self) {
        self.0.state.store(NeedState::Met as u8, Ordering::Release);
    }

    /// It is missing.
    pub fn missing(&self) {
        self.0.state.store(NeedState::Missing as u8, Ordering::Release);
    }
}

#[derive(Debug)]
struct PulseCheck {
    name: &'static str,
    last: AtomicI64,
    silent_max: Span,
}

#[derive(Debug)]
struct NeedCheck {
    name: &'static str,
    state: AtomicU8,
    /// Without it the service is not ready.
    needed: bool,
}

#[repr(u8)]
enum NeedState {
    Waiting,
    Met,
    Missing,
}

/// The checks of a service, as they are named when it begins.
#[derive(Debug, Default)]
pub struct HealthSetup {
    pulses: Vec<Arc<PulseCheck>>,
    needs: Vec<Arc<NeedCheck>>,
}

impl HealthSetup {
    /// A loop that must not be silent for longer than that; the time runs from `now` on.
    pub fn pulse(&mut self, name: &'static str, silent_max: Span, now: Ts) -> Pulse {
        let check = Arc::new(PulseCheck { name, last: AtomicI64::new(now.nanos()), silent_max });
        self.pulses.push(Arc::clone(&check));
        Pulse(check)
    }

    /// Something that must be there before the service is ready; until it is said, it is waited
    /// for.
    pub fn need(&mut self, name: &'static str) -> Need {
        self.check(name, true)
    }

    /// Something that is wanted, and that the service can do without: it is shown and no more.
    pub fn want(&mut self, name: &'static str) -> Need {
        self.check(name, false)
    }

    fn check(&mut self, name: &'static str, needed: bool) -> Need {
        let state = AtomicU8::new(NeedState::Waiting as u8);
        let check = Arc::new(NeedCheck { name, state, needed });
        self.needs.push(Arc::clone(&check));
        Need(check)
    }

    /// No more checks.
    pub fn done(self) -> Health {
        Health(Arc::new(self))
    }
}

/// Answers how a service is. Clones answer for the same one.
#[derive(Clone, Debug)]
pub struct Health(Arc<HealthSetup>);

/// How a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// All checks hold that have to.
    pub ok: bool,
    /// Each of them.
    pub checks: Vec<CheckState>,
}

/// How one check stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckState {
    /// Which one.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// In a word: `beating`, `silent`, `met`, `waiting`, `missing`.
    pub state: &'static str,
    /// For a loop: how long ago it last gave a sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_ms: Option<i64>,
    /// Whether it has to hold.
    pub needed: bool,
}

impl Health {
    /// Whether every loop has given a sign within its time.
    pub fn alive(&self, now: Ts) -> Condition {
        Condition::of(self.0.pulses.iter().map(|pulse| pulse.state(now)).collect())
    }

    /// Whether it is alive and everything it needs is there.
    pub fn ready(&self, now: Ts) -> Condition {
        let pulses = self.0.pulses.iter().map(|pulse| pulse.state(now));
        let needs = self.0.needs.iter().map(|need| need.state());
        Condition::of(pulses.chain(needs).collect())
    }
}

impl Condition {
    fn of(checks: Vec<CheckState>) -> Self {
        Self { ok: checks.iter().all(|check| check.ok || !check.needed), checks }
    }
}

impl PulseCheck {
    fn state(&self, now: Ts) -> CheckState {
        let silent = now.since(Ts::from_nanos(self.last.load(Ordering::Relaxed)));
        let ok = silent <= self.silent_max;
        let state = if ok { "beating" } else { "silent" };
        let silent_ms = Some(silent.millis());
        CheckState { name: self.name, ok, state, silent_ms, needed: true }
    }
}

impl NeedCheck {
    fn state(&self) -> CheckState {
        let state = self.state.load(Ordering::Acquire);
        let (ok, state) = if state == NeedState::Met as u8 {
            (true, "met")
        } else if state == NeedState::Waiting as u8 {
            (false, "waiting")
        } else {
            (false, "missing")
        };
        CheckState { name: self.name, ok, state, silent_ms: None, needed: self.needed }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    #[test]
    fn health_follows_the_heartbeat_exactly() {
        let mut setup = HealthSetup::default();
        let pulse = setup.pulse("sequencer", Span::from_secs(5), secs(100));
        let health = setup.done();
        assert!(health.alive(secs(105)).ok, "the time runs from the beginning");
        assert!(!health.alive(secs(105) + Span::MILLI).ok);
        pulse.beat(secs(110));
        pulse.beat(secs(108)); // a late sign does not make it older
        let condition = health.alive(secs(115));
        assert!(condition.ok);
        let state = CheckState {
            name: "sequencer",
            ok: true,
            state: "beating",
            silent_ms: Some(5_000),
            needed: true,
        };
        assert_eq!(condition.checks, [state]);
        assert_eq!(health.alive(secs(116)).checks[0].state, "silent");
        assert!(health.alive(secs(1)).ok, "a clock that stepped back is no silence");
    }

    #[test]
    fn ready_needs_everything_and_life() {
        let mut setup = HealthSetup::default();
        let pulse = setup.pulse("loop", Span::SECOND, secs(0));
        let (bus, journal) = (setup.need("bus"), setup.need("journal"));
        let health = setup.done();
        bus.met();
        assert_eq!(health.ready(secs(1)).checks[2].state, "waiting");
        assert!(!health.ready(secs(1)).ok && health.alive(secs(1)).ok);
        journal.met();
        assert!(health.ready(secs(1)).ok);
        bus.missing();
        assert!(!health.ready(secs(1)).ok && health.alive(secs(1)).ok);
        bus.met();
        assert!(!health.ready(secs(3)).ok, "what is not alive is not ready");
        pulse.beat(secs(3));
        assert!(health.ready(secs(3)).ok);
    }

    #[test]
    fn what_is_only_wanted_is_shown_and_changes_nothing() {
        let mut setup = HealthSetup::default();
        let (market, mirror) = (setup.need("market"), setup.want("mirror"));
        let health = setup.done();
        market.met();
        for (state, is_there) in [("waiting", false), ("missing", false), ("met", true)] {
            match state {
                "missing" => mirror.missing(),
                "met" => mirror.met(),
                _ => {}
            }
            let condition = health.ready(secs(1));
            let check = &condition.checks[1];
            assert!(condition.ok, "{condition:?}");
            assert_eq!((check.state, check.ok, check.needed), (state, is_there, false));
        }
        market.missing();
        assert!(!health.ready(secs(1)).ok);
    }

    #[test]
    fn health_without_checks_is_well() {
        assert!(HealthSetup::default().done().ready(secs(1)).ok);
    }
}
