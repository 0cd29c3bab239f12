//! The venue from outside: market data and requests in, reports out.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod amends;
mod far;
mod money;
mod orders;
mod places;
mod requests;
mod rig;
mod self_trade;
mod snapshots;
mod stops;
mod tiers;
mod time;
mod twin;
mod twins;
