//! Settings from the outside: folders in, settings or problems out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

mod age_files;
mod amounts;
mod explain;
mod hash;
mod home;
mod hostile;
mod init;
mod keys;
mod layers;
mod live;
mod published;
mod refusals;
mod secrets;
mod sentinel;
