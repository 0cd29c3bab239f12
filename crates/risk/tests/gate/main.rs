//! The gate, rule by rule, each at its boundary.

mod rig;

mod control;
mod funds;
mod interleavings;
mod market;
mod size;
