//! The workbench, tried on throw-away repositories, and its checks on this one. What must not be is planted in a small
//! repository of its own, and each check has to say so.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

mod affected;
mod broken;
mod changelog;
mod commits;
mod ours;
mod planted;
mod rig;
mod scripts;
mod servers;
