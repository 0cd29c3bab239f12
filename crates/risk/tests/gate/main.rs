//! The gate, rule by rule, each at its boundary.

mod rig;
mod rounds;
mod shadow;
mod world;

mod control;
mod funds;
mod identity;
mod interleavings;
mod limits;
mod losses;
mod market;
mod recall;
mod seals;
mod size;
mod sources;
