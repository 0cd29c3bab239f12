//! The host as a strategy meets it: what it hears, what goes out, what survives.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod apart;
mod asking;
mod closing;
mod hearing;
mod puppet;
mod restart;
mod roster;
mod seating;
mod signals;
