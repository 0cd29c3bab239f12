//! One simulated venue, and a synthetic market to run it on.

pub mod synthetic;
