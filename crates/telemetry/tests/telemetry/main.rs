//! The crate as those see it who use it: what is said goes in, files, terminal and answers come
//! out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons, // names of our own making
    reason = "tests"
)]

mod contract;
mod docs;
mod endpoint;
mod failing;
mod files;
mod numbers;
mod rig;
mod sentinel;
mod terminal;
mod traces;
