//! The one dispatcher: takes an input, lets the machines talk until all is quiet, takes the next.

use std::any::Any;

use contracts::{Envelope, Epoch, Event, Source, Topic, TopicKind, Ts, Wake};
use serde_json::value::RawValue;

use crate::machine::Machine;
use crate::mailbox::Mailbox;
use crate::outbox::{Halt, Outbox};
use crate::restore::{layouts, take_back};
use crate::stamps::Stamps;
use crate::state::{Saved, Snapshot, StateError};
use crate::tap::Tap;
use crate::timers::Timers;

/// The most messages that may follow from one input, and that may wait at once; more is a loop between
/// machines.
pub(crate) const MESSAGES_PER_INPUT_MAX: usize = 100_000;
/// What is said of more.
pub(crate) const WITHOUT_END: &str = "machines talk without end";
/// Room for messages that is there from the start.
const QUEUE_USUAL: usize = 256;
/// The most machines of one process: a bit each in the routing table.
const MACHINES_MAX: usize = 32;

/// The sequencer has stopped and takes no more inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped: machine {} of the roster met a state that must not be: {}", .0.machine, .0.reason)]
pub struct Stopped(pub Halt);

/// Owns the machines of one process and drives them.
pub struct Sequencer {
    machines: Vec<Box<dyn Machine>>,
    /// In whose name each of them speaks.
    sources: [Source; MACHINES_MAX],
    /// For each kind of topic, the machines that listen, one bit each.
    routes: [u32; TopicKind::ALL.len()],
    /// What is being delivered, and what is said meanwhile: first in, first out, and nothing moves.
    hearing: Mailbox,
    said: Mailbox,
    stamps: Stamps,
    timers: Timers,
    now: Ts,
    halt: Option<Halt>,
}

impl Sequencer {
    /// Puts a roster together. Messages reach the machines in the order of the roster.
    ///
    /// # Panics
    /// With more than 32 machines.
    pub fn new(epoch: Epoch, machines: Vec<Box<dyn Machine>>) -> Self {
        assert!(machines.len() <= MACHINES_MAX, "a roster has at most {MACHINES_MAX} machines");
        let mut sources = [Source::Runtime; MACHINES_MAX];
        for (index, machine) in machines.iter().enumerate() {
            sources[index] = machine.source();
        }
        Self {
            routes: routes(&machines),
            machines,
            sources,
            hearing: Mailbox::with_capacity(QUEUE_USUAL),
            said: Mailbox::with_capacity(QUEUE_USUAL),
            stamps: Stamps::new(epoch),
            timers: Timers::default(),
            now: Ts::ZERO,
            halt: None,
        }
    }

    /// Takes one outside input at `now` and carries what follows from it until all is quiet.
    ///
    /// Time never goes back: an earlier `now` counts as the latest one seen. An input without a number
    /// is given the next one of its source.
    #[inline]
    pub fn take<T: Tap>(
        &mut self,
        now: Ts,
        mut input: Envelope,
        tap: &mut T,
    ) -> Result<(), Stopped> {
        if let Some(halt) = self.halt {
            return Err(Stopped(halt));
        }
        self.now = self.now.max(now);
        input.rx = self.now;
        let topic = input.topic();
        if input.seq.get() == 0 {
            (input.epoch, input.seq) = self.stamps.next(input.src, &topic);
        } else {
            self.stamps.note(input.src, &topic, (input.epoch, input.seq));
        }
        tap.input(&input);
        self.deliver(&topic, &input);
        if !self.said.is_empty() {
            self.until_quiet(tap);
        }
        if let Some(halt) = self.halt {
            return Err(Stopped(halt));
        }
        Ok(())
    }

    /// Delivers what was said, and what is said to that, until nobody has anything to say.
    fn until_quiet<T: Tap>(&mut self, tap: &mut T) {
        let mut messages = 0;
        while !self.said.is_empty() {
            std::mem::swap(&mut self.hearing, &mut self.said);
            let hearing = std::mem::take(&mut self.hearing);
            for message in hearing.said() {
                tap.output(message);
                self.deliver(&message.topic(), message);
            }
            messages += hearing.said().len();
            self.hearing = hearing;
            self.hearing.clear();
            if messages > MESSAGES_PER_INPUT_MAX {
                self.halt.get_or_insert(Halt { machine: u8::MAX, reason: WITHOUT_END });
                self.said.clear();
            }
        }
    }

