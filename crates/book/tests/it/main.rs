//! The book from outside: golden checksums, states, measures, and the naive twin.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod checksums;
mod measures;
mod states;
mod support;
mod twin;
