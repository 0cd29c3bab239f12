//! The world itself: virtual time, the network, the venue, and the order in which it all happens.

use std::collections::BTreeMap;

use contracts::{Delivery, Envelope, Event, Source, Span, TopicKind, Ts};
use kernel::{Collected, Machine, Seeded, Sequencer};

use crate::faults::{Crash, Faults};
use crate::node::{Node, NodeSpec, StreamKey, Took};

/// The most messages of a stream that answer one question for them.
const PULL_MAX: u64 = 256;
/// The shortest pause between two questions for the same stream.
const ASK_EVERY: Span = Span::from_millis(200);
/// How often streams tell their length and faults of the long kind are drawn.
const BEAT: Span = Span::SECOND;

/// Where the market data comes from.
pub trait MarketFeed {
    /// The next event, not earlier than the last; `None` when there is no more.
    fn next_event(&mut self) -> Option<(Ts, Event)>;
}

/// What a world is made of.
pub struct WorldSpec {
    /// Everything random follows from this.
    pub seed: u64,
    /// When time begins.
    pub start: Ts,
    /// The processes.
    pub nodes: Vec<NodeSpec>,
    /// The venue: always there, never wrong, and the judge of what really happened.
    pub venue: Vec<Box<dyn Machine>>,
    /// The market.
    pub market: Box<dyn MarketFeed>,
    /// What goes wrong.
    pub faults: Faults,
}

