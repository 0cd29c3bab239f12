//! The simulated venue as a process of its own: its ledger outlives whoever trades there.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use journal::Found;
use kernel::{Machine, Sequencer};
use runtime::{
    DoorLimits, Doors, Ended, Exchange, ProcessConfig, Seat, Stop, not_before, pace, take_seat,
};
use settings::{KeyFolder, Service};
use telemetry::{Component, Log};

use super::blueprint::{BOOK_DEPTH, Blueprint, Seals};
use super::fit::runs_here;
use super::market::DaysMarket;
use super::service::NoStaff;
use super::{Deps, NotLaunched, place, start};

/// Who says what is wrong with callers.
const CALLERS: Component = Component::new("venue.callers");

/// A venue that is put together and has not opened.
pub struct VenueApart {
    seat: Seat,
    market: DaysMarket,
    config: ProcessConfig,
    listener: TcpListener,
    stop: Stop,
}

impl VenueApart {
    /// The venue of those settings, at its port.
    pub fn open(deps: Deps<'_>) -> Result<Self, NotLaunched> {
        let Deps { loaded, registry, files, clock, build, .. } = deps;
        runs_here(loaded)?;
        let keys = KeyFolder::at(&loaded.places().keys);
        let blueprint = Blueprint::of(loaded, registry, &Seals::of(&keys)?)?;
        let began = clock();
        let market = DaysMarket::of(loaded.settings(), began).map_err(NoStaff::from)?;
        let address = loaded.settings().ports.address(Service::Venue);
        let listener =
            TcpListener::bind(address).map_err(|error| NotLaunched::Port { address, error })?;
        let folder = loaded.places().state.join("venue");
        let place = place(loaded, &keys, files, folder, "njord venue".to_owned())?;
        let machines: Vec<Box<dyn Machine>> = vec![Box::new(blueprint.venue())];
        let seat = take_seat(place, start(loaded, build, began), machines)?;
        not_before(seat.sequencer.now());
        let config = ProcessConfig::new(clock);
        Ok(Self { seat, market, config, listener, stop: Stop::default() })
    }

    /// What closes it.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// In what shape its journal was.
    pub fn found(&self) -> &Found {
        &self.seat.found
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves whoever calls until it is stopped, or cannot go on. What is wrong with them is said in that log.
    pub fn serve(self, log: &Log) -> io::Result<(Ended, Sequencer)> {
        let Self { seat, mut market, config, listener, stop } = self;
        let doors = Doors::open(DoorLimits::default());
        let exchange =
            Exchange::new(doors, BOOK_DEPTH, stop.clone()).telling(log.component(CALLERS));
        let (ticker, clock) = (exchange.ticker(), config.clock.clone());
        // Nobody is told of a market that has not caught up with the clock.
        market.been_until(clock(), &stop, |at, event| ticker.has_been(at, event));
        thread::scope(|threads| {
            threads.spawn(move || {
                pace(market, &clock, &stop, |at, event| ticker.happened(at, event));
            });
            exchange.serve(&listener, seat, config)
        })
    }
}
