//! One simulated venue, and a synthetic market to run it on.
//!
//! [`SimVenue`] is the venue of backtests, of paper trading and of the protocol simulator: a machine
//! that takes sealed requests and trades them against a *given market* (trades, books and tickers from
//! outside) with fees, latency, queue places and rejects. It never moves the given market, never fills
//! without fresh evidence that somebody would trade, never fills the same evidence twice, and never
//! lets the account trade with itself.
//!
//! The crate reads no clock, does no IO and uses no float. It relies on `contracts` for the words, on
//! `kernel` for timers and snapshots, and on `book` for the given book.

mod account;
mod config;
mod executions;
mod fees;
mod floor;
mod given;
mod intake;
mod ladder;
mod matching;
mod orders;
mod queue;
mod requests;
mod rules;
mod snapshot;
mod statement;
mod taken;
mod travel;
mod venue;

pub mod synthetic;

pub use account::Balance;
pub use config::{Funds, Latency, Leg, PostOnlyMode, SelfTrade, VenueConfig};
pub use fees::{FeeSchedule, FeeTier, NotALadder};
pub use queue::QueueModel;
pub use venue::SimVenue;