/// Something that happened, for observers and storytellers.
#[derive(Clone, Copy, Debug)]
pub enum Happening<'a> {
    /// A process said something, and it is on its disk.
    Said(&'static str, &'a Envelope),
    /// A request reached the venue.
    VenueTook(&'a Envelope),
    /// The venue said something.
    VenueSaid(&'a Envelope),
    /// A process crashed.
    Crashed(&'static str, Crash),
    /// A process is back, and all it had synced with it.
    Restarted(&'static str),
    /// A message was lost between two processes.
    Lost(&'a Envelope),
}

/// Watches a world and judges it.
pub trait Observer {
    /// Something happened. An error ends the run.
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String>;
}

/// A promise was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {at} ns: {what}")]
pub struct Violation {
    /// When, in virtual time.
    pub at: Ts,
    /// What.
    pub what: String,
}

enum Action {
    Market(Event),
    ToVenue(Envelope),
    ToGateway(Envelope),
    Push { to: usize, key: StreamKey, index: u64, envelope: Envelope },
    Pull { from: usize, by: usize, key: StreamKey, index: u64 },
    Batch { to: usize, key: StreamKey, index: u64, envelopes: Vec<Envelope> },
    Head { to: usize, key: StreamKey, length: u64 },
    Lossy { to: usize, envelope: Envelope },
    Wake(usize),
    VenueWake,
    Restart(usize),
    Control(Envelope),
    Beat,
}

/// A world.
pub struct World {
    now: Ts,
    nodes: Vec<Node>,
    venue: Sequencer,
    market: Box<dyn MarketFeed>,
    faults: Faults,
    dice: Seeded,
    queue: BTreeMap<(Ts, u64), Action>,
    scheduled: u64,
    /// Nanoseconds that each process's clock is ahead.
    skew: Vec<i64>,
    disk_full_until: Vec<Ts>,
    /// Pairs that are cut off from each other; the venue is the number after the last process.
    cut_until: BTreeMap<(usize, usize), Ts>,
    /// For the venue and each process: when its next wake is scheduled.
    wake_scheduled: Vec<Option<Ts>>,
    /// When each process last asked for each stream.
    asked: BTreeMap<(usize, StreamKey), Ts>,
    observers: Vec<Box<dyn Observer>>,
    market_ended: bool,
}

impl World {
    /// A world at its beginning.
    pub fn new(spec: WorldSpec, observers: Vec<Box<dyn Observer>>) -> Self {
        let nodes: Vec<Node> = spec.nodes.into_iter().map(Node::start).collect();
        let count = nodes.len();
        let mut world = Self {
            now: spec.start,
            venue: Sequencer::new(contracts::Epoch(1), spec.venue),
            market: spec.market,
            faults: spec.faults,
            dice: Seeded::new(spec.seed).fork("world"),
            queue: BTreeMap::new(),
            scheduled: 0,
            skew: vec![0; count],
            disk_full_until: vec![Ts::ZERO; count],
            cut_until: BTreeMap::new(),
            wake_scheduled: vec![None; count + 1],
            asked: BTreeMap::new(),
            observers,
            market_ended: false,
            nodes,
        };
        world.schedule(spec.start + BEAT, Action::Beat);
        world.schedule_market();
        world
    }

    /// The time.
    pub fn now(&self) -> Ts {
        self.now
    }

    /// The processes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The first machine of that type in any running process, to look at.
    pub fn machine<M: Machine>(&self) -> Option<&M> {
        self.nodes.iter().find_map(Node::machine)
    }

    /// The venue, to look at.
    pub fn venue<M: Machine>(&self) -> Option<&M> {
        self.venue.machine()
    }

    /// Lets a control message reach every process at once.
    pub fn control(&mut self, envelope: Envelope) {
        self.schedule(self.now, Action::Control(envelope));
    }

    /// From now on nothing goes wrong any more; what is down or cut comes back.
    pub fn calm(&mut self) {
        self.faults = Faults::none();
        self.cut_until.clear();
        self.disk_full_until.fill(Ts::ZERO);
    }

    /// Runs until `end`.
    pub fn run_until(&mut self, end: Ts) -> Result<(), Violation> {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((at, _), action) = entry.remove_entry();
            self.now = self.now.max(at);
            let result = self.act(action);
            result.map_err(|what| Violation { at: self.now, what })?;
        }
        self.now = self.now.max(end);
        Ok(())
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Market(event) => self.market_moves(event),
            Action::ToVenue(request) => self.venue_takes(request),
            Action::ToGateway(report) => self.gateway_takes(report),
            Action::Push { to, key, index, envelope } => self.pushed(to, key, index, envelope),
            Action::Pull { from, by, key, index } => {
                self.pulled(from, by, key, index);
                Ok(())
            }
            Action::Batch { to, key, index, envelopes } => {
                let numbered = (index..).zip(envelopes);
                numbered
                    .into_iter()
                    .try_for_each(|(index, envelope)| self.pushed(to, key, index, envelope))
            }
            Action::Head { to, key, length } => {
                self.head(to, key, length);
                Ok(())
            }
            Action::Lossy { to, envelope } => self.give(to, envelope),
            Action::Wake(node) => self.wake(node),
            Action::VenueWake => self.venue_wakes(),
            Action::Restart(node) => self.restart(node),
            Action::Control(envelope) => {
                (0..self.nodes.len()).try_for_each(|node| self.give(node, envelope))
            }
            Action::Beat => {
                self.beat();
                Ok(())
            }
        }
    }

    // ── the market and the venue ─────────────────────────────────────────────────────────────────

    fn schedule_market(&mut self) {
        match self.market.next_event() {
            Some((at, event)) => self.schedule(at.max(self.now), Action::Market(event)),
            None => self.market_ended = true,
        }
    }

    /// Whether the market has come to its end.
    pub fn market_ended(&self) -> bool {
        self.market_ended
    }

    fn market_moves(&mut self, event: Event) -> Result<(), String> {
        let envelope = Envelope::input(Source::MdIngest, self.now, event);
        self.venue_hears(envelope)?;
        for node in 0..self.nodes.len() {
            if self.nodes[node].listens_to(envelope.topic().kind()) {
                let lost = self.dice.chance_ppm(self.faults.drop_ppm / 4);
                let rules = matches!(event, Event::Instrument(_));
                if !lost || rules {
                    self.give(node, envelope)?;
                }
            }
        }
        self.schedule_market();
        Ok(())
    }

    fn venue_takes(&mut self, request: Envelope) -> Result<(), String> {
        self.tell(Happening::VenueTook(&request))?;
        let input = Envelope::input(Source::ExecutionGateway, self.now, request.event);
        self.venue_hears(input)
    }

    fn venue_hears(&mut self, input: Envelope) -> Result<(), String> {
        let mut said = Collected::default();
        let took = self.venue.take(self.now, input, &mut said);
        took.map_err(|stopped| format!("the venue stopped: {stopped}"))?;
        self.venue_said(&said.0)
    }

    fn venue_wakes(&mut self) -> Result<(), String> {
        let place = self.nodes.len();
        self.wake_scheduled[place] = None;
        let mut said = Collected::default();
        while self.venue.wake(self.now, &mut said).map_err(|stopped| stopped.to_string())? {}
        self.venue_said(&said.0)
    }

    fn venue_said(&mut self, said: &[Envelope]) -> Result<(), String> {
        for report in said.iter().filter(|said| said.topic().kind() == TopicKind::VenueReport) {
            self.tell(Happening::VenueSaid(report))?;
            let Some(gateway) = self.nodes.iter().position(Node::talks_to_venue) else { continue };
            let copies = 1 + u32::from(self.dice.chance_ppm(self.faults.duplicate_ppm));
            for _ in 0..copies {
                let delay = self.delay(self.faults.venue_delay_max);
                let arrives = self.now + delay;
                let lost = self.dice.chance_ppm(self.faults.venue_drop_ppm);
                if !lost && !self.is_cut(gateway, self.nodes.len()) {
                    self.schedule(arrives, Action::ToGateway(*report));
                }
            }
        }
        let place = self.nodes.len();
        self.schedule_wake(place, self.venue.next_wake());
        Ok(())
    }

    fn gateway_takes(&mut self, report: Envelope) -> Result<(), String> {
        let Some(gateway) = self.nodes.iter().position(Node::talks_to_venue) else { return Ok(()) };
        self.give(gateway, Envelope::input(Source::Venue, self.now, report.event))
    }

    // ── processes ────────────────────────────────────────────────────────────────────────────────

    fn local(&self, node: usize) -> Ts {
        let now = self.now.nanos().saturating_add(self.skew[node]);
        Ts::from_nanos(now)
    }

    fn give(&mut self, node: usize, envelope: Envelope) -> Result<(), String> {
        if !self.nodes[node].is_up() || self.disk_full_until[node] > self.now {
            return Ok(());
        }
        let now = self.local(node);
        let crash = self.faults.crash(&mut self.dice);
        let took = self.nodes[node].take(now, envelope, crash, &mut self.dice);
        self.took(node, took, crash)
    }

    fn wake(&mut self, node: usize) -> Result<(), String> {
        self.wake_scheduled[node] = None;
        if self.disk_full_until[node] > self.now {
            let again = self.disk_full_until[node];
            self.wake_scheduled[node] = Some(again);
            self.schedule(again, Action::Wake(node));
            return Ok(());
        }
        let now = self.local(node);
        let crash = self.faults.crash(&mut self.dice);
        if let Some(took) = self.nodes[node].wake(now, crash, &mut self.dice) {
            return self.took(node, took, crash);
        }
        self.schedule_node_wake(node);
        Ok(())
    }

    fn took(&mut self, node: usize, took: Took, crash: Option<Crash>) -> Result<(), String> {
        let name = self.nodes[node].name();
        match took {
            Took::Said(said) => {
                self.spread(node, &said)?;
                self.schedule_node_wake(node);
            }
            Took::Crashed(said) => {
                self.spread(node, &said)?;
                self.tell(Happening::Crashed(name, crash.unwrap_or(Crash::BeforeInput)))?;
                let away = self.delay(self.faults.down_max);
                self.schedule(self.now + away, Action::Restart(node));
            }
            Took::Halted(reason) => return Err(format!("{name} halted: {reason}")),
        }
        Ok(())
    }

    fn restart(&mut self, node: usize) -> Result<(), String> {
        let name = self.nodes[node].name();
        let recovered = self.nodes[node].restart();
        recovered.map_err(|divergence| format!("{name} cannot recover: {divergence}"))?;
        self.tell(Happening::Restarted(name))?;
        self.wake_scheduled[node] = None;
        // What a crash kept from being told is offered on the streams. Requests to the venue among it
        // were never sent, and are not sent now: nobody knows how long ago they were decided.
        for envelope in self.nodes[node].unshown() {
            self.tell(Happening::Said(name, &envelope))?;
        }
        self.schedule_node_wake(node);
        self.heads(node);
        Ok(())
    }

    /// Tells everybody concerned what a process has said.
    fn spread(&mut self, node: usize, said: &[Envelope]) -> Result<(), String> {
        let name = self.nodes[node].name();
        self.nodes[node].show(said.len());
        for envelope in said {
            self.tell(Happening::Said(name, envelope))?;
            let kind = envelope.topic().kind();
            if kind == TopicKind::VenueRequest {
                self.send_to_venue(node, envelope)?;
            } else if kind.delivery() == Delivery::Durable {
                let key = (envelope.src, kind);
                let length = self.nodes[node].heads().find(|(held, _)| *held == key);
                let index =
                    length.map_or(0, |(_, length)| self.index_of(node, key, length, envelope));
                self.push_to_all(node, key, index, envelope);
            } else {
                self.lossy_to_all(node, envelope);
            }
        }
        Ok(())
    }

    fn index_of(&self, node: usize, key: StreamKey, length: u64, envelope: &Envelope) -> u64 {
        let matches = |index: &u64| self.nodes[node].said(key, *index) == Some(envelope);
        (0..length).rev().find(matches).unwrap_or(0)
    }

    fn send_to_venue(&mut self, node: usize, request: &Envelope) -> Result<(), String> {
        let lost = self.dice.chance_ppm(self.faults.venue_drop_ppm);
        if lost || self.is_cut(node, self.nodes.len()) {
            return self.tell(Happening::Lost(request));
        }
        let delay = self.delay(self.faults.venue_delay_max);
        self.schedule(self.now + delay, Action::ToVenue(*request));
        Ok(())
    }

    fn push_to_all(&mut self, node: usize, key: StreamKey, index: u64, envelope: &Envelope) {
        for to in 0..self.nodes.len() {
            if to == node || !self.nodes[to].listens_to(key.1) {
                continue;
            }
            let copies = 1 + u32::from(self.dice.chance_ppm(self.faults.duplicate_ppm));
            for _ in 0..copies {
                self.transmit(node, to, Action::Push { to, key, index, envelope: *envelope });
            }
        }
    }

    fn lossy_to_all(&mut self, node: usize, envelope: &Envelope) {
        let kind = envelope.topic().kind();
        for to in 0..self.nodes.len() {
            if to != node && self.nodes[to].listens_to(kind) {
                self.transmit(node, to, Action::Lossy { to, envelope: *envelope });
            }
        }
    }

    // ── streams ──────────────────────────────────────────────────────────────────────────────────

    fn pushed(
        &mut self,
        to: usize,
        key: StreamKey,
        index: u64,
        envelope: Envelope,
    ) -> Result<(), String> {
        if !self.nodes[to].is_up() {
            return Ok(());
        }
        match index.cmp(&self.nodes[to].taken(key)) {
            std::cmp::Ordering::Less => Ok(()),
            std::cmp::Ordering::Equal => self.give(to, envelope),
            std::cmp::Ordering::Greater => {
                self.ask(to, key);
                Ok(())
            }
        }
    }

    /// Asks whoever offers the stream for what comes next; not again while an answer may be under way.
    fn ask(&mut self, by: usize, key: StreamKey) {
        let asked = self.asked.entry((by, key)).or_insert(Ts::ZERO);
        if self.now.since(*asked) < ASK_EVERY {
            return;
        }
        *asked = self.now;
        let index = self.nodes[by].taken(key);
        for from in 0..self.nodes.len() {
            if from != by && self.nodes[from].heads().any(|(held, _)| held == key) {
                self.transmit(by, from, Action::Pull { from, by, key, index });
            }
        }
    }

    fn pulled(&mut self, from: usize, by: usize, key: StreamKey, index: u64) {
        let said = (index..index + PULL_MAX).map_while(|index| self.nodes[from].said(key, index));
        let envelopes: Vec<Envelope> = said.copied().collect();
        if !envelopes.is_empty() {
            self.transmit(from, by, Action::Batch { to: by, key, index, envelopes });
        }
    }

    fn head(&mut self, to: usize, key: StreamKey, length: u64) {
        if self.nodes[to].is_up() && self.nodes[to].taken(key) < length {
            self.ask(to, key);
        }
    }

    fn heads(&mut self, from: usize) {
        let heads: Vec<_> = self.nodes[from].heads().collect();
        for (key, length) in heads {
            for to in 0..self.nodes.len() {
                if to != from && self.nodes[to].listens_to(key.1) {
                    self.transmit(from, to, Action::Head { to, key, length });
                }
            }
        }
    }

    // ── faults and time ──────────────────────────────────────────────────────────────────────────

    fn beat(&mut self) {
        self.schedule(self.now + BEAT, Action::Beat);
        for node in 0..self.nodes.len() {
            self.heads(node);
            if self.dice.chance_ppm(self.faults.clock_jump_ppm) {
                let most = self.faults.clock_skew_max.nanos();
                self.skew[node] = self.dice.between(-most, most);
                self.wake_scheduled[node] = None;
                self.schedule_node_wake(node);
            }
            if self.dice.chance_ppm(self.faults.disk_full_ppm) {
                self.disk_full_until[node] = self.now + self.delay(self.faults.disk_full_max);
            }
            for other in node + 1..=self.nodes.len() {
                if self.dice.chance_ppm(self.faults.partition_ppm) {
                    let until = self.now + self.delay(self.faults.partition_max);
                    self.cut_until.insert((node, other), until);
                }
            }
        }
    }

    fn is_cut(&self, a: usize, b: usize) -> bool {
        let until = self.cut_until.get(&(a.min(b), a.max(b)));
        until.is_some_and(|until| *until > self.now)
    }

    fn delay(&mut self, most: Span) -> Span {
        Span::from_nanos(self.dice.between(1, most.nanos().max(1)))
    }

    fn transmit(&mut self, from: usize, to: usize, action: Action) {
        if self.is_cut(from, to) || self.dice.chance_ppm(self.faults.drop_ppm) {
            return;
        }
        let delay = self.delay(self.faults.delay_max);
        self.schedule(self.now + delay, action);
    }

    fn schedule(&mut self, at: Ts, action: Action) {
        self.scheduled += 1;
        self.queue.insert((at, self.scheduled), action);
    }

    fn schedule_node_wake(&mut self, node: usize) {
        let wake = self.nodes[node].next_wake();
        let world = wake.map(|at| Ts::from_nanos(at.nanos() - self.skew[node]));
        self.schedule_wake(node, world);
    }

    fn schedule_wake(&mut self, place: usize, wake: Option<Ts>) {
        let Some(at) = wake.map(|at| at.max(self.now)) else { return };
        if self.wake_scheduled[place].is_some_and(|scheduled| scheduled <= at) {
            return;
        }
        self.wake_scheduled[place] = Some(at);
        let action =
            if place == self.nodes.len() { Action::VenueWake } else { Action::Wake(place) };
        self.schedule(at, action);
    }

    fn tell(&mut self, what: Happening<'_>) -> Result<(), String> {
        let now = self.now;
        self.observers.iter_mut().try_for_each(|observer| observer.happened(now, what))
    }
}
