//! Reconciliation: our books against the venue's.
//!
//! [`plan`] is a pure function of what we believe and what the venue shows. Missed facts become
//! ordinary executions and reports, with the venue's own ids, which the gateway takes as it takes all
//! others: however often they come, they count once. Nothing is ever invented to make sums fit; what
//! no fact explains is a [`Break`], with the amounts. [`Reconciler`] remembers how long a break has
//! stayed, tells it, and trips the kill switch over one that puts our books in doubt.
//!
//! It asks nobody: the shell brings the snapshot and carries out what comes of it.

mod plan;
mod reconciler;
mod repair;
mod view;
mod wallet;

pub use plan::plan;
pub use reconciler::Reconciler;
pub use repair::{Break, Repair};
pub use view::{
    LocalBalance, LocalFinished, LocalOrder, LocalView, VenueOrder, VenueSnapshot, VenueTrade,
    Watermark,
};
pub use wallet::Wallet;
