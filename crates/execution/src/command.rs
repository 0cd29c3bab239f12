//! Commands to a real venue: what an order port accepts, and the only way to make one.

use contracts::{Envelope, Event, SealKey, seal_request};

/// A request that the gateway has made and journaled. A venue adapter accepts nothing else.
///
/// The field is private and there is one way in: [`VenueCommand::open`], which asks for the seal that
/// only the gateway can have written. It is neither copied nor cloned: what was sent is gone.
#[derive(Debug, PartialEq, Eq)]
pub struct VenueCommand(Event);

/// The message is no request of this gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a request of this gateway: wrong kind of message, or a seal that does not fit")]
pub struct NotACommand;

impl VenueCommand {
    /// Makes a command of a journaled request whose seal fits. Questions carry no seal and need none.
    pub fn open(request: &Envelope, key: &SealKey) -> Result<Self, NotACommand> {
        let seal = match request.event {
            Event::QueryOrder(_) => return Ok(Self(request.event)),
            Event::Submit(body) => body.seal,
            Event::CancelOrder(body) => body.seal,
            Event::AmendOrder(body) => body.seal,
            Event::CancelAll(body) => body.seal,
            Event::ArmDeadMan(body) => body.seal,
            _ => return Err(NotACommand),
        };
        if seal_request(&request.event, key) == Some(seal) {
            Ok(Self(request.event))
        } else {
            Err(NotACommand)
        }
    }

    /// What is to be asked of the venue.
    pub fn request(&self) -> &Event {
        &self.0
    }
}

/// Where commands leave for a venue.
pub trait OrderPort {
    /// Sends a command, once. What comes of it returns as reports.
    fn send(&mut self, command: VenueCommand);
}
