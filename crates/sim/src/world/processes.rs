//! Processes: what they are given, what they say, how they die and come back.

use contracts::{Delivery, Envelope, Event, TopicKind, Ts};
use kernel::Record;

use super::{Action, Happening, World};
use crate::faults::{Crash, Trouble};
use crate::node::{StreamKey, Took};

impl World {
    pub(super) fn local(&self, node: usize) -> Ts {
        let now = self.now.nanos().saturating_add(self.skew[node]);
        Ts::from_nanos(now)
    }

    /// Whether what a market says now is taken by a process.
    pub(super) fn hears(&self, node: usize) -> bool {
        self.nodes[node].is_up() && !self.is_full(node)
    }

    pub(super) fn give(&mut self, node: usize, envelope: Envelope) -> Result<(), String> {
        self.fire_due(node)?;
        if !self.nodes[node].is_up() || !self.has_room(node, &envelope)? {
            return Ok(());
        }
        let now = self.local(node);
        let crash = self.faults.crash(&mut self.dice);
        let took = self.nodes[node].take(now, envelope, crash, &mut self.dice);
        self.took(node, took, crash)
    }

    /// Before an input is taken, every timer fires that is due by then, as in a running process.
    fn fire_due(&mut self, node: usize) -> Result<(), String> {
        while self.nodes[node].next_wake().is_some_and(|at| at <= self.local(node)) {
            self.wake(node)?;
        }
        Ok(())
    }

    pub(super) fn wake(&mut self, node: usize) -> Result<(), String> {
        self.wake_scheduled[node] = None;
        let now = self.local(node);
        let crash = self.faults.crash(&mut self.dice);
        if let Some(took) = self.nodes[node].wake(now, crash, &mut self.dice) {
            return self.took(node, took, crash);
        }
        self.schedule_node_wake(node);
        Ok(())
    }

    pub(super) fn took(
        &mut self,
        node: usize,
        took: Took,
        crash: Option<Crash>,
    ) -> Result<(), String> {
        let name = self.nodes[node].name();
        match took {
            Took::Well => {
                let records = self.nodes[node].unshown();
                self.spread(node, &records)?;
                self.schedule_node_wake(node);
            }
            Took::Crashed(told) => {
                let records = self.nodes[node].unshown_up_to(told);
                self.spread(node, &records)?;
                self.tell(Happening::Crashed(name, crash.unwrap_or(Crash::BeforeInput)))?;
                let away = self.delay(self.faults.down_max);
                self.schedule(self.now + away, Action::Restart(node));
            }
            Took::Halted(reason) => return Err(format!("{name} halted: {reason}")),
        }
        Ok(())
    }

    pub(super) fn restart(&mut self, node: usize) -> Result<(), String> {
        let name = self.nodes[node].name();
        let forgot = self.chain_breaks(node)?;
        let recovered = self.nodes[node].restart();
        recovered.map_err(|divergence| format!("{name} cannot recover: {divergence}"))?;
        self.tell(Happening::Restarted(name))?;
        self.wake_scheduled[node] = None;
        if self.nodes[node].talks_to_venue() {
            self.shell.begins();
        }
        // What a crash kept from being told is offered on the streams. Requests to the venue among it
        // were never sent, and are not sent now: nobody knows how long ago they were decided.
        for record in self.nodes[node].unshown() {
            self.show(node, &record)?;
        }
        self.schedule_node_wake(node);
        self.heads(node)?;
        if forgot { self.begins_tripped(node) } else { Ok(()) }
    }

    /// The world is shown what a process has taken or said.
    pub(super) fn show(&mut self, node: usize, record: &Record) -> Result<(), String> {
        let name = self.nodes[node].name();
        if let (Record::Output(Envelope { event: Event::Fill(fill), .. }), true) =
            (record, self.nodes[node].talks_to_venue())
        {
            self.shell.count(fill).map_err(|error| error.to_string())?;
        }
        match record {
            Record::Input(taken) => self.tell(Happening::Heard(name, taken)),
            Record::Output(said) => self.tell(Happening::Said(name, said)),
            Record::Began(_) => Ok(()),
        }
    }

    /// Tells everybody concerned what a process has said.
    pub(super) fn spread(&mut self, node: usize, records: &[Record]) -> Result<(), String> {
        for record in records {
            self.show(node, record)?;
            let Record::Output(envelope) = record else { continue };
            let kind = envelope.topic().kind();
            if kind == TopicKind::VenueRequest {
                self.send_to_venue(node, envelope)?;
            } else if kind.delivery() == Delivery::Durable {
                let key = (envelope.src, kind);
                let length = self.nodes[node].heads().find(|(held, _)| *held == key);
                let index =
                    length.map_or(0, |(_, length)| self.index_of(node, key, length, envelope));
                self.push_to_all(node, key, index, envelope)?;
            } else {
                self.lossy_to_all(node, envelope)?;
            }
        }
        Ok(())
    }

    pub(super) fn index_of(
        &self,
        node: usize,
        key: StreamKey,
        length: u64,
        envelope: &Envelope,
    ) -> u64 {
        let matches = |index: &u64| self.nodes[node].said(key, *index) == Some(envelope);
        (0..length).rev().find(matches).unwrap_or(0)
    }

    pub(super) fn send_to_venue(&mut self, node: usize, request: &Envelope) -> Result<(), String> {
        if self.is_held(node, request)? {
            return Ok(());
        }
        let lost = self.dice.chance_ppm(self.faults.venue_drop_ppm);
        if lost || self.is_cut(node, self.nodes.len()) {
            return self.tell(Happening::Lost(request));
        }
        let delay = self.delay(self.faults.venue_delay_max);
        self.schedule(self.now + delay, Action::ToVenue(*request));
        Ok(())
    }

    pub(super) fn push_to_all(
        &mut self,
        node: usize,
        key: StreamKey,
        index: u64,
        envelope: &Envelope,
    ) -> Result<(), String> {
        for to in 0..self.nodes.len() {
            if to == node || !self.nodes[to].listens_to(key.1) {
                continue;
            }
            let push = || Action::Push { to, key, index, envelope: *envelope };
            self.transmit(node, to, push())?;
            if self.dice.chance_ppm(self.faults.duplicate_ppm) {
                self.tell_trouble(Trouble::MessageTwice)?;
                self.transmit(node, to, push())?;
            }
        }
        Ok(())
    }

    pub(super) fn lossy_to_all(&mut self, node: usize, envelope: &Envelope) -> Result<(), String> {
        let kind = envelope.topic().kind();
        for to in 0..self.nodes.len() {
            if to != node && self.nodes[to].listens_to(kind) {
                self.transmit(node, to, Action::Lossy { to, envelope: *envelope })?;
            }
        }
        Ok(())
    }
}
