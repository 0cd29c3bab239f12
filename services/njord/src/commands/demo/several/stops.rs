//! One after another stands still (SIGSTOP) and goes on. It reads nothing meanwhile: what the others keep for it has
//! a bound.

use contracts::Span;
use rustix::process::Signal;

use super::troupe::Troupe;
use crate::failure::Failure;
use crate::output::progress;
use crate::running::services;

/// What it came to that a service stood still.
pub(super) struct Stopped {
    pub(super) of: &'static str,
    /// From the moment when it went on to the next execution.
    pub(super) recovery: Span,
    /// How much memory another has gained meanwhile, at most, in kilobytes; nothing where that cannot be seen.
    pub(super) others_gained: Option<u64>,
}

impl Troupe<'_> {
    /// Lets each stand still for so long.
    pub(super) fn stop_each(&mut self, span: Span) -> Result<Vec<Stopped>, Failure> {
        let mut stops = Vec::new();
        for service in services() {
            progress(&format!("{} stands still", service.name));
            stops.push(self.stop(service.name, span)?);
        }
        Ok(stops)
    }

    fn stop(&mut self, of: &'static str, span: Span) -> Result<Stopped, Failure> {
        let spell = format!("{of} stood still");
        self.trades()?;
        self.signal(of, Signal::STOP)?;
        let before = self.memory_of_others(of);
        self.opens_nothing(&spell, span)?;
        let after = self.memory_of_others(of);
        self.signal(of, Signal::CONT)?;
        let gained = before
            .iter()
            .zip(after)
            .filter_map(|(before, after)| Some(after?.saturating_sub((*before)?)));
        let others_gained = gained.max();
        Ok(Stopped { of, recovery: self.trades_again(&spell)?, others_gained })
    }

    fn signal(&self, name: &str, signal: Signal) -> Result<(), Failure> {
        self.actors.get(name).map_or(Ok(()), |actor| actor.signal(signal))
    }

    fn memory_of_others(&self, than: &str) -> Vec<Option<u64>> {
        let others = self.actors.iter().filter(|(name, _)| **name != than);
        others.map(|(_, actor)| actor.resident()).collect()
    }
}
