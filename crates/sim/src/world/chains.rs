//! Somebody changes the journal of a process that is away. Its chain is broken there: what stands behind the break is
//! forgotten, and the process begins tripped. What others have heard of it, they have heard.

use contracts::{Envelope, Event, KillLevel, KillTrigger, Source, Trip};

use super::{Happening, World};
use crate::faults::Trouble;

impl World {
    /// Before a start: whether something of its journal is forgotten.
    pub(super) fn chain_breaks(&mut self, node: usize) -> Result<bool, String> {
        let breaks = self.chains.chance_ppm(self.faults.forget_ppm);
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
        self.tell(Happening::Forgot(self.nodes[node].name(), &forgotten))?;
        self.tell_trouble(Trouble::ChainBroke)?;
        Ok(true)
    }

    /// Only what others know as well can be learned anew.
    fn may_forget(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        node.talks_to_venue() && self.nodes.len() > 1 && !node.has_forgotten()
    }

    /// After the start: it is tripped, and so are the others. In time an operator looks, and clears that.
    pub(super) fn begins_tripped(&mut self, node: usize) -> Result<(), String> {
        let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Audit });
        let trip = Envelope::input(Source::Runtime, self.now, trip);
        let now = self.local(node);
        let took = self.nodes[node].take(now, trip, None, &mut self.chains);
        self.took(node, took, None)?;
        // The others hear it from this one, which says nothing of what they have forgotten.
        let told = Envelope { src: Source::ExecutionGateway, ..trip };
        for other in (0..self.nodes.len()).filter(|other| *other != node) {
            self.give(other, told)?;
        }
        let until = self.now + self.faults.kill_max;
        self.clear_after(until);
        Ok(())
    }
}
