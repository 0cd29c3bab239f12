//! The board as people use it: what it shows, against what is true.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

mod bounds;
mod lines;
mod rig;
mod stories;
mod trials;
