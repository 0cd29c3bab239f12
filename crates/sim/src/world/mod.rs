//! The world itself: virtual time, the network, the venue, and the order in which it all happens.

mod brake;
mod chains;
mod feeds;
mod full_disk;
mod limits;
mod processes;
mod reconcile;
mod streams;
mod switch;
mod trouble;
mod venue;

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Envelope, Event, KillReading, OrderId, Span, StrategyId, Symbol, Ts};
use execution::reconcile::VenueSnapshot;
use kernel::{Machine, Record, Seeded, Sequencer};
use risk::Limits;

use crate::faults::{Crash, Faults, Trouble};
use crate::node::{Node, NodeSpec, StreamKey};
use brake::Brake;
use feeds::Feeds;
use full_disk::FullDisk;
use limits::LimitsHeld;
use reconcile::Shell;
use switch::KillFile;

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
    /// Whether there is a file that trips the kill switch, which everybody keeps reading.
    pub kill_file: bool,
    /// The strategies that an operator may pause.
    pub strategies: Vec<StrategyId>,
    /// The limits, which may be changed and put back.
    pub limits: Limits,
    /// What goes wrong.
    pub faults: Faults,
}

/// Something that happened, for observers and storytellers.
#[derive(Clone, Copy, Debug)]
pub enum Happening<'a> {
    /// A process has taken something, and it is on its disk.
    Heard(&'static str, &'a Envelope),
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
    /// A request was held back at the door to the venue.
    HeldBack(&'a Envelope),
    /// The chain of a process was broken.
    Forgot {
        /// Which.
        who: &'static str,
        /// Whether others know by it what became of orders.
        tells_of_orders: bool,
        /// What it has forgotten.
        records: &'a [Record],
    },
    /// The file of the kill switch was read.
    Polled(KillReading),
    /// Something else went wrong.
    Trouble(Trouble),
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
    FeedBack(Symbol),
    Subscribe(usize, Symbol),
    Opened(Symbol),
    Control(Envelope),
    Poll,
    Reconcile,
    Reconciled(Box<VenueSnapshot>),
    Beat,
}

/// A world.
pub struct World {
    now: Ts,
    nodes: Vec<Node>,
    venue: Sequencer,
    market: Box<dyn MarketFeed>,
    feeds: Feeds,
    kill_file: KillFile,
    brake: Brake,
    /// Orders whose end the venue has shown when it was asked for everything.
    ends_shown: BTreeSet<OrderId>,
    shell: Shell,
    faults: Faults,
    dice: Seeded,
    /// What is forgotten is drawn apart, so that a world without it is as it was.
    chains: Seeded,
    chains_of_others: Seeded,
    chains_of_the_gate: Seeded,
    queue: BTreeMap<(Ts, u64), Action>,
    scheduled: u64,
    /// Nanoseconds that each process's clock is ahead.
    skew: Vec<i64>,
    disks: Vec<FullDisk>,
    strategies: Vec<StrategyId>,
    limits: LimitsHeld,
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
        let venue = Sequencer::new(contracts::Epoch(1), spec.venue);
        let mut world = Self {
            now: spec.start,
            shell: Shell::new(&venue),
            venue,
            market: spec.market,
            feeds: Feeds::new(count),
            kill_file: KillFile::default(),
            brake: Brake::new(Seeded::new(spec.seed).fork("brake")),
            ends_shown: BTreeSet::new(),
            faults: spec.faults,
            dice: Seeded::new(spec.seed).fork("world"),
            chains: Seeded::new(spec.seed).fork("chains"),
            chains_of_others: Seeded::new(spec.seed).fork("chains of others"),
            chains_of_the_gate: Seeded::new(spec.seed).fork("chains of the gate"),
            queue: BTreeMap::new(),
            scheduled: 0,
            skew: vec![0; count],
            disks: vec![FullDisk::NOT; count],
            strategies: spec.strategies,
            limits: LimitsHeld::new(spec.limits),
            cut_until: BTreeMap::new(),
            wake_scheduled: vec![None; count + 1],
            asked: BTreeMap::new(),
            observers,
            market_ended: false,
            nodes,
        };
        world.schedule(spec.start + BEAT, Action::Beat);
        world.schedule(spec.start + reconcile::EVERY, Action::Reconcile);
        if spec.kill_file {
            world.schedule(spec.start, Action::Poll);
        }
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
        self.kill_file.is_gone();
        self.brake.lets_go();
        self.disks.fill(FullDisk::NOT);
        let closed: Vec<Symbol> = self.feeds.symbols().collect();
        for symbol in closed {
            self.schedule(self.now, Action::Opened(symbol));
        }
    }

    /// Its processes with their journals, when all is over.
    pub fn into_journals(self) -> Vec<(&'static str, Vec<Record>)> {
        self.nodes.into_iter().map(Node::into_journal).collect()
    }

    /// Runs until `end`.
    pub fn run_until(&mut self, end: Ts) -> Result<(), Violation> {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((at, _), action) = entry.remove_entry();
            let result = self.advance(at).and_then(|()| self.act(action));
            result.map_err(|what| Violation { at: self.now, what })?;
        }
        self.now = self.now.max(end);
        Ok(())
    }

    fn advance(&mut self, at: Ts) -> Result<(), String> {
        let before = self.now;
        self.now = before.max(at);
        if before.day() < self.now.day() {
            return self.tell_trouble(Trouble::Midnight);
        }
        Ok(())
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Market(event) => self.market_moves(event),
            Action::ToVenue(request) => self.venue_takes(request),
            Action::ToGateway(report) => self.gateway_takes(report),
            Action::Push { to, key, index, envelope } => self.pushed(to, key, index, envelope),
            Action::Pull { from, by, key, index } => self.pulled(from, by, key, index),
            Action::Batch { to, key, index, envelopes } => {
                let numbered = (index..).zip(envelopes);
                numbered
                    .into_iter()
                    .try_for_each(|(index, envelope)| self.pushed(to, key, index, envelope))
            }
            Action::Head { to, key, length } => self.head(to, key, length),
            Action::Lossy { to, envelope } => self.give(to, envelope),
            Action::Wake(node) => self.wake(node),
            Action::VenueWake => self.venue_wakes(),
            Action::Restart(node) => self.restart(node),
            Action::FeedBack(symbol) => self.feed_back(symbol),
            Action::Subscribe(node, symbol) => self.subscribe(node, symbol),
            Action::Opened(symbol) => self.opened(symbol),
            Action::Control(envelope) => {
                let envelope = self.limits.numbered(envelope);
                (0..self.nodes.len()).try_for_each(|node| self.give(node, envelope))
            }
            Action::Poll => self.poll(),
            Action::Reconcile => {
                self.ask_for_all();
                Ok(())
            }
            Action::Reconciled(snapshot) => self.reconcile(&snapshot),
            Action::Beat => self.beat(),
        }
    }
}
