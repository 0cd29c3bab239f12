//! The journal under everything that can happen to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test crate")]

mod apart;
mod attack;
mod broken;
mod corpus;
mod crash;
mod full;
mod grouped;
mod keep;
mod life;
mod real;
mod replay;
mod rig;
