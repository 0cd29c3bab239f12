//! What makes decisions repeatable: machines, and the one sequencer that drives them.
//!
//! A [`Machine`] is a synchronous state machine. It is given `now` and one message, and says what it
//! wants through an [`Outbox`]: messages, timers, or a halt. A [`Sequencer`] owns all machines of a
//! process, takes one outside input at a time, and carries messages between machines first-in
//! first-out until all is quiet. The same inputs therefore give the same outputs, always.
//!
//! Nothing here reads a clock, does IO or draws a random number. Simulation, backtest and live use this
//! very dispatcher; what differs is who feeds it.

mod digest;
mod layout;
mod machine;
mod mailbox;
mod outbox;
mod replay;
mod restore;
mod seeded;
mod sequencer;
mod stamps;
mod state;
mod steps;
mod tap;
mod timers;

pub use digest::{Digest, ResultHash};
pub use layout::{Layout, PartLayout, Step};
pub use machine::{Machine, Topics};
pub use outbox::{Halt, Outbox};
pub use replay::{Divergence, Record, Replay};
pub use seeded::Seeded;
pub use sequencer::{Sequencer, Stopped};
pub use state::{Snapshot, StateError, load_state, save_state};
pub use tap::{Collected, Tap};
pub use timers::TIMERS_MAX;
