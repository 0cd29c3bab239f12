//! Orders from approval to their end.
//!
//! [`Gateway`] is the only machine that says requests to a venue. It acts on nothing but what
//! `risk::verify` has made of a decision, writes every request before it can have an effect, never sends
//! an order twice, and lets none end on anything but the venue's own word: after a missing answer an
//! order is `Unknown`, and stays so until the venue proves its fate.
//!
//! [`Protector`] keeps protective groups: it says intents that only reduce, judged like anybody's, and
//! has no way of its own to a venue.
//!
//! [`reconcile`] compares our books with the venue's: what was missed becomes facts that the gateway
//! takes, what no fact explains is said.
//!
//! The crate does not judge orders, holds no book, and never talks to a socket: a venue adapter takes
//! [`VenueCommand`]s, which only a journaled request of this gateway can become.

mod believed;
mod booked;
mod command;
mod config;
mod finished;
mod gateway;
mod held;
mod open_orders;
mod order;
mod protector;
pub mod reconcile;
mod remembered;

pub use command::{NotACommand, OrderPort, VenueCommand};
pub use config::{GatewayConfig, ProtectiveOnKill};
pub use gateway::Gateway;
pub use held::not_sent;
pub use protector::{GroupView, Protector, ProtectorConfig};
