//! The bus at work: one suite on a server in memory, on a real Redis, and on either with everything going
//! wrong; hostile writers, kills, leases, and subscribers that are not ours.
//!
//! Each test that needs Redis starts one of its own on a free port of loopback, and stops it. Where there
//! is no `redis-server` these tests fail, unless `REDIS_SKIP=1` says that they may not run; then they say so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test crate")]

mod conformance;
mod hostile;
mod kill_key;
mod kills;
mod lease;
mod lost;
mod page;
mod rig;
mod server;
mod shipped;
