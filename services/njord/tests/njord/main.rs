//! The command line, run as people and programs run it: the real binary, in folders of its own.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod apart;
mod asking;
mod audit;
mod browser;
mod config;
mod crates;
mod demo;
mod doctor;
mod drill;
mod examples;
mod forms;
mod init;
mod killing;
mod lockstep;
mod mcp;
mod mirror;
mod programs;
mod redis;
mod rig;
mod running;
mod sentinel;
mod serving;
mod signals;
mod sim;
mod strategy;
mod up;

/// What a new crate begins with, compiled and tested as it stands.
#[allow(dead_code, unreachable_pub, clippy::similar_names, reason = "a file for people elsewhere")]
#[path = "../../templates/strategy.rs"]
mod template;
