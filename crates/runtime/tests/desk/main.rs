//! The shell at work: real threads, a disk that fails, and a clock that somebody turns.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]
#![allow(clippy::disallowed_methods, reason = "these tests run the threads that the runtime runs")]

mod books;
mod callers;
mod doors;
mod failing;
mod forgetting;
mod lines;
mod load;
mod market;
mod mirror;
mod rig;
mod running;
mod seats;
mod telling;
mod trading;
mod untold;
mod upgrading;
mod watching;
mod whole;
