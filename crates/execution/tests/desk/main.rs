//! Gate, gateway and protector in one process, with a venue that does what the test says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test crate")]

mod alone;
mod amounts;
mod attribution;
mod command;
mod exchange;
mod gateway;
mod groups;
mod groups_random;
mod guards;
mod held;
mod late;
mod life;
mod life_random;
mod line;
mod recall;
mod reconcile;
mod reconciler;
mod rig;
mod seals;
mod sources;
mod venue_ledger;
