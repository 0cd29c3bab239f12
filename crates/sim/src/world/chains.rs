//! Somebody changes the journal of a process that is away. Its chain is broken there: what stands behind the break is
//! forgotten, and the process begins tripped. What others have heard of it, they have heard.

use contracts::{Envelope, Event, KillLevel, KillTrigger, RosterControl, RosterStep, Source, Trip};
use kernel::Record;

use super::{Action, Happening, World};
use crate::faults::Trouble;

/// The process of the gate, where that has one of its own.
const GATE: &str = "risk-engine";
/// So often the chain of one process may be broken.
const BREAKS_MAX: usize = 3;

impl World {
    /// Before a start: whether something of its journal is forgotten.
    pub(super) fn chain_breaks(&mut self, node: usize) -> Result<bool, String> {
        // Who talks to the venue has dice of its own, with which the seeds of the corpus found what they found.
        let of_the_venue = self.chains.chance_ppm(self.faults.forget_ppm);
        let of_others = self.chains_of_others.chance_ppm(self.faults.forget_ppm);
        let of_the_gate = self.chains_of_the_gate.chance_ppm(self.faults.forget_ppm);
        let breaks = match self.nodes[node].name() {
            GATE => of_the_gate,
            _ if self.nodes[node].talks_to_venue() => of_the_venue,
            _ => of_others,
        };
        if !breaks || !self.may_forget(node) {
            return Ok(false);
        }
        // It stood on the disk, so it happened.
        for record in self.nodes[node].unshown() {
            self.show(node, &record)?;
        }
        let forgotten = self.nodes[node].forget(&mut self.chains);
        if self.nodes[node].talks_to_venue() {
            self.shell.forgets(&forgotten).map_err(|error| error.to_string())?;
        }
        let (who, tells_of_orders) = (self.nodes[node].name(), self.nodes[node].talks_to_venue());
        self.tell(Happening::Forgot { who, tells_of_orders, records: &forgotten })?;
        self.tell_trouble(Trouble::ChainBroke)?;
        self.says_again(node, &forgotten);
        Ok(true)
    }

    /// Only what others know as well can be learned anew.
    fn may_forget(&self, node: usize) -> bool {
        self.nodes.len() > 1 && self.nodes[node].breaks() < BREAKS_MAX
    }

    /// What an operator has set is told once more to whoever forgot it, as everything is that others have said. That a
    /// switch was cleared is not: that was another trip.
    fn says_again(&mut self, node: usize, forgotten: &[Record]) {
        for record in forgotten {
            let Record::Input(said) = record else { continue };
            if matches!(said.event, Event::SetLimit(_) | Event::StrategyControl(_))
                && said.src == Source::Operator
            {
                let envelope = Envelope::input(said.src, said.ts, said.event);
                let envelope = Envelope { corr: said.corr, ..envelope };
                self.schedule(self.now, Action::Lossy { to: node, envelope });
            }
        }
    }

    /// With the start those inside are told, it is tripped, and so are the others. In time an operator looks, and clears
    /// that.
    pub(super) fn begins_tripped(&mut self, node: usize) -> Result<(), String> {
        let forget = Event::Roster(RosterControl { step: RosterStep::Forget });
        let forget = Envelope::input(Source::Runtime, self.now, forget);
        let now = self.local(node);
        let took = self.nodes[node].take(now, forget, None, &mut self.chains);
        self.took(node, took, None)?;
        let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Audit });
        let trip = Envelope::input(Source::Runtime, self.now, trip);
        let now = self.local(node);
        let took = self.nodes[node].take(now, trip, None, &mut self.chains);
        self.took(node, took, None)?;
        // The others hear it from this one, which says nothing of what they have forgotten, or by the file that it leaves.
        let src = if self.nodes[node].talks_to_venue() {
            Source::ExecutionGateway
        } else {
            Source::Operator
        };
        let told = Envelope { src, ..trip };
        for other in (0..self.nodes.len()).filter(|other| *other != node) {
            self.give(other, told)?;
        }
        let until = self.now + self.faults.kill_max;
        self.clear_after(until);
        Ok(())
    }
}