    /// When the earliest timer wants to fire.
    pub fn next_wake(&self) -> Option<Ts> {
        self.timers.first().map(|(at, ..)| at)
    }

    /// Fires the earliest timer that is due at `now`, as an input; `false` when none is.
    pub fn wake<T: Tap>(&mut self, now: Ts, tap: &mut T) -> Result<bool, Stopped> {
        match self.timers.first() {
            Some((at, machine, timer)) if at <= now => {
                let event = Event::Wake(Wake { machine, timer });
                self.take(now, Envelope::input(Source::Runtime, now, event), tap)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    #[inline]
    fn deliver(&mut self, topic: &Topic, message: &Envelope) {
        if let Event::Wake(Wake { machine, timer }) = message.event {
            // A wake without its timer is one that was taken back while it was on its way.
            if self.timers.cancel(machine, timer) {
                self.step(usize::from(machine), message);
            }
            return;
        }
        let mut listeners = self.routes[topic.kind() as usize];
        while listeners != 0 {
            let index = listeners.trailing_zeros() as usize;
            listeners &= listeners - 1;
            self.step(index, message);
        }
    }

    #[inline]
    fn step(&mut self, index: usize, message: &Envelope) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        let mut outbox = Outbox {
            source: self.sources[index],
            queue: &mut self.said,
            stamps: &mut self.stamps,
            timers: &mut self.timers,
            halt: &mut self.halt,
            cause: message,
            machine: index as u8,
            now: self.now,
        };
        machine.step(self.now, message, &mut outbox);
    }

    /// The latest `now`.
    pub fn now(&self) -> Ts {
        self.now
    }

    /// The epoch under which this process speaks.
    pub fn epoch(&self) -> Epoch {
        self.stamps.epoch()
    }

    /// Begins a new epoch after recovery: what is said from now on is numbered anew.
    pub fn begin_epoch(&mut self, epoch: Epoch) {
        self.stamps.begin(epoch);
    }

    /// The first machine of that type, to look at.
    pub fn machine<M: Machine>(&self) -> Option<&M> {
        self.machines.iter().find_map(|machine| {
            let mut machine = machine.as_ref();
            while let Some(inner) = machine.inner() {
                machine = inner;
            }
            (machine as &dyn Any).downcast_ref()
        })
    }

    /// The whole state.
    pub fn snapshot(&self) -> Snapshot {
        let states: Vec<Box<RawValue>> = self.machines.iter().map(|m| saved(m.as_ref())).collect();
        let saved = Saved {
            now: self.now,
            stamps: &self.stamps,
            timers: &self.timers,
            machines: states.iter().map(AsRef::as_ref).collect(),
        };
        Snapshot::write(&saved, layouts(&self.machines))
    }

    /// Takes back a snapshot of the same roster, also one that an older build wrote if there is a way from its
    /// layouts to ours. The machines are asked anew what they listen to. After an error they are in no state
    /// to go on with.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), StateError> {
        let head = take_back(&mut self.machines, snapshot)?;
        self.routes = routes(&self.machines);
        (self.now, self.stamps, self.timers) = (head.now, head.stamps, head.timers);
        self.said.clear();
        self.halt = None;
        Ok(())
    }
}

/// Who listens to what: for each kind of topic, the machines, one bit each.
fn routes(machines: &[Box<dyn Machine>]) -> [u32; TopicKind::ALL.len()] {
    let mut routes = [0; TopicKind::ALL.len()];
    for (index, machine) in machines.iter().enumerate() {
        let interests = machine.interests();
        for kind in TopicKind::ALL {
            // Wakes go to the machine that asked, and to nobody else.
            if kind != TopicKind::Wake && interests.contains(kind) {
                routes[kind as usize] |= 1 << index;
            }
        }
    }
    routes
}

fn saved(machine: &dyn Machine) -> Box<RawValue> {
    let mut state = Vec::new();
    machine.save(&mut state);
    let text = String::from_utf8(state).unwrap_or_default();
    // A state that is not JSON is saved as null, which its own `load` then refuses.
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
