//! The watcher's own way to the venue, which needs nothing of the process: not its sequencer, not its
//! journal, not its line.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use contracts::{Envelope, Event, OrderId, QueryOrder, Report, Says, Source, Span};
use execution::VenueCommand;
use telemetry::Clock;

use crate::doors::{Doors, Offered};
use crate::wire::{self, Lines};

/// What the venue has done with a command that concerns all orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Orders that were cancelled.
    pub cancelled: u32,
    /// Orders that it would not cancel.
    pub refused: u32,
}

/// The venue has not answered.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// There is no line to it.
    #[error("no line to the venue: {0}")]
    NoLine(#[from] io::Error),
    /// It has taken the command, or not, and said nothing.
    #[error("the venue says nothing")]
    Silent,
    /// The command could not even be handed over.
    #[error("the venue takes no more")]
    NoRoom,
}

/// A way to a venue for commands that concern all orders.
pub trait Unaided: Send {
    /// Sends a command and waits for the answer: for a bounded time, a second or two.
    fn ask(&mut self, command: VenueCommand) -> Result<Answer, NoAnswer>;
}

/// A line to a venue that is another process, called anew for each command: it is as good as the venue is
/// now, whatever happened before.
///
/// The venue answers in the order in which it is asked. So behind each command goes a question about an
/// order that there is not, and when that is answered, so is all before it.
pub struct OwnLine {
    to: SocketAddr,
    clock: Clock,
    at_most: Duration,
    asked: u64,
}

/// The upper half of the id of an order that there is not.
const NOBODYS: u128 = u128::from_be_bytes(*b"no such \0\0\0\0\0\0\0\0");

impl OwnLine {
    /// To that address; an answer is waited for at most so long.
    pub fn new(to: SocketAddr, clock: Clock, at_most: Duration) -> Self {
        Self { to, clock, at_most, asked: 0 }
    }

    fn call(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.to, self.at_most)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(self.at_most))?;
        stream.set_read_timeout(Some(self.at_most))?;
        Ok(stream)
    }

    /// Everything that is said until the question is answered.
    fn listen(&self, stream: &TcpStream, question: OrderId) -> Result<Answer, NoAnswer> {
        let until = (self.clock)() + Span::from_nanos(nanos(self.at_most));
        let (mut lines, mut answer) = (Lines::new(stream), Answer::default());
        while let Ok(Some(line)) = lines.next() {
            if let Ok(Some(Envelope { event: Event::Report(report), .. })) = line {
                match report {
                    Report { id, .. } if id == question => return Ok(answer),
                    Report { says: Says::Cancelled, .. } => answer.cancelled += 1,
                    Report { says: Says::CancelRejected, .. } => answer.refused += 1,
                    _ => {}
                }
            }
            // The market may go on for ever.
            if (self.clock)() > until {
                break;
            }
        }
        Err(NoAnswer::Silent)
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

impl Unaided for OwnLine {
    fn ask(&mut self, command: VenueCommand) -> Result<Answer, NoAnswer> {
        self.asked += 1;
        let id = OrderId::from_bits(NOBODYS | u128::from(self.asked)).ok_or(NoAnswer::NoRoom)?;
        let question = Event::QueryOrder(QueryOrder { id });
        let mut stream = self.call()?;
        let mut line = Vec::new();
        for event in [*command.request(), question] {
            let said = Envelope::input(Source::ExecutionGateway, (self.clock)(), event);
            wire::write(&mut stream, &said, &mut line)?;
        }
        let answer = self.listen(&stream, id);
        let _ = stream.shutdown(Shutdown::Both);
        answer
    }
}

/// The way to a venue that is a machine of the same process: by the door where its requests come in. It
/// hears of it when its process does; there is no venue beside the process to be told anything.
pub struct SameProcess {
    doors: Doors,
    clock: Clock,
}

impl SameProcess {
    /// By those doors.
    pub fn new(doors: Doors, clock: Clock) -> Self {
        Self { doors, clock }
    }
}

impl Unaided for SameProcess {
    fn ask(&mut self, command: VenueCommand) -> Result<Answer, NoAnswer> {
        let request = Envelope::input(Source::ExecutionGateway, (self.clock)(), *command.request());
        match self.doors.offer_report(request) {
            Offered::Taken => Ok(Answer::default()),
            Offered::Lost | Offered::Closed => Err(NoAnswer::NoRoom),
        }
    }
}

/// No way to the venue: another process has it, with a watcher of its own that reads the same sources.
pub struct Elsewhere;

impl Unaided for Elsewhere {
    fn ask(&mut self, _command: VenueCommand) -> Result<Answer, NoAnswer> {
        Ok(Answer::default())
    }
}
