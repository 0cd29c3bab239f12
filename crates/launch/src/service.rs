//! What a service is: the machines that it owns, and those who work for it beside the sequencer.

use contracts::Ts;
use kernel::Machine;
use runtime::{
    Brake, Comparing, Doors, Holds, Link, Outlet, Reopen, Stop, Switch, Teller, Unaided, Worker,
};
use settings::{KillSource, Loaded};
use telemetry::Clock;

use super::blueprint::{BOOK_DEPTH, Blueprint, NotBuilt};
use super::market::NoMarket;

/// A service, as it introduces itself to [`launch`](super::launch).
#[derive(Clone, Copy)]
pub struct ServiceSpec {
    /// Its name, which is that of its folder and of its unit.
    pub name: &'static str,
    /// The machines that it owns.
    pub machines: fn(&Blueprint) -> Result<Vec<Seated>, NotBuilt>,
    /// Those who work for it on threads of their own.
    pub staff: fn(&Site<'_>) -> Result<Staff, NoStaff>,
}

/// The order in which machines hear what is said in their process: the venue hears the market first, so
/// that an order never trades on evidence from before it was decided; the protector hears of an approval
/// before anything that follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The simulated venue.
    Venue,
    /// The gate.
    Gate,
    /// The host of the strategies.
    Host,
    /// The gateway.
    Gateway,
    /// The keeper of stops and targets.
    Protector,
}

/// A machine, and where it sits.
pub struct Seated {
    /// Where.
    pub rank: Rank,
    /// The machine.
    pub machine: Box<dyn Machine>,
}

impl Seated {
    /// That machine on that seat.
    pub fn new(rank: Rank, machine: impl Machine) -> Self {
        Self { rank, machine: Box::new(machine) }
    }
}

/// What the staff of a service works with.
pub struct Site<'a> {
    /// The settings.
    pub loaded: &'a Loaded,
    /// What the machines are built from.
    pub blueprint: &'a Blueprint,
    /// Where things are brought to.
    pub doors: &'a Doors,
    /// Tells the time.
    pub clock: &'a Clock,
    /// When this process began.
    pub began: Ts,
    /// What the watcher of the kill switch says.
    pub switch: &'a Switch,
    /// Said when it is over.
    pub stop: &'a Stop,
    /// Further reasons for which nothing new is sent.
    pub holds: &'a Holds,
    /// Where others ask for a new beginning of a market.
    pub reopen: &'a Reopen,
    /// Whether this service is a process of its own.
    pub is_one: bool,
}

impl Site<'_> {
    /// How our books are compared with the venue's. `first` says that nothing new is risked before that was
    /// done once.
    pub fn comparing(&self, first: bool) -> Comparing {
        Comparing::new(self.loaded.settings().execution.reconcile_every, first)
    }

    /// Who tells the market to this process.
    pub fn teller(&self) -> Teller {
        Teller::asked_by(self.doors.clone(), BOOK_DEPTH, self.reopen.clone())
    }

    /// The brake between this process and its venue.
    pub fn brake(&self, books: &Comparing) -> Brake {
        let is_polled = self.loaded.settings().kill.sources.contains(&KillSource::File);
        let kill_file = is_polled.then(|| self.loaded.places().kill_file.clone());
        let (switch, doors) = (self.switch.clone(), self.doors.clone());
        let (books, holds) = (books.holds(), self.holds.clone());
        Brake { kill_file, switch, books, holds, doors, clock: self.clock.clone() }
    }
}

/// Those who work for a service.
#[derive(Default)]
pub struct Staff {
    /// Who carries what is said to the world.
    pub outlets: Vec<Box<dyn Outlet>>,
    /// Who brings what happens.
    pub workers: Vec<Worker>,
    /// A way to the venue that needs nothing else of this process, for the watcher of the kill switch.
    pub unaided: Option<Box<dyn Unaided>>,
    /// How our books are compared with the venue's, for the service that talks to it.
    pub books: Option<Comparing>,
    /// The line to a venue that is another process.
    pub line: Option<Link>,
    /// What wakes those who wait for the world, when it is over.
    pub closers: Vec<Box<dyn FnOnce() + Send>>,
}

/// Why a service has nobody to work for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStaff {
    /// The market.
    #[error(transparent)]
    Market(#[from] NoMarket),
}
