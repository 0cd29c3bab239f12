//! The journal under everything that can happen to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test crate")]

mod crash;
mod full;
mod life;
mod rig;
