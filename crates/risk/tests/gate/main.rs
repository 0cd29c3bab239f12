//! The gate, rule by rule, each at its boundary.

mod rig;
mod shadow;
mod world;

mod control;
mod funds;
mod interleavings;
mod market;
mod size;
