//! The simulated venue as a process of its own, behind a socket: what kills us does not kill the truth.
//!
//! It has its own sequencer, journal and clock, and knows nothing of who trades there but the seal on
//! their requests. Everybody who is connected hears the market and all reports, and a sign of life while
//! there is nothing to hear. Whoever reads too slowly is cut off, and may come again and ask. Where all places are
//! taken, the one goes of whoever has given no sign of life for longest. What cannot be read is answered and
//! counted. It listens where it is told, on loopback.

mod caller;
mod complaints;
mod hall;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use contracts::{Envelope, Event, TopicKind, Ts};
use kernel::Sequencer;
use telemetry::Log;

use crate::carrier::Outlet;
use crate::doors::{Doors, Inbox};
use crate::process::{ProcessConfig, run};
use crate::seat::Seat;
use crate::shell::Ended;
use crate::stop::Stop;
use crate::teller::Teller;
use complaints::Complaints;
use hall::Hall;

/// A venue that is being put together.
pub struct Exchange {
    doors: Doors,
    inbox: Inbox,
    hall: Arc<Hall>,
    stop: Stop,
    log: Option<Log>,
}

/// Makes the market of a venue happen.
#[derive(Clone)]
pub struct Ticker(Arc<Hall>);

impl Exchange {
    /// A venue that nobody has called yet. It closes when `stop` is said. Its books are exactly so deep as
    /// its market shows them: levels that are shown no more would come back as if they still stood.
    pub fn new(doors: (Doors, Inbox), book_depth: u16, stop: Stop) -> Self {
        let (doors, inbox) = doors;
        let hall = Hall::new(Teller::new(doors.clone(), book_depth));
        Self { doors, inbox, hall: Arc::new(hall), stop, log: None }
    }

    /// The same; what is wrong with its callers is said there.
    #[must_use]
    pub fn telling(mut self, log: Log) -> Self {
        self.log = Some(log);
        self
    }

    /// Where its market is told.
    pub fn ticker(&self) -> Ticker {
        Ticker(Arc::clone(&self.hall))
    }

    /// Serves whoever calls until it is stopped, or cannot go on.
    pub fn serve(
        self,
        listener: &TcpListener,
        seat: Seat,
        mut config: ProcessConfig,
    ) -> io::Result<(Ended, Sequencer)> {
        let Self { doors, inbox, hall, stop, log } = self;
        let complaints = Complaints::to(log);
        config.outlets.push(Box::new(Reports(Arc::clone(&hall))));
        listener.set_nonblocking(true)?;
        let clock = config.clock.clone();
        Ok(thread::scope(|threads| {
            let (called, callers, stopped) = (Arc::clone(&hall), doors.clone(), stop.clone());
            threads.spawn(move || {
                let (hall, doors, clock, stop) = (&called, &callers, &clock, &stopped);
                let complaints = &complaints;
                caller::answer(listener, caller::Service { hall, doors, clock, stop, complaints });
            });
            let closing = threads.spawn(move || {
                while !stop.wait(caller::LOOK_EVERY) && !doors.is_closed() {}
                doors.close();
                stop.say();
                hall.close();
            });
            let ended = run(seat, inbox, config);
            // The doors are closed by now, whyever it ended.
            let _ = closing.join();
            ended
        }))
    }
}

impl Ticker {
    /// Something happened before the venue opened.
    pub fn has_been(&self, at: Ts, event: &Event) {
        self.0.has_been(at, event);
    }

    /// Something has happened in the market. Where the venue had no room for it, it begins anew with that
    /// market as soon as it has.
    pub fn happened(&self, now: Ts, event: Event) {
        self.0.market(now, event);
    }

    /// How many listen at the venue.
    pub fn listeners(&self) -> usize {
        self.0.listeners()
    }
}

/// Reports go to everybody who listens.
struct Reports(Arc<Hall>);

impl Outlet for Reports {
    fn carry(&mut self, said: &Envelope) {
        if said.topic().kind() == TopicKind::VenueReport {
            self.0.tell(said);
        }
    }
}
