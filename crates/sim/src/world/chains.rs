//! Somebody changes the journal of a process that is away. Its chain is broken there: what stands behind the break is
//! forgotten, and the process begins tripped. What others have heard of it, they have heard.

use contracts::{Envelope, Event, KillLevel, KillTrigger, Source, Trip};

use super::{Happening, World};
use crate::faults::Trouble;

/// The judge works out what the gate has to know from what its process took, and forgets none of it.
const JUDGED: &str = "risk-engine";

impl World {
    /// Before a start: whether something of its journal is forgotten.
    pub(super) fn chain_breaks(&mut self, node: usize) -> Result<bool, String> {
        // Who talks to the venue has dice of its own, with which the seeds of the corpus found what they found.
        let of_the_venue = self.chains.chance_ppm(self.faults.forget_ppm);
        let of_others = self.chains_of_others.chance_ppm(self.faults.forget_ppm);
        let breaks = if self.nodes[node].talks_to_venue() { of_the_venue } else { of_others };
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
        Ok(true)
    }

    /// Only what others know as well can be learned anew.
    fn may_forget(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        node.name() != JUDGED && self.nodes.len() > 1 && !node.has_forgotten()
    }

    /// After the start: it is tripped, and so are the others. In time an operator looks, and clears that.
    pub(super) fn begins_tripped(&mut self, node: usize) -> Result<(), String> {
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
